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
SDK = "functions.jobs.bucket"  # whose SDK is loaded beside the first requests: not for nothing
COLD_STARTS = 7
SLACK_WAITS_MS = 3000
LIMIT_S = 30.0
LOOK_EVERY_S = 0.005
CHILD = """
import sys, time
started = time.perf_counter()
for name in sys.argv[1:]:
    module = __import__(name, fromlist=["load_sdk"])
    if name == "functions.jobs.bucket":
        module.load_sdk()
print(time.perf_counter() - started)
"""


def imports(runs: int) -> list[Row]:
    """Each function's module against bare slack_bolt; then with the COS SDK behind it."""
    compileall.compile_dir(ROOT / "bot", quiet=1)
    compileall.compile_dir(ROOT / "functions", quiet=1)
    measured: list[tuple[str, ...]] = [(name,) for name in LIMITS]
    measured += [(name, SDK) for name in LIMITS]
    ours: dict[tuple[str, ...], list[float]] = {modules: [] for modules in measured}
    theirs: dict[tuple[str, ...], list[float]] = {modules: [] for modules in measured}
    for modules in measured:
        _import_s(modules)  # whatever was not compiled or read from the disk yet
    for _ in range(runs):
        for modules in measured:
            theirs[modules].append(_import_s((BASE,)))
            ours[modules].append(_import_s(modules))
    return [_import_row(modules, ours[modules], theirs[modules]) for modules in measured]


def _import_row(modules: tuple[str, ...], ours_s: list[float], theirs_s: list[float]) -> Row:
    what = f"import {modules[0]}" + (" + COS SDK" if SDK in modules else "")
    limit = None if SDK in modules else LIMITS[modules[0]]
    return compared(what, Times.of(ours_s), f"import {BASE}", Times.of(theirs_s), at_most=limit)


def cold_starts(_runs: int) -> list[Row]:
    """The bot through scf_bootstrap: from its process's start to an accepted job's answer."""
    with _stand_ins() as environ:
        _cold_start_s(environ)
        taken = [_cold_start_s(environ) for _ in range(COLD_STARTS)]
    what = "bot, from nothing to the answer to its first job"
    return [limited(what, Times.of(taken), at_most_ms=SLACK_WAITS_MS)]


def _import_s(modules: tuple[str, ...]) -> float:
    command = [sys.executable, "-c", CHILD, *modules]
    done = subprocess.run(  # noqa: S603  # our own modules
        command, cwd=ROOT, check=True, capture_output=True, timeout=LIMIT_S
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
