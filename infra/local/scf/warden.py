"""Run an instance's command, and stop, continue and kill it with every process that it starts.

Run as ``python -I -S warden.py CHANNEL COMMAND...`` with a pipe as standard input. The command
runs in a process group of its own and inherits the file descriptor CHANNEL (-1 for none). Each
byte on standard input is an order: S stops the group, C lets it continue. When the pipe's writer
closes it or dies, everything is killed, even what is stopped. When the command ends by itself,
every process that it left behind is killed.

Nothing of this package is imported, so that the warden starts in milliseconds on any Python.
"""

import contextlib
import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
CANNOT_START = 127  # a shell's exit code for that
ORDERS = {b"S": signal.SIGSTOP, b"C": signal.SIGCONT}
# Signals that the warden ignores: dying of one, it would leave the function's processes behind.
DEAF_TO = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


def main(channel: int, start: Callable[[], int]) -> int:
    """Start a process, obey the orders until it has ended, and give its exit code.

    ``start`` starts it in a process group of its own and gives its pid. Raises what ``start``
    raises (``OSError``).
    """
    _adopt_orphans()
    for name in DEAF_TO:
        signal.signal(name, signal.SIG_IGN)
    leader = start()
    if channel >= 0:
        os.close(channel)  # only the function holds it now: its end shows that the function is gone
    threading.Thread(target=_obey, args=(leader,), daemon=True).start()
    code = _wait_for(leader)
    _signal_group(leader, signal.SIGKILL)
    _sweep()
    return code if code >= 0 else 128 - code


def spawn(command: list[str]) -> int:
    """Start ``command`` as the leader of a group and give its pid. Raises ``OSError``."""
    return os.posix_spawn(
        command[0],
        command,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
        setpgroup=0,
        setsigdef=(*DEAF_TO, signal.SIGPIPE),
    )


def _adopt_orphans() -> None:
    """Become the parent of what a function detaches (on Linux), so that ``_sweep`` finds it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _obey(leader: int) -> None:
    while order := os.read(0, 1):
        _signal_group(leader, ORDERS[order])
    _signal_group(leader, signal.SIGKILL)


def _signal_group(leader: int, number: signal.Signals) -> None:
    # macOS raises PermissionError for a group whose last member is already a zombie.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _wait_for(leader: int) -> int:
    while True:
        ended, status = os.wait()
        if ended == leader:
            return os.waitstatus_to_exitcode(status)


def _sweep() -> None:
    """Kill and reap every child process that is left, until there is none."""
    with contextlib.suppress(ChildProcessError):
        while True:
            for listed in Path("/proc/self/task").glob("*/children"):
                for child in listed.read_text().split():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(child), signal.SIGKILL)
            os.wait()


if __name__ == "__main__":
    try:
        sys.exit(main(int(sys.argv[1]), lambda: spawn(sys.argv[2:])))
    except OSError as error:
        sys.stderr.write(f"{sys.argv[2]} cannot be started: {error.strerror}\n")
        sys.exit(CANNOT_START)
