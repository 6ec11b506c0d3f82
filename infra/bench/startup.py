"""How long the functions take to start: the imports alone, and the bot until it has answered.

Imports are timed in fresh processes, each right after one that it is compared with, so that
whatever else the machine does falls on both alike; compiled files are there (``.pyc``), as in the
package.
"""

import compileall
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.bench.rows import Row, Times, compared, limited
from infra.local import cos, slack
from infra.local.serving import address, listen, served
from infra.local.slack.world import BOT_USER_ID, MERCHANDISER_ID, PRODUCT_PHOTOS_ID
from infra.operator import ROOT

BASE = "slack_bolt"
LIMITS = {"bot.app": 1.35, "functions.gateway.app": 0.8, "functions.worker.handler": 1.6}
SDK = "from functions.jobs import bucket; bucket.load_sdk()"
PILLOW = "from functions.worker import photos; photos.make_acceptable"
# What is not imported at the start, but soon after it: beside the first requests, or with a photo.
LATER = {
    "bot.app": SDK,
    "functions.gateway.app": SDK,
    "functions.worker.handler": f"{SDK}; {PILLOW}",
}
COLD_STARTS = 7
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
    """Each function's module against bare slack_bolt; then with what it imports later."""
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


def _taken(ways: Mapping[str, str], runs: int) -> dict[str, tuple[Times, Times]]:
    """How long each way took, and slack_bolt's import just before it."""
    ours: dict[str, list[float]] = {what: [] for what in ways}
    theirs: dict[str, list[float]] = {what: [] for what in ways}
    for statements in ways.values():
        _run_s(statements)  # whatever was not compiled or read from the disk yet
    for _ in range(runs):
        for what, statements in ways.items():
            theirs[what].append(_run_s(f"import {BASE}"))
            ours[what].append(_run_s(statements))
    return {what: (Times.of(ours[what]), Times.of(theirs[what])) for what in ways}


def cold_starts(_runs: int) -> list[Row]:
    """The bot through scf_bootstrap: from its process's start to an accepted job's answer."""
    with _stand_ins() as environ:
        _cold_start_s(environ)
        taken = [_cold_start_s(environ) for _ in range(COLD_STARTS)]
    what = "bot, from nothing to the answer to its first job"
    return [limited(what, Times.of(taken), at_most_ms=SLACK_WAITS_MS)]


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


@dataclass(frozen=True)
class _Mention:
    """A signed event that makes a job, as Slack sends it."""

    body: bytes
    headers: Mapping[str, str]


def _cold_start_s(environ: Mapping[str, str]) -> float:
    with listen() as free:
        host, _, port = address(free).partition(":")
    mention = _mention(environ["SLACK_SIGNING_SECRET"])
    where = {"LOCAL_HOST": host, "LOCAL_PORT": port}
    started = time.perf_counter()
    server = subprocess.Popen(  # noqa: S603  # our own
        [ROOT / "scf_bootstrap"], cwd=ROOT, env={**environ, **where}
    )
    with server:
        try:
            status = _first_answer(host, int(port), mention)
            taken = time.perf_counter() - started
        finally:
            server.terminate()
    if status != 200:
        raise RuntimeError(f"the bot answered {status}")
    return taken


def _first_answer(host: str, port: int, mention: _Mention) -> int:
    pause, deadline = threading.Event(), time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        status = _posted(host, port, mention)
        if status:
            return status
        pause.wait(LOOK_EVERY_S)
    return 0


def _posted(host: str, port: int, mention: _Mention) -> int:
    """The answer's status; 0 while nobody listens."""
    connection = http.client.HTTPConnection(host, port, timeout=LIMIT_S)
    with contextlib.closing(connection):
        try:
            connection.connect()
        except ConnectionRefusedError:
            return 0
        connection.request("POST", "/slack/events", mention.body, dict(mention.headers))
        return connection.getresponse().status


def _mention(secret: str) -> _Mention:
    now = time.time()
    event = {
        "type": "app_mention",
        "user": MERCHANDISER_ID,
        "text": f"<@{BOT_USER_ID}> on a beach",
        "ts": f"{now:.6f}",
        "channel": PRODUCT_PHOTOS_ID,
        "files": [{"id": "F0BENCH", "name": "cup.jpg"}],
    }
    us = {"team_id": "T0BENCH", "user_id": BOT_USER_ID, "is_bot": True}
    outer = {"type": "event_callback", "team_id": "T0BENCH", "authorizations": [us], "event": event}
    body, at = json.dumps(outer).encode(), str(int(now))
    signature = hmac.new(secret.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": f"v0={signature}",
    }
    return _Mention(body, headers)


@contextlib.contextmanager
def _stand_ins() -> Iterator[dict[str, str]]:
    """COS and Slack on this machine. Gives the bot's environment."""
    bucket, region, token, secret = "bench-1250000000", "ap-guangzhou", "xoxb-0123456789", "s" * 32
    key = {"secret_id": "AKIDbench", "secret_key": "bench"}
    with listen() as for_cos, listen() as for_slack:
        at = {"cos": address(for_cos), "slack": address(for_slack)}
        apps = {
            **cos.create(at, bucket=bucket, region=region, keys=[key]),
            **slack.create(at, bot_token=token, signing_secret=secret),
        }
        with served(apps, {"cos": for_cos, "slack": for_slack}):
            yield {
                "PATH": os.environ["PATH"],
                "FRONT": "bot",
                "LOCAL_PYTHON": sys.executable,
                "LOG_LEVEL": "ERROR",
                "SLACK_BOT_TOKEN": token,
                "SLACK_SIGNING_SECRET": secret,
                "SLACK_API_URL": f"http://{at['slack']}/api",
                "COS_BUCKET": bucket,
                "COS_REGION": region,
                "COS_ENDPOINT": at["cos"],
                "TENCENTCLOUD_SECRETID": key["secret_id"],
                "TENCENTCLOUD_SECRETKEY": key["secret_key"],
            }
