"""Send signed requests to the app, as Slack does, and remember how each one went.

An event that the app does not answer with 2xx within three seconds is sent again: at once, then
one minute later, then five minutes later (docs.slack.dev, Events API, "Retries"). An answer with
``x-slack-no-retry: 1`` ends the retries. An interaction is sent once.
"""

import asyncio
import hashlib
import hmac
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Literal

import anyio
import anyio.to_thread
import msgspec
import urllib3

from infra.local.slack.model import Json
from infra.local.slack.settings import Settings

Door = Literal["events", "interactions", "commands"]

RETRY_AFTER_MINUTES = (0, 1, 5)
DELIVERIES_KEPT = 50_000
BODY_KEPT_CHARACTERS = 20_000
USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


class Delivery(msgspec.Struct, kw_only=True):
    """Record one request to the app and how it went.

    Times are Unix seconds. ``error`` is empty after a success, else the reason that Slack's retry
    gives (``http_timeout``), ``no_retry`` or ``no_url``.
    """

    n: int
    event_id: str
    type: str
    attempt: int
    sent_at: float
    answered_at: float = 0.0
    ms: float = 0.0
    status: int = 0
    error: str = ""
    body: str = ""

    @property
    def is_ok(self) -> bool:
        """Tell whether the app has answered with 2xx in time (or the answer is still awaited)."""
        return not self.error


class Parcel(msgspec.Struct, kw_only=True):
    """Hold a request to the app. A set ``timestamp`` or ``signature`` replaces the right one."""

    door: Door
    type: str
    body: bytes
    content_type: str
    event_id: str = ""
    attempt: int = 0
    retry_reason: str = ""
    timestamp: str = ""
    signature: str = ""


class App(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Hold the URLs at which the app takes its requests; with an empty one it gets none.

    ``events`` are the subscribed events by the manifest's names (``message.channels``), None = all.
    """

    events_url: str = ""
    interactions_url: str = ""
    commands_url: str = ""
    events: tuple[str, ...] | None = None
    verify: bool = False  # register only if the events URL echoes a challenge


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Make Slack's request signature, version 0 (docs.slack.dev, "Verifying requests")."""
    signed = f"v0:{timestamp}:".encode() + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class Courier:
    """Send requests to the app and keep a log of them."""

    def __init__(self, signing_secret: str, settings: Callable[[], Settings]) -> None:
        self.app = App()
        self.deliveries: deque[Delivery] = deque(maxlen=DELIVERIES_KEPT)
        self.events: dict[str, Json] = {}  # event_id: payload, to send it again
        self._secret = signing_secret
        self._settings = settings
        self._tasks: set[asyncio.Task[Any]] = set()
        self._threads = anyio.CapacityLimiter(100)
        self._count = 0

    def url(self, door: Door) -> str:
        """Give the URL for a kind of request. Commands without one go to the interactions' URL."""
        return {
            "events": self.app.events_url,
            "interactions": self.app.interactions_url,
            "commands": self.app.commands_url or self.app.interactions_url,
        }[door]

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run ``work`` in the background. ``forget`` cancels it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def forget(self) -> None:
        """Clear the log and cancel everything that is still to be sent."""
        for task in self._tasks:
            task.cancel()
        self.deliveries.clear()
        self.events.clear()

    def send_event(self, payload: Json) -> None:
        """Deliver an event in the background, with Slack's retries."""
        if self.app.events_url:
            self.events[payload["event_id"]] = payload
            self.start(self._with_retries(payload))

    async def _with_retries(self, payload: Json) -> None:
        parcel = event_parcel(payload)
        delivery = await self.send(parcel)
        for number, minutes in enumerate(RETRY_AFTER_MINUTES, start=1):
            if delivery.is_ok or delivery.error == "no_retry":
                return
            await asyncio.sleep(minutes * self._settings().minute_s)
            parcel.attempt, parcel.retry_reason = number, delivery.error
            delivery = await self.send(parcel)

    async def send(self, parcel: Parcel) -> Delivery:
        """Send one request and wait for the answer, at most as long as Slack does."""
        self._count += 1
        delivery = Delivery(
            n=self._count,
            event_id=parcel.event_id,
            type=parcel.type,
            attempt=parcel.attempt,
            sent_at=time.time(),
        )
        self.deliveries.append(delivery)
        url = self.url(parcel.door)
        if not url:
            delivery.error = "no_url"
            return delivery
        started = time.perf_counter()
        await self._exchange(url, parcel, delivery)
        delivery.ms = round((time.perf_counter() - started) * 1000, 2)
        delivery.answered_at = time.time()
        return delivery

    async def _exchange(self, url: str, parcel: Parcel, delivery: Delivery) -> None:
        limit_s = self._settings().answer_limit_s
        headers = self._headers(parcel)

        def post() -> urllib3.BaseHTTPResponse:
            with urllib3.PoolManager(retries=False, timeout=limit_s) as pool:
                return pool.request("POST", url, body=parcel.body, headers=headers, redirect=False)

        answer = None
        with anyio.move_on_after(limit_s):  # urllib3 bounds each read, not the whole answer
            try:
                answer = await anyio.to_thread.run_sync(
                    post, abandon_on_cancel=True, limiter=self._threads
                )
            except urllib3.exceptions.NewConnectionError:  # first: urllib3 counts it as a timeout
                delivery.error = "connection_failed"
            except urllib3.exceptions.TimeoutError:
                delivery.error = "http_timeout"
            except urllib3.exceptions.HTTPError:
                delivery.error = "connection_failed"
        if answer is None:
            delivery.error = delivery.error or "http_timeout"
            return
        delivery.status = answer.status
        delivery.body = answer.data.decode(errors="replace")[:BODY_KEPT_CHARACTERS]
        if not 200 <= answer.status < 300:
            refused_for_good = answer.headers.get("x-slack-no-retry") == "1"
            delivery.error = "no_retry" if refused_for_good else "http_error"

    def _headers(self, parcel: Parcel) -> dict[str, str]:
        timestamp = parcel.timestamp or str(int(time.time()))
        headers = {
            "accept": "*/*",
            "accept-encoding": "gzip,deflate",
            "content-type": parcel.content_type,
            "user-agent": USER_AGENT,
            "x-slack-request-timestamp": timestamp,
            "x-slack-signature": parcel.signature
            or signature(self._secret, timestamp, parcel.body),
        }
        if parcel.attempt:
            headers["x-slack-retry-num"] = str(parcel.attempt)
            headers["x-slack-retry-reason"] = parcel.retry_reason
        return headers


def event_parcel(payload: Json) -> Parcel:
    """Make the request that posts an Events API payload."""
    event = payload.get("event", payload)
    kind = str(event.get("type", ""))
    if event.get("subtype"):
        kind += "." + str(event["subtype"])
    return Parcel(
        door="events",
        type=kind,
        body=msgspec.json.encode(payload),
        content_type="application/json",
        event_id=str(payload.get("event_id", "")),
    )
