"""Measure what a long queue costs, and how soon its first job and a newcomer's are painted.

The worker runs in a process of its own on thousands of open jobs, of people who have asked for
fifty pictures each. The CPU time is that of this process during the run, with an aiart that takes a
second for a picture, so that most of it is spent on pictures. The newcomer's wait is measured with
an aiart that takes ten seconds, the least of a similar Tencent service: a quick one would paint
several pictures between two looks at the queue.
"""

import contextlib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from functions.config import gateway_config
from functions.gateway.app import gateway
from functions.jobs.bucket import Bucket, BucketConfig, Keys
from functions.jobs.job_ids import id_of_message, id_of_upload
from functions.jobs.ledger import Ledger
from functions.jobs.model import Asker, BucketPhoto, Job, Thread, Upload
from functions.jobs.wish import Wish
from infra.bench.report_rows import Row, Spread, compared, limited
from infra.bench.sample_photos import photo_jpeg
from infra.dotenv import ROOT
from infra.local.http import call
from infra.local.serving import address, listen, served
from infra.local.slack.world import MERCHANDISER_ID, PRODUCT_PHOTOS_ID, TEAM_ID
from infra.local.stack import BUCKET, REGION, stand_in

MANY, FEW, EACH = 5_000, 50, 50
CALL_S = 20.0
CLOSES_S = 75.0 + CALL_S  # so long before the function's limit no job is begun any more
FIRST_MS, GENERATIONS, CPU_RATIO = 2000, 2, 1.5
PHOTO_KEY = "uploads/queue/product.jpg"
VENDORS = ("cos", "slack", "aiart", "aiart-results", "gateway")
RUN = """
import json, resource, sys, time
from functions.worker.handler import main_handler
from functions.jobs.bucket import load_sdk
from functions.worker import photos
load_sdk(), photos.load()
def cpu_s():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
print("ready", flush=True)
sys.stdin.readline()
before, began = cpu_s(), time.time()
main_handler({}, {"time_limit_in_ms": int(sys.argv[1])})
print(json.dumps([began, cpu_s() - before]))
"""


@dataclass(frozen=True)
class _Pace:
    """Set how long aiart takes, how long the worker runs, and when each newcomer asks."""

    task_s: float
    works_s: float
    asked_after_s: tuple[float, ...]


# The one newcomer asks in the middle of a picture, the other at its end.
QUICK, USUAL = _Pace(1.0, 30.0, (6.0,)), _Pace(10.0, 55.0, (6.0, 30.0))


@dataclass(frozen=True)
class _Run:
    """Hold what one run took: waits and CPU time in seconds, and how many were painted."""

    first_s: float
    new_s: tuple[float, ...]
    cpu_s: float
    painted: int

    @property
    def cpu_each_ms(self) -> float:
        """Give the CPU time of each painted job, in milliseconds."""
        return 1000 * self.cpu_s / self.painted


def long_queue(_runs: int) -> list[Row]:
    """Measure a run on many jobs, one on few, and one on many at aiart's usual pace."""
    many, few = (_run_on(jobs, QUICK) for jobs in (MANY, FEW))
    usual = _run_on(MANY, USUAL)
    return [
        limited(
            f"first of {MANY} open jobs started",
            Spread.of_s([many.first_s]),
            at_most=FIRST_MS,
            note=f"of {FEW}: {1000 * few.first_s:.0f} ms",
        ),
        limited(
            f"somebody new behind {MANY} jobs started, aiart at {USUAL.task_s:.0f} s",
            Spread.of([one / USUAL.task_s for one in usual.new_s], "generations"),
            at_most=GENERATIONS,
            note=f"aiart at {QUICK.task_s:.0f} s: {many.new_s[0]:.1f} s, "
            f"behind {FEW} {few.new_s[0]:.1f} s",
        ),
        compared(
            f"worker's CPU time a painted job, {MANY} open",
            Spread.of([many.cpu_each_ms], "ms"),
            f"{FEW} open",
            Spread.of([few.cpu_each_ms], "ms"),
            at_most=CPU_RATIO,
            note=f"{many.painted} painted, and {few.painted}",
        ),
    ]


def _run_on(jobs: int, pace: _Pace) -> _Run:
    with _vendors(pace.task_s) as (at, environ):
        ledger = Ledger(
            Bucket(
                BucketConfig(name=BUCKET, region=REGION, endpoint=at["cos"], timeout_s=60),
                Keys(environ["TENCENTCLOUD_SECRETID"], environ["TENCENTCLOUD_SECRETKEY"]),
            )
        )
        ledger.bucket.put(PHOTO_KEY, photo_jpeg(1200, 900), content_type="image/jpeg")
        now = time.time() - 60
        asked = [
            _upload(f"U0PERSON{n:03}", now + n, EACH, at["slack"]) for n in range(jobs // EACH)
        ]
        with ThreadPoolExecutor(16) as writers:
            list(writers.map(ledger.accept, [job for upload in asked for job in upload]))
        limit_ms = round(1000 * (CLOSES_S + pace.works_s))
        command = [sys.executable, "-c", RUN, str(limit_ms)]
        with subprocess.Popen(  # noqa: S603  # our own statements
            command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as worker:
            assert worker.stdin is not None  # noqa: S101  # for the type checker
            assert worker.stdout is not None  # noqa: S101
            while worker.stdout.readline() != "ready\n":
                pass
            worker.stdin.write("\n")
            worker.stdin.flush()
            started, asking = time.monotonic(), []
            for number, after_s in enumerate(pace.asked_after_s):
                time.sleep(started + after_s - time.monotonic())
                (new,) = _upload(f"U0NEW{number:03}", time.time(), 1, at["slack"])
                ledger.accept(new)
                asking.append(new)
            said = worker.stdout.read().splitlines()[-1]
        began, cpu_s = json.loads(said)
        tasks: list[dict[str, Any]] = call("GET", f"http://{at['aiart']}/_control/tasks")
        calls: list[dict[str, Any]] = call("GET", f"http://{at['aiart']}/_control/calls")
        new_s = tuple(_called_at(calls, new) - new.created_at for new in asking)
        return _Run(calls[0]["at"] - began, new_s, cpu_s, len(tasks))


def _called_at(calls: Sequence[Mapping[str, Any]], job: Job) -> float:
    """Find the Unix time of aiart's first call for the job; now, if there was none."""
    return next((one["at"] for one in calls if job.id in one["target"]), time.time())


def _upload(user: str, at: float, count: int, slack: str) -> Sequence[Job]:
    """Post one person's message, and make ``count`` jobs for it."""
    written = {"user": MERCHANDISER_ID, "channel": PRODUCT_PHOTOS_ID, "text": "many photos"}
    ts = str(call("POST", f"http://{slack}/_client/messages", written)["ts"])
    ids = [id_of_message(PRODUCT_PHOTOS_ID, ts, f"F{n}") for n in range(count)]
    upload = Upload(id=id_of_upload(PRODUCT_PHOTOS_ID, ts), jobs=tuple(ids))
    return [
        Job(
            id=job_id,
            gesture="mention",
            created_at=at,
            wish=Wish(prompt="on a wooden table"),
            photo=BucketPhoto(key=PHOTO_KEY),
            asker=Asker(team_id=TEAM_ID, user_id=user, language="en"),
            thread=Thread(channel=PRODUCT_PHOTOS_ID, thread_ts=ts),
            upload=upload,
        )
        for job_id in ids
    ]


@contextlib.contextmanager
def _vendors(task_s: float) -> Iterator[tuple[Mapping[str, str], dict[str, str]]]:
    """Run COS, Slack and aiart as processes. Yield addresses and the worker's environment."""
    key = {"secret_id": f"AKID{secrets.token_hex(12)}", "secret_key": secrets.token_hex(16)}
    bot_token = f"xoxb-{secrets.token_hex(12)}"
    with contextlib.ExitStack() as ends:
        sockets = {name: ends.enter_context(listen()) for name in VENDORS}
        at = {name: address(one) for name, one in sockets.items()}
        cos = {"bucket": BUCKET, "region": REGION, "keys": [key]}
        slack = {"bot_token": bot_token, "signing_secret": secrets.token_hex(16)}
        aiart = {"keys": [key], "duration_s": task_s, "paint": False}
        for package, names, settings in (
            ("infra.local.cos", ["cos"], cos),
            ("infra.local.slack", ["slack"], slack),
            ("infra.local.aiart", ["aiart", "aiart-results"], aiart),
        ):
            its = {name: sockets[name] for name in names}
            ends.enter_context(stand_in(package, at, its, settings))
        environ = _environ(at, key, bot_token)
        links = gateway(gateway_config(environ))  # from which Slack reads the previews
        ends.enter_context(served({"gateway": links}, {"gateway": sockets["gateway"]}))
        yield at, environ


def _environ(at: Mapping[str, str], key: Mapping[str, str], bot_token: str) -> dict[str, str]:
    return {
        "LOG_LEVEL": "ERROR",
        "SLACK_BOT_TOKEN": bot_token,
        "SLACK_API_URL": f"http://{at['slack']}/api",
        "COS_BUCKET": BUCKET,
        "COS_REGION": REGION,
        "COS_ENDPOINT": at["cos"],
        "AIART_REGION": REGION,
        "AIART_ENDPOINT": at["aiart"],
        "AIART_TIMEOUT_S": str(round(CALL_S)),
        "LINK_SECRETS": secrets.token_hex(16),
        "LINK_BASE_URL": f"http://{at['gateway']}",
        "WORKER_LINGER_S": "0",
        "TENCENTCLOUD_SECRETID": key["secret_id"],
        "TENCENTCLOUD_SECRETKEY": key["secret_key"],
    }
