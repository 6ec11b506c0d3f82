"""The threads that do a run's steps, and the line in which their ends come back."""

import queue
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType

from functions.worker.entry import ENDING, Entry, Stage

Ended = tuple[Entry, BaseException | None]


class Crew:
    """One pool for each kind of work, so that none waits behind another.

    ``painters`` threads wait for aiart, ``stagers`` fetch photos.
    """

    def __init__(self, *, painters: int, stagers: int) -> None:
        self._stack = ExitStack()
        ending = self._pool(4, "end")
        self._load = self._pool(8, "load")
        self._pools = {
            Stage.NEW: self._load,
            Stage.LOADED: self._pool(stagers, "stage"),
            Stage.STAGED: self._pool(painters, "paint"),
            **dict.fromkeys(ENDING, ending),
        }
        self._ended: queue.SimpleQueue[Ended] = queue.SimpleQueue()

    def __enter__(self) -> "Crew":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def submit(self, entry: Entry, task: Callable[[Entry], None]) -> None:
        """Have a step of the entry done; its end comes back by ``ended``."""
        entry.busy = True

        def work() -> None:
            error: BaseException | None = None
            try:
                task(entry)
            except BaseException as caught:  # noqa: BLE001  # setbacks decides what it means
                error = caught
            self._ended.put((entry, error))

        self._pools[entry.stage].submit(work)

    def aside(self, task: Callable[[], None]) -> None:
        """Have something done of which no entry waits for the end. It must not raise."""
        self._load.submit(task)

    def ended(self, timeout_s: float | None = None) -> Iterator[Ended]:
        """What has ended: waits for one, then gives all there are. None within the time: none."""
        try:
            yield self._ended.get(timeout=timeout_s)
        except queue.Empty:
            return
        while not self._ended.empty():
            yield self._ended.get()

    def _pool(self, threads: int, name: str) -> ThreadPoolExecutor:
        return self._stack.enter_context(ThreadPoolExecutor(threads, name))
