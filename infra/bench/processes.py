"""Run statements in a fresh Python process, and measure their time and peak memory."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from infra.dotenv import ROOT

LIMIT_S = 120.0
CHILD = """
import json, sys, time
names = {"arguments": sys.argv[3:]}
exec(sys.argv[1], names)
started = time.perf_counter()
exec(sys.argv[2], names)
taken_s = time.perf_counter() - started
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([taken_s, int(peak.split()[1]) / 1024, names.get("said", "")]))
"""


@dataclass(frozen=True)
class Measured:
    """Hold the statements' ``taken_s``, the process's ``peak_mb`` (MiB), and what it ``said``."""

    taken_s: float
    peak_mb: float
    said: str


def measured(setup: str, statements: str, arguments: Sequence[str] = ()) -> Measured:
    """Run ``setup``, then ``statements``; only the latter are timed.

    Both see ``arguments`` and may set ``said``, a text. The peak is the kernel's (VmHWM): it holds
    the interpreter and the imports as well. Raises ``CalledProcessError``.
    """
    done = subprocess.run(  # noqa: S603  # our own statements
        [sys.executable, "-c", CHILD, setup, statements, *arguments],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        timeout=LIMIT_S,
    )
    taken_s, peak_mb, said = json.loads(done.stdout)
    return Measured(taken_s, peak_mb, said)
