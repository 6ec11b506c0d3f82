"""Keep the jobs of one run in order: what may start now, whose turn it is, what is hopeless.

It has no thread and no clock, and makes no call. Only the deciding thread changes it; others may
read it. The runner's frequent questions cost the same for five jobs as for five thousand.
"""

import bisect
import heapq
import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from operator import attrgetter

from msgspec.structs import replace

from functions.jobs.errors import ErrorCode
from functions.jobs.model import Job
from functions.worker.errors import Cancelled, JobFailed
from functions.worker.run.lifecycle import ENDING, WAITING, JobRun, State
from functions.worker.run.turns import FairOrder, Lines, PlacesAhead, Room

SLACK_JOB_LIMIT_S = 2 * 3600.0
CLIENT_JOB_LIMIT_S = 24 * 3600.0
MANY_WAIT = 200  # more jobs open at first are a long queue; this many of them are read at first,
READ_A_LOOK = 50  # and this many more after each listing of the queue
KEPT_FOR_NEWCOMERS = 1  # of the places for photos ahead, while a long queue waits
CLOSED_AGAIN_S = 1.0  # until a job that is too old, and still waits, is found again
GOLDEN = (math.sqrt(5) - 1) / 2


class Schedule:
    """Hold all jobs that this run knows of, in the order in which it heard of them.

    A long queue is not read as a whole, because a run paints only a fraction of it: new jobs are
    read first, then samples from the whole backlog. Once one job of an upload is read, its others
    are in line, too, but are read only when it is nearly their turn.
    """

    def __init__(self) -> None:
        self.turns = FairOrder()
        self.backlog_reads = 0  # how many jobs of the backlog may be read for now
        self._runs: dict[str, JobRun] = {}
        self._by_state: dict[State, dict[str, JobRun]] = {state: {} for state in State}
        self._busy: dict[str, JobRun] = {}
        self._is_long: bool | None = None  # whether many were open at first; None before a LIST
        self._to_read_first: dict[str, JobRun] = {}  # before the backlog
        self._backlog: list[JobRun] = []  # to be read after those, in the order of their numbers
        self._picked = 0  # how many of the backlog were picked
        self._in_line = Lines()  # all jobs that wait for aiart, as far as is known
        self._loaded = {True: Lines(), False: Lines()}  # loaded and not busy: programs', people's
        self._endings: dict[str, JobRun] = {}  # that need not wait for others of their upload
        self._wakes: list[tuple[float, str]] = []  # a heap of when jobs may go on, in Unix seconds
        self._ages: list[tuple[float, str]] = []  # a heap of when jobs become too old

    def __iter__(self) -> Iterator[JobRun]:
        return iter(list(self._runs.values()))

    # --- what changes it

    def add(self, job_id: str) -> JobRun:
        """Give the job's run; if the job was not known, make one, to be read at once."""
        if job_id not in self._runs:
            self._to_read_first[job_id] = self._new(job_id)
        return self._runs[job_id]

    def take_in(self, job_ids: Iterable[str]) -> None:
        """Take in, oldest first, the unknown jobs that a LIST has shown.

        Those of the first LIST are the backlog; later ones are read at once.
        """
        if self._is_long is None:
            self._backlog = [self._new(job_id) for job_id in job_ids if job_id not in self._runs]
            self._is_long = len(self._backlog) > MANY_WAIT
            self.backlog_reads = MANY_WAIT
            for run in self._backlog:
                run.is_far = self._is_long
            return
        self.backlog_reads = READ_A_LOOK
        for job_id in job_ids:
            self.add(job_id)

    def _new(self, job_id: str) -> JobRun:
        run = JobRun(job_id, number=len(self._runs))
        self._runs[job_id] = self._by_state[State.NEW][job_id] = run
        return run

    def begin(self, run: JobRun) -> None:
        """Mark the job as busy: a thread works on it from now on."""
        run.busy = True
        self.sort_in(run)

    def sort_in(self, run: JobRun) -> None:
        """File a job anew after it has changed."""
        was_new = run.job_id in self._by_state[State.NEW]
        self._take_out(run)
        self._by_state[run.state][run.job_id] = run
        if was_new and run.state is not State.NEW:
            self._to_read_first.pop(run.job_id, None)
            if run.state is State.LOADED:
                self._was_loaded(run)
        if run.busy:
            self._busy[run.job_id] = run
        else:
            heapq.heappush(self._wakes, (run.not_before, run.job_id))
            if run.state is State.LOADED:
                self._loaded[run.is_of_program].put(run)
        if run.is_in_line:
            self._in_line.put(run)
        for one in self._told_with(run):
            if one.state in ENDING and not one.busy and self._may_finish(one):
                self._endings[one.job_id] = one
            else:
                self._endings.pop(one.job_id, None)
        self._read_next(run)

    def _take_out(self, run: JobRun) -> None:
        for runs in (*self._by_state.values(), self._busy):
            runs.pop(run.job_id, None)
        if run.job:
            self._in_line.take_out(run)
            self._loaded[run.is_of_program].take_out(run)

    def _told_with(self, run: JobRun) -> list[JobRun]:
        """Find the jobs whose permission to finish may change when this one changes."""
        if run.job is None:  # if the job is gone, no other waits for it any more
            return list(self._by_state[State.DECIDED].values()) if run.state is State.OVER else []
        return self.of_upload(run.job) if run.job.upload.together else [run]

    def _was_loaded(self, run: JobRun) -> None:
        heapq.heappush(self._ages, (too_old_at(run.asked), run.job_id))
        if not self._is_long:
            return
        if not run.is_far and run.person not in self._in_line:
            self.turns.greet(run.person)
        new = [one for one in self.of_upload(run.asked) if one.state is State.NEW]
        unread = [one for one in new if one.job is None and one.job_id not in self._to_read_first]
        for one in unread:
            one.job = replace(run.asked, id=one.job_id)  # good enough until it is read
            self._in_line.put(one)
        if unread:
            self._backlog = [one for one in self._backlog if one.job is None]

    def _read_next(self, run: JobRun) -> None:
        """Have the upload's next job read once none of its jobs read so far is left to begin."""
        if not self._is_long or run.job is None:
            return
        upload = self.of_upload(run.job)
        if any(map(self._is_to_begin, upload)):
            return
        known = (one for one in upload if one.state is State.NEW and one.job)
        unread = next((one for one in known if one.job_id not in self._to_read_first), None)
        if unread:
            self._to_read_first[unread.job_id] = unread

    def _is_to_begin(self, run: JobRun) -> bool:
        is_loaded = run.state is State.LOADED and not run.busy
        return run.not_before == 0.0 and (is_loaded or run.job_id in self._to_read_first)

    def wake_children(self, parent: Job) -> None:
        """Let the jobs that wait for this picture, to fit it into another size, go on at once."""
        for run in self.of_upload(parent):
            waits_for = run.job.parent.job_id if run.job and run.job.parent else ""
            if waits_for == parent.id and run.state is State.CUTTING and not run.busy:
                run.not_before = 0.0
                self.sort_in(run)

    # --- what may start

    def start(self, room: Room, *, now: float) -> list[JobRun]:
        """Mark the jobs that may start as busy, and return them. ``now`` is in Unix seconds."""
        started: list[JobRun] = []
        for runs in (self._reads, self._ends, self._calls, self._photos):
            for run in runs(room, now):
                self.begin(run)
                started.append(run)
        return started

    def _reads(self, room: Room, now: float) -> list[JobRun]:
        free = max(0, room.reads - self._busy_in(State.NEW))
        due = (run for run in self._to_read_first.values() if run.may_go_on(now))
        reads = list(itertools.islice(due, free))
        while len(reads) < free and self._backlog and self.backlog_reads > 0:
            run = self._pick_unread()
            self._to_read_first[run.job_id] = run  # should it have to be read again
            reads.append(run)
        return reads

    def _pick_unread(self) -> JobRun:
        """Pick the oldest job. If not all may be read for now, pick from all over the queue.

        Then, of eight picks, one is the oldest, one the newest, and six lie between; the golden
        ratio spreads these evenly over the queue, however many they become.
        """
        self.backlog_reads -= 1
        last = len(self._backlog) - 1
        if last <= self.backlog_reads:
            return self._backlog.pop(0)
        share = {0: 0.0, 4: 1.0}.get(self._picked % 8, self._picked * GOLDEN % 1)
        self._picked += 1
        return self._backlog.pop(round(share * last))

    def _ends(self, _: Room, now: float) -> list[JobRun]:
        return [run for run in self._endings.values() if run.may_go_on(now)]

    # The next two put no more jobs in order than there is room for.

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

        def due(line: list[JobRun]) -> Iterator[JobRun]:
            """Yield a person's jobs until they may have no more places."""
            return itertools.takewhile(
                places.has_one_for, (run for run in line if run.may_go_on(now))
            )

        lines = {
            person: due(loaded[person])
            for are_programs, loaded in self._loaded.items()
            for person in places.open_to(loaded.keys(), are_programs=are_programs)
        }
        begun: list[JobRun] = []
        for run in self.turns.ordered(lines) if lines else ():
            if places.has_one_for(run):
                places.take(run)
                begun.append(run)
        return begun

    def _places_ahead(self, room: Room, now: float) -> PlacesAhead:
        """Give the places left over by photos being fetched and jobs ready to be painted."""
        kept = KEPT_FOR_NEWCOMERS if self._is_long else 0
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
        states = set()
        if room.reads:
            states.add(State.NEW)
        if self._places_ahead(room, moment).shared > 0:
            states.add(State.LOADED)
        if room.at_aiart:
            states.add(State.STAGED)
        waiting = (self._by_state[state].values() for state in states)
        runs = itertools.chain(self._endings.values(), *waiting)
        return any(run.not_before <= moment for run in runs)

    def next_wake(self, now: float) -> float:
        """Give the moment (Unix seconds) at which the next waiting job may go on."""
        while self._wakes and self._wakes[0][0] <= now:
            heapq.heappop(self._wakes)
        return self._wakes[0][0] if self._wakes else math.inf

    # --- what need not wait any longer

    def hopeless(
        self, tombstones: Iterable[str], closed: Mapping[str, JobFailed], *, now: float
    ) -> list[tuple[JobRun, JobFailed | Cancelled]]:
        """Find the jobs that need not wait longer, each with the reason.

        They have one of the ``tombstones`` (job ids), are too old, or cannot be shown (``closed``
        has, by job id, why the thread is closed). ``now`` is in Unix seconds.
        """
        found: dict[str, JobFailed | Cancelled] = {**closed, **self._too_old(now)}
        for run in filter(None, map(self._runs.get, sorted(tombstones))):
            found[run.job_id] = Cancelled()
            if run.state is State.NEW:  # read and cancel it without waiting for its turn
                self._to_read_first[run.job_id] = run
                self._backlog = [one for one in self._backlog if one is not run]
        due = ((self._runs.get(job_id), why) for job_id, why in found.items())
        return [
            (run, why) for run, why in due if run and run.state in WAITING and run.may_go_on(now)
        ]

    def _too_old(self, now: float) -> dict[str, JobFailed]:
        found = {}
        while self._ages and self._ages[0][0] < now:
            _, job_id = heapq.heappop(self._ages)
            run = self._runs[job_id]
            if run.state in WAITING:
                heapq.heappush(self._ages, (now + CLOSED_AGAIN_S, job_id))
                found[job_id] = too_old(run.asked)
        return found

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
        """List the jobs whose photos were fetched ahead of their turn, or are being fetched."""
        fetched = self._by_state[State.STAGED].values()
        return [*fetched, *(run for run in self._busy.values() if run.state is State.LOADED)]

    def unread_before(self, job: Job) -> int:
        """Count the older jobs that are not read yet and may come first."""
        own = min((run.number for run in self.of_upload(job)), default=0)
        being_read = (run for run in list(self._to_read_first.values()) if run.job is None)
        return sum(run.number < own for run in being_read) + bisect.bisect_left(
            self._backlog[:], own, key=attrgetter("number")
        )

    def places(self, job: Job) -> list[int]:
        """Count the jobs before the upload's first and last job, should nobody else come.

        Jobs at aiart come first, then the others as their turns come. Empty if no job of the upload
        waits.
        """
        upload, busy = self.of_upload(job), list(self._busy.values())
        at_aiart = [run for run in busy if run.is_at_aiart]
        at_aiart.sort(key=lambda run: not run.has_place)
        places = [place for place, run in enumerate(at_aiart) if run in upload]
        in_line = [run for run in upload if run.is_in_line]
        if in_line:
            ends = (in_line[0], in_line[-1])
            later = self.turns.places(ends, self._in_line)
            places += [len(at_aiart) + place for place in later]
        return places[:1] + places[-1:]

    @property
    def is_busy(self) -> bool:
        """Say whether a thread works on any of the jobs."""
        return bool(self._busy)

    @property
    def is_being_read(self) -> bool:
        """Say whether jobs are being read or are about to be, so that the order may change."""
        are_next = self.backlog_reads > 0 and bool(self._backlog)
        return are_next or self._busy_in(State.NEW) > 0

    @property
    def ended(self) -> int:
        """Count the jobs that are over in this run."""
        return len(self._by_state[State.OVER])

    @property
    def open(self) -> int:
        """Count the jobs that are not over in this run."""
        return len(self._runs) - self.ended

    def _busy_in(self, state: State) -> int:
        return sum(run.state is state for run in self._busy.values())


def _limit_s(job: Job) -> float:
    """Give the seconds a job may wait: fewer for a person (or their workflow) than a client."""
    return CLIENT_JOB_LIMIT_S if job.gesture == "webhook" else SLACK_JOB_LIMIT_S


def too_old_at(job: Job) -> float:
    """Give the moment (Unix seconds) from which a job waits no longer."""
    return job.created_at + _limit_s(job)


def too_old(job: Job) -> JobFailed:
    """Make the failure of a job that has waited for too long."""
    return JobFailed(ErrorCode.TOO_OLD, {"hours": int(_limit_s(job) // 3600)})
