"""Drains the open queue: keeps aiart's scarce slot busy, everything else happens beside it.

While one job is painted, the next photos are fetched and staged, the next call's claim is taken,
and earlier results are stored and posted. One thread (the caller's) decides; pools of threads do
the waiting:

    new -> loaded -> staged -> generated -> over        (see ``entry.Stage``)
"""

import time
from collections.abc import Callable, Iterable
from functools import partial

import msgspec

from functions.jobs.bucket import BucketTrouble, KeysExpired
from functions.jobs.errors import ErrorCode
from functions.jobs.model import Job
from functions.log import log
from functions.worker import setbacks
from functions.worker.crew import Began, Crew, Ended
from functions.worker.entry import ENDING, WAITING, Entry, Stage
from functions.worker.holding import Holds
from functions.worker.line import Line
from functions.worker.pace import Pace
from functions.worker.painting import Slot
from functions.worker.talk import Talk
from functions.worker.turns import Turns
from functions.worker.verdicts import (
    AccountUnusable,
    Cancelled,
    CapReached,
    JobFailed,
    OutOfTime,
    SlotBusy,
)
from functions.worker.work import Work
from functions.worker.workshop import Workshop

SLACK_JOB_LIMIT_S = 2 * 3600.0
CLIENT_JOB_LIMIT_S = 24 * 3600.0
LOOK_EVERY_S = 2.0
WORTH_WAITING_S = 20.0  # for a job that may go on then; the timer wakes us for later ones
STAGED_AHEAD = 3
ANNOUNCE_WITHIN_S = 0.3  # so long the places in line may take to be known
ENDING_MARGIN_S = 75.0  # a photo may take a minute to fetch: none is begun later than this


class Terms(msgspec.Struct, frozen=True):
    """How a run goes: calls at once, seconds of one call, how long to linger, and the clock.

    ``time_left`` gives the seconds until the function is killed.
    """

    concurrency: int
    call_s: float
    linger_s: float
    time_left: Callable[[], float]


class Drain:
    """One run over the open queue."""

    def __init__(self, shop: Workshop, holds: Holds, terms: Terms) -> None:
        self._shop = shop
        self._holds = holds
        self._terms = terms
        self._pace = Pace(shop.ledger.bucket)
        self._slot = Slot(
            terms.concurrency,
            time_left=terms.time_left,
            needed_s=terms.call_s + 5.0,
            waited=lambda seconds: self._crew.aside(partial(self._pace.waited, seconds)),
        )
        self._line = Line()
        self._turns = Turns()
        self._talk = Talk(
            shop,
            self._line,
            self._turns,
            is_held=lambda: holds.is_on,
            estimate_s=lambda ahead: self._pace.estimate_s(ahead, at_once=terms.concurrency),
        )
        # One more than can be painted at once stands next in line.
        self._crew = Crew(painters=terms.concurrency + 1, stagers=STAGED_AHEAD)
        self._work = Work(
            shop,
            self._slot,
            begins=self._crew.began,
            told=self._talk.told,
            painted_in=lambda seconds: self._crew.aside(partial(self._pace.add, seconds)),
        )
        self._buried: set[str] = set()  # jobs that somebody has taken back
        self._next_look = 0.0
        self._announce_at = 0.0
        self._idle_since = 0.0
        self._has_worked = False  # painted or ended a job: else there is nothing to linger for
        self._closing = False  # no new calls: this run's time is nearly over
        self._stopping = False  # no new work at all: the keys are over

    def run(self, first: Iterable[str] = ()) -> int:
        """Work until nothing is left to do or the time is over. Gives the jobs that ended.

        ``first`` are job ids that an event has named; when all of them are finished already,
        the event was late or doubled, and nothing else is looked at.
        """
        with self._crew, self._talk:
            self._crew.aside(self._pace.load)
            if self._is_stale(list(first)):
                return 0
            self._start()  # the jobs named, while it is seen what else there is
            while self._go_on():
                self._look()
                self._start()
                self._wait()
        return sum(entry.stage is Stage.OVER for entry in self._line)

    # --- what there is to do

    def _is_stale(self, first: list[str]) -> bool:
        for job_id in first:
            self._crew.submit(self._line.add(job_id), self._work.load)
        while self._line.is_busy:
            self._wait()
        return bool(first) and all(e.stage is Stage.OVER for e in self._line)

    def _look(self) -> None:
        """Look into the open queue now and then."""
        if time.monotonic() < self._next_look or self._stopping:
            return
        self._next_look = time.monotonic() + LOOK_EVERY_S
        try:
            found = sorted(self._shop.ledger.open_jobs(), key=lambda row: row.since)
        except KeysExpired:
            self._stopping = True
            return
        except BucketTrouble as error:
            log("the queue could not be listed", error=str(error))
            return
        if self._line.add_all(row.job_id for row in found):
            self._announce_at = time.monotonic() + ANNOUNCE_WITHIN_S
        self._crew.aside(self._look_for_tombstones)

    def _look_for_tombstones(self) -> None:
        """Who is taken back need not wait for their turn to hear of it."""
        try:
            self._buried = {row.job_id for row in self._shop.ledger.buried()}
        except (BucketTrouble, KeysExpired) as error:
            log("the tombstones could not be listed", error=type(error).__name__)

    def _start(self) -> None:
        """Give every free thread what is most worth doing."""
        if self._stopping or self._terms.time_left() < ENDING_MARGIN_S:
            return
        for entry in self._due({Stage.NEW}):
            self._crew.submit(entry, self._work.load)
        for entry in self._due(WAITING):
            self._let_go(entry)
        for entry in filter(self._line.may_end, self._due(ENDING)):
            self._work_on(entry, self._work.end)
        self._start_painting()
        self._start_staging()

    def _start_staging(self) -> None:
        in_order = self._turns.order(self._due({Stage.LOADED}))
        for entry in in_order[: self._staging_places()]:
            self._crew.submit(entry, self._work.stage)

    def _staging_places(self) -> int:
        """How many more photos may be fetched ahead of their turn."""
        return max(0, self._terms.concurrency + STAGED_AHEAD - self._line.staged_ahead)

    def _start_painting(self) -> None:
        while self._may_paint():
            ready = [e for e in self._due({Stage.STAGED}) if self._talk.has_announced(e.asked)]
            entry = self._turns.next(ready)
            if entry is None:
                return
            self._turns.taken(entry)
            self._work_on(entry, self._work.paint)

    def _may_paint(self) -> bool:
        # While there is trouble, one job shows how things stand before the others follow.
        places = 1 if self._holds.is_on else self._terms.concurrency + 1
        return (
            not self._closing
            and self._line.at_aiart < places
            and self._holds.may_paint
            and time.monotonic() >= self._slot.free_at
            and self._has_time_for_a_call
        )

    @property
    def _has_time_for_a_call(self) -> bool:
        return self._terms.time_left() >= self._terms.call_s + ENDING_MARGIN_S

    def _due(self, stages: set[Stage]) -> list[Entry]:
        return self._line.due(stages, now=self._shop.ledger.clock())

    def _let_go(self, entry: Entry) -> None:
        """What was taken back, has waited too long, or could not be shown, is not painted."""
        verdict = self._why_not(entry.asked)
        if verdict is None:
            return
        if entry.stage is Stage.STAGED:
            entry.give_up(verdict)
        else:  # an earlier run may have had it painted
            self._work_on(entry, partial(self._work.give_up, verdict))

    def _work_on(self, entry: Entry, step: Callable[[Entry], None]) -> None:
        self._has_worked = True
        self._crew.submit(entry, step)

    def _why_not(self, job: Job) -> JobFailed | Cancelled | None:
        if job.id in self._buried:
            return Cancelled()
        # A workflow has a client's name, but a person waits for what it posts.
        limit_s = CLIENT_JOB_LIMIT_S if job.gesture == "webhook" else SLACK_JOB_LIMIT_S
        if self._shop.ledger.clock() > job.created_at + limit_s:
            return JobFailed(ErrorCode.TOO_OLD, {"hours": int(limit_s // 3600)})
        return self._talk.verdict_on(job)

    # --- what came of it

    def _wait(self) -> None:
        """Wait until something ends, or until there is a reason to look again."""
        for report in self._crew.reports(self._nap_s()):
            match report:
                case Began(entry=entry):
                    self._begin(entry)
                case Ended(entry=entry, error=error):
                    self._take(entry, error)
        if not self._line.is_being_read or time.monotonic() >= self._announce_at:
            self._talk.about(self._line)

    def _nap_s(self) -> float:
        now = self._shop.ledger.clock()
        dues = [e.not_before - now for e in self._line if not e.busy]
        moments = (self._slot.free_at, self._announce_at)
        dues += [moment - time.monotonic() for moment in moments]
        soon = min([due for due in dues if due > 0], default=LOOK_EVERY_S)
        if self._idle_since:
            soon = min(soon, self._idle_since + self._terms.linger_s - time.monotonic())
        return max(0.01, min(soon, self._talk.NAP_S if self._talk.is_behind else LOOK_EVERY_S))

    def _begin(self, entry: Entry) -> None:
        entry.has_place = True
        if not self._holds.is_on:  # else it is only to show how things stand
            self._talk.painting(entry)

    def _take(self, entry: Entry, error: BaseException | None) -> None:
        painted = error is None and entry.has_place  # now, and not by an earlier run
        entry.busy = entry.has_place = False
        match error:
            case None:
                if painted:
                    self._note(self._holds.painted)
            case KeysExpired():
                self._stopping = True
            case OutOfTime():
                self._closing = True
            case SlotBusy():
                pass  # the slot knows until when
            case AccountUnusable() | CapReached():
                self._note(partial(self._holds.take, error))
                self._talk.kept()
            case _:
                setbacks.take(entry, error, now=self._shop.ledger.clock())

    def _note(self, change: Callable[[], None]) -> None:
        """This run knows at once what holds the queue; later ones meet it if COS does not."""
        try:
            change()
        except KeysExpired:
            self._stopping = True
        except BucketTrouble as error:
            log("what holds the queue was not written down", error=str(error))

    def _go_on(self) -> bool:
        if self._line.is_busy or self._talk.is_behind:
            self._idle_since = 0.0
            return True
        if self._stopping or self._terms.time_left() < ENDING_MARGIN_S:
            return False
        if self._has_work_soon():
            self._idle_since = 0.0
            return True
        if not self._idle_since:
            self._idle_since = time.monotonic()
        if self._has_worked and time.monotonic() < self._idle_since + self._terms.linger_s:
            return True
        self._next_look = 0.0  # once more: an event that found us busy comes back late
        self._look()
        return self._has_work_soon()

    def _has_work_soon(self) -> bool:
        startable = {Stage.NEW, *ENDING}
        if self._staging_places():
            startable.add(Stage.LOADED)
        if not self._closing and self._holds.may_paint and self._has_time_for_a_call:
            startable.add(Stage.STAGED)
        soon = self._shop.ledger.clock() + WORTH_WAITING_S
        return any(
            entry.stage in startable and entry.not_before <= soon and self._line.may_end(entry)
            for entry in self._line
        )
