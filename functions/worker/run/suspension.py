"""Suspend painting: switched off, the account refused, or the day's spend cap reached.

Whatever the reason, the jobs are kept and those who wait are shown so. The reason is a record in
the bucket, so that the administrators get one message however many runs meet it, and only one job
is tried again every few minutes.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import msgspec

from bot.texts import text
from functions.jobs.bucket import BucketUnavailable, KeysExpired
from functions.jobs.bucket_layout import ACCOUNT, SPEND_CAP
from functions.jobs.quota import day_of
from functions.jobs.records import Record, Records, Unreadable
from functions.log import log, warn
from functions.worker.aiart import CallFailed
from functions.worker.context import WorkerContext
from functions.worker.errors import SpendCapReached

TRY_AGAIN_S = 180.0

RecordT = TypeVar("RecordT", bound=Record)


class Trouble(Record, frozen=True, kw_only=True):
    """Record that aiart refuses the account.

    ``since`` and ``next_try`` (for one job) are Unix seconds; ``told``: the administrators know.
    """

    since: float
    next_try: float
    vendor_code: str
    told: bool = False


class Spent(Record, frozen=True, kw_only=True):
    """Record that the spend cap of that ``day`` (UTC) is reached; ``told``: administrators know."""

    day: str
    told: bool = False


class Suspension:
    """Know whether painting is suspended in this run. ``paused``: the operator has switched it off.

    Any thread may ask. The threads that call aiart note what it answered while they still have
    their place there, so that the next one knows. Trouble in writing the record is only logged:
    this run knows in any case, and later ones meet the same answer.
    """

    def __init__(self, context: WorkerContext, *, paused: bool) -> None:
        self._context = context
        self._records = Records(context.ledger.bucket)
        self._paused = paused
        self._noting = threading.Lock()
        with ThreadPoolExecutor(1, "suspension") as beside:
            spent = beside.submit(self._read_spent)
            self._trouble = self._read(ACCOUNT, Trouble)
        self._spent = spent.result()
        self._met_cap = False  # in this run; before that, the number may have been raised

    @property
    def is_on(self) -> bool:
        """Say whether those who wait shall be shown that their job is kept."""
        return self._paused or self._trouble is not None or self._is_spent

    @property
    def may_paint(self) -> bool:
        """Say whether a job may be painted now, be it only to try whether aiart paints again."""
        trouble = self._trouble
        may_try = trouble is None or self._context.ledger.clock() >= trouble.next_try
        return not self._paused and may_try and not (self._met_cap and self._is_spent)

    def painted(self) -> None:
        """End the suspension: aiart has painted."""
        with self._noting:
            self._spent = None
            if self._trouble is None:
                return
            log("aiart takes the account again")
            self._trouble = None
            _note(lambda: self._context.ledger.bucket.delete(ACCOUNT))

    def refused(self, failed: CallFailed) -> None:
        """Suspend because aiart refuses the account, and tell the administrators once."""
        with self._noting:
            now, before = self._context.ledger.clock(), self._trouble
            warn("aiart refuses the account", vendor_code=failed.vendor_code)
            trouble = Trouble(
                since=before.since if before else now,
                next_try=now + TRY_AGAIN_S,
                vendor_code=failed.vendor_code,
                told=before is not None and before.told,
            )
            self._trouble = trouble
            if not trouble.told:
                facts = {"vendor_code": failed.vendor_code, "request_id": failed.request_id}
                told = self._context.tell_admins(text("en", "admin.account", **facts))
                self._trouble = trouble = msgspec.structs.replace(trouble, told=told)
            _note(lambda: self._records.write(ACCOUNT, trouble))

    def spent(self, reached: SpendCapReached) -> None:
        """Suspend because the spend cap is reached, and tell the administrators once a day."""
        with self._noting:
            log("the day's pictures are spent", limit=reached.limit)
            before = self._spent if self._is_spent else None
            line = text("en", "admin.cap", limit=reached.limit)
            told = (before is not None and before.told) or self._context.tell_admins(line)
            now = Spent(day=day_of(self._context.ledger.clock()), told=told)
            self._spent, self._met_cap = now, True
            if now != before:
                _note(lambda: self._records.write(SPEND_CAP, now))

    @property
    def _is_spent(self) -> bool:
        spent = self._spent
        return spent is not None and spent.day == day_of(self._context.ledger.clock())

    def _read_spent(self) -> Spent | None:
        return self._read(SPEND_CAP, Spent) if self._context.quota_places.has_cap else None

    def _read(self, key: str, kind: type[RecordT]) -> RecordT | None:
        try:
            return self._records.read(key, kind)
        except Unreadable as error:  # whatever comes next writes it anew
            warn("what holds the queue cannot be read", record=str(error))
            return None


def _note(write: Callable[[], None]) -> None:
    try:
        write()
    except (BucketUnavailable, KeysExpired) as error:
        log("what holds the queue was not written down", error=str(error))
