"""Run the worker in virtual time: the real runner, lifecycle, schedule and slot, made-up edges.

Pools, steps, progress and suspension have the signatures of the real ones, but no threads, no calls
and only the world's clock: hours pass in a second, and the same seed gives the same run.
"""

import heapq
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from bot.job_messages import Kept
from bot.slack_api.client import OutcomeUnknown
from functions.jobs.bucket import BucketUnavailable
from functions.jobs.errors import ErrorCode
from functions.jobs.ledger import OpenRequest
from functions.jobs.model import Asker, Gesture, Job, Upload
from functions.jobs.recent_reads import RecentReads
from functions.jobs.steps import Generated, Staged
from functions.worker.errors import (
    AccountUnusable,
    AiartBusy,
    JobFailed,
    RetryAt,
    Suspended,
)
from functions.worker.run.lifecycle import WAITING, JobRun, State, StepResult, given_up
from functions.worker.run.pools import CallStarted, Event, Step, StepEnded
from functions.worker.run.runner import QueueRunner, RunLimits
from functions.worker.run.suspension import Seen
from tests.jobs.making import a_job

START = 1_000.0
TRY_AGAIN_S = 180.0
LAST_S = 5.0  # RunLimits.call_s


NO_TIMES = SimpleNamespace(
    load=None,
    waited=None,
    add=lambda _: None,
    begun=lambda: None,
    ended=lambda: None,
    estimate_s=None,
)


@dataclass
class World:
    """Hold the jobs of a simulation and what became of them. ``share`` of the steps fail."""

    seed: int
    concurrency: int = 1
    share: float = 0.05
    aiart_s: float = 1.0
    now: float = START
    jobs: dict[str, Job] = field(default_factory=dict)
    painted: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    decided: set[str] = field(default_factory=set)
    told: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    told_at: dict[str, float] = field(default_factory=dict)
    reporter: Callable[..., Any] | None = None
    times: Callable[..., Any] = field(default=lambda *_, **__: NO_TIMES)
    calls: list[tuple[float, float, str]] = field(default_factory=list)  # from, to, job
    refused_at: list[float] = field(default_factory=list)
    runs: int = 0
    queue: dict[str, OpenRequest] = field(default_factory=dict)  # as LIST shows it
    # By person: how many seconds a step takes longer. A fetch that takes longer fails.
    announce_s: dict[str, float] = field(default_factory=dict)
    fetch_s: dict[str, float] = field(default_factory=dict)
    look_s: dict[str, float] = field(default_factory=dict)  # looking into the bucket before a call
    held_until: dict[str, float] = field(default_factory=dict)  # when a dead run's lease ends

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.suspension = Suspension(self)  # every run reads it from the bucket

    def ask(
        self,
        person: str,
        count: int = 1,
        *,
        gesture: Gesture = "mention",
        together: bool | None = None,
    ) -> list[Job]:
        """Add an upload's jobs to the queue.

        Without ``together``, several jobs are told together by chance, every other time.
        """
        ids = tuple(f"j{len(self.jobs) + n:05d}" for n in range(count))
        if together is None:
            together = count > 1 and self.rng.random() < 0.5
        jobs = [
            a_job(
                job_id,
                gesture=gesture,
                created_at=self.now + len(self.jobs) * 1e-4,
                asker=Asker(client=person) if gesture == "webhook" else Asker(user_id=person),
                upload=Upload(id=f"u{ids[0]}", jobs=ids, together=together),
                **({"thread": None} if gesture == "webhook" else {}),
            )
            for job_id in ids
        ]
        self.jobs |= {job.id: job for job in jobs}
        self.queue |= {job.id: OpenRequest(job.id, since=job.id) for job in jobs}
        return jobs

    def crowd(self, jobs: int, *, people: int = 7) -> None:
        """Add jobs of a few people until there are ``jobs``, some in threes, some cut-outs."""
        while len(self.jobs) < jobs:
            count = min(self.rng.choice([1, 1, 1, 3]), jobs - len(self.jobs))
            gesture: Gesture = "cutout" if self.rng.random() < 0.1 else "mention"
            self.ask(f"p{self.rng.randrange(people)}", count, gesture=gesture)

    @property
    def open(self) -> list[str]:
        """List the jobs that have not been told."""
        return list(self.queue)

    def waited_s(self, jobs: list[Job]) -> float:
        """Give the longest time, in seconds, that one of these jobs has waited for its call."""
        began = {job_id: at for at, _, job_id in self.calls}
        return max(began.get(job.id, math.inf) - job.created_at for job in jobs)

    def is_kept_from_calling(self, run: JobRun) -> bool:
        """Say whether the bucket does not answer, or a dead run still has the lease of the call."""
        return run.person in self.look_s or self.now < self.held_until.get(run.person, 0.0)

    def trouble(self) -> None:
        """Raise some error in ``share`` of the cases."""
        if self.rng.random() < self.share:
            troubles = (BucketUnavailable("x"), RetryAt(self.now + 3), OutcomeUnknown("x"))
            raise self.rng.choice([*troubles, RuntimeError("ours")])

    def run(self, *, limit_s: float = 1e9) -> None:
        """Run the worker once."""
        began = self.now
        self.runs += 1
        suspension = self.suspension
        ledger = SimpleNamespace(
            clock=lambda: self.now,
            bucket=SimpleNamespace(recent=RecentReads(clock=lambda: self.now)),
            open_jobs=lambda: list(self.queue.values()),
        )
        limits = RunLimits(
            concurrency=self.concurrency,
            call_s=LAST_S,
            linger_s=3.0,
            time_left=lambda: began + limit_s - self.now,
        )
        with edges(self, suspension):
            worker: Any = SimpleNamespace(ledger=ledger)
            stopped: Any = suspension
            QueueRunner(worker, stopped, limits).run()

    def run_until_all_are_told(self, *, limit_s: float = 840.0) -> None:
        """Run the worker each minute, as the timer does, at most 200 times."""
        while self.queue and self.runs < 200:
            self.run(limit_s=limit_s)
            self.now = (self.now // 60 + 1) * 60


@contextmanager
def edges(world: World, suspension: "Suspension") -> Iterator[None]:
    """Give the runner's modules the world's edges and its clock until the end of the block."""
    clock = SimpleNamespace(monotonic=lambda: world.now)

    def crash(_what: str, error: BaseException, **_: Any) -> None:
        if error.args != ("ours",):  # that one is raised by ``trouble``
            raise error

    def announcing(*_: Any, **__: Any) -> Progress:
        return Progress(world)

    with ExitStack() as stack:
        for name, stand_in in {
            "functions.worker.run.runner.StepPools": lambda **n: Pools(world, suspension, **n),
            "functions.worker.run.runner.JobSteps": lambda **n: Steps(
                world, suspension, on_posted=n["on_posted"], painted_in=n["painted_in"]
            ),
            "functions.worker.run.runner.ProgressReporter": world.reporter or announcing,
            "functions.worker.run.runner.GenerationTimes": world.times,
            "functions.worker.run.runner.time": clock,
            "functions.worker.steps.generate.time": clock,
            "functions.worker.steps.aiart_slot.time": clock,
            "functions.worker.errors.random": world.rng,
            "functions.worker.run.lifecycle.log": lambda *_, **__: None,
            "functions.worker.run.lifecycle.log_crash": crash,
        }.items():
            stack.enter_context(patch(name, stand_in))
        yield


@dataclass
class Suspension:
    """Replace the real suspension, without a bucket."""

    world: World
    reason: Kept = ""
    next_try: float = 0.0
    seen: Seen = field(default_factory=Seen)

    def look(self) -> None:
        pass

    @property
    def may_paint(self) -> bool:
        return self.world.now >= self.next_try

    def painted(self) -> None:
        self.reason, self.next_try = "", 0.0

    def refused(self, _: object = None) -> None:
        self.reason, self.next_try = "unusable", self.world.now + TRY_AGAIN_S
        self.world.refused_at.append(self.world.now)


class Pools:
    """Replace the real pools: each step takes virtual time, and waits for a place in its pool."""

    def __init__(
        self,
        world: World,
        suspension: Suspension,
        *,
        painters: int,
        stagers: int,
        time_left: Callable[[], float],
    ) -> None:
        self._time_left = time_left
        self._world = world
        self._suspension = suspension
        self._free = {
            "load": 8,
            "stage": stagers,
            "look": painters,  # reading the bucket before the call
            "generate": painters - 1,  # one painter's thread waits for the next slot
            "cut": 4,
            "decide": 4,
            "finish": 4,
        }
        self._waiting: dict[str, list[tuple[JobRun, Step]]] = defaultdict(list)
        self._ends: list[tuple[float, int, str, JobRun, Step]] = []
        self._events: list[Event] = []
        self._count = 0

    def __enter__(self) -> "Pools":
        return self

    def __exit__(self, *_: object) -> None:
        assert not self._ends or self._time_left() <= 0

    def submit_background(self, task: Callable[[], None] | None) -> None:
        if task:
            task()

    def report(self, event: Event) -> None:
        self._events.append(event)

    def submit(self, run: JobRun, step: Step) -> None:
        kind = run.step
        if kind == "generate" and self._world.is_kept_from_calling(run):
            kind = "look"
        self._waiting[kind].append((run, step))
        self._pump(kind)

    def events(self, timeout_s: float) -> list[Event]:
        world = self._world
        if not self._events:
            if self._ends and self._ends[0][0] <= world.now + timeout_s:
                self._end_one()
            else:
                world.now += timeout_s
        events, self._events = self._events, []
        return events

    def _pump(self, kind: str) -> None:
        world, waiting = self._world, self._waiting[kind]
        while self._free[kind] and waiting:
            run, step = waiting.pop(0)
            seconds = world.rng.uniform(0.01, 0.3)
            if kind == "stage":
                seconds += world.fetch_s.get(run.person, 0.0)
            if kind == "look":
                seconds += world.look_s.get(run.person, 0.0)
            if kind == "generate":
                if not self._suspension.may_paint:
                    self.report(StepEnded(run, Suspended()))
                    continue
                seconds = world.aiart_s * world.rng.uniform(0.5, 1.5)
                self._begin_call(run, seconds)
            self._free[kind] -= 1
            self._count += 1
            heapq.heappush(self._ends, (world.now + seconds, self._count, kind, run, step))

    def _begin_call(self, run: JobRun, seconds: float) -> None:
        world = self._world
        world.calls.append((world.now, world.now + seconds, run.job_id))
        self.report(CallStarted(run))
        at_aiart = sum(kind == "generate" for _, _, kind, *_ in self._ends) + 1
        assert at_aiart <= (1 if self._suspension.reason else world.concurrency)

    def _end_one(self) -> None:
        at, _, kind, run, step = heapq.heappop(self._ends)
        self._world.now = max(self._world.now, at)
        end: StepResult | BaseException
        try:
            end = step(run)
        except Exception as error:  # noqa: BLE001  # as the real pools do
            end = error
        self._free[kind] += 1
        self.report(StepEnded(run, end))
        self._pump(kind)


class Steps:
    """Replace the real steps: each changes the world, unless it fails."""

    def __init__(
        self,
        world: World,
        suspension: Suspension,
        *,
        on_posted: Callable[[Job], None] | None,
        painted_in: Callable[[float], None],
    ) -> None:
        self._world = world
        self._suspension = suspension
        self._on_posted = on_posted or (lambda _: None)
        self._painted_in = painted_in

    def unless_ended(self, step: Step, run: JobRun) -> StepResult:
        return step(run)

    def load(self, run: JobRun) -> StepResult:
        self._world.trouble()
        job = self._world.jobs[run.job_id]
        return StepResult(State.CUTTING if job.gesture == "cutout" else State.LOADED, job=job)

    def stage(self, run: JobRun) -> StepResult:
        self._world.trouble()
        if run.person in self._world.fetch_s:
            raise RetryAt(self._world.now + 1)
        staged = Staged(photo_key="photo", width=1, height=1)
        if run.job_id in self._world.painted:
            return StepResult(State.GENERATED, staged=staged, generated=_generated())
        return StepResult(State.STAGED, staged=staged)

    def give_up(self, why: Any, _: JobRun) -> StepResult:
        return given_up(why)

    def generate(self, run: JobRun) -> StepResult:
        world = self._world
        if run.person in world.look_s:
            raise BucketUnavailable("x")
        if world.is_kept_from_calling(run):
            raise RetryAt(world.held_until[run.person])
        chance = world.rng.random()
        if chance < world.share / 5:
            self._suspension.refused()
            raise AccountUnusable(ErrorCode.ACCOUNT_UNUSABLE)
        if chance < world.share / 2:
            raise AiartBusy
        if chance < world.share / 1.5:
            raise JobFailed(ErrorCode.PICTURE_ILLEGAL)
        world.trouble()
        world.painted[run.job_id] += 1
        self._suspension.painted()
        return StepResult(State.GENERATED, generated=_generated())

    def cut(self, run: JobRun) -> StepResult:
        return self.decide(run)

    def decide(self, run: JobRun) -> StepResult:
        self._world.trouble()
        self._world.decided.add(run.job_id)
        return StepResult(State.DECIDED)

    def finish(self, run: JobRun) -> StepResult:
        self._world.trouble()
        upload = run.asked.upload
        if upload.together:
            assert set(upload.jobs) <= self._world.decided
        self._world.told[run.job_id] += 1
        self._world.told_at[run.job_id] = self._world.now
        self._on_posted(run.asked)
        seconds = [end - begin for begin, end, job_id in self._world.calls if job_id == run.job_id]
        self._painted_in(seconds[-1] if seconds else 0.0)
        self._world.queue.pop(run.job_id, None)
        return StepResult(State.OVER)


class Progress:
    """Replace the real progress: announce at once, or after a person's ``announce_s``."""

    result_posted, next_announcement = None, math.inf

    def __init__(self, world: World) -> None:
        self.closed: dict[str, JobFailed] = {}
        self._world = world
        self._announced: dict[str, float] = {}  # by upload: when it is announced

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def has_announced(self, job: Job) -> bool:
        return self._announced.get(job.upload.id, math.inf) <= self._world.now

    @property
    def is_behind(self) -> bool:
        return any(at > self._world.now for at in self._announced.values())

    @property
    def waits_until(self) -> float:
        return min(
            (at for at in self._announced.values() if at > self._world.now), default=math.inf
        )

    def announce(self, runs: list[JobRun]) -> None:
        for run in runs:
            if run.state in WAITING:
                at = self._world.now + self._world.announce_s.get(run.person, 0.0)
                self._announced.setdefault(run.asked.upload.id, at)

    def show_painting(self, run: JobRun) -> None:
        pass

    def trying(self, run: JobRun) -> None:
        pass

    def show_tried(self) -> None:
        pass

    def show_waiting(self, run: JobRun) -> None:
        pass

    def show_kept(self) -> None:
        pass

    def put_off(self, run: JobRun) -> None:
        """Do nothing: no test needs it."""

    def show_decided(self, run: JobRun) -> None:
        pass


def _generated() -> Generated:
    return Generated(at=1.0, call=1, request_id="r", seconds=1.0)
