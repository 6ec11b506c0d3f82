"""Suspend painting: switched off, the account refused, the spend cap reached, the clock wrong.

Whatever the reason, the jobs are kept, and the people who wait are told so. The reason is a record
in the bucket, so that the administrators get one message however many runs meet it, and only one
job is tried every few minutes.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

import msgspec

from bot.job_messages import Kept
from bot.slack_api.client import SLACK_TROUBLE
from bot.texts import text
from functions.jobs.bucket import BucketUnavailable, KeysExpired
from functions.jobs.bucket_layout import (
    ACCOUNT,
    CLOCK,
    SPEND_CAP,
    TOMBSTONES,
    UNINSTALLED,
    archived_channel,
)
from functions.jobs.leases import ClockWrong
from functions.jobs.ledger import tombstone_row
from functions.jobs.quota import day_of
from functions.jobs.records import Record, Records, Unreadable
from functions.log import log, warn
from functions.worker.aiart import CallFailed
from functions.worker.context import WorkerContext
from functions.worker.errors import SpendCapReached

TRY_AGAIN_S = 180.0
NO_TROUBLE_FRESH_S = 300.0  # how long a warm instance relies on having read that there is none
NOTE_KEPT_S = 3 * 3600.0  # of an archived channel: by then all jobs that waited there have ended
REMEDY = "install the Slack app again and set its new SLACK_BOT_TOKEN"
CLOCK_REMEDY = "set the machine's clock; in the cloud, let the platform start another instance"

RecordT = TypeVar("RecordT", bound=Record)


class Trouble(Record, frozen=True, kw_only=True):
    """Record that aiart refuses the account.

    ``since`` and ``next_try`` (for one job) are Unix seconds; ``told``: the administrators know.
    """

    since: float
    next_try: float
    vendor_code: str
    told: bool = False


class OfDay(Record, frozen=True, kw_only=True):
    """Record that something holds the queue on ``day`` (UTC); ``told``: administrators know."""

    day: str
    told: bool = False


class Seen(msgspec.Struct, frozen=True):
    """Hold what the latest look has seen: what people take back, and what Slack has told.

    ``tombstones`` are the jobs to be cancelled or deleted; ``is_uninstalled``: our app is no longer
    in Slack; ``archived`` has channels, and since when they are (Unix seconds).
    """

    tombstones: frozenset[str] = frozenset()
    is_uninstalled: bool = False
    archived: dict[str, float] = {}


class Suspension:
    """Know whether painting is suspended in this run. ``paused``: the operator has switched it off.

    Any thread may ask. The threads that call aiart note its answer while they still have their
    place there, so that the next caller knows. The first look is made in the background. Trouble in
    writing the record is only logged: this run knows in any case, and later runs will meet the same
    answer.
    """

    def __init__(self, context: WorkerContext, *, paused: bool) -> None:
        self._context = context
        self._records = Records(context.ledger.bucket)
        self._recent = context.ledger.bucket.recent
        self._paused = paused
        self._noting = threading.Lock()
        self._seen = Seen()
        beside = ThreadPoolExecutor(2, "suspension")
        self._first_look = beside.submit(self._begin)
        spent = beside.submit(self._read_spent)
        beside.shutdown(wait=False)
        self._trouble = self._recent.read(
            ACCOUNT, self._read_trouble, within_s=NO_TROUBLE_FRESH_S, keeps=_is_none
        )
        self._spent = spent.result()
        # Met in this run: since an earlier one the cap may be higher, or the machine another.
        self._met_cap = self._met_wrong_clock = False

    def finish_looking(self) -> None:
        """Wait until the first look is over."""
        wait((self._first_look,))

    @property
    def seen(self) -> Seen:
        """Give what the latest look has seen; waits for the first look."""
        self.finish_looking()
        return self._seen

    @property
    def reason(self) -> Kept:
        """Give the reason that those who wait are shown; empty while painting is not suspended."""
        if self._paused or self._met_wrong_clock or self._trouble is not None:
            return "unusable"
        return "spent" if self._is_spent else ""

    @property
    def may_paint(self) -> bool:
        """Say whether a job may be painted now, even if only to try whether aiart paints again."""
        return self.may_call and not (self._met_cap and self._is_spent)

    @property
    def may_call(self) -> bool:
        """Say whether a job may call that was counted before another job met the cap."""
        if self._paused or self._met_wrong_clock:
            return False
        trouble = self._trouble
        return trouble is None or self._context.ledger.clock() >= trouble.next_try

    def _begin(self) -> None:
        """Look, and if our app was uninstalled, ask Slack whether it is back."""
        self.look()
        if not self._seen.is_uninstalled:
            return
        try:
            self._context.thread.check_token()
        except SLACK_TROUBLE as error:
            warn("Slack's jobs wait", error=str(error), remedy=REMEDY)
            return
        log("the Slack app is installed again")
        self._seen = msgspec.structs.replace(self._seen, is_uninstalled=False)
        _note(lambda: self._context.ledger.workspace.forget_note(UNINSTALLED))

    def look(self) -> None:
        """Read, by one LIST, the tombstones and what Slack has told of the workspace.

        What cannot be read now stays as it was known before.
        """
        ledger = self._context.ledger
        try:
            keys = [row.key for row in ledger.bucket.list(TOMBSTONES)]
        except (BucketUnavailable, KeysExpired) as error:
            log("the tombstones could not be listed", error=type(error).__name__)
            return
        jobs = frozenset(row.job_id for row in map(tombstone_row, keys) if row)
        self._seen = msgspec.structs.replace(self._seen, tombstones=jobs)
        try:
            notes = ledger.workspace.notes(keys)
            channels = {archived_channel(key): note.at for key, note in notes.items()}
            archived = {channel: at for channel, at in channels.items() if channel}
            self._seen = Seen(jobs, UNINSTALLED in notes, archived)
            over = {key for key, note in notes.items() if note.at + NOTE_KEPT_S < ledger.clock()}
            for key in over - {UNINSTALLED}:
                ledger.workspace.forget_note(key)
        except (BucketUnavailable, KeysExpired, Unreadable) as error:
            log("the workspace's notes could not be read", error=type(error).__name__)

    def painted(self) -> None:
        """End the suspension because aiart has painted; a cap that this run has met still holds."""
        with self._noting:
            if not self._met_cap:
                self._spent = None
            if self._trouble is None:
                return
            log("aiart takes the account again")
            self._trouble = None
            _note(lambda: self._context.ledger.bucket.delete(ACCOUNT))

    def refused(self, failed: CallFailed) -> None:
        """Suspend because aiart refuses the account, and tell the administrators once."""
        with self._noting:
            now, before = self._context.ledger.clock(), self._trouble or self._met_by_others()
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

    def _met_by_others(self) -> Trouble | None:
        """Read trouble that another machine may have met while this one remembered none."""
        self._recent.forget(ACCOUNT)
        try:
            return self._read_trouble()
        except (BucketUnavailable, KeysExpired):
            return None

    def spent(self, reached: SpendCapReached) -> None:
        """Suspend because the spend cap is reached, and tell the administrators once a day."""
        with self._noting:
            log("the day's pictures are spent", limit=reached.limit)
            self._met_cap = True
            line = text("en", "admin.cap", limit=reached.limit)
            self._spent = self._tell_once_a_day(SPEND_CAP, line)

    def clock_wrong(self, wrong: ClockWrong) -> None:
        """Suspend for this run because its clock is wrong; tell the administrators once a day."""
        with self._noting:
            if self._met_wrong_clock:
                return
            self._met_wrong_clock = True
            seconds = round(wrong.ahead_s)
            warn("the clock is wrong", ahead_s=seconds, remedy=CLOCK_REMEDY)
            line = text("en", "admin.clock", seconds=f"{seconds:+d}")
            self._tell_once_a_day(CLOCK, line)

    def _tell_once_a_day(self, key: str, line: str) -> OfDay:
        """Tell the administrators, unless the record says so or cannot be read just now."""
        today = day_of(self._context.ledger.clock())
        try:
            before = self._read(key, OfDay)
        except (BucketUnavailable, KeysExpired):
            return OfDay(day=today)
        told = before is not None and before.day == today and before.told
        now = OfDay(day=today, told=told or self._context.tell_admins(line))
        if now != before:
            _note(lambda: self._records.write(key, now))
        return now

    @property
    def _is_spent(self) -> bool:
        spent = self._spent
        return spent is not None and spent.day == day_of(self._context.ledger.clock())

    def _read_trouble(self) -> Trouble | None:
        return self._read(ACCOUNT, Trouble)

    def _read_spent(self) -> OfDay | None:
        return self._read(SPEND_CAP, OfDay) if self._context.quota_places.has_cap else None

    def _read(self, key: str, kind: type[RecordT]) -> RecordT | None:
        try:
            return self._records.read(key, kind)
        except Unreadable as error:  # the next record replaces it
            warn("what holds the queue cannot be read", record=str(error))
            return None


def _is_none(trouble: Trouble | None) -> bool:
    return trouble is None


def _note(write: Callable[[], None]) -> None:
    try:
        write()
    except (BucketUnavailable, KeysExpired) as error:
        log("what holds the queue was not written down", error=str(error))
