"""Do a run's steps in threads, and report how they ended in one queue."""

import queue
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from functions.worker.run.lifecycle import JobRun, StepResult

READERS, ENDERS = 8, 4


@dataclass(frozen=True)
class CallStarted:
    """Report that a job has its place at aiart."""

    run: JobRun


@dataclass(frozen=True)
class StepEnded:
    """Report what a step of a job has reached, or has raised."""

    run: JobRun
    end: StepResult | BaseException


@dataclass(frozen=True)
class QueueListed:
    """Report the jobs in the open queue that were not known, or why it could not be listed."""

    job_ids: tuple[str, ...] = ()
    error: Exception | None = None


Event = CallStarted | StepEnded | QueueListed
Step = Callable[[JobRun], StepResult]


class StepPools:
    """Hold one pool of threads for each kind of work, so that none waits behind another.

    ``painters`` threads wait for aiart, ``stagers`` fetch photos. Leaving the block waits for all.
    """

    def __init__(self, *, painters: int, stagers: int) -> None:
        self._stack = ExitStack()
        ending = self._pool(ENDERS, "end")
        self._load = self._pool(READERS, "load")
        self._aside = self._pool(2, "aside")
        self._pools = {
            "load": self._load,
            "stage": self._pool(stagers, "stage"),
            "generate": self._pool(painters, "generate"),
            "decide": ending,
            "finish": ending,
        }
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def __enter__(self) -> "StepPools":
        return self

    def __exit__(self, *_raised: object) -> None:
        self._stack.close()

    def submit(self, run: JobRun, step: Step) -> None:
        """Have a step of the job done in the pool of its name; a ``StepEnded`` follows."""

        def work() -> None:
            end: StepResult | BaseException
            try:
                end = step(run)
            except BaseException as caught:  # noqa: BLE001  # the lifecycle decides what it means
                end = caught
            self.report(StepEnded(run, end))

        self._pools[run.step].submit(work)

    def submit_background(self, task: Callable[[], None]) -> None:
        """Have a task done that no job waits for. What it raises is lost."""
        self._aside.submit(task)

    def report(self, event: Event) -> None:
        """Put an event into the deciding thread's queue. Any thread may call it."""
        self._events.put(event)

    def events(self, timeout_s: float | None = None) -> Iterator[Event]:
        """Wait for an event, then yield all there are.

        None at all come after ``timeout_s`` seconds without one; None waits for ever.
        """
        try:
            yield self._events.get(timeout=timeout_s)
        except queue.Empty:
            return
        while not self._events.empty():
            yield self._events.get()

    def _pool(self, threads: int, name: str) -> ThreadPoolExecutor:
        return self._stack.enter_context(ThreadPoolExecutor(threads, name))
