"""Say how a job is getting on, in the HTTP API's words: for its status and its callback."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from functions.jobs.bucket_layout import (
    CALLING,
    CUTTING,
    FAILED,
    GENERATED,
    STAGED,
    STAGING,
    STORED,
)
from functions.jobs.callback_queue import CallbackState, PendingCallback, read_callback
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from functions.jobs.model import Job
from functions.jobs.report import Deleted, report_of
from functions.jobs.steps import Failed, Outcome

ALIASES = ("picture", "mask", "cutout", "before")  # what a link may say in place of a file's name
State = Literal[
    "missing",  # accepting its batch broke off: send the batch again
    "queued",
    "staging",
    "painting",
    "storing",
    "succeeded",
    "failed",
    "cancelled",
    "deleted",
]


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """Something that clients read."""


class JobLinks(Wire, frozen=True, kw_only=True):
    """Long-lived links; empty for what there is not."""

    picture: str = ""
    mask: str = ""
    cutout: str = ""
    before: str = ""


class JobError(Wire, frozen=True, kw_only=True):
    """Why a job failed: a stable code, a sentence in the job's language, and for support aiart's
    own RequestId. ``rule`` names what was wrong with a photo's address or its answer.
    """

    code: str
    words: str
    rule: str = ""
    request_id: str = ""
    perhaps_billed: bool = False


class CallbackTry(Wire, frozen=True, kw_only=True):
    """One try to call back: the HTTP status that came, or why none came."""

    at: datetime
    status: int | None = None
    error: str = ""


class CallbackStatus(Wire, frozen=True, kw_only=True):
    """How calling back is going, with the latest tries."""

    state: CallbackState
    tries: tuple[CallbackTry, ...] = ()
    next_at: datetime | None = None


class JobStatus(Wire, frozen=True, kw_only=True):
    """All that a client may know about its job."""

    id: str
    state: State
    reference: str = ""
    place_in_line: Annotated[
        int | None, Meta(description="How many jobs were there before it, about.")
    ] = None
    created_at: datetime | None = None
    finished_at: datetime | None = None
    links: JobLinks = JobLinks()
    error: JobError | None = None
    request_id: Annotated[str, Meta(description="aiart's own, for support.")] = ""
    perhaps_billed_twice: bool = False
    callback: CallbackStatus | None = None


class CallbackBody(Wire, frozen=True, kw_only=True):
    """What is sent to the callback URL. ``type`` is ``job.`` and the state that it ended in."""

    type: str
    timestamp: datetime
    data: JobStatus


class BatchStatus(Wire, frozen=True, kw_only=True):
    """All jobs of a batch, in the order of the request, and how many are in which state."""

    id: str
    counts: dict[str, int]
    jobs: tuple[JobStatus, ...]

    @classmethod
    def of(cls, batch_id: str, jobs: tuple[JobStatus, ...]) -> "BatchStatus":
        """Count the jobs' states."""
        return cls(id=batch_id, counts=dict(Counter(job.state for job in jobs)), jobs=jobs)


def status_of(
    ledger: Ledger, links: Links, job_id: str, *, with_place: bool = True
) -> JobStatus | None:
    """Look up a job's status; None for one that was never accepted. ``with_place`` costs a LIST."""
    report = report_of(job_id, ledger, with_steps=False)
    if report is None:
        return None
    if isinstance(report, Deleted):
        return _deleted(job_id, report.finished_at)
    outcome = report.outcome
    if outcome is None:
        return _open_status(ledger, report.job, with_place=with_place)
    if ledger.has_tombstone(job_id):
        return _deleted(job_id, outcome.finished_at)
    ended = ended_status(outcome, links, job_id)
    return msgspec.structs.replace(ended, callback=_callback(ledger, report.job))


def _deleted(job_id: str, finished_at: float) -> JobStatus:
    return JobStatus(id=job_id, state="deleted", finished_at=_time(finished_at))


def ended_status(outcome: Outcome, links: Links | None, job_id: str) -> JobStatus:
    """Make the status of a job that has ended, as its callback has it."""
    job, generated = outcome.job, outcome.generated
    return JobStatus(
        id=job_id,
        state=_end_state(outcome),
        reference=job.reference if job else "",
        created_at=_time(job.created_at) if job else None,
        finished_at=_time(outcome.finished_at),
        links=_links(outcome, links, job_id) if links else JobLinks(),
        error=_error(outcome.failed) if outcome.failed else None,
        request_id=_request_id(outcome),
        perhaps_billed_twice=bool(generated and generated.perhaps_billed_twice),
    )


def _end_state(outcome: Outcome) -> State:
    """Give the state by a name that clients know; another version may have more of them."""
    if outcome.state in get_args(State):
        return outcome.state
    return "succeeded" if outcome.pictures else "failed"


def _open_status(ledger: Ledger, job: Job, *, with_place: bool) -> JobStatus:
    is_gone = ledger.has_tombstone(job.id)
    state: State = "deleted" if is_gone else _open_state(ledger, job)
    waits = state in {"queued", "staging"}
    return JobStatus(
        id=job.id,
        state=state,
        reference=job.reference,
        place_in_line=_place_in_line(ledger, job.id) if waits and with_place else None,
        created_at=_time(job.created_at),
    )


def _open_state(ledger: Ledger, job: Job) -> State:
    """Tell the state by the records below ``steps/``, as LIST shows them: for people to read.

    A job that aiart has no part in waits for nothing once its photo is staged.
    """
    steps = {name.partition("-")[0] for name in ledger.step_names(job.id)}
    if not steps.isdisjoint({GENERATED, CUTTING, STORED, FAILED}):
        return "storing"
    if CALLING in steps:
        return "painting"
    if STAGED in steps:
        return "queued" if job.is_painted else "storing"
    return "staging" if STAGING in steps else "queued"


def _place_in_line(ledger: Ledger, job_id: str) -> int | None:
    line = sorted(ledger.open_jobs(), key=lambda row: row.since)
    return next((place for place, row in enumerate(line) if row.job_id == job_id), None)


def _links(outcome: Outcome, links: Links, job_id: str) -> JobLinks:
    stems = {picture.name.partition(".")[0] for picture in outcome.pictures}
    return JobLinks(
        **{name: links.picture(job_id, name) for name in ALIASES if name in stems},
    )


def _error(failed: Failed) -> JobError:
    return JobError(
        code=failed.code.value,
        words=failed.words,
        rule=str(failed.facts.get("rule", "")),
        request_id=failed.request_id,
        perhaps_billed=failed.perhaps_billed,
    )


def _request_id(outcome: Outcome) -> str:
    if outcome.generated:
        return outcome.generated.request_id
    return outcome.failed.request_id if outcome.failed else ""


def _callback(ledger: Ledger, job: Job) -> CallbackStatus | None:
    if job.callback is None:
        return None
    found = read_callback(ledger.bucket, job.id)
    if found is None:
        return CallbackStatus(state="waiting")
    return CallbackStatus(
        state=found.state,
        tries=tuple(_tries(found)),
        next_at=_time(found.next_at) if found.state == "waiting" else None,
    )


def _tries(found: PendingCallback) -> Iterator[CallbackTry]:
    for one in found.tries:
        yield CallbackTry(at=_time(one.at), status=one.status or None, error=one.error)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc).replace(microsecond=0)
