"""Measure how long the functions take to start: their imports, and the bot's first answer.

Imports are timed in fresh processes, each right after the import that it is compared with, so that
other load affects both equally. Modules are compiled beforehand, as in the package.
"""

import compileall
import contextlib
import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Mapping

from infra.bench.mention import Mention, mention, written
from infra.bench.report_rows import Row, Spread, compared, limited
from infra.bench.vendors import Vendors, vendors
from infra.dotenv import ROOT
from infra.local.serving import free_port

BASE = "slack_bolt"
LIMITS = {"bot.app": 1.35, "functions.gateway.app": 0.8, "functions.worker.handler": 1.6}
SDK = "from functions.jobs import bucket; bucket.load_sdk()"
PILLOW = "from functions.worker import photos; photos.load()"
# What is not imported at the start, but soon after it, beside the first requests.
LATER = {
    "bot.app": SDK,
    "functions.gateway.app": SDK,
    "functions.worker.handler": f"{SDK}; {PILLOW}",
}
COLD_STARTS_MOST = 7
SLACK_WAITS_MS = 3000
LIMIT_S = 30.0
LOOK_EVERY_S = 0.005
CHILD = """
import sys, time
started = time.perf_counter()
exec(sys.argv[1])
print(time.perf_counter() - started)
"""


def imports(runs: int) -> list[Row]:
    """Time each function's imports against bare slack_bolt; then with what it imports later."""
    compileall.compile_dir(ROOT / "bot", quiet=1)
    compileall.compile_dir(ROOT / "functions", quiet=1)
    ways = {f"import {name}": f"import {name}" for name in LIMITS}
    for name, later in LATER.items():
        ways[f"import {name} and what comes later"] = f"import {name}; {later}"
    taken = _taken(ways, runs)
    limits = {f"import {name}": limit for name, limit in LIMITS.items()}
    return [
        compared(what, ours, f"import {BASE}", theirs, at_most=limits.get(what))
        for what, (ours, theirs) in taken.items()
    ]


def _taken(ways: Mapping[str, str], runs: int) -> dict[str, tuple[Spread, Spread]]:
    """Time each way of importing, and slack_bolt's import just before it."""
    ours: dict[str, list[float]] = {what: [] for what in ways}
    theirs: dict[str, list[float]] = {what: [] for what in ways}
    for statements in ways.values():
        _run_s(statements)  # so that everything is compiled, and in the disk's cache
    for _ in range(runs):
        for what, statements in ways.items():
            theirs[what].append(_run_s(f"import {BASE}"))
            ours[what].append(_run_s(statements))
    return {what: (Spread.of_s(ours[what]), Spread.of_s(theirs[what])) for what in ways}


def cold_starts(runs: int) -> list[Row]:
    """Time the bot through scf_bootstrap, from its process's start to its first job's answer."""
    with vendors() as around:
        _cold_start_s(around)
        taken = [_cold_start_s(around) for _ in range(min(runs, COLD_STARTS_MOST))]
    what = "bot, from nothing to the answer to its first job"
    return [limited(what, Spread.of_s(taken), at_most=SLACK_WAITS_MS)]


def _run_s(statements: str) -> float:
    done = subprocess.run(  # noqa: S603  # our own statements
        [sys.executable, "-c", CHILD, statements],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=LIMIT_S,
    )
    return float(done.stdout)


# --- the bot's cold start


def _cold_start_s(around: Vendors) -> float:
    host, port = "127.0.0.1", str(free_port())
    event = mention(around.signing_secret, written(around.addresses["slack"]))
    where = {"LOCAL_HOST": host, "LOCAL_PORT": port}
    started = time.perf_counter()
    server = subprocess.Popen(  # noqa: S603  # our own
        [ROOT / "scf_bootstrap"], cwd=ROOT, env={**around.environ, **where}
    )
    with server:
        try:
            status = _first_answer(host, int(port), event)
            taken = time.perf_counter() - started
        finally:
            server.terminate()
    if status != 200:
        raise RuntimeError(f"the bot answered {status}")
    return taken


def _first_answer(host: str, port: int, event: Mention) -> int:
    pause, deadline = threading.Event(), time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        status = _posted(host, port, event)
        if status:
            return status
        pause.wait(LOOK_EVERY_S)
    return 0


def _posted(host: str, port: int, event: Mention) -> int:
    """Post the event; return the answer's status, or 0 while no server listens."""
    connection = http.client.HTTPConnection(host, port, timeout=LIMIT_S)
    with contextlib.closing(connection):
        try:
            connection.connect()
        except ConnectionRefusedError:
            return 0
        return event.post(connection)
