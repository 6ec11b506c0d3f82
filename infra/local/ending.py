"""Waits for Ctrl-C or SIGTERM."""

import queue
import signal
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Ending:
    """Made in the main thread, before anything that takes long. A second signal of the kind ends
    the process at once.

    Not a ``threading.Event``: its lock is the waiting thread's own when the handler, which runs in
    that thread, would set it; a ``SimpleQueue`` may be put to at any moment.
    """

    def __init__(self) -> None:
        self._signals: queue.SimpleQueue[int] = queue.SimpleQueue()
        for number in SIGNALS:
            signal.signal(number, self._take)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Whether it came in time."""
        try:
            self._signals.get(timeout=timeout_s)
        except queue.Empty:
            return False
        return True

    def _take(self, number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        self._signals.put(number)
