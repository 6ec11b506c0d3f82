"""Guard the decoding of pictures: one at a time, and none of them over and over.

A picture that ends the whole process (by the memory it takes, say) must not do so for ever: its job
has three attempts. An attempt begins only when nothing else is decoded, so that if the process ends
then, this job is the cause and no other loses an attempt. From the second attempt on it also waits
until aiart paints nothing, so that no paid answer is lost with the process.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from functions.jobs.bucket_layout import attempt_name
from functions.jobs.errors import ErrorCode
from functions.jobs.leases import AttemptsExhausted
from functions.jobs.model import Job
from functions.worker.context import WorkerContext
from functions.worker.errors import JobFailed

ATTEMPT_S = 120.0  # for decoding and putting the result into the bucket
ATTEMPTS = 3


class DecodeGuard:
    """Guard one job's decoding. ``what`` names it in the lease, such as ``staging``.

    Leaving the block gives the attempt back: the process is still there, so it does not count.
    """

    def __init__(self, context: WorkerContext, job: Job, what: str) -> None:
        self._context = context
        self._job = job
        self._what = what
        self._attempt = 0

    def __enter__(self) -> "DecodeGuard":
        return self

    def __exit__(self, *_raised: object) -> None:
        if self._attempt:
            self._context.ledger.release(self._job.id, attempt_name(self._what, self._attempt))

    def keep_attempt(self) -> None:
        """Leave the lease behind, because a record now says that the decoding went well."""
        self._attempt = 0

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Wait until nothing else is decoded, and begin an attempt; decode inside the block.

        Raises ``JobFailed`` after the last attempt, ``LeaseHeld`` while another run has it.
        """
        with self._context.decode_lock:
            self._attempt = self._begin()
            if self._attempt == 1:
                yield
                return
            with self._context.billable_calls.excluded():  # it has ended a process before
                yield

    def _begin(self) -> int:
        ledger, about = self._context.ledger, self._job.id
        try:
            return ledger.acquire_attempt(about, self._what, seconds=ATTEMPT_S, limit=ATTEMPTS)
        except AttemptsExhausted as error:
            raise JobFailed(ErrorCode.PHOTO_REFUSED) from error
