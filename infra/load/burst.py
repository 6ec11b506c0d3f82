"""Send a thousand events at the same moment, with the cloud's latency to COS and Slack.

They go to one bot process directly, all at once or only as many as an instance of the function gets
at a time (100: ``serverless.yml``), and then through the function's URL, behind which the platform
starts further instances.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from infra.load.report import Report, percentile
from infra.load.sending import ANSWER_LIMIT_S, Sent, Way, send
from infra.load.system import Asked, System, system
from infra.local.http import read
from infra.local.polling import until
from infra.local.serving import free_port
from infra.local.slack.events import wrapped
from infra.local.slack.world import PRODUCT_PHOTOS_ID
from infra.local.stack import ROOT, Options

COS_S, SLACK_S = 0.02, 0.1
PER_INSTANCE = 100
INSTANCE = "to one instance"
MINUTE_S = 10.0  # of Slack's clock: the wait before its second retry
START_LIMIT_S = 60.0


def burst(
    events: int = 1000, *, at_a_time: int = PER_INSTANCE, standing: System | None = None
) -> Report:
    """Send ``events`` and ``at_a_time`` at once to one process, then ``events`` to the URL.

    For ``standing``, here and elsewhere, see ``system``.
    """
    report = Report("burst")
    # Nothing wakes the worker, so all accepted jobs stay in the queue and can be counted.
    with system(Options(timers=False, minute_s=MINUTE_S), standing) as yard:
        yard.stack.control("cos", "PUT", "settings", {"trigger_copies": 0, "latency_s": COS_S})
        yard.stack.control(
            "slack", "PUT", "app", {}
        )  # the messages below raise no events themselves
        with _one_bot(yard) as bot:
            _measure(report, yard, bot, at_a_time, INSTANCE)
            _measure(report, yard, bot, events, "to one process")
        url = yard.stack.addresses["bot"]
        _measure(report, yard, url, events, "to the function's URL")
        functions = yard.stack.control("scf", "GET", "functions")
        starts = next(one["starts"] for one in functions if one["key"] == "bot")
        report.note("instances that the platform has started", starts, "", "10 at most here")
    return report


def _measure(report: Report, yard: System, to: str, events: int, how: str) -> None:
    yard.stack.control("slack", "PUT", "settings", {"latency_s": 0.0})
    asked = [yard.ask(f"{how}, {n}") for n in range(events)]
    yard.stack.control("slack", "PUT", "settings", {"latency_s": SLACK_S})
    way = Way(to, yard.stack.slack_signing_secret, MINUTE_S)
    before = set(yard.keys("requests/"))
    sent = send(way, [_mention(one) for one in asked])
    _settle(yard)
    _judge(report, asked, sent, set(yard.keys("requests/")) - before, f"{events} {how}")


def _settle(yard: System) -> None:
    """Wait until no more calls reach COS: the bot goes on working after Slack has hung up."""
    seen = [-1]

    def is_quiet() -> bool:
        before, now = seen[0], yard.newest_call("cos")
        seen[0] = now
        return before == now

    until(is_quiet, what="the bot to have done what it was asked", limit_s=START_LIMIT_S)


def _judge(
    report: Report, asked: Sequence[Asked], sent: Sequence[Sent], requests: set[str], what: str
) -> None:
    """Report how the events were answered and whether each has made exactly one job.

    ``requests`` are the keys of the jobs made.
    """
    in_time = [one for one in sent if 200 <= one.first_status < 300]
    expected = {f"requests/{one.job_id}.json" for one in asked}
    without_job = [
        how
        for one, how in zip(asked, sent, strict=True)
        if f"requests/{one.job_id}.json" not in requests
    ]
    lost = [how for how in without_job if how.is_taken]
    report.note(f"{what}: answered within 3 s", 100 * len(in_time) / len(sent), "%")
    errors = sum(one.first_status >= 300 for one in sent)
    beside = "COS had no answer for the bot within its 1.5 s, or no instance was free"
    report.note(f"{what}: answered with an error", 100 * errors / len(sent), "%", beside)
    first_s = [one.first_s for one in sent]
    report.note(f"{what}: half are answered within", percentile(first_s, 0.5), "s")
    beside = f"{ANSWER_LIMIT_S:g} s: Slack has hung up"
    report.note(f"{what}: 99 of 100 within", percentile(first_s, 0.99), "s", beside)
    report.note(f"{what}: sent again", sum(one.attempts - 1 for one in sent), "times")
    report.note(f"{what}: never answered in time", sum(not one.is_taken for one in sent), "events")
    report.note(f"{what}: without a job in the end", len(without_job), "events", "0")
    report.note(f"{what}: jobs too many", len(requests - expected), "jobs", "0")
    report.must(not lost, f"{what}: {len(lost)} taken and lost")
    # Slack gives up in the end, so a slow machine that got too many at once may leave some.
    is_fair = what.endswith(INSTANCE)
    report.must(not without_job or not is_fair, f"{what}: {len(without_job)} without a job")
    report.must(requests <= expected, f"{what}: {len(requests - expected)} doubled")


def _mention(asked: Asked) -> dict[str, Any]:
    event = {**asked.message, "type": "app_mention", "channel": PRODUCT_PHOTOS_ID}
    event.pop("subtype", None)
    return wrapped({**event, "event_ts": asked.ts})


@contextmanager
def _one_bot(yard: System) -> Iterator[str]:
    """Run the bot's server in one process, as an instance runs it. Yield its address."""
    ready, key = yard.stack.ready(), yard.stack.new_key("bot")
    host, port = "127.0.0.1", str(free_port())
    at = f"{host}:{port}"
    environ = {
        "PATH": os.environ["PATH"],
        "FRONT": "bot",
        "LOCAL_PYTHON": sys.executable,
        "LOCAL_HOST": host,
        "LOCAL_PORT": port,
        "LOG_LEVEL": "ERROR",
        "SLACK_BOT_TOKEN": ready["slack_bot_token"],
        "SLACK_SIGNING_SECRET": ready["slack_signing_secret"],
        "SLACK_API_URL": ready["slack_api_url"],
        "COS_BUCKET": ready["cos_bucket"],
        "COS_REGION": ready["cos_region"],
        "COS_ENDPOINT": ready["cos_endpoint"],
        "TENCENTCLOUD_SECRETID": key["secret_id"],
        "TENCENTCLOUD_SECRETKEY": key["secret_key"],
        "TENCENTCLOUD_SESSIONTOKEN": key["token"],
    }
    with subprocess.Popen([ROOT / "scf_bootstrap"], cwd=ROOT, env=environ) as server:  # noqa: S603  # our own
        try:
            until(lambda: _answers(at), what="the bot to start", limit_s=START_LIMIT_S)
            yield at
        finally:
            server.terminate()


def _answers(at: str) -> bool:
    try:
        return read(f"http://{at}/healthz", timeout_s=START_LIMIT_S) == b"ok"
    except OSError:
        return False
