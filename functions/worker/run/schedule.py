"""Keep the jobs of one run in order: what may start now, whose turn it is, what is hopeless.

It has no thread and no clock, and makes no call. Only the deciding thread changes it; others may
look. What the runner asks again and again costs the same for five jobs and for five thousand.
"""

import bisect
import heapq
import itertools
import math
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec.structs import replace

from functions.jobs.errors import ErrorCode
from functions.jobs.model import Job
from functions.worker.errors import Cancelled, JobFailed
from functions.worker.run.lifecycle import ENDING, WAITING, JobRun, State
from functions.worker.run.turns import FairOrder, PlacesAhead, Room, asked_at

SLACK_JOB_LIMIT_S = 2 * 3600.0
CLIENT_JOB_LIMIT_S = 24 * 3600.0
MANY_WAIT = 200  # so many jobs open at first are a long queue
KEPT_FOR_NEWCOMERS = 1  # of the places for photos ahead, while a long queue waits
GOLDEN = (math.sqrt(5) - 1) / 2


class Schedule:
    """Hold all jobs that this run knows of, in the order in which it heard of them."""

    def __init__(self) -> None:
        self.turns = FairOrder()
        self.version = 0  # counts the changes of the order
        self._runs: dict[str, JobRun] = {}
        self.backlog_reads = 0  # how many of those that were open before may be read for now
        self._first_read: dict[str, JobRun] = {}
        self._unread: list[JobRun] = []  # the rest of them, in the order of their numbers
        self._picked = 0  # of these
        self._backlog = 0  # how many were known when these had been taken in
        # By upload: of whom another job has been read, so that theirs is known beforehand.
        self._deferred: dict[str, dict[str, JobRun]] = {}
        self._persons: set[str] = set()  # of whom a job has been read
        self._numbers: dict[str, int] = {}  # in the order in which they were heard of
        self._by_state: dict[State, dict[str, JobRun]] = {state: {} for state in State}
        self._filed: dict[str, State] = {}
        # Programs' and people's, by person: loaded, and not busy.
        self._lines: dict[bool, dict[str, list[JobRun]]] = {True: {}, False: {}}
        self._endings: dict[str, JobRun] = {}  # that need not wait for others of their upload
        self._busy: dict[str, JobRun] = {}
        self._wakes: list[tuple[float, str]] = []  # a heap of what is waited for, in Unix seconds
        self._ages: list[tuple[float, str]] = []  # a heap of when a job is too old
        self._too_old: dict[str, JobRun] = {}

    def __iter__(self) -> Iterator[JobRun]:
        return iter(list(self._runs.values()))

    # --- what changes it

    def add(self, job_id: str) -> JobRun:
        """Give the job's run; a new one, to be read at once, if it was not known."""
        if job_id not in self._runs:
            self._numbers[job_id] = len(self._runs)
            self._runs[job_id] = self._first_read[job_id] = JobRun(job_id)
            self.sort_in(self._runs[job_id])
        return self._runs[job_id]

    def add_backlog(self, job_ids: Iterable[str]) -> None:
        """Take in what was open before, oldest first; a long one is read from everywhere at once.

        So neither who has waited longest nor who came last or in between waits until all others
        are read. While more wait than may be read for now, one of an upload is read, and tells of
        the others, too.
        """
        for job_id in job_ids:
            if job_id not in self._runs:
                self._unread.append(self.add(job_id))
                del self._first_read[job_id]
        self._backlog = len(self._runs)

    def begin(self, run: JobRun) -> None:
        """Mark the job as busy: a thread works on it from now on."""
        self._leave_line(run)
        self._endings.pop(run.job_id, None)
        run.busy = True
        self._busy[run.job_id] = run
        self._read_next(run)
        self.version += 1

    def sort_in(self, run: JobRun) -> None:
        """File a job anew after it has changed."""
        self._leave_line(run)
        before = self._filed.get(run.job_id)
        if before is not run.state:
            if before:
                del self._by_state[before][run.job_id]
            self._by_state[run.state][run.job_id] = run
            self._filed[run.job_id] = run.state
            if before:
                self._first_read.pop(run.job_id, None)
            if before is State.NEW:
                self._defer_others(run)
                self._greet(run)
            if run.state is State.LOADED:
                heapq.heappush(self._ages, (too_old_at(run.asked), run.job_id))
        if run.busy:
            self._busy[run.job_id] = run
        else:
            self._busy.pop(run.job_id, None)
            heapq.heappush(self._wakes, (run.not_before, run.job_id))
            if run.state is State.LOADED:
                line = self._lines[run.is_of_program].setdefault(run.person, [])
                bisect.insort(line, run, key=asked_at)
        for one in self._concerned(run):
            if one.state in ENDING and not one.busy and self._may_finish(one):
                self._endings[one.job_id] = one
            else:
                self._endings.pop(one.job_id, None)
        self._read_next(run)
        self.version += 1

    def _defer_others(self, run: JobRun) -> None:
        """Leave the others of its upload unread until it is nearly their turn, if many wait."""
        if run.job is None or len(self._unread) <= self.backlog_reads:
            return
        for one in self.of_upload(run.job):
            if one.state is State.NEW and one.job is None and one.job_id not in self._first_read:
                one.job = replace(run.job, id=one.job_id)  # who asked, and when; the rest is read
                self._deferred.setdefault(run.job.upload.id, {})[one.job_id] = one

    def _greet(self, run: JobRun) -> None:
        """Note who comes while a long queue waits, unless they wait in it already."""
        comes = self._backlog > MANY_WAIT and self._numbers[run.job_id] >= self._backlog
        if run.job and comes and run.person not in self._persons:
            self.turns.newcomers.add(run.person)
        if run.job:
            self._persons.add(run.person)

    def _read_next(self, run: JobRun) -> None:
        """Have the next of its upload read when none of those that were is there to be begun."""
        deferred = self._deferred.get(run.job.upload.id) if run.job else None
        if deferred and not any(map(self._is_to_begin, self.of_upload(run.asked))):
            self._read_at_once(next(iter(deferred.values())))

    def _is_to_begin(self, run: JobRun) -> bool:
        is_loaded = run.state is State.LOADED and not run.busy
        return run.not_before == 0.0 and (is_loaded or run.job_id in self._first_read)

    def _read_at_once(self, run: JobRun) -> None:
        self._first_read[run.job_id] = run
        if run.job:
            self._deferred[run.asked.upload.id].pop(run.job_id)

    def wake_children(self, parent: Job) -> None:
        """Have those that wait for its picture, to fit it into another size, look at once."""
        for run in self.of_upload(parent):
            waits_for = run.job.parent.job_id if run.job and run.job.parent else ""
            if waits_for == parent.id and run.state is State.CUTTING and not run.busy:
                run.not_before = 0.0
                self.sort_in(run)

    def _concerned(self, run: JobRun) -> list[JobRun]:
        """Find the jobs that may finish, or may not any more, because this one has changed."""
        if run.job is None:  # there is no such job: nobody waits for it any more
            return list(self._by_state[State.DECIDED].values()) if run.state is State.OVER else []
        return self.of_upload(run.job) if run.job.upload.together else [run]

    def _leave_line(self, run: JobRun) -> None:
        if self._filed.get(run.job_id) is not State.LOADED or run.busy:
            return
        lines = self._lines[run.is_of_program]
        line = lines.get(run.person, [])
        at = bisect.bisect_left(line, run.asked_at, key=asked_at)
        while at < len(line) and line[at].asked_at == run.asked_at:
            if line[at] is run:
                del line[at]
                break
            at += 1
        if not line:
            lines.pop(run.person, None)

    # --- what may start

    def start(self, room: Room, *, now: float) -> list[JobRun]:
        """Mark what may start as busy, and return it. ``now`` is in Unix seconds."""
        started: list[JobRun] = []
        for runs in (self._reads, self._ends, self._calls, self._photos):
            for run in runs(room, now):
                self.begin(run)
                started.append(run)
        return started

    def _reads(self, room: Room, now: float) -> list[JobRun]:
        free = max(0, room.reads - self._busy_in(State.NEW))
        due = (run for run in self._first_read.values() if run.may_go_on(now))
        reads = list(itertools.islice(due, free))
        while len(reads) < free and self._unread and self.backlog_reads > 0:
            run = self._pick_unread()
            if run.job is None and run.state is State.NEW and run.job_id not in self._first_read:
                self.backlog_reads -= 1
                self._first_read[run.job_id] = run  # should it have to be read again
                reads.append(run)
        return reads

    def _pick_unread(self) -> JobRun:
        """Pick the oldest; where not all may be read for now, in turn the newest and two between.

        The golden ratio spreads these evenly over the queue, however many they become.
        """
        last = len(self._unread) - 1
        if last < self.backlog_reads:
            return self._unread.pop(0)
        self._picked += 1
        share = (0.0, 1.0)[self._picked // 2 % 2] if self._picked % 2 else self._picked * GOLDEN % 1
        return self._unread.pop(round(share * last))

    def _ends(self, _: Room, now: float) -> list[JobRun]:
        return [run for run in self._endings.values() if run.may_go_on(now)]

    # Of the next two, nothing is put in order that has no room.

    def _calls(self, room: Room, now: float) -> list[JobRun]:
        free = room.at_aiart - self._busy_in(State.STAGED)
        if free <= 0:
            return []
        ready = [
            run
            for run in self._by_state[State.STAGED].values()
            if run.may_go_on(now) and room.is_announced(run.asked)
        ]
        called = self.turns.order(ready)[:free]
        for run in called:
            self.turns.taken(run)
        return called

    def _photos(self, room: Room, now: float) -> list[JobRun]:
        places = self._places_ahead(room, now)
        lines = {
            person: itertools.takewhile(
                places.has_one_for, (run for run in lines[person] if run.may_go_on(now))
            )
            for are_programs, lines in self._lines.items()
            for person in places.open_to(lines.keys(), are_programs=are_programs)
        }
        begun: list[JobRun] = []
        for run in self.turns.ordered(lines) if lines else ():
            if places.has_one_for(run):
                places.take(run)
                begun.append(run)
        return begun

    def _places_ahead(self, room: Room, now: float) -> PlacesAhead:
        """Give the places that are left by photos being fetched and jobs ready to be painted."""
        kept = KEPT_FOR_NEWCOMERS if self._backlog > MANY_WAIT else 0
        places = PlacesAhead(room, kept=kept, newcomers=self.turns.newcomers)
        for run in self._busy.values():
            if run.state is State.LOADED:
                places.take(run)
        for run in self._by_state[State.STAGED].values():
            if run.may_go_on(now):
                places.take(run)
        return places

    def _may_finish(self, run: JobRun) -> bool:
        """Say whether the job may finish: jobs with one message wait until all are decided.

        Then they finish one by one.
        """
        if run.state is not State.DECIDED or not run.asked.upload.together:
            return True
        siblings = self.of_upload(run.asked)
        if any(one.state not in {State.DECIDED, State.OVER} for one in siblings):
            return False
        return next(one for one in siblings if one.state is State.DECIDED) is run

    def has_work_by(self, moment: float, room: Room) -> bool:
        """Say whether a job may start by ``moment`` (Unix seconds) if nothing else changes."""
        if any(run.not_before <= moment for run in self._endings.values()):
            return True
        states = {State.NEW}
        if self._places_ahead(room, moment).shared > 0:
            states.add(State.LOADED)
        if room.at_aiart:
            states.add(State.STAGED)
        runs = itertools.chain(*(self._by_state[state].values() for state in states))
        return any(run.not_before <= moment for run in runs)

    def _read_taken_back(self, tombstones: Iterable[str]) -> None:
        """Have those read at once that are to be cancelled: they need not wait for their turn."""
        for run in map(self._runs.get, tombstones):
            deferred = self._deferred.get(run.job.upload.id) if run and run.job else None
            if run and deferred and run.job_id in deferred:
                self._read_at_once(run)

    def next_wake(self, now: float) -> float:
        """Give the moment (Unix seconds) at which the next waiting job may go on."""
        while self._wakes and self._wakes[0][0] <= now:
            heapq.heappop(self._wakes)
        return self._wakes[0][0] if self._wakes else sys.float_info.max

    # --- what need not wait any longer

    def hopeless(
        self, tombstones: Iterable[str], closed: Mapping[str, JobFailed], *, now: float
    ) -> list[tuple[JobRun, JobFailed | Cancelled]]:
        """Find the jobs that need not wait longer, each with the reason.

        They have one of the ``tombstones`` (job ids), are too old, or cannot be shown (``closed``:
        by job id the reason why its thread is closed). ``now`` is in Unix seconds.
        """
        found: dict[str, JobFailed | Cancelled] = dict(closed)
        while self._ages and self._ages[0][0] < now:
            _, job_id = heapq.heappop(self._ages)
            self._too_old[job_id] = self._runs[job_id]
        for run in list(self._too_old.values()):
            if run.state not in WAITING:
                del self._too_old[run.job_id]
                continue
            found[run.job_id] = too_old(run.asked)
        found |= {job_id: Cancelled() for job_id in tombstones}
        self._read_taken_back(tombstones)
        due = ((self._runs.get(job_id), why) for job_id, why in found.items())
        return [
            (run, why) for run, why in due if run and run.state in WAITING and run.may_go_on(now)
        ]

    # --- looking

    @property
    def known(self) -> Collection[str]:
        """Give the ids of all jobs."""
        return self._runs.keys()

    def find(self, job_id: str) -> JobRun | None:
        """Find the job's run; None if it is not known."""
        return self._runs.get(job_id)

    def of_upload(self, job: Job) -> list[JobRun]:
        """List the known runs of the job's upload, in its order."""
        return [self._runs[job_id] for job_id in job.upload.jobs if job_id in self._runs]

    def ahead(self) -> list[JobRun]:
        """List those whose photos are fetched ahead of their turn, or are being fetched."""
        fetched = self._by_state[State.STAGED].values()
        return [*fetched, *(run for run in self._busy.values() if run.state is State.LOADED)]

    def unread_before(self, job: Job) -> int:
        """Count older jobs that nobody has read yet; they may come first."""
        if not self._by_state[State.NEW]:
            return 0
        numbers = self._numbers
        own = min((numbers[one] for one in job.upload.jobs if one in numbers), default=0)
        unread = list(self._by_state[State.NEW].values())
        return sum(one.job is None and numbers[one.job_id] < own for one in unread)

    def line(self) -> list[JobRun]:
        """List those being painted, those that are next, then the others as their turns come."""
        known = (run for run in self if run.job)
        waiting = [run for run in known if run.state in WAITING or run.state is State.NEW]
        ahead = sorted(
            (one for one in waiting if one.is_at_aiart), key=lambda one: not one.has_place
        )
        return [*ahead, *self.turns.order(one for one in waiting if not one.is_at_aiart)]

    @property
    def is_busy(self) -> bool:
        """Say whether a thread works on any of them."""
        return bool(self._busy)

    @property
    def is_being_read(self) -> bool:
        """Say whether some are being read or are next, so that the order may still change."""
        are_next = self.backlog_reads > 0 and bool(self._unread)
        return are_next or self._busy_in(State.NEW) > 0

    @property
    def ended(self) -> int:
        """Count those that have nothing left to do in this run."""
        return len(self._by_state[State.OVER])

    @property
    def open(self) -> int:
        """Count those that still have something to do."""
        return len(self._runs) - self.ended

    def _busy_in(self, state: State) -> int:
        return sum(run.state is state for run in self._busy.values())


def _limit_s(job: Job) -> float:
    """Give the seconds a job may wait: less for a person (also behind a workflow) than a client."""
    return CLIENT_JOB_LIMIT_S if job.gesture == "webhook" else SLACK_JOB_LIMIT_S


def too_old_at(job: Job) -> float:
    """Give the moment (Unix seconds) from which a job waits no longer."""
    return job.created_at + _limit_s(job)


def too_old(job: Job) -> JobFailed:
    """Say of a job that it has waited for so long."""
    return JobFailed(ErrorCode.TOO_OLD, {"hours": int(_limit_s(job) // 3600)})
