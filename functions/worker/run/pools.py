"""Do a run's steps in threads, and report how they ended in one queue."""

import math
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass

from functions.log import warn
from functions.worker.run.lifecycle import JobRun, StepResult

READERS, CUTTERS, ENDERS = 8, 4, 4


@dataclass(frozen=True)
class CallStarted:
    """Report that a job has its place at aiart."""

    run: JobRun


@dataclass(frozen=True)
class StepEnded:
    """Report the result of a job's step, or the error that it raised."""

    run: JobRun
    end: StepResult | BaseException


@dataclass(frozen=True)
class QueueListed:
    """Report the jobs in the open queue that were not known, or why it could not be listed."""

    job_ids: tuple[str, ...] = ()
    error: Exception | None = None


@dataclass(frozen=True)
class ProgressMade:
    """Report that a progress message was shown, or that an upload need not wait for its first."""


Event = CallStarted | StepEnded | QueueListed | ProgressMade
Step = Callable[[JobRun], StepResult]


class BoundedPool:
    """Hold threads whose work is awaited at the end, for ``time_left`` seconds at most.

    After that, running tasks are left alone and waiting ones dropped; the next run takes them up
    from their leases and records. ``ended`` is called after each task.
    """

    def __init__(
        self,
        threads: int,
        name: str,
        *,
        time_left: Callable[[], float] = lambda: math.inf,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._pool = ThreadPoolExecutor(threads, name)
        self._name = name
        self._time_left = time_left
        self._ended = ended
        self._pending: set[Future[None]] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> "BoundedPool":
        return self

    def __exit__(self, *_raised: object) -> None:
        with self._lock:
            pending = set(self._pending)
        left_s = self._time_left()
        _, left = wait(pending, timeout=None if left_s == math.inf else max(0.0, left_s))
        if left:
            warn("the run ends while this is under way", pool=self._name, count=len(left))
        self._pool.shutdown(wait=not left, cancel_futures=True)

    def submit(self, task: Callable[[], None]) -> None:
        """Have a task done; errors that it raises are lost. Any thread may call this."""
        future = self._pool.submit(task)
        with self._lock:
            self._pending.add(future)
        future.add_done_callback(self._forget)

    @property
    def is_busy(self) -> bool:
        """Say whether any task is still to be done."""
        return bool(self._pending)

    def _forget(self, future: "Future[None]") -> None:
        with self._lock:
            self._pending.discard(future)
        self._ended()


class StepPools:
    """Hold one pool of threads for each kind of work, so that none waits behind another.

    ``painters`` threads wait for aiart, ``stagers`` fetch photos. Leaving the block waits for all,
    for ``time_left`` seconds at most.
    """

    def __init__(
        self,
        *,
        painters: int,
        stagers: int,
        time_left: Callable[[], float] = lambda: math.inf,
    ) -> None:
        self._stack = ExitStack()
        self._time_left = time_left
        self._aside = self._pool(2, "aside")
        self._pools = {
            "load": self._pool(READERS, "load"),
            "stage": self._pool(stagers, "stage"),
            "generate": self._pool(painters, "generate"),
            "pack": self._pool(1, "pack"),
            "cut": self._pool(CUTTERS, "cut"),
            "decide": self._pool(ENDERS, "decide"),
            "finish": self._pool(ENDERS, "finish"),
        }
        self._unasked = self._pool(ENDERS, "finish-unasked")  # need not wait for Slack
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def __enter__(self) -> "StepPools":
        return self

    def __exit__(self, *_raised: object) -> None:
        self._stack.close()

    def submit(self, run: JobRun, step: Step) -> None:
        """Have a step of the job done in the pool named after it; a ``StepEnded`` follows."""

        def work() -> None:
            end: StepResult | BaseException
            try:
                end = step(run)
            except BaseException as caught:  # noqa: BLE001  # the lifecycle decides what it means
                end = caught
            self.report(StepEnded(run, end))

        is_unasked = run.step == "finish" and run.asked.thread is None
        (self._unasked if is_unasked else self._pools[run.step]).submit(work)

    def submit_background(self, task: Callable[[], None]) -> None:
        """Have a task done that no job waits for; errors that it raises are lost."""
        self._aside.submit(task)

    def report(self, event: Event) -> None:
        """Put an event into the deciding thread's queue. Any thread may call it."""
        self._events.put(event)

    def events(self, timeout_s: float | None = None) -> Iterator[Event]:
        """Wait for an event, then yield all there are.

        Yields nothing if none comes within ``timeout_s`` seconds; None waits for ever.
        """
        try:
            yield self._events.get(timeout=timeout_s)
        except queue.Empty:
            return
        while not self._events.empty():
            yield self._events.get()

    def _pool(self, threads: int, name: str) -> BoundedPool:
        return self._stack.enter_context(BoundedPool(threads, name, time_left=self._time_left))
