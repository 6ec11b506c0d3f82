"""Wait for Ctrl-C or SIGTERM."""

import contextlib
import select
import signal
import socket
from collections.abc import Callable, Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def told_to_end(
    numbers: tuple[signal.Signals, ...] = SIGNALS,
) -> Iterator[Callable[[float | None], bool]]:
    """Yield a function that waits up to some seconds (None: for ever) and says if a signal came.

    It is for the main thread only. A second signal of the same kind ends the process at once.

    A ``threading.Event`` would not do: Python's handlers run in the main thread, and while that
    waits for a lock it does not notice a signal that another thread got, or that came just before.
    The byte of ``set_wakeup_fd`` (docs.python.org, signal) always wakes it.
    """
    here, there = socket.socketpair()
    with here, there:
        there.setblocking(False)
        fd_before = signal.set_wakeup_fd(there.fileno(), warn_on_full_buffer=False)
        before = {number: signal.signal(number, _once) for number in numbers}
        try:
            yield lambda seconds: bool(select.select([here], [], [], seconds)[0])
        finally:
            signal.set_wakeup_fd(fd_before)
            for number, handler in before.items():
                signal.signal(number, handler)


def _once(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)
