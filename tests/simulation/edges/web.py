"""Simulate other people's servers in memory: shops' photos and callbacks, aiart's results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.jobs.url_policy import UrlPolicy, UrlRefused, parse_target
from functions.worker.safe_http import Deadline, HttpResult
from tests.simulation.edges.aiart import RESULTS
from tests.simulation.edges.calling import Call
from tests.simulation.stdlib import here

STEP_S = 1.0  # how often a callback to a silent host checks its deadline
URL_LIFETIME_S = 3600.0


@dataclass(frozen=True)
class Heard:
    """Record a callback as it arrived: host, time, headers and body."""

    host: str
    at: float
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Web:
    """Hold the servers' content and the callbacks that they got.

    ``silent`` says whether a host takes connections and does not answer.
    """

    photo: bytes
    picture: bytes
    heard: list[Heard] = field(default_factory=list)
    silent: Callable[[str], bool] = lambda _: False
    results: Callable[[], Mapping[str, float]] = dict

    def read(self, url: str) -> bytes:
        """Read the file at ``url``. Raises ``UrlRefused`` for a result that has expired."""
        if not url.startswith(RESULTS):
            return self.photo
        made_at = self.results().get(url)
        if made_at is None or here().now > made_at + URL_LIFETIME_S:
            raise UrlRefused("http-status", host="aiart-results.example", status=403)
        return self.picture


def memory_fetch(
    url: str,
    *,
    rules: UrlPolicy,
    max_bytes: int,
    deadline_s: float,
    grown: Callable[[int], None] = lambda _: None,
    kept: object = None,  # there are no connections to keep
) -> bytes:
    """Replace ``functions.worker.safe_http.fetch``."""
    web: Web = here().world.web
    host = parse_target(url, rules).host

    def act() -> bytes:
        data = web.read(url)
        if len(data) > max_bytes:
            raise UrlRefused("too-large", host=host)
        return data

    data = _call("GET", host, deadline_s).make(act)
    grown(len(data))
    return data


def memory_post(
    url: str, *, body: bytes, headers: Mapping[str, str], rules: UrlPolicy, deadline: Deadline
) -> HttpResult:
    """Replace ``functions.worker.safe_http.post``."""
    web: Web = here().world.web
    host = parse_target(url, rules).host

    def act() -> HttpResult:
        while web.silent(host):
            here().pause(min(STEP_S, deadline.left_s()))
        web.heard.append(Heard(host, here().now, dict(headers), body))
        return HttpResult(200, None)

    try:
        result = _call("POST", host, deadline.left_s()).make(act)
    except UrlRefused as refused:
        if refused.rule != "http-status":
            raise
        result = HttpResult(int(refused.facts["status"]), None)  # an error status is an answer, too
    deadline.left_s()
    return result


def _call(op: str, host: str, limit_s: float) -> Call:
    def refused() -> Any:
        return UrlRefused("http-status", host=host, status=503)

    def lost() -> Any:
        return UrlRefused("too-slow", host=host)

    return Call("web", op, host, limit_s, lost, refused)
