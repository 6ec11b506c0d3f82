"""The threads that do a run's steps, and the line in which they report."""

import queue
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from functions.worker.entry import ENDING, Entry, Stage


@dataclass(frozen=True)
class Began:
    """An entry has its place at aiart."""

    entry: Entry


@dataclass(frozen=True)
class Ended:
    """A step of an entry is done, or has raised."""

    entry: Entry
    error: BaseException | None


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
        self._reports: queue.SimpleQueue[Began | Ended] = queue.SimpleQueue()

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_raised: object) -> None:
        self._stack.close()

    def submit(self, entry: Entry, task: Callable[[Entry], None]) -> None:
        """Have a step of the entry done; its end is reported."""
        entry.busy = True

        def work() -> None:
            error: BaseException | None = None
            try:
                task(entry)
            except BaseException as caught:  # noqa: BLE001  # setbacks decides what it means
                error = caught
            self._reports.put(Ended(entry, error))

        self._pools[entry.stage].submit(work)

    def aside(self, task: Callable[[], None]) -> None:
        """Have something done of which no entry waits for the end. It must not raise."""
        self._load.submit(task)

    def began(self, entry: Entry) -> None:
        """Called by a painter."""
        self._reports.put(Began(entry))

    def reports(self, timeout_s: float | None = None) -> Iterator[Began | Ended]:
        """Waits for one, then gives all there are. None within the time: none."""
        try:
            yield self._reports.get(timeout=timeout_s)
        except queue.Empty:
            return
        while not self._reports.empty():
            yield self._reports.get()

    def _pool(self, threads: int, name: str) -> ThreadPoolExecutor:
        return self._stack.enter_context(ThreadPoolExecutor(threads, name))
