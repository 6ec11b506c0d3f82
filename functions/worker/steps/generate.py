"""Have aiart paint (the second step), and never pay twice without recording it.

Before a call, the job takes the lease ``calling-<n>`` for the call's timeout and 30 s more. A
definite refusal that was not billed gives the lease back. A lost answer leaves it, and the job is
not called for again before its deadline. A job has two calls in all. If the first one's answer was
lost, the second one's record says that the job may have been billed twice.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypedDict

import msgspec

from functions.jobs.bucket import BucketUnavailable, KeysExpired
from functions.jobs.bucket_layout import CALLED, CALLING, attempt_name, result_key
from functions.jobs.errors import ErrorCode, Retry, retry_rule
from functions.jobs.model import Job
from functions.jobs.steps import CALLS, Called, Generated, Lease, Staged
from functions.log import log, timed_step, warn
from functions.worker.aiart import CallFailed, Painting
from functions.worker.context import WorkerContext
from functions.worker.errors import (
    AccountUnusable,
    AiartBusy,
    AiartUnavailable,
    JobFailed,
    RetryAt,
)
from functions.worker.steps.aiart_slot import AiartSlot
from functions.worker.steps.finish import write_failure
from functions.worker.steps.stage import repeat_a_failure

LEASE_MARGIN_S = 30.0
# Each machine's clock may be this far from COS's, one ahead and one behind. The rest of the margin
# covers the time between taking the lease and the end of the call.
CLOCK_WITHIN_S = 10.0
URL_MARGIN_S = 120
RECORD_PAUSES_S = (1.0, 3.0, 10.0, 30.0)


class CallAttempt(msgspec.Struct, frozen=True):
    """Describe one of a job's two calls. ``lost`` counts earlier ones whose answer never came.

    ``begins`` is called when the call has its place and its lease.
    """

    number: int
    lost: int
    begins: Callable[[], None]

    @property
    def lease_name(self) -> str:
        """Name the lease that the call is made under."""
        return attempt_name(CALLING, self.number)


class _Urls(TypedDict):
    """Hold the addresses from which aiart fetches the files; empty if there is no such file."""

    photo_url: str
    mask_url: str
    logo_url: str


class _BegunBefore(Exception):
    """Report that this call was begun before: its lease holds ``until`` then (Unix seconds)."""

    def __init__(self, until: float) -> None:
        super().__init__(f"until {until:.0f}")
        self.until = until


def generate(
    context: WorkerContext, job: Job, staged: Staged, slot: AiartSlot, *, begins: Callable[[], None]
) -> Generated:
    """Have the picture generated, unless an earlier run has, and return its record.

    ``begins`` is called when the job's wait for the slot is over. Raises ``JobFailed``,
    ``AiartUnavailable``, ``AccountUnusable``, ``SpendCapReached``, ``ClockWrong``, ``AiartBusy``,
    ``Suspended``, ``RunEnding``, ``Cancelled``, ``RetryAt`` or ``LeaseHeld``.
    """
    lost = 0
    for number in range(1, CALLS + 1):
        found: Generated | Called | None
        try:
            found = _call(context, job, staged, slot, CallAttempt(number, lost, begins))
        except _BegunBefore as before:
            found = _left_by(context, job, number, before)
            lost += found is None
        if isinstance(found, Generated):
            return found
        if found and number == CALLS:
            raise _used_up(found)
    raise JobFailed(ErrorCode.ANSWER_LOST, perhaps_billed=True)


def _left_by(
    context: WorkerContext, job: Job, number: int, before: _BegunBefore
) -> Generated | Called | None:
    """Read the result of a call that was begun before; None if its answer was lost.

    Raises ``RetryAt`` while the answer may still come.
    """
    ledger = context.ledger
    generated = ledger.read_step(job.id, Generated)
    found = generated or ledger.read_note(job.id, attempt_name(CALLED, number), Called)
    if found is None and before.until > ledger.clock():
        raise RetryAt(before.until)
    return found


def _call(
    context: WorkerContext, job: Job, staged: Staged, slot: AiartSlot, attempt: CallAttempt
) -> Generated | None:
    """Call aiart once under the lease. Returns None if the call was used up without a picture.

    Look-ups are made before the slot is taken, and the answer is recorded when it is free again, so
    that the slot is used for calls only. The lease is taken with the slot: a job that only waited
    has not used up a call.
    """
    lease, sent = None, False
    urls = _urls(context, job, staged)  # first: what fails here takes no place of a quota
    context.quota_places.count(job, attempt.number)
    try:
        with slot.turn(meanwhile=lambda: context.stop_if_cancelled(job)):
            lease = _take_lease(context, job, attempt)
            attempt.begins()
            started, sent = context.ledger.clock(), True
            log("calling", job=job.id, call=attempt.number)  # the only trace if the run dies now
            painting = _ask(context, job, attempt, urls)
    except CallFailed as failed:
        _after_failure(context, job, failed, attempt, deadline=lease.deadline if lease else 0.0)
        return None
    except BaseException as error:
        if lease and (not sent or isinstance(error, KeysExpired)):  # nothing can have been billed
            context.ledger.release(job.id, attempt.lease_name)
        raise
    return _with_retries(job, lambda: _record(context, job, painting, attempt, started=started))


def _take_lease(context: WorkerContext, job: Job, attempt: CallAttempt) -> Lease:
    """Take the lease of this call. Raises ``_BegunBefore``, and ``ClockWrong``.

    After the lease is written, and while it is read back, checks whether the job has failed or is
    cancelled: another worker may have held the lease before, and whoever cancels a job writes the
    tombstone first and looks for the lease then. If a check raises, the lease is given back.
    """
    seconds = context.aiart.timeout_s + LEASE_MARGIN_S
    looks: list[Future[None]] = []
    with ThreadPoolExecutor(2, "last-look") as beside:

        def look() -> None:
            looks.append(beside.submit(repeat_a_failure, context, job))
            looks.append(beside.submit(context.stop_if_cancelled, job))

        lease = context.ledger.acquire(
            job.id,
            attempt.lease_name,
            seconds=seconds,
            clock_within_s=CLOCK_WITHIN_S,
            once_written=look,
        )
        if not isinstance(lease, Lease):
            raise _BegunBefore(lease.until)
        if not looks:  # our lease was there already: the answer to writing it had been lost
            look()
        try:
            for one in looks:
                one.result()
        except BaseException:
            context.ledger.release(job.id, attempt.lease_name)
            raise
    return lease


def _ask(context: WorkerContext, job: Job, attempt: CallAttempt, urls: _Urls) -> Painting:
    with timed_step(job.id, "called") as fields:
        fields["call"] = attempt.number
        try:
            painting = context.aiart.paint(job.wish, **urls)
        except CallFailed as failed:
            fields.update(
                outcome=failed.code.value,
                vendor_code=failed.vendor_code,
                request_id=failed.request_id,
            )
            raise
        fields["request_id"] = painting.request_id
    return painting


def _urls(context: WorkerContext, job: Job, staged: Staged) -> _Urls:
    """Presign the addresses of photo, mask and logo, to be valid for a wait and a call.

    Raises ``JobFailed`` if the logo is gone, before a call is spent on it.
    """
    expires_s = int(context.aiart.timeout_s) * 2 + URL_MARGIN_S
    bucket, logo = context.ledger.bucket, job.wish.logo
    if logo and logo.key and not bucket.exists(logo.key):
        raise JobFailed(ErrorCode.LOGO_GONE)

    def signed(key: str) -> str:
        return bucket.presigned_get(key, expires_s=expires_s) if key else ""

    return _Urls(
        photo_url=signed(staged.photo_key),
        mask_url=signed(staged.mask_key),
        logo_url=signed(logo.key if logo else ""),
    )


def _after_failure(
    context: WorkerContext, job: Job, failed: CallFailed, attempt: CallAttempt, *, deadline: float
) -> None:
    """Raise what follows from aiart's refusal; return only if the next call may follow at once.

    ``deadline`` is the lease's, in Unix seconds.
    """
    rule = retry_rule(failed.code)
    support = Called(code=failed.code, vendor_code=failed.vendor_code, request_id=failed.request_id)
    if rule is Retry.TRY:
        if failed.code is ErrorCode.ANSWER_LOST and attempt.number < CALLS:
            raise RetryAt(deadline)  # it may still be painting
        context.ledger.write_note(job.id, attempt_name(CALLED, attempt.number), support)
        if attempt.number == CALLS:
            raise _used_up(support)
        return
    verdict = _verdict(VERDICTS.get(rule, JobFailed), support, perhaps_billed=attempt.lost > 0)
    if rule is not Retry.SLOT and rule not in VERDICTS:
        _write_down(context, job, verdict, attempt)
    context.ledger.release(job.id, attempt.lease_name)
    raise AiartBusy if rule is Retry.SLOT else verdict


def _write_down(context: WorkerContext, job: Job, verdict: JobFailed, attempt: CallAttempt) -> None:
    """Record a definite refusal before the lease is given back: its next holder checks for that.

    If writing fails, the deciding step records it. Only an earlier call may have been billed.
    """
    try:
        write_failure(context, job, verdict, perhaps_billed=attempt.number > 1)
    except BucketUnavailable as error:
        log("a refusal could not be written down yet", job=job.id, error=str(error))


VERDICTS: dict[Retry, type[JobFailed]] = {
    Retry.BOUNDED: AiartUnavailable,
    Retry.ACCOUNT: AccountUnusable,
}


def _used_up(used: Called) -> JobFailed:
    return _verdict(JobFailed, used, perhaps_billed=True)


def _verdict(kind: type[JobFailed], called: Called, *, perhaps_billed: bool) -> JobFailed:
    return kind(
        called.code,
        vendor_code=called.vendor_code,
        request_id=called.request_id,
        perhaps_billed=perhaps_billed,
    )


def _with_retries(job: Job, write: Callable[[], Generated]) -> Generated:
    """Record the answer, with many tries: it was paid for and is nowhere else."""
    for pause_s in RECORD_PAUSES_S:
        try:
            return write()
        except BucketUnavailable as error:
            warn("a paid answer could not be written down yet", job=job.id, error=str(error))
            time.sleep(pause_s)
    return write()


def _record(
    context: WorkerContext, job: Job, painting: Painting, attempt: CallAttempt, *, started: float
) -> Generated:
    """Record the answer; put pictures that came as bytes into the bucket first."""
    now = context.ledger.clock()
    return context.ledger.write_step(
        job.id,
        Generated(
            at=now,
            call=attempt.number,
            request_id=painting.request_id,
            seconds=round(now - started, 1),
            picture_url=painting.picture_url,
            picture_key=_kept(context, job, "picture", painting.picture),
            mask_url=painting.mask_url,
            mask_key=_kept(context, job, "mask", painting.mask),
            perhaps_billed_twice=attempt.lost > 0,
        ),
    )


def _kept(context: WorkerContext, job: Job, name: str, data: bytes) -> str:
    if not data:
        return ""
    key = result_key(job.id, f"{name}-from-aiart")
    context.ledger.bucket.put(key, data, content_type="application/octet-stream")
    return key
