"""Second step: have aiart paint, and never pay twice.

``calling-<n>`` is a claim with a deadline (the call's timeout and 30 s), taken with the place at
aiart. A definite answer that
was not billed takes it back; a lost answer leaves it, and nobody calls before its deadline. A job
has two calls in all: the second one says that it may have been billed twice when the first one's
answer was lost.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from functions.jobs.bucket import BucketTrouble, KeysExpired
from functions.jobs.errors import ErrorCode, Retry, retry_rule
from functions.jobs.model import Job
from functions.jobs.steps import Called, Claim, Generated, Staged
from functions.log import log, timed_step, warn
from functions.worker.aiart import CallFailed, Painting
from functions.worker.errors import (
    AccountUnusable,
    AiartBusy,
    AiartUnavailable,
    JobFailed,
    RetryAt,
    RunEnding,
    Suspended,
    turn_name,
)
from functions.worker.workshop import Workshop

CALLS = 2
CLAIM_MARGIN_S = 30.0
URL_MARGIN_S = 120
LOOK_AGAIN_S = 2.0  # a tombstone seen longer ago than this is looked for again before the call
# A sister product's slot stays taken for some 30 s after each task: not to be asked more often, nor
# to be left free for longer.
BUSY_PAUSE_S = 3.0
RECORD_PAUSES_S = (1.0, 3.0, 10.0, 30.0)


class Slot:
    """aiart's few places: how many calls run at once, and whether the account is busy elsewhere.

    ``has_time``: whether a call would end within this run. ``waited`` is called after each picture,
    with the seconds that the slot was waited for; None where nothing was in line for it.
    ``refused`` is called when aiart refuses the account, before the next one has the place;
    ``may_call`` says whether that one may call in spite of what came before it.
    """

    def __init__(
        self,
        places: int,
        *,
        has_time: Callable[[], bool],
        waited: Callable[[float | None], None],
        refused: Callable[[CallFailed], None] = lambda _: None,
        may_call: Callable[[], bool] = lambda: True,
    ) -> None:
        self._places = threading.BoundedSemaphore(places)
        self._has_time = has_time
        self._waited = waited
        self._refused = refused
        self._may_call = may_call
        self._waited_s: float | None = None  # for the latest turn
        self._busy_since: float | None = None
        self._painted_at: float | None = None
        self.free_at = 0.0  # monotonic; later than now after aiart said that it is busy

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One of the places, for a call that raises ``CallFailed`` or is answered with a picture.

        Raises ``RunEnding`` when a call could outlive this run, and ``AiartBusy`` or ``Suspended``
        while aiart would only refuse: who waited for a place meanwhile need not ask.
        """
        with self._places:
            if not self._has_time():
                raise RunEnding
            now = time.monotonic()
            if now < self.free_at:
                raise AiartBusy
            if not self._may_call():
                raise Suspended
            self._waited_s = self._wait_until(now)
            try:
                yield
            except CallFailed as failed:
                self._note(failed)  # before the next one has the place
                raise
        self._found_free()

    def _note(self, failed: CallFailed) -> None:
        match retry_rule(failed.code):
            case Retry.SLOT:
                self._found_busy()
            case Retry.ACCOUNT:
                self._refused(failed)

    def _found_busy(self) -> None:
        """Stay away for a while, with jitter."""
        now = time.monotonic()
        self._busy_since = self._busy_since or now
        self.free_at = now + BUSY_PAUSE_S * random.uniform(1.0, 1.25)  # noqa: S311  # no secret

    def _found_free(self) -> None:
        """aiart has painted."""
        self._busy_since = None
        self._painted_at = time.monotonic()
        self._waited(self._waited_s)

    def _wait_until(self, now: float) -> float | None:
        if self._busy_since is not None:
            return now - self._busy_since
        followed = self._painted_at is not None and now < self._painted_at + BUSY_PAUSE_S
        return 0.0 if followed else None


class Try(msgspec.Struct, frozen=True):
    """One of a job's two calls. ``lost`` counts earlier ones whose answer never came.

    ``begins`` is called once it has its place at aiart.
    """

    number: int
    lost: int
    begins: Callable[[], None]

    @property
    def claim_name(self) -> str:
        """The claim it is made under."""
        return turn_name("calling", self.number)


class _AnswerLost(Exception):
    """This try's call was made before, and its claim has run out without an answer."""


def paint(
    shop: Workshop, job: Job, staged: Staged, slot: Slot, *, begins: Callable[[], None]
) -> Generated:
    """aiart's picture, generated now or by an earlier run.

    ``begins`` is called when the job need not wait for the slot any more. Raises ``JobFailed``,
    ``AiartUnavailable``, ``AccountUnusable``, ``SpendCapReached``, ``AiartBusy``, ``Suspended``,
    ``RunEnding``, ``Cancelled`` or ``RetryAt``.
    """
    lost = 0
    for number in range(1, CALLS + 1):
        generated = shop.ledger.step(job.id, Generated)
        if generated:
            return generated
        used = shop.ledger.noted(job.id, f"called-{number}", Called)
        if used and number == CALLS:
            raise _used_up(used)
        if used:
            continue
        try:
            generated = _call(shop, job, staged, slot, Try(number, lost, begins))
        except _AnswerLost:
            lost += 1
        if generated:
            return generated
    raise JobFailed(ErrorCode.ANSWER_LOST, perhaps_billed=True)


def _call(shop: Workshop, job: Job, staged: Staged, slot: Slot, attempt: Try) -> Generated | None:
    """One call under its claim. None when it used up its try although an answer came.

    What has to be looked up is looked up before the job has its place, and the answer is written
    down after it; the claim alone is taken in between: who only stood next in line loses no try.
    """
    claim, sent = None, False
    shop.stop_if_cancelled(job)
    looked_at = time.monotonic()
    shop.counter.count(job)
    photo_url, mask_url = _urls(shop, staged)
    try:
        with slot.turn():
            if time.monotonic() - looked_at > LOOK_AGAIN_S:
                shop.stop_if_cancelled(job)
            claim = _claim(shop, job, attempt)
            attempt.begins()
            started, sent = shop.ledger.clock(), True
            log("calling", job=job.id, call=attempt.number)  # should no answer ever be logged
            painting = _ask(shop, job, attempt, photo_url=photo_url, mask_url=mask_url)
    except CallFailed as failed:
        _after_failure(shop, job, failed, attempt, deadline=claim.deadline if claim else 0.0)
        return None
    except BaseException as error:
        if claim and (not sent or isinstance(error, KeysExpired)):  # nothing can have been billed
            shop.ledger.release(job.id, attempt.claim_name)
        raise
    return _patiently(job, lambda: _record(shop, job, painting, attempt, started=started))


def _claim(shop: Workshop, job: Job, attempt: Try) -> Claim:
    """The right to make this call. Raises ``RetryAt`` while somebody has it, ``_AnswerLost``."""
    seconds = shop.aiart_timeout_s + CLAIM_MARGIN_S
    claim = shop.ledger.claim(job.id, attempt.claim_name, seconds=seconds)
    if isinstance(claim, Claim):
        return claim
    if claim.until > shop.ledger.clock():
        raise RetryAt(claim.until)
    raise _AnswerLost


def _ask(shop: Workshop, job: Job, attempt: Try, *, photo_url: str, mask_url: str) -> Painting:
    with timed_step(job.id, "called") as fields:
        fields["call"] = attempt.number
        try:
            painting = shop.aiart.paint(job.wish, photo_url=photo_url, mask_url=mask_url)
        except CallFailed as failed:
            fields.update(
                outcome=failed.code.value,
                vendor_code=failed.vendor_code,
                request_id=failed.request_id,
            )
            raise
        fields["request_id"] = painting.request_id
    return painting


def _urls(shop: Workshop, staged: Staged) -> tuple[str, str]:
    """Where aiart reads the photo and the mask, for as long as a call may wait and take."""
    expires_s = int(shop.aiart_timeout_s) * 2 + URL_MARGIN_S
    bucket = shop.ledger.bucket
    photo = bucket.presigned_get(staged.photo_key, expires_s=expires_s)
    mask = staged.mask_key and bucket.presigned_get(staged.mask_key, expires_s=expires_s)
    return photo, mask


def _after_failure(
    shop: Workshop, job: Job, failed: CallFailed, attempt: Try, *, deadline: float
) -> None:
    """Decide what follows from aiart's no. Returns when the job's next call may follow at once.

    ``deadline`` is the claim's, in Unix seconds.
    """
    rule = retry_rule(failed.code)
    support = Called(code=failed.code, vendor_code=failed.vendor_code, request_id=failed.request_id)
    if rule is Retry.TRY:
        if failed.code is ErrorCode.ANSWER_LOST and attempt.number < CALLS:
            raise RetryAt(deadline)  # it may still be painting
        shop.ledger.note(job.id, f"called-{attempt.number}", support)
        if attempt.number == CALLS:
            raise _used_up(support)
        return
    shop.ledger.release(job.id, attempt.claim_name)
    if rule is Retry.SLOT:
        raise AiartBusy
    raise _verdict(VERDICTS.get(rule, JobFailed), support, perhaps_billed=attempt.lost > 0)


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


def _patiently(job: Job, write: Callable[[], Generated]) -> Generated:
    """The answer was paid for and stands nowhere else: do not give up at COS's first trouble."""
    for pause_s in RECORD_PAUSES_S:
        try:
            return write()
        except BucketTrouble as error:
            warn("a paid answer could not be written down yet", job=job.id, error=str(error))
            time.sleep(pause_s)
    return write()


def _record(
    shop: Workshop, job: Job, painting: Painting, attempt: Try, *, started: float
) -> Generated:
    """Write the answer down; where it came as bytes, those first."""
    now = shop.ledger.clock()
    return shop.ledger.record(
        job.id,
        Generated(
            at=now,
            call=attempt.number,
            request_id=painting.request_id,
            seconds=round(now - started, 1),
            picture_url=painting.picture_url,
            picture_key=_kept(shop, job, "picture", painting.picture),
            mask_url=painting.mask_url,
            mask_key=_kept(shop, job, "mask", painting.mask),
            perhaps_billed_twice=attempt.lost > 0,
        ),
    )


def _kept(shop: Workshop, job: Job, name: str, data: bytes) -> str:
    if not data:
        return ""
    key = f"results/{job.id}/{name}-from-aiart"
    shop.ledger.bucket.put(key, data, content_type="application/octet-stream")
    return key
