"""The threads that do a run's steps, and the queue in which they report."""

import queue
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from functions.worker.run.lifecycle import JobRun, Reached

READERS, ENDERS = 8, 4


@dataclass(frozen=True)
class CallStarted:
    """A job has its place at aiart."""

    run: JobRun


@dataclass(frozen=True)
class StepEnded:
    """A step of a job has led somewhere, or has raised."""

    run: JobRun
    end: Reached | BaseException


@dataclass(frozen=True)
class QueueListed:
    """The open queue was looked at: the jobs that were not known, or what kept it from that."""

    job_ids: tuple[str, ...] = ()
    error: Exception | None = None


Event = CallStarted | StepEnded | QueueListed
Step = Callable[[JobRun], Reached]


class StepPools:
    """One pool for each kind of work, so that none waits behind another.

    ``painters`` threads wait for aiart, ``stagers`` fetch photos.
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
        """Have a step of the job done; its end is reported."""

        def work() -> None:
            end: Reached | BaseException
            try:
                end = step(run)
            except BaseException as caught:  # noqa: BLE001  # the lifecycle decides what it means
                end = caught
            self.report(StepEnded(run, end))

        self._pools[run.step].submit(work)

    def submit_background(self, task: Callable[[], None]) -> None:
        """Have something done of which no job waits for the end. It must not raise."""
        self._aside.submit(task)

    def report(self, event: Event) -> None:
        """Tell the deciding thread. Called by any other."""
        self._events.put(event)

    def events(self, timeout_s: float | None = None) -> Iterator[Event]:
        """Wait for one, then give all there are. None within the time: none."""
        try:
            yield self._events.get(timeout=timeout_s)
        except queue.Empty:
            return
        while not self._events.empty():
            yield self._events.get()

    def _pool(self, threads: int, name: str) -> ThreadPoolExecutor:
        return self._stack.enter_context(ThreadPoolExecutor(threads, name))
