"""Send events as Slack does, each over a connection of its own, all at the same moment.

An event that is not answered 2xx within three seconds is sent again, at once, after a minute and
after five, with ``x-slack-retry-num`` (docs.slack.dev, Events API, "Retries").
"""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.local.slack.delivery import RETRY_AFTER_MINUTES, USER_AGENT, signature

ANSWER_LIMIT_S = 3.0


@dataclass(frozen=True)
class Way:
    """Hold where events go, the secret that signs them, and the seconds of Slack's minute."""

    address: str  # host:port
    secret: str
    minute_s: float


@dataclass(frozen=True)
class Sent:
    """Hold how one event was answered. ``first_s`` is the first answer's time, at most 3 s."""

    first_status: int  # 0: none in time
    first_s: float
    attempts: int
    is_taken: bool  # answered 2xx, by whichever attempt


def send(way: Way, payloads: Sequence[Mapping[str, Any]]) -> list[Sent]:
    """Send all events at once; return when each was answered 2xx, or given up after the retries."""

    async def all_at_once() -> list[Sent]:
        return await asyncio.gather(*(_with_retries(way, payload) for payload in payloads))

    return asyncio.run(all_at_once())


async def _with_retries(way: Way, payload: Mapping[str, Any]) -> Sent:
    body = json.dumps(payload).encode()
    status, seconds = await _attempt(way, body, retry=0)
    first, attempts = (status, seconds), 1
    for minutes in RETRY_AFTER_MINUTES:
        if 200 <= status < 300:
            break
        await asyncio.sleep(minutes * way.minute_s)
        status, _ = await _attempt(way, body, retry=attempts)
        attempts += 1
    return Sent(first[0], first[1], attempts, 200 <= status < 300)


async def _attempt(way: Way, body: bytes, *, retry: int) -> tuple[int, float]:
    """Send an event once; return the status (0: none within three seconds) and the seconds."""
    started = time.perf_counter()
    try:
        status = await asyncio.wait_for(_exchange(way, body, retry=retry), ANSWER_LIMIT_S)
    except (OSError, asyncio.TimeoutError, ValueError):
        status = 0
    return status, time.perf_counter() - started


async def _exchange(way: Way, body: bytes, *, retry: int) -> int:
    host, _, port = way.address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(_head(way, body, retry=retry) + body)
        line = await reader.readline()
        return int(line.split()[1]) if line else 0
    finally:
        writer.close()


def _head(way: Way, body: bytes, *, retry: int) -> bytes:
    at = str(int(time.time()))
    headers = {
        "Host": way.address,
        "User-Agent": USER_AGENT,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": signature(way.secret, at, body),
    }
    if retry:
        headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(["POST /slack/events HTTP/1.1", *lines, "", ""]).encode()
