"""Post one message for all variations once they are decided, and one summary for a batch.

(Each job of a batch has a message of its own, too.) A job is decided when its picture or its
failure is recorded. Jobs that were cancelled, or never accepted, are not waited for.
"""

from collections.abc import Mapping, Sequence

from bot.job_messages import (
    BatchSummary,
    JobFailedMessage,
    PhotoEnded,
    PictureReady,
    Variations,
)
from functions.jobs.model import Job
from functions.jobs.report import JobReport, report_of, shown_report_of
from functions.jobs.steps import Posted
from functions.worker.context import WorkerContext
from functions.worker.errors import RetryAt
from functions.worker.steps.post import post_about, post_report
from functions.worker.steps.variation_sheet import sheet_of

LOOK_AGAIN_S = 10.0  # for a job that another run is working on

NO_TOKENS: Mapping[str, Mapping[str, str]] = {}
OneOfThem = tuple[Job, PictureReady | JobFailedMessage]


def post_group(context: WorkerContext, report: JobReport) -> Posted:
    """Post the message of an upload's jobs, if that is not done; return its record.

    ``report`` is about any one of them. Raises ``RetryAt`` while another one is undecided, or
    while Slack cannot take it.
    """
    upload = report.job.upload
    posted = context.ledger.read_step(upload.id, Posted)
    if posted is None:
        found = [_look_up(context, job_id) for job_id in upload.jobs]
        posted = context.ledger.write_step(upload.id, _tell(context, _shown(context, found)))
    if report.job.id not in posted.jobs:  # it was accepted after the message was posted
        return post_report(context, report)
    return context.ledger.write_step(report.job.id, posted)


def _tell(context: WorkerContext, all_of_them: Sequence[OneOfThem]) -> Posted:
    """Post one message with all pictures.

    If only one job is left, or all have failed, post the first job's own message instead.
    """
    ids = tuple(job.id for job, _ in all_of_them)
    job, shown = all_of_them[0]
    if len(ids) == 1 or all(isinstance(one, JobFailedMessage) for _, one in all_of_them):
        return post_about(context, job, job.id, lambda: shown, jobs=ids)

    def message() -> Variations:
        return Variations(all_of_them, sheet=sheet_of(context, job))

    return post_about(context, job, job.upload.id, message, jobs=ids)


def post_summary(context: WorkerContext, job: Job) -> tuple[PhotoEnded, ...]:
    """Post how all photos of a batch have ended; ``job`` is the one that was posted last.

    Raises ``RetryAt`` while Slack cannot take it.
    """
    photos = () if context.ledger.workspace.was_erased(job) else ended_photos(context, job)
    if photos:
        post_about(context, job, job.upload.id, lambda: BatchSummary(photos))
    return photos


def ended_photos(context: WorkerContext, job: Job) -> tuple[PhotoEnded, ...]:
    """List how a batch's photos have ended, except those deleted or never accepted."""
    found = [shown_report_of(job_id, context.ledger) for job_id in job.upload.jobs]
    return tuple(PhotoEnded.of(one, context.links) for one in found if one)


def _look_up(context: WorkerContext, job_id: str) -> JobReport | None:
    """Read what was decided about one of the jobs; None if it is deleted or was never accepted.

    Raises ``RetryAt`` while it is undecided.
    """
    found = report_of(job_id, context.ledger)
    if not isinstance(found, JobReport):
        return None
    if found.outcome is None and not found.is_decided:
        raise RetryAt(context.ledger.clock() + LOOK_AGAIN_S)
    return found


def left_of(
    context: WorkerContext, posted: Posted, tokens: Mapping[str, Mapping[str, str]] = NO_TOKENS
) -> list[OneOfThem]:
    """List the jobs that a posted message still has to show: those neither cancelled nor deleted.

    ``tokens`` has the buttons' tokens of each job, by its id.
    """
    found = [shown_report_of(job_id, context.ledger) for job_id in posted.jobs]
    return _shown(context, found, tokens)


def _shown(
    context: WorkerContext,
    found: Sequence[JobReport | None],
    tokens: Mapping[str, Mapping[str, str]] = NO_TOKENS,
) -> list[OneOfThem]:
    """List each job with its part of the message; leave out cancelled ones."""
    return [
        (one.job, shown)
        for one in found
        if one
        for shown in [context.job_message_of(one, tokens=tokens.get(one.job.id))]
        if isinstance(shown, PictureReady | JobFailedMessage)
    ]
