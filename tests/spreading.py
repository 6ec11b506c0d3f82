"""Spread the tests over several processes, the longest first, so that none is left for the end.

The tests of a file share fixtures, so one process runs them all. Files that share a costly set-up
go to one process together; of a file whose tests share nothing, each test goes alone.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xdist.scheduler import LoadFileScheduling

PATIENT = "the whole system with its account"
SYSTEM = "the whole system as make demo runs it"
TOGETHER = {
    **dict.fromkeys(
        (f"tests/infra/test_{name}.py" for name in ("doctor", "live", "rollout", "self_checks")),
        PATIENT,
    ),
    **dict.fromkeys(
        (
            f"tests/e2e/test_{name}.py"
            for name in (
                "cold_starts",
                "commands",
                "gestures",
                "log",
                "main_job",
                "readme",
                "webhook",
                "workflow",
            )
        ),
        SYSTEM,
    ),
}
ALONE = {"tests/infra/test_bench.py", "tests/load/test_load.py"}
# By the time that they took on two cores; tests that are not named follow in their own order.
LONGEST = (
    "tests/e2e/",
    "tests/load/test_vendor_faults.py",
    "tests/crash/test_crash.py",
    "tests/load/",
    "tests/page/test_messages.py",
    "tests/page/test_forms.py",
    "tests/worker/test_cancel_and_delete.py",
    "tests/infra/test_package.py",
    "tests/infra/test_doctor.py",
    "tests/infra/test_live.py",
    "tests/infra/test_rollout.py",
    "tests/infra/test_self_checks.py",
    "tests/fuzz/test_photos.py",
    "tests/infra/test_bench.py",
    "tests/page/",
    "tests/worker/test_photos",
    "tests/worker/test_dead_callback_hosts.py",
    "tests/bot/gestures/test_in_time.py",
    "tests/infra/",
    "tests/traces/",
    "tests/fuzz/",
    "tests/local/scf/",
    "tests/worker/",
)


def turn(nodeid: str) -> int:
    """Give a test's place in the order: the smaller, the earlier."""
    places = (n for n, start in enumerate(LONGEST) if nodeid.startswith(start))
    return next(places, len(LONGEST))


@contextmanager
def one_before_the_others(folder: Path) -> Iterator[None]:
    """Let the first process run the block alone, and the others only after it, all at once.

    Otherwise, on a clean clone, each process would compile each test and each imported package.
    """
    held = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(held, fcntl.LOCK_SH)
            fcntl.flock(held, fcntl.LOCK_UN)
        yield
    finally:
        os.close(held)


class Spreading(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Hand out files to the processes, or groups of files, or single tests."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if file in ALONE else TOGETHER.get(file, file)
