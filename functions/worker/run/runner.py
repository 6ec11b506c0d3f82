"""Work the open queue off: keep aiart's scarce slot busy, and do everything else beside it.

While one job is painted, the next photos are fetched and staged, and earlier results are stored and
posted. One thread (the caller's) starts the steps that ``schedule`` allows and asks ``lifecycle``
what follows from their ends; the pools' threads do everything that waits or makes calls.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from operator import attrgetter

import msgspec

from functions.jobs.bucket import BucketUnavailable, KeysExpired
from functions.jobs.errors import ErrorCode
from functions.jobs.leases import ClockWrong
from functions.log import log
from functions.worker.context import WorkerContext
from functions.worker.errors import (
    AccountUnusable,
    AiartBusy,
    AiartUnavailable,
    JobFailed,
    RunEnding,
    SpendCapReached,
    Suspended,
)
from functions.worker.run.lifecycle import JobRun, State, StepResult, given_up
from functions.worker.run.paint_times import GenerationTimes
from functions.worker.run.pools import (
    READERS,
    CallStarted,
    ProgressMade,
    QueueListed,
    Step,
    StepEnded,
    StepPools,
)
from functions.worker.run.process import JobSteps
from functions.worker.run.progress import ProgressReporter
from functions.worker.run.schedule import Schedule
from functions.worker.run.suspension import Suspension
from functions.worker.run.turns import Room
from functions.worker.steps.aiart_slot import AiartSlot

LOOK_EVERY_S, LOOK_SELDOM_S = 2.0, 5.0
LOOK_OFTEN_S, AWAITED_NAP_S = 0.5, 0.05  # while only work is done that no job waits for
JOB_AND_SINCE = attrgetter("job_id", "since")
JOBS_LISTED_A_SECOND = 1_000  # a long queue is listed less often, so that listing stays cheap
WORTH_WAITING_S = 20.0  # for a job that may go on by then; later ones are the next timer run's
STAGED_AHEAD = 3
AHEAD_OF_KIND = 8  # for people, and for programs: a photo that does not come takes a minute
ANNOUNCE_WITHIN_S = 0.3  # after a listing: by then most jobs are read, and the order is known
CALL_MARGIN_S = 5.0
RETURNS_WITHIN_S = 10.0  # of the function's limit
ENDING_MARGIN_S = 75.0  # nothing is begun later than this: a photo may take a minute to fetch


class RunLimits(msgspec.Struct, frozen=True):
    """Limit a run: how many calls at once, seconds of one call, seconds to linger when idle.

    ``was_empty``: the open queue was empty a moment ago, so an event names all the jobs there are.

    ``time_left`` gives the seconds until the function is killed. ``is_awaited`` gets how many
    seconds the run has been idle and whether it has worked before, and says whether something
    beside the jobs still needs this run, which looks for jobs meanwhile.
    """

    concurrency: int
    call_s: float
    linger_s: float
    time_left: Callable[[], float]
    was_empty: bool = False
    is_awaited: Callable[[float, bool], bool] = lambda _idle_s, _has_worked: False


class QueueRunner:
    """Run once over the open queue. An instance is good for one ``run``."""

    def __init__(self, context: WorkerContext, suspension: Suspension, limits: RunLimits) -> None:
        self._ledger = context.ledger
        self._suspension = suspension
        self._limits = limits
        self._schedule = Schedule()
        self._times = times = GenerationTimes(context.ledger.bucket, at_once=limits.concurrency)
        self._pools = pools = StepPools(
            painters=limits.concurrency + 1,  # so that the next is ready when a place is free
            stagers=2 * AHEAD_OF_KIND,
            time_left=self._time_to_wait,
        )
        self._progress = ProgressReporter(
            context,
            self._schedule,
            kept=lambda: suspension.reason,
            estimate_s=times.estimate_s,
            time_left=self._time_to_wait,
            changed=lambda: pools.report(ProgressMade()),
        )
        self._slot = AiartSlot(
            limits.concurrency,
            has_time=lambda: limits.time_left() >= limits.call_s + CALL_MARGIN_S,
            waited=lambda s: pools.submit_background(partial(times.waited, s)),
            refused=suspension.refused,
            may_call=lambda: suspension.may_call,
        )
        self._steps = JobSteps(
            context=context,
            slot=self._slot,
            suspension=suspension,
            begins=lambda run: pools.report(CallStarted(run)),
            on_posted=self._progress.result_posted,
            painted_in=lambda s: pools.submit_background(partial(times.add, s)),
        )
        self._unannounced: list[JobRun] = []
        # Moments are monotonic; 0.0 stands for at once, or for not idle.
        self._next_look = self._announce_at = self._idle_since = 0.0
        self._is_listing = self._has_looked = self._has_found_nothing = False
        self._has_looked_again = False  # before the end
        self._has_worked = False  # has painted or ended a job: a run that has not does not linger
        self._closing = False  # no new calls: this run's time is nearly over
        self._stopping = False  # no new work at all: the keys are over

    def run(self, first: Sequence[str] = ()) -> int:
        """Work until nothing is left to do or the time is over; return how many jobs ended.

        ``first`` are job ids that an event has named; if all of them are finished already, the
        event was late or doubled, and the open queue is not listed.
        """
        with self._pools, self._progress:
            self._pools.submit_background(self._times.load)
            if not self._is_stale(first):
                if self._limits.was_empty:
                    self._next_look = time.monotonic() + LOOK_EVERY_S
                while self._goes_on():
                    self._look()
                    self._start()
                    self._wait()
        return self._schedule.ended

    def _is_stale(self, first: Sequence[str]) -> bool:
        """Read the jobs that an event has named; say whether all of them are over already."""
        runs = [self._schedule.add(job_id) for job_id in dict.fromkeys(first)]
        for run in runs:
            self._schedule.begin(run)
            self._submit(run, self._steps.load)
        while self._schedule.is_busy and self._time_to_wait() > 0:
            self._wait()
        return bool(runs) and all(run.state is State.OVER for run in runs)

    # --- what there is to do

    def _look(self) -> None:
        """Have the open queue and the tombstones listed when it is time to look again."""
        if time.monotonic() < self._next_look or self._stopping or self._is_listing:
            return
        self._is_listing = True
        self._pools.submit_background(self._list_queue)
        if self._has_looked:  # else the suspension has, a moment ago
            self._pools.submit_background(self._suspension.look)
        self._has_looked = True

    def _list_queue(self) -> None:
        found = QueueListed()
        try:
            since = dict(map(JOB_AND_SINCE, self._ledger.open_jobs()))
            unknown = since.keys() - self._schedule.known  # as fast as can be: they may be many
            found = QueueListed(tuple(sorted(unknown, key=lambda job_id: (since[job_id], job_id))))
        except Exception as error:  # noqa: BLE001  # the deciding thread knows what it means
            found = QueueListed(error=error)
        finally:
            self._pools.report(found)

    def _start(self) -> None:
        """Give up jobs that need not wait longer, and start steps on the free threads."""
        if not self._may_start:
            return
        now = self._ledger.clock()
        tombstones = self._suspension.seen.tombstones
        for run, why in self._schedule.hopeless(tombstones, self._closed(), now=now):
            if run.state is State.STAGED:
                run.advance(given_up(why))
                self._schedule.sort_in(run)
            else:  # an earlier run may have had it painted
                self._schedule.begin(run)
                self._has_worked = True
                self._submit(run, partial(self._steps.give_up, why))
        busy_elsewhere = time.monotonic() < self._slot.free_at
        for run in self._schedule.start(self._room(0 if busy_elsewhere else self._calls), now=now):
            self._has_worked |= run.step not in {"load", "stage"}
            self._submit(run, getattr(self._steps, run.step))

    def _closed(self) -> dict[str, JobFailed]:
        """Find the jobs whose result cannot be posted where they were asked for, and why.

        While our app is uninstalled, no place counts as closed: those jobs wait.
        """
        seen = self._suspension.seen
        if seen.is_uninstalled:
            return {}
        closed = dict(self._progress.closed)
        for run in self._schedule if seen.archived else ():
            job = run.job
            if job and job.thread and job.created_at < seen.archived.get(job.thread.channel, 0.0):
                closed[job.id] = JobFailed(ErrorCode.CHANNEL_GONE)
        return closed

    def _submit(self, run: JobRun, step: Step) -> None:
        self._pools.submit(run, partial(self._steps.unless_ended, step))

    def _room(self, calls: int) -> Room:
        return Room(
            reads=READERS if self._has_time else 0,
            ahead=self._limits.concurrency + STAGED_AHEAD,
            ahead_of_kind=AHEAD_OF_KIND,
            at_aiart=calls,
            is_announced=self._progress.has_announced,
        )

    @property
    def _calls(self) -> int:
        """Count the jobs that may be at aiart or stand ready as the next."""
        if not self._has_time or not self._suspension.may_paint:
            return 0
        # During a suspension one job tries whether aiart paints again before the others follow.
        return 1 if self._suspension.reason else self._limits.concurrency + 1

    @property
    def _has_time(self) -> bool:
        """Say whether a job that is read now could still be painted in this run."""
        left_s = self._limits.time_left()
        return not self._closing and left_s >= self._limits.call_s + ENDING_MARGIN_S

    @property
    def _may_start(self) -> bool:
        return not self._stopping and self._limits.time_left() >= ENDING_MARGIN_S

    # --- what came of it

    def _wait(self) -> None:
        """Wait until a step ends or it is time to look again, and handle what has happened."""
        for event in self._pools.events(self._nap_s()):
            match event:
                case CallStarted(run=run):
                    self._call_started(run)
                case StepEnded(run=run, end=end):
                    self._step_ended(run, end)
                case QueueListed(job_ids=job_ids, error=error):
                    self._listed(job_ids, error)
        self._progress.show_tried()
        if not self._schedule.is_being_read or time.monotonic() >= self._announce_at:
            self._progress.announce(self._unannounced)
            self._unannounced.clear()

    def _nap_s(self) -> float:
        now, unix, progress = time.monotonic(), self._ledger.clock(), self._progress
        moments = (
            self._slot.free_at,
            self._announce_at,
            progress.next_announcement,
            progress.waits_until,
        )
        dues = [*(moment - now for moment in moments), self._schedule.next_wake(unix) - unix]
        soon = min([due for due in dues if due > 0], default=LOOK_EVERY_S)
        if self._idle_since:
            lingers_s = self._idle_since + self._limits.linger_s - now
            soon = min(soon, lingers_s if lingers_s > 0 else AWAITED_NAP_S)
        return max(0.01, min(soon, LOOK_EVERY_S))

    def _call_started(self, run: JobRun) -> None:
        run.has_place = True
        self._times.begun()
        if self._suspension.reason or self._slot.was_busy:  # to see whether aiart paints again
            self._progress.trying(run)
        else:
            self._progress.show_painting(run)

    def _step_ended(self, run: JobRun, end: StepResult | BaseException) -> None:
        was_called = run.has_place
        if was_called:
            self._times.ended()
        run.busy = run.has_place = False
        self._move_on(run, end)
        self._schedule.sort_in(run)
        if was_called and isinstance(end, AiartBusy | AiartUnavailable):
            self._progress.show_waiting(run)
        if run.state is State.OVER and run.job:
            self._schedule.wake_children(run.job)
        if run.state is State.DECIDED and isinstance(end, StepResult):
            self._progress.show_decided(run)
        if run.state is State.LOADED:
            self._unannounced.append(run)

    def _move_on(self, run: JobRun, end: StepResult | BaseException) -> None:
        """Change the job as its step's end says, or what this run may still do."""
        match end:
            case StepResult():
                run.advance(end)
            case KeysExpired():
                self._stopping = True
            case RunEnding():
                self._closing = True
            case AiartBusy() | Suspended():
                pass  # the slot and the suspension know until when
            case AccountUnusable() | SpendCapReached() | ClockWrong():
                self._progress.show_kept()
            case _:
                run.handle_error(end, now=self._ledger.clock())
                self._progress.put_off(run)

    @property
    def has_emptied_queue(self) -> bool:
        """Say whether the queue was empty at the last look and no job is open here."""
        return self._has_found_nothing and self._schedule.open == 0

    def _listed(self, job_ids: tuple[str, ...], error: Exception | None) -> None:
        self._is_listing = False
        self._has_found_nothing = error is None and not job_ids
        match error:
            case None:
                self._schedule.take_in(job_ids)
                if job_ids:
                    self._announce_at = time.monotonic() + ANNOUNCE_WITHIN_S
            case KeysExpired():
                self._stopping = True
            case BucketUnavailable():
                log("the queue could not be listed", error=str(error))
            case _:
                raise error
        pause_s = min(LOOK_SELDOM_S, self._schedule.open / JOBS_LISTED_A_SECOND)
        self._next_look = time.monotonic() + max(LOOK_EVERY_S, pause_s)

    # --- until when

    def _time_to_wait(self) -> float:
        """Give the seconds for which this run waits at most for anything under way."""
        return self._limits.time_left() - RETURNS_WITHIN_S

    def _goes_on(self) -> bool:
        is_busy = self._schedule.is_busy or self._progress.is_behind or self._is_listing
        if is_busy or not self._may_start:
            return is_busy and self._time_to_wait() > 0
        soon = self._ledger.clock() + WORTH_WAITING_S
        if self._schedule.has_work_by(soon, self._room(self._calls)):
            self._idle_since, self._has_looked_again = 0.0, False
            return True
        now = time.monotonic()
        self._idle_since = self._idle_since or now
        if self._has_worked and now < self._idle_since + self._limits.linger_s:
            return True
        if not self._has_looked_again:  # an event that found us busy comes back late
            self._has_looked_again = True
            self._next_look = 0.0
            return True
        self._next_look = min(self._next_look, now + LOOK_OFTEN_S)
        return self._limits.is_awaited(now - self._idle_since, self._has_worked)
