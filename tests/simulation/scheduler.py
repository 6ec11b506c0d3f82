"""Run tasks one step at a time: the seed chooses the next task, and time passes when all wait.

Each thread of the product is a task here, which is a greenlet. It runs until it pauses, waits for
another or ends; no other task runs meanwhile.
"""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from greenlet import greenlet

MOST_STEPS = 300_000  # a run that has not ended by then is taken to be in a loop
START = 1_800_000_000.0  # Unix seconds: 2027-01-15 08:00 UTC
Work = Callable[[], Any]


class Killed(BaseException):
    """End a task whose process has been killed."""


class Stuck(Exception):
    """Report that no task can go on, or that a run does not end."""


@dataclass(eq=False)
class Process:
    """Hold a process. ``ahead_s`` is its clock's error, ``memory`` holds its globals."""

    name: str
    ahead_s: float = 0.0
    is_dead: bool = False
    memory: dict[object, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Task:
    """Hold a thread of a process. ``turn`` counts its waits, so that an old alarm is ignored."""

    process: Process
    name: str
    greenlet: greenlet
    turn: int = 0
    is_waiting: bool = False
    was_woken: bool = False
    is_over: bool = False

    def __str__(self) -> str:
        return f"{self.process.name}/{self.name}"


class Scheduler:
    """Run tasks. ``raised`` holds the exceptions that a task did not catch.

    ``world`` is the world of the run, for the stand-ins.
    """

    def __init__(self, seed: int | str, world: Any = None) -> None:
        self.world = world
        self.rng = random.Random(seed)  # no secret
        self.now = START
        self.steps = 0
        self.raised: list[tuple[Task, BaseException]] = []
        self._hub = greenlet.getcurrent()
        self._ready: list[Task] = []
        self._alarms: list[tuple[float, int, Task, int]] = []
        self._count = itertools.count()
        self._tasks: dict[Process, list[Task]] = {}
        self.current: Task | None = None

    def begin(self, process: Process, work: Work, name: str) -> Task:
        """Make a task that runs ``work`` in ``process``, ready to be chosen."""

        def run() -> None:
            try:
                if not process.is_dead:
                    work()
            except Killed:
                pass
            except BaseException as error:  # noqa: BLE001  # ``raised`` reports it
                self.raised.append((task, error))
            task.is_over = True

        task = Task(process, name, greenlet(run, self._hub))
        self._tasks.setdefault(process, []).append(task)
        self._ready.append(task)
        return task

    # --- called by the task that runs

    def pause(self, seconds: float) -> None:
        """Let ``seconds`` pass for this task."""
        self.wait(seconds)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until another wakes this task; give False if ``seconds`` have passed instead.

        Raises ``Killed`` if the task's process is killed meanwhile.
        """
        task = self.current
        if task is None:
            raise Stuck("nobody but a task can wait")
        if task.process.is_dead:
            raise Killed
        task.turn += 1
        task.is_waiting, task.was_woken = True, False
        if seconds is not None:
            at = self.now + max(0.0, seconds)
            heapq.heappush(self._alarms, (at, next(self._count), task, task.turn))
        self._hub.switch()
        if task.process.is_dead:
            raise Killed
        return task.was_woken

    def wake(self, task: Task) -> None:
        """Let a waiting task go on; do nothing to one that does not wait."""
        if task.is_waiting:
            task.is_waiting, task.was_woken = False, True
            self._ready.append(task)

    def kill(self, process: Process) -> None:
        """Kill a process: ``Killed`` is raised in each of its tasks where it waits."""
        process.is_dead = True
        for task in self._tasks.get(process, []):
            if task.is_waiting:
                task.is_waiting = False
                self._ready.append(task)

    # --- the hub

    def run(self, until: Callable[[], bool], after_step: Callable[[], None]) -> None:
        """Run tasks until ``until``, which is called whenever all wait, is true.

        ``after_step`` is called after each step. Raises ``Stuck``.
        """
        while True:
            if not self._ready:
                if until():
                    return
                self._pass_time()
            task = self._next()
            self.current = task
            task.greenlet.switch()
            self.current = None
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise Stuck(f"no end after {MOST_STEPS} steps")
            if task.is_over:
                self._tasks[task.process].remove(task)
            after_step()

    def _next(self) -> Task:
        at = self.rng.randrange(len(self._ready)) if len(self._ready) > 1 else 0
        self._ready[at], self._ready[-1] = self._ready[-1], self._ready[at]
        return self._ready.pop()

    def _pass_time(self) -> None:
        while self._alarms:
            at, _, task, turn = heapq.heappop(self._alarms)
            if task.is_waiting and task.turn == turn:
                self.now = max(self.now, at)
                task.is_waiting = False
                self._ready.append(task)
                return
        raise Stuck(", ".join(str(task) for tasks in self._tasks.values() for task in tasks))

    def end(self) -> None:
        """Kill all tasks that are left."""
        for process in list(self._tasks):
            self.kill(process)
        while self._ready:
            task = self._ready.pop()
            self.current = task
            task.greenlet.switch()
            self.current = None
