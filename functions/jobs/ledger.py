"""Write jobs down, so that none is lost, doubled or paid for twice.

Accepting a job is one create-only write below ``requests/``: at once the durable record, the
protection against doubles and (by the COS trigger) the wake-up call. Correctness rests on that,
on create-only steps and on leases with a deadline; never on LIST being fresh. ``bucket_layout``
says where everything lies.
"""

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from typing import TypeVar, get_args

import msgspec

from functions.jobs.bucket import Bucket, KeyExists, KeyMissing
from functions.jobs.bucket_layout import (
    BUTTONS,
    CALLING,
    CHOSEN,
    REQUESTS,
    TOMBSTONES,
    attempt_name,
    done_key,
    history_key,
    history_prefix,
    job_of_request_key,
    past_job,
    request_key,
    step_key,
    steps_prefix,
    thread_key,
    tombstone_key,
    unmarked_key,
)
from functions.jobs.job_ids import is_job_id
from functions.jobs.leases import HeldElsewhere, LeaseStore
from functions.jobs.model import Asker, Job, UnknownSource, Upload
from functions.jobs.quota import day_of
from functions.jobs.records import Record, Records, Unreadable, salvage
from functions.jobs.steps import (
    CALLS,
    Billed,
    ButtonTokens,
    Chosen,
    Failed,
    Generated,
    Lease,
    NewestPicture,
    Outcome,
    Step,
    Tombstone,
    Unmarked,
    Why,
)
from functions.jobs.wish import Wish
from functions.jobs.workspace import Workspace
from functions.log import warn

T = TypeVar("T")
RecordT = TypeVar("RecordT", bound=Record)
StepT = TypeVar("StepT", bound=Step)


class OpenRequest(msgspec.Struct, frozen=True):
    """Hold a row of the open queue: which job, since when (ISO 8601, as COS lists it)."""

    job_id: str
    since: str


class TombstoneRow(msgspec.Struct, frozen=True):
    """Hold a listed tombstone: which job, and whether to cancel or delete it."""

    job_id: str
    why: Why


class PastJob(msgspec.Struct, frozen=True):
    """Hold a job in a person's history. ``at`` is when it was asked for, in Unix seconds."""

    job_id: str
    at: float


class Ledger:
    """Read and write the records of all jobs in a bucket. ``unused_leases``: see ``LeaseStore``."""

    def __init__(
        self,
        bucket: Bucket,
        *,
        clock: Callable[[], float] = time.time,
        new_nonce: Callable[[], str] = lambda: secrets.token_hex(12),
        unused_leases: dict[str, str] | None = None,
    ) -> None:
        self.bucket = bucket
        self.clock = clock
        self._new_nonce = new_nonce
        self._records = Records(bucket)
        self.workspace = Workspace(bucket, clock=clock)
        unused = {} if unused_leases is None else unused_leases
        self._leases = LeaseStore(self._records, clock=clock, new_nonce=new_nonce, unused=unused)

    # --- the open queue

    def accept(self, job: Job) -> bool:
        """Write the job down, once. True if it is asked for the first time.

        A finished job that is asked for again is opened again; the worker sees that it is done.
        """
        ours = msgspec.structs.replace(job, nonce=self._new_nonce())
        try:
            self._records.create(request_key(job.id), ours)
        except KeyExists:
            # Our own first try may have got through although its answer was lost.
            found = self.job(job.id)
            return found is not None and found.nonce == ours.nonce
        return True

    def open_jobs(self) -> Iterator[OpenRequest]:
        """List the open queue, as LIST shows it, which may lag."""
        for row in self.bucket.list(REQUESTS):
            job_id = job_of_request_key(row.key)
            if job_id:
                yield OpenRequest(job_id, row.modified)

    def job(self, job_id: str) -> Job | None:
        """Read an open job; None if there is none.

        If the request cannot be read as a whole, give what can be read, for telling its asker:
        its photo is an ``UnknownSource``, and ``created_at`` is 0 if that is unknown, too.
        """
        key = request_key(job_id)
        try:
            return self._records.read(key, Job)
        except Unreadable as error:
            found = self._salvaged(key, Job, _nothing_known(job_id), error)
        return msgspec.structs.replace(found, id=job_id, photo=UnknownSource()) if found else None

    # --- steps and leases

    def read_step(self, job_id: str, kind: type[StepT]) -> StepT | None:
        """Read a finished step's record; None while there is none. Raises ``Unreadable``."""
        return self._records.read(step_key(job_id, kind.name), kind)

    def write_step(self, job_id: str, step: StepT) -> StepT:
        """Write a step down, and return the record that counts: an earlier one wins."""
        try:
            self._records.create(step_key(job_id, step.name), step)
        except KeyExists:
            return self.read_step(job_id, type(step)) or step
        return step

    def acquire(
        self,
        job_id: str,
        what: str,
        *,
        seconds: float,
        clock_within_s: float | None = None,
        once_written: Callable[[], None] = lambda: None,
    ) -> Lease | HeldElsewhere:
        """Take the right to do ``what`` for ``seconds``, or learn until when somebody has it.

        ``clock_within_s`` and ``once_written`` are those of ``LeaseStore.take``. Raises
        ``ClockWrong`` and ``LeaseHeld``.
        """
        return self._leases.take(
            step_key(job_id, what),
            seconds=seconds,
            clock_within_s=clock_within_s,
            once_written=once_written,
        )

    def acquire_attempt(self, about: str, what: str, *, seconds: float, limit: int) -> int:
        """Take the right to do ``what`` about a job or an upload, and give the attempt's number.

        Raises as ``LeaseStore.take_next`` does; ``limit`` is how many attempts there are.
        """
        return self._leases.take_next(_attempt_keys(about, what, limit), seconds=seconds)

    def acquire_unless(
        self, find: Callable[[], T | None], about: str, what: str, *, seconds: float, limit: int
    ) -> int | T:
        """Take the next attempt and give its number, or what ``find`` finds of an earlier one.

        ``find`` is called only after an earlier attempt. Raises as ``acquire_attempt`` does.
        """
        keys = _attempt_keys(about, what, limit)
        return self._leases.take_unless(find, keys, seconds=seconds)

    def release(self, job_id: str, what: str) -> None:
        """Give back a lease under which nothing was done."""
        self._leases.give_back(step_key(job_id, what))

    def may_be_billed(self, job_id: str) -> bool:
        """Say whether a call may be billed: its lease stands, which a free refusal gives back."""
        return self._calls_begun(job_id) > 0

    def billed(
        self, job_id: str, generated: Generated | None, failed: Failed | None = None
    ) -> Billed:
        """Count the calls that a job is billed for so far."""
        if generated:
            return Billed(at=generated.at, least=1, most=generated.call)
        if failed and not failed.perhaps_billed:
            return Billed(at=failed.at)
        # The outcome outlives the leases: once they have expired, any call may have been billed.
        begun = self._calls_begun(job_id) or (CALLS if failed else 0)
        return Billed(at=failed.at if failed else self.clock(), most=begun)

    def _calls_begun(self, job_id: str) -> int:
        """Count the calls whose leases stand, from the first one on."""
        keys = (step_key(job_id, attempt_name(CALLING, number)) for number in range(1, CALLS + 1))
        return sum(1 for _ in takewhile(self.bucket.exists, keys))

    def has_been_called(self, job_id: str) -> bool:
        """Say whether aiart has been called for a job, or is just about to be.

        A lease that cannot be read counts: somebody has taken it.
        """
        try:
            return self.read_note(job_id, attempt_name(CALLING, 1), Lease) is not None
        except Unreadable:
            return True

    def step_names(self, job_id: str) -> list[str]:
        """Name the records of a job's steps, as LIST shows them: for people to read."""
        prefix = steps_prefix(job_id)
        return [
            row.key.removeprefix(prefix).removesuffix(".json") for row in self.bucket.list(prefix)
        ]

    def write_note(self, job_id: str, what: str, record: Record) -> None:
        """Write a note beside the steps, over an earlier one."""
        self._records.write(step_key(job_id, what), record)

    def remove_note(self, job_id: str, what: str) -> None:
        """Remove a note that no longer holds."""
        self.bucket.delete(step_key(job_id, what))

    def read_note(self, job_id: str, what: str, kind: type[RecordT]) -> RecordT | None:
        """Read a note; None where there is none. Raises ``Unreadable``."""
        return self._records.read(step_key(job_id, what), kind)

    # --- results: their buttons, variations and threads

    def buttons(self, job_id: str) -> Mapping[str, str]:
        """Read the tokens of a result's buttons, by gesture; at first there are none."""
        noted = self._records.read_or_none(step_key(job_id, BUTTONS), ButtonTokens)
        return noted.tokens if noted else {}

    def renew_button(self, job_id: str, gesture: str, token: str) -> Mapping[str, str]:
        """Give a button a new token, so that its next press is a new wish. Returns all tokens."""
        tokens = {**self.buttons(job_id), gesture: token}
        self.write_note(job_id, BUTTONS, ButtonTokens(tokens=tokens))
        return tokens

    def forget_buttons(self, job_id: str) -> None:
        """Remove the button tokens of a result that is deleted, or about to be."""
        self.bucket.delete(step_key(job_id, BUTTONS))

    def chosen_variation(self, upload_id: str) -> str:
        """Read which job of an upload has its variation shown alone; empty if all are shown."""
        noted = self._records.read_or_none(step_key(upload_id, CHOSEN), Chosen)
        return noted.job_id if noted else ""

    def choose_variation(self, upload_id: str, job_id: str) -> None:
        """Note which job has its variation shown alone; an empty ``job_id`` shows all again."""
        self.write_note(upload_id, CHOSEN, Chosen(job_id=job_id))

    def latest_in_thread(self, channel: str, thread_ts: str) -> str | None:
        """Read which job's picture the thread has shown last."""
        newest = self._records.read_or_none(thread_key(channel, thread_ts), NewestPicture)
        return newest.job_id if newest else None

    def clear_latest_in_thread(self, channel: str, thread_ts: str, job_id: str) -> None:
        """Note that the thread no longer shows the job's picture."""
        if self.latest_in_thread(channel, thread_ts) == job_id:
            self.bucket.delete(thread_key(channel, thread_ts))

    def set_latest_in_thread(self, channel: str, thread_ts: str, job_id: str) -> None:
        """Note that the job's picture is the latest in the thread."""
        self._records.write(thread_key(channel, thread_ts), NewestPicture(job_id=job_id))

    # --- cancelling and deleting

    def add_tombstone(self, job_id: str, *, why: Why, by: str, is_painted: bool = False) -> bool:
        """Ask for a job to be cancelled, or for its picture to be deleted; the worker does it.

        A ``cancel`` counts until aiart is called, a ``delete`` at any time. Unless the caller knows
        that the job ``is_painted`` already, a ``delete`` writes a ``cancel``, too: before a call,
        the worker has to look for that only. ``by`` is a user id, or ``client/<name>``. True if it
        is the first time.
        """
        if why == "delete" and not is_painted:
            self._add_tombstone(job_id, "cancel", by)
        return self._add_tombstone(job_id, why, by)

    def _add_tombstone(self, job_id: str, why: Why, by: str) -> bool:
        try:
            self._records.create(tombstone_key(job_id, why), Tombstone(by=by, at=self.clock()))
        except KeyExists:
            return False
        return True

    def has_tombstone(self, job_id: str, why: Why = "delete") -> bool:
        """Say whether a job is to be cancelled or deleted (``why``), and that is not done yet."""
        return self.bucket.exists(tombstone_key(job_id, why))

    def tombstones(self) -> Iterator[TombstoneRow]:
        """List all tombstones, as LIST shows them, which may lag."""
        for row in self.bucket.list(TOMBSTONES):
            found = tombstone_row(row.key)
            if found:
                yield found

    def tombstone(self, row: TombstoneRow) -> Tombstone | None:
        """Read who asked, and since when."""
        return self._records.read(tombstone_key(row.job_id, row.why), Tombstone)

    def remove_tombstone(self, row: TombstoneRow) -> None:
        """Remove a tombstone whose request is done."""
        self.bucket.delete(tombstone_key(row.job_id, row.why))

    # --- the end

    def outcome(self, job_id: str) -> Outcome | None:
        """Read how a job ended; None while it is open. A damaged record is read in part."""
        key = done_key(job_id)
        try:
            return self._records.read(key, Outcome)
        except Unreadable as error:
            return self._salvaged(key, Outcome, {"state": "failed", "finished_at": 0.0}, error)

    def finish(self, job: Job, outcome: Outcome) -> None:
        """Put the job into the asker's history, write the end down, and close the request.

        The order matters: if a run dies in between, the request is still open and is finished
        again. An outcome that is there already stands.
        """
        self._add_to_history(job)
        with contextlib.suppress(KeyExists):
            self._records.create(done_key(job.id), outcome)
        self.close_request(job.id)

    def _salvaged(
        self, key: str, kind: type[RecordT], instead: Mapping[str, object], error: Unreadable
    ) -> RecordT | None:
        warn("a record cannot be read: what can be is made use of", record=str(error))
        try:
            return salvage(self.bucket.get(key), kind, instead)
        except KeyMissing:
            return None

    def record_unmarked(self, job: Job, got_by: Job) -> None:
        """Record who gets a picture without a visible mark; no deletion removes this.

        ``got_by`` is the job whose asker gets it: ``job`` itself, or a zip's.
        """
        who = Unmarked(
            job_id=job.id,
            day=day_of(self.clock()),
            user_id=got_by.asker.user_id,
            client=got_by.asker.client,
        )
        self._records.write(unmarked_key(job.id, got_by.id), who)

    def close_request(self, job_id: str) -> None:
        """Take a finished job out of the open queue."""
        self.bucket.delete(request_key(job_id))

    def erase_record(self, job_id: str, billed: Billed) -> None:
        """Replace a deleted job's outcome by one that says only what was ``billed``."""
        erased = Outcome(state="deleted", finished_at=self.clock(), billed=billed)
        self._records.write(done_key(job_id), erased)

    def history(self, team_id: str, user_id: str) -> Iterator[PastJob]:
        """List a person's jobs, newest first, page by page: the first ones come soon."""
        for row in self.bucket.list(history_prefix(team_id, user_id)):
            past = past_job(row.key)
            if past:
                yield PastJob(*past)

    def remove_from_history(self, job: Job) -> None:
        """Take a job out of the asker's history."""
        if job.asker.user_id:
            self.bucket.delete(_history_key(job))

    def _add_to_history(self, job: Job) -> None:
        if job.asker.user_id:  # a program has no history
            self.bucket.put(_history_key(job), b"", content_type="text/plain")


def tombstone_row(key: str) -> TombstoneRow | None:
    """Read a key below ``tombstones/`` as a row; None if it is not about a job."""
    job_id, _, name = key.removeprefix(TOMBSTONES).partition("/")
    whys = (why for why in get_args(Why) if is_job_id(job_id) and name == f"{why}.json")
    return next((TombstoneRow(job_id, why) for why in whys), None)


def _attempt_keys(about: str, what: str, limit: int) -> list[str]:
    return [step_key(about, attempt_name(what, attempt)) for attempt in range(1, limit + 1)]


def _history_key(job: Job) -> str:
    return history_key(job.asker.team_id, job.asker.user_id, job.id, at=job.created_at)


def _nothing_known(job_id: str) -> dict[str, object]:
    """Give stand-ins for the fields of a request that cannot be read."""
    return {
        "id": job_id,
        "gesture": "",
        "created_at": 0.0,
        "wish": Wish(),
        "photo": UnknownSource(),
        "asker": Asker(),
        "upload": Upload(id=job_id, jobs=(job_id,)),
    }
