"""Replace what the product uses of the standard library, for the tasks of one scheduler.

Only what the product uses is here; anything else raises ``AttributeError``.
"""

from __future__ import annotations

import concurrent.futures
import queue as real_queue
import time as real_time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime as real_datetime
from datetime import timezone
from itertools import count
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from tests.simulation.scheduler import Killed, Scheduler, Task

T = TypeVar("T")


class Here:
    """Hold the scheduler of the present run; there is one at a time."""

    scheduler: Scheduler


def here() -> Scheduler:
    """Give the scheduler of the present run."""
    return Here.scheduler


# --- time, chance


def now() -> float:
    """Give the time by the clock of the process that runs, in Unix seconds."""
    scheduler = Here.scheduler
    task = scheduler.current
    return scheduler.now + task.process.ahead_s if task else scheduler.now


def sleep(seconds: float) -> None:
    """Let ``seconds`` of virtual time pass."""
    here().pause(seconds)


time = SimpleNamespace(
    time=now,
    monotonic=now,
    perf_counter=now,
    sleep=sleep,
    strftime=real_time.strftime,
    gmtime=real_time.gmtime,
)


def uniform(low: float, high: float) -> float:
    """Draw a number between the two, by the run's seed."""
    return here().rng.uniform(low, high)


random = SimpleNamespace(uniform=uniform)
secrets = SimpleNamespace(
    token_hex=lambda n: here().rng.randbytes(n).hex(),
    token_urlsafe=lambda n: here().rng.randbytes(n).hex(),
)


def choice(some: Any) -> Any:
    """Draw one of them, by the run's seed."""
    return here().rng.choice(some)


datetime = SimpleNamespace(
    now=lambda tz=None: real_datetime.fromtimestamp(now(), tz or timezone.utc),
    fromtimestamp=real_datetime.fromtimestamp,
)


# --- threading


class _Waiters:
    """Queue the tasks that wait for something, in the order in which they came."""

    def __init__(self) -> None:
        self._tasks: deque[Task] = deque()

    def wait(self, seconds: float | None) -> bool:
        scheduler = here()
        task = scheduler.current
        if task is None:
            raise RuntimeError("nobody but a task can wait")
        self._tasks.append(task)
        try:
            return scheduler.wait(seconds)
        finally:
            if task in self._tasks:
                self._tasks.remove(task)

    def wake(self, most: int) -> None:
        scheduler = here()
        for _ in range(min(most, len(self._tasks))):
            scheduler.wake(self._tasks.popleft())

    def wake_all(self) -> None:
        self.wake(len(self._tasks))


def _until(condition: Callable[[], object], waiters: _Waiters, seconds: float | None) -> bool:
    """Wait until ``condition`` is true; give False if ``seconds`` have passed before."""
    ends_at = None if seconds is None else here().now + seconds
    while not condition():
        left = None if ends_at is None else ends_at - here().now
        if left is not None and left <= 0:
            return False
        waiters.wait(left)
    return True


class Semaphore:
    """Replace ``threading.BoundedSemaphore``, and ``Lock`` by a semaphore of one."""

    def __init__(self, value: int = 1) -> None:
        self._free = value
        self._waiters = _Waiters()

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        seconds = 0.0 if not blocking else None if timeout is None or timeout < 0 else timeout
        if not _until(lambda: self._free, self._waiters, seconds):
            return False
        self._free -= 1
        return True

    def release(self) -> None:
        self._free += 1
        self._waiters.wake(1)

    def locked(self) -> bool:
        return not self._free

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class Condition:
    """Replace ``threading.Condition`` with its reentrant lock."""

    def __init__(self) -> None:
        self._lock = Semaphore()
        self._owner: Task | None = None
        self._depth = 0
        self._waiters = _Waiters()

    def __enter__(self) -> None:
        if self._owner is None or self._owner is not here().current:
            self._lock.acquire()
            self._owner = here().current
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._owner = None
            self._lock.release()

    def wait(self, timeout: float | None = None) -> bool:
        owner, depth = self._owner, self._depth
        self._owner, self._depth = None, 0
        self._lock.release()
        try:
            return self._waiters.wait(timeout)
        finally:
            self._take_back(owner, depth)

    def _take_back(self, owner: Task | None, depth: int) -> None:
        try:
            self._lock.acquire()
        except Killed:  # leaving the block releases the lock all the same
            self._lock._free -= 1
        self._owner, self._depth = owner, depth

    def wait_for(self, predicate: Callable[[], T], timeout: float | None = None) -> T:
        ends_at = None if timeout is None else here().now + timeout
        while not (found := predicate()):
            left = None if ends_at is None else ends_at - here().now
            if left is not None and left <= 0:
                break
            self.wait(left)
        return found

    def notify(self, n: int = 1) -> None:
        self._waiters.wake(n)

    def notify_all(self) -> None:
        self._waiters.wake_all()


class Event:
    """Replace ``threading.Event``."""

    def __init__(self) -> None:
        self._is_set = False
        self._waiters = _Waiters()

    def set(self) -> None:
        self._is_set = True
        self._waiters.wake_all()

    def is_set(self) -> bool:
        return self._is_set

    def wait(self, timeout: float | None = None) -> bool:
        return _until(lambda: self._is_set, self._waiters, timeout)


class Thread:
    """Replace ``threading.Thread``; it runs in the process that starts it."""

    def __init__(
        self,
        target: Callable[..., Any],
        name: str = "thread",
        daemon: bool = False,
        args: tuple[Any, ...] = (),
    ) -> None:
        self._target = target
        self._args = args
        self.name = name
        self.daemon = daemon
        self.ident: int | None = None
        self._over = Event()

    def start(self) -> None:
        self.ident = 1
        begin(self._run, self.name)

    def _run(self) -> None:
        try:
            self._target(*self._args)
        finally:
            self._over.set()

    def join(self, timeout: float | None = None) -> None:
        self._over.wait(timeout)

    def is_alive(self) -> bool:
        return self.ident is not None and not self._over.is_set()


def begin(work: Callable[[], Any], name: str) -> Task:
    """Begin a task in the process that runs now."""
    scheduler = here()
    if scheduler.current is None:
        raise RuntimeError("nobody but a task can begin another")
    return scheduler.begin(scheduler.current.process, work, name)


class Local:
    """Replace ``threading.local``."""

    def __init__(self) -> None:
        object.__setattr__(self, "_values", {})

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[here().current, name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self._values[here().current, name] = value


threading = SimpleNamespace(
    Lock=Semaphore,
    BoundedSemaphore=Semaphore,
    Condition=Condition,
    Event=Event,
    Thread=Thread,
    local=Local,
)


# --- queue


class SimpleQueue(Generic[T]):
    """Replace ``queue.SimpleQueue``."""

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._waiters = _Waiters()

    def __class_getitem__(cls, _: object) -> type[SimpleQueue[Any]]:
        return cls

    def put(self, item: T) -> None:
        self._items.append(item)
        self._waiters.wake(1)

    def get(self, block: bool = True, timeout: float | None = None) -> T:
        if not _until(lambda: self._items, self._waiters, timeout if block else 0.0):
            raise real_queue.Empty
        return self._items.popleft()

    def empty(self) -> bool:
        return not self._items


queue = SimpleNamespace(SimpleQueue=SimpleQueue, Empty=real_queue.Empty)


# --- concurrent.futures


class Future(Generic[T]):
    """Replace ``concurrent.futures.Future``."""

    def __init__(self) -> None:
        self._is_done = self._is_cancelled = False
        self._result: Any = None
        self._error: BaseException | None = None
        self._waiters = _Waiters()
        self._callbacks: list[Callable[[Future[T]], object]] = []

    def __class_getitem__(cls, _: object) -> type[Future[Any]]:
        return cls

    def run(self, work: Callable[[], T]) -> None:
        try:
            self._result = work()
        except BaseException as error:  # noqa: BLE001  # as the real one does
            self._error = error
        self._end()
        if isinstance(self._error, Killed):
            raise self._error

    def cancel(self) -> bool:
        if not self._is_done:
            self._is_cancelled = True
            self._error = concurrent.futures.CancelledError()
            self._end()
        return self._is_cancelled

    def _end(self) -> None:
        self._is_done = True
        self._waiters.wake_all()
        for callback in self._callbacks:
            callback(self)

    def done(self) -> bool:
        return self._is_done

    def add_done_callback(self, callback: Callable[[Future[T]], object]) -> None:
        if self._is_done:
            callback(self)
        else:
            self._callbacks.append(callback)

    def result(self, timeout: float | None = None) -> T:
        if not _until(lambda: self._is_done, self._waiters, timeout):
            raise concurrent.futures.TimeoutError
        if self._error is not None:
            raise self._error
        result: T = self._result
        return result


class ThreadPoolExecutor:
    """Replace ``concurrent.futures.ThreadPoolExecutor``: each call is a task, so many at once."""

    def __init__(self, max_workers: int = 8, thread_name_prefix: str = "pool") -> None:
        self._free = max_workers
        self._name = thread_name_prefix
        self._numbers = count(1)
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._pending = 0
        self._idle = _Waiters()
        self._is_shut = False

    def submit(self, work: Callable[..., T], /, *args: Any, **named: Any) -> Future[T]:
        if self._is_shut:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future: Future[T] = Future()
        self._pending += 1
        self._waiting.append((future, lambda: work(*args, **named)))
        if self._free:
            self._free -= 1
            begin(self._work, f"{self._name}-{next(self._numbers)}")
        return future

    def _work(self) -> None:
        try:
            while self._waiting:
                future, work = self._waiting.popleft()
                try:
                    future.run(work)
                finally:
                    self._ended()
        finally:
            self._free += 1

    def _ended(self) -> None:
        self._pending -= 1
        if not self._pending:
            self._idle.wake_all()

    def map(self, work: Callable[..., T], *over: Iterable[Any]) -> Iterator[T]:
        futures = [self.submit(work, *one) for one in zip(*over)]  # noqa: B905  # as the real one
        return (future.result() for future in futures)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._is_shut = True
        while cancel_futures and self._waiting:
            self._waiting.popleft()[0].cancel()
            self._ended()
        if wait:
            _until(lambda: not self._pending, self._idle, None)

    def __enter__(self) -> ThreadPoolExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()


def wait(
    futures: Iterable[Future[Any]], timeout: float | None = None
) -> tuple[set[Future[Any]], set[Future[Any]]]:
    """Replace ``concurrent.futures.wait``."""
    futures = list(futures)
    ends_at = None if timeout is None else here().now + timeout
    for future in futures:
        left = None if ends_at is None else max(0.0, ends_at - here().now)
        if not _until(lambda future=future: future._is_done, future._waiters, left):  # type: ignore[misc]
            break
    done = {future for future in futures if future.done()}
    return done, set(futures) - done
