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
    """Give a function that waits up to some seconds (None: for ever) and says if a signal came.

    Only for the main thread. A second signal of the same kind ends the process at once.

    Not a ``threading.Event``: Python's handlers run in the main thread, and a main thread that
    waits for a lock does not hear of a signal that another thread was given, or that came just
    before. The byte of ``set_wakeup_fd`` (docs.python.org, signal) reaches it in any case.
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
