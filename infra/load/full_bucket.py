"""Measure what accepting a job, working on it and App Home cost with 10,000 old jobs in the bucket.

The old jobs are copies of one that was really done, each with an id and a time of its own.
"""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from functions.jobs.bucket_layout import NEWEST_FIRST_MS
from infra.load.report import Report
from infra.load.system import Asked, System, system
from infra.local.http import call
from infra.local.polling import until
from infra.local.slack.world import MERCHANDISER_ID
from infra.local.stack import Options

T = TypeVar("T")

COS_S = 0.02
JOBS_A_DAY = 33
AT_ONCE = 500
HOME_CALLS_MOST = 300  # App Home reads at most 200 of a month's jobs, and shows a few
POLLING_CALLS = 6  # tolerated: a run looks every two seconds, and takes longer on a slow machine
LIMIT_S = 120.0


@dataclass(frozen=True)
class Cost:
    """Hold the calls to COS and the seconds that something took."""

    calls: int
    seconds: float


def old(jobs: int = 10_000, *, tries: int = 3, standing: System | None = None) -> Report:
    """Compare the costs with ``jobs`` old jobs of the same person and with one."""
    report = Report("old jobs")
    # A run that does not linger makes the same calls each time.
    options = Options(aiart_s=0.2, timers=False, environ={"WORKER_LINGER_S": "0"})
    with system(options, standing) as yard:
        yard.stack.control("cos", "PUT", "settings", {"trigger_copies": 0, "latency_s": COS_S})
        template = yard.ask("the first")
        _drain(yard, template)
        _home(yard)  # the first of each is slower: connections, imports
        few = _costs(yard, tries)
        _make_old(yard, template, jobs)
        many = _costs(yard, tries)
    for what, cost in many.items():
        report.note(f"{what}: calls to COS", cost.calls, "", f"{few[what].calls} without old jobs")
        beside = f"{few[what].seconds:.2f} s without old jobs"
        report.note(f"{what}: time", cost.seconds, "s", beside)
        allowed = HOME_CALLS_MOST if what == HOME else few[what].calls + POLLING_CALLS
        report.must(cost.calls <= allowed, f"{what}: {cost.calls} calls, more than {allowed}")
    return report


ACCEPT, DRAIN, IDLE, HOME = "accepting", "a job in the worker", "a run without work", "App Home"


def _costs(yard: System, tries: int) -> dict[str, Cost]:
    """Find the least cost of each act over some tries, as other load can only add to it."""
    found: dict[str, list[Cost]] = {ACCEPT: [], DRAIN: [], IDLE: [], HOME: []}
    for _ in range(tries):
        asked, accepting = _cost(yard, lambda: _accept(yard, f"at {time.time()}"))
        found[ACCEPT].append(Cost(accepting.calls, _slowest_answer_s(yard)))
        found[DRAIN].append(_cost(yard, partial(_drain, yard, asked))[1])
        found[IDLE].append(_cost(yard, partial(_idle, yard))[1])
        found[HOME].append(_cost(yard, partial(_home, yard))[1])
    return {
        what: Cost(min(c.calls for c in costs), min(c.seconds for c in costs))
        for what, costs in found.items()
    }


def _cost(yard: System, act: Callable[[], T]) -> tuple[T, Cost]:
    """Call ``act``; return its result and its cost."""
    before, started = yard.newest_call("cos"), time.monotonic()
    gives = act()
    took_s = time.monotonic() - started
    return gives, Cost(yard.newest_call("cos") - before, took_s)


def _accept(yard: System, words: str) -> Asked:
    """Send a message, and wait until all events about it are answered."""
    before = len(_deliveries(yard))
    asked = yard.ask(words)
    key = f"requests/{asked.job_id}.json"
    until(lambda: yard.record(key), what="the job", limit_s=LIMIT_S)
    until(lambda: len(_answered(yard)) >= before + 3, what="Slack's three events", limit_s=LIMIT_S)
    return asked


def _slowest_answer_s(yard: System) -> float:
    """Find the slowest answer to the three events that Slack sends about a photo with words."""
    return max(float(one["ms"]) for one in _answered(yard)[-3:]) / 1000


def _drain(yard: System, asked: Asked) -> None:
    key = f"requests/{asked.job_id}.json"
    until(lambda: yard.record(key), what="the job to be accepted", limit_s=LIMIT_S)
    yard.wake_worker()
    # Not by listing: ten thousand rows at every look would slow down what is measured.
    until(lambda: yard.outcome(asked.job_id), what="the end", limit_s=LIMIT_S)
    yard.wait_until_idle()


def _idle(yard: System) -> None:
    url = f"http://{yard.stack.addresses['scf']}/invoke/worker"
    call("POST", url, {"Type": "Timer", "TriggerName": "every-minute", "Time": "", "Message": ""})


def _home(yard: System) -> None:
    before = len(_answered(yard))
    slack = yard.stack.addresses["slack"]
    call("POST", f"http://{slack}/_client/home", {"user": MERCHANDISER_ID})
    until(lambda: len(_answered(yard)) > before, what="App Home", limit_s=LIMIT_S)


def _deliveries(yard: System) -> list[dict[str, Any]]:
    deliveries: list[dict[str, Any]] = yard.stack.control("slack", "GET", "deliveries")[
        "deliveries"
    ]
    return deliveries


def _answered(yard: System) -> list[dict[str, Any]]:
    return [one for one in _deliveries(yard) if one["answered_at"]]


# --- the old jobs


def _make_old(yard: System, template: Asked, jobs: int) -> None:
    """Write ``jobs`` copies of all that a job has left, spread over the last months."""
    left = _left_by(yard, template)
    for start in range(0, jobs, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, jobs))
        copies = {key: text for n in numbers for key, text in _copy(left, template, n)}
        yard.stack.control("cos", "PUT", "objects", copies)


def _left_by(yard: System, template: Asked) -> dict[str, str]:
    """Read the job's records as text by key; pictures become empty, as no cost depends on them."""
    texts = {}
    for key in yard.keys(""):
        if template.job_id in key:
            is_record = key.endswith(".json")
            record = yard.stack.control("cos", "GET", f"object?key={key}") if is_record else None
            texts[key] = json.dumps(record) if record is not None else ""
    return texts


def _copy(left: Mapping[str, str], template: Asked, number: int) -> Iterator[tuple[str, str]]:
    digest = hashlib.sha256(f"old job {number}".encode()).digest()
    job_id = base64.b32encode(digest).decode().lower()[:20]
    asked_at = float(template.ts) - (number + 1) * 86_400 / JOBS_A_DAY
    for key, text in left.items():
        folder, found, _ = key.rpartition("/")
        if found and folder.startswith("people/"):
            yield f"{folder}/{NEWEST_FIRST_MS - int(asked_at * 1000):014d}-{job_id}", text
        else:
            later = text.replace(template.ts, f"{asked_at:.6f}")
            yield key.replace(template.job_id, job_id), later.replace(template.job_id, job_id)
