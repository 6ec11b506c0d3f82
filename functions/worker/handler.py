"""Handle an invocation: a COS event or the timer starts the worker, which works on the open queue.

A COS event names jobs; every other event only means "look at the queue". SCF passes on whatever the
function is invoked with, so an event may have any shape. No event is ever logged, because COS's
events hold an Authorization header (583/9707).
"""

import math
import os
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from bot.slack_api.client import web_client
from bot.slack_api.files import SlackFiles
from bot.slack_api.threads import ThreadClient
from functions import self_check
from functions.config import WorkerConfig, log_level, worker_config
from functions.jobs.bucket import Bucket, KeysExpired
from functions.jobs.bucket_layout import job_of_request_key
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from functions.jobs.recent_reads import RecentReads
from functions.jobs.silence import heartbeat
from functions.log import log, log_crash, start_logging, warn
from functions.worker import photos
from functions.worker.aiart import Aiart
from functions.worker.callback_delivery import CallbackThread
from functions.worker.callback_tries import CallbackSender, by_name
from functions.worker.callback_turns import Host, HostHealth
from functions.worker.context import WorkerContext
from functions.worker.maintenance import DaysSummedUp, do_chores, has_anything_to_do
from functions.worker.quota_places import QuotaPlaces
from functions.worker.run.pools import BoundedPool
from functions.worker.run.runner import RETURNS_WITHIN_S, QueueRunner, RunLimits
from functions.worker.run.suspension import Suspension
from functions.worker.safe_http import UrlPolicy
from functions.worker.self_check import answer_self_check
from functions.worker.sources import Sources
from functions.worker.warming import GatewayWarmth, keeping_warm

# A warm instance keeps these from one invocation to the next.
UNUSED_LEASES: dict[str, str] = {}  # leases that could not be released with expired keys
RECENT = RecentReads()
DAYS_SUMMED_UP = DaysSummedUp()
CALLBACK_HOSTS: dict[Host, HostHealth] = {}
TELLING_ENDS_S = RETURNS_WITHIN_S + 5.0  # leaves time to record what Slack has answered
QUEUE_EMPTY, EMPTY_FOR_S = "queue-empty", 90.0  # a job accepted since comes with its own event
SLACK_TIMEOUT_S = 30.0  # so long because Slack downloads the picture before it answers


def main_handler(event: object, context: dict[str, Any]) -> dict[str, Any]:
    """Run once over the open queue, and return how many jobs ended: ``{"jobs": 3}``.

    Each invocation has new keys in its environment. The doctor's event gets its report instead.
    Raises ``ConfigError``.
    """
    started = time.monotonic()
    if event == self_check.EVENT:  # neither COS nor a timer sends it
        return answer_self_check()
    _start_logging(log_level(os.environ))
    config = worker_config(os.environ)
    limit_s = min(config.time_limit_s, context.get("time_limit_in_ms", 900_000) / 1000)

    def time_left() -> float:
        return float(limit_s) - (time.monotonic() - started)

    from_cos = is_from_cos(event)
    with keeping_warm("" if from_cos else config.bot_url):  # the timer's run each minute is enough
        worker_context = context_of(config, time_left=time_left)
        has_work = from_cos or _has_work(worker_context, config)
        ended = _work(worker_context, config, event, time_left) if has_work else 0
    log("run", jobs=ended, ms=round((time.monotonic() - started) * 1000))
    return {"jobs": ended}


def _has_work(worker_context: WorkerContext, config: WorkerConfig) -> bool:
    """Say whether a run of the timer has anything to do; if not, note that the queue is empty."""
    try:
        has_work = has_anything_to_do(
            worker_context.ledger, DAYS_SUMMED_UP, calls_back=bool(config.clients)
        )
    except KeysExpired as error:
        log_crash("the queue could not be listed", error)
        return False  # the next run has new keys
    if not has_work:
        RECENT.note(QUEUE_EMPTY)
    return has_work


def _work(
    worker_context: WorkerContext,
    config: WorkerConfig,
    event: object,
    time_left: Callable[[], float],
) -> int:
    """Work on the queue, with callbacks and the timer's chores beside it.

    Returns how many jobs ended.
    """
    callbacks = _callback_thread(worker_context, config, time_left)
    worker_context = msgspec.structs.replace(worker_context, callback_queued=callbacks.queued)
    chores = BoundedPool(1, "chores", time_left=lambda: time_left() - RETURNS_WITHIN_S)

    def is_awaited(idle_s: float, has_worked: bool) -> bool:
        return callbacks.is_awaited(idle_s, has_worked=has_worked) or chores.is_busy

    with heartbeat(worker_context.ledger), callbacks, chores:
        for begin in (worker_context.slack.open_ahead, worker_context.aiart.open_ahead):
            chores.submit(begin)
        chores.submit(photos.load)  # imports Pillow while the queue is read
        if not is_from_cos(event):
            chores.submit(lambda: do_chores(worker_context, DAYS_SUMMED_UP, time_left=time_left))
        first = named_jobs(event, config.bucket.name)
        return _run_queue(worker_context, config, first, time_left, is_awaited)


def _run_queue(
    worker_context: WorkerContext,
    config: WorkerConfig,
    first: list[str],
    time_left: Callable[[], float],
    is_awaited: Callable[[float, bool], bool],
) -> int:
    limits = RunLimits(
        concurrency=config.aiart.concurrency,
        call_s=worker_context.aiart.timeout_s,
        linger_s=config.linger_s,
        time_left=time_left,
        was_empty=bool(first) and RECENT.is_known(QUEUE_EMPTY, within_s=EMPTY_FOR_S),
        is_awaited=is_awaited,
    )
    RECENT.forget(QUEUE_EMPTY)
    suspension = Suspension(worker_context, paused=config.paused)
    runner = QueueRunner(worker_context, suspension, limits)
    ended = runner.run(first)
    suspension.finish_looking()  # nothing may be under way when the instance is frozen
    if runner.has_emptied_queue:
        RECENT.note(QUEUE_EMPTY)
    return ended


def _callback_thread(
    worker_context: WorkerContext, config: WorkerConfig, time_left: Callable[[], float]
) -> CallbackThread:
    sender = CallbackSender(
        bucket=worker_context.ledger.bucket,
        clients=by_name(config.clients),
        rules=UrlPolicy(allow_loopback_http=config.bucket.is_local),
        time_left=time_left,
        clock=worker_context.ledger.clock,
    )
    return CallbackThread(sender, CALLBACK_HOSTS)


def context_of(
    config: WorkerConfig, *, time_left: Callable[[], float] = lambda: math.inf
) -> WorkerContext:
    """Build the steps' context with this invocation's keys.

    ``time_left`` gives the seconds until the function is killed.
    """
    bucket = Bucket(config.bucket, config.keys, time_left=time_left, recent=RECENT)
    ledger = Ledger(bucket, unused_leases=UNUSED_LEASES)
    slack = web_client(
        config.slack,
        timeout_s=SLACK_TIMEOUT_S,
        time_left=lambda: time_left() - TELLING_ENDS_S,
    )
    # From within a region, the name of any COS bucket there resolves to a private address.
    rules = UrlPolicy(allow_loopback_http=config.bucket.is_local, cos_region=config.bucket.region)
    links = Links(config.link_base_url, config.link_secrets) if config.link_base_url else None
    return WorkerContext(
        ledger=ledger,
        sources=Sources(ledger, SlackFiles(slack, config.slack), rules),
        aiart=Aiart(config.aiart, config.keys),
        thread=ThreadClient(slack, recent=RECENT),
        slack=slack,
        links=links,
        quota_places=QuotaPlaces(ledger, config.limits, spend_cap=config.spend_cap_per_day),
        admin_channel=config.admin_channel,
        url_policy=rules,
        gateway=gateway_at(config.link_base_url),
        choices=config.choices,
    )


@lru_cache(maxsize=1)
def gateway_at(base_url: str) -> GatewayWarmth:
    """Give the one ``GatewayWarmth`` that a warm instance keeps for ``base_url``."""
    return GatewayWarmth(base_url)


@lru_cache(maxsize=1)
def _start_logging(level: str) -> None:
    start_logging(level)


def is_from_cos(event: object) -> bool:
    """Say whether COS sent the event. If not, it was the timer, or a person at the console."""
    return isinstance(event, dict) and "Records" in event


def named_jobs(event: object, bucket: str) -> list[str]:
    """List the jobs that a COS event names, each once. ``bucket`` is ours (NAME-APPID).

    Objects of other buckets are ignored, whatever their names.
    """
    if not isinstance(event, dict) or not isinstance(event.get("Records"), list):
        return []
    found = (job_of_request_key(key) for key in _keys(event["Records"], bucket))
    return list(dict.fromkeys(job_id for job_id in found if job_id))


def _keys(records: list[object], bucket: str) -> Iterator[str]:
    for record in records:
        found = _bucket_and_key(record)
        if found is None:
            warn("an event without a key")
        elif found[0] != bucket:
            warn("an event of another bucket")
        else:
            yield found[1]


def _bucket_and_key(record: object) -> tuple[str, str] | None:
    """Read bucket (NAME-APPID) and key from a record; None if it has no such path.

    They come as one path: ``/<appid>/<bucket's name>/<key>``.
    """
    match record:
        case {"cos": {"cosObject": {"key": str(path)}}}:
            parts = path.split("/", 3)
            if len(parts) == 4 and not parts[0]:
                return f"{parts[2]}-{parts[1]}", parts[3]
    return None
