"""Simulate one world: the vendors' state, the functions' processes, and the platform."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from PIL import Image, ImageDraw

from bot.app import bolt_app
from bot.endpoint import EVENTS_PATH, web_app
from functions.config import (
    AiartConfig,
    BotConfig,
    Choices,
    GatewayConfig,
    Limits,
    SlackConfig,
    WorkerConfig,
)
from functions.gateway.app import gateway
from functions.jobs.bucket import BucketConfig, Keys
from functions.jobs.bucket_layout import REQUESTS
from functions.jobs.webhook_clients import Client
from functions.web.asgi import Request, Response, WebApp
from functions.worker import handler
from infra.local.slack.answers import Refused
from infra.local.slack.world import PRODUCT_PHOTOS_ID
from tests.simulation.edges import slack as slack_edge
from tests.simulation.edges.aiart import Account
from tests.simulation.edges.calling import Faults
from tests.simulation.edges.cos import Objects, Stored
from tests.simulation.edges.web import Web
from tests.simulation.scheduler import START, Killed, Process, Scheduler
from tests.simulation.stdlib import Event, Here

LINKS, LINK_SECRETS = "https://links.example", ("a-secret-of-tests-for-links",)
BUCKET = BucketConfig(name="shop-1250000000", region="ap-guangzhou", timeout_s=10.0, retries=2)
SHOP_SECRET = "whsec_" + base64.b64encode(b"a-secret-of-a-shop-in-the-simulation").decode()
SHOPS = ("shop", "mall")
LIMIT_S, MINUTE_S, AGAIN_WITHIN_S = 900.0, 60.0, 300.0
ANSWER_LIMIT_S = 3.0
RETRIES_S = (0.1, 60.0, 300.0)  # pauses before Slack repeats an event that the app did not take


class Line(NamedTuple):
    """Record one thing that happened: when, who did it, what, to what, and how it ended."""

    at: float
    who: str
    what: str
    about: str
    how: str


def clients() -> tuple[Client, ...]:
    """List the programs that may send webhooks."""
    return tuple(
        Client(
            name=name,
            secrets=(secret_of(name),),
            channels=(PRODUCT_PHOTOS_ID,),
            callback_hosts=(f"{name}.example",),
        )
        for name in SHOPS
    )


def secret_of(client: str) -> str:
    """Give the secret with which a program signs its webhooks."""
    return (
        "whsec_" + base64.b64encode(f"a-secret-of-the-{client}-in-the-simulation".encode()).decode()
    )


@lru_cache(maxsize=1)
def bot_site() -> WebApp:
    """Build the bot's web app, which answers Slack."""
    config = BotConfig(
        slack=SlackConfig(slack_edge.TOKEN, "https://slack.example/api/"),
        signing_secret=slack_edge.SECRET,
        bucket=BUCKET_OF_BOT,
        start_keys=Keys("AKIDbot", "secret"),
        link_secrets=LINK_SECRETS,
        link_base_url=LINKS,
    )
    return web_app(bolt_app(config), config)


BUCKET_OF_BOT = BucketConfig(name=BUCKET.name, region=BUCKET.region, timeout_s=1.5, retries=0)


@lru_cache(maxsize=1)
def gateway_site() -> WebApp:
    """Build the gateway's web app, which answers programs and browsers."""
    bucket = BucketConfig(name=BUCKET.name, region=BUCKET.region, timeout_s=5.0, retries=1)
    return gateway(
        GatewayConfig(
            bucket=bucket,
            link_secrets=LINK_SECRETS,
            link_base_url=LINKS,
            start_keys=Keys("AKIDgateway", "secret"),
            clients=clients(),
        )
    )


@lru_cache(maxsize=1)
def photo() -> bytes:
    """Draw a product photo (JPEG), as small as the product accepts."""
    image = Image.new("RGB", (120, 90), "#88aacc")
    ImageDraw.Draw(image).ellipse((40, 20, 80, 80), fill="#b04020")
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


@lru_cache(maxsize=1)
def picture() -> bytes:
    """Draw the picture (JPEG) that aiart answers with."""
    out = io.BytesIO()
    Image.new("RGB", (96, 96), "#335577").save(out, "JPEG")
    return out.getvalue()


@dataclass
class Settings:
    """Hold the operator's settings, and how many worker instances the platform runs at once."""

    concurrency: int = 1
    per_user_per_day: int = 0
    worker_instances: int = 1


@dataclass
class World:
    """Hold everything of one run.

    ``lines`` record what happened, in order; ``broken`` lists the rules that were broken.
    """

    seed: int
    settings: Settings = field(default_factory=Settings)
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        self.scheduler = Scheduler(f"run {self.seed}", self)
        self.rng = self.scheduler.rng
        Here.scheduler = self.scheduler
        self.lines: list[Line] = []
        self.broken: list[str] = []
        self.outside = Process("outside")
        self.objects = Objects(now=lambda: self.scheduler.now)
        self.slack = slack_edge.workspace(self.send_event)
        self.aiart = Account(picture=picture(), seconds=lambda: self.rng.uniform(4.0, 15.0))
        self.web = Web(photo(), picture(), results=lambda: self.aiart.results)
        self.objects.on_put.append(self._trigger)
        self.workers: list[Process] = []
        self.busy: dict[Process, int] = {}  # by busy worker: the number of its invocation
        self.invocations = 0
        self.event_delay_s: Callable[[], tuple[float, ...]] = lambda: (0.2,)
        self.key_life_s: Mapping[int, float] = {}  # by invocation, for keys that expire in the run
        self.ahead_s: Mapping[int, float] = {}  # clock errors by the worker's instance, from 1
        self.redelivered: Mapping[int, float] = {}
        self.deliveries = 0  # of Slack's events, under way
        self.on_posted: Callable[[str, str], None] = lambda _kind, _about: None
        self.on_call: Callable[[str, str, str, str], None] = lambda *_: None
        self.unanswered: set[str] = set()  # jobs for which a call to aiart got no answer
        self.has_ended_a_worker = False
        self.is_over = False
        self.crashes: list[BaseException] = []
        self._events = 0
        self._numbers: dict[str, int] = {}
        self.bot = self._new("bot")
        self.gateway = self._new("gateway")

    # --- what happens

    def note(self, vendor: str, op: str, target: str, how: str) -> None:
        """Record a call to a vendor."""
        self.lines.append(Line(self.scheduler.now, self.who, f"{vendor} {op}", target, how))
        self.on_call(vendor, op, target, how)

    def tell(self, who: str, what: str, about: str = "", how: str = "") -> None:
        """Record something done outside of the product: by a person, a program or the platform."""
        self.lines.append(Line(self.scheduler.now, who, what, about, how))

    def logged(self, what: str, fields: Mapping[str, Any]) -> None:
        """Record a line of the product's log."""
        shown = " ".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "ms")
        self.lines.append(Line(self.scheduler.now, self.who, "log", what, shown))

    def crashed(self, what: str, error: BaseException, fields: Mapping[str, Any]) -> None:
        """Record an exception that the product logs as a crash."""
        self.logged(what, {**fields, "error": type(error).__name__, "says": str(error)})
        self.crashes.append(error)

    @property
    def who(self) -> str:
        """Name the task that runs now."""
        return str(self.scheduler.current) if self.scheduler.current else "nobody"

    @property
    def trace(self) -> str:
        """Write all that happened as text; two runs of one seed give the same bytes."""
        return "\n".join(
            f"{line.at:.6f} {line.who} {line.what} {line.about} {line.how}" for line in self.lines
        )

    # --- processes

    def _new(self, kind: str) -> Process:
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return Process(f"{kind}{self._numbers[kind]}")

    @property
    def process(self) -> Process:
        """Give the process of the task that runs now."""
        assert self.scheduler.current is not None
        return self.scheduler.current.process

    @property
    def caller(self) -> str:
        """Name the process of the task that runs now."""
        return self.process.name

    @property
    def living(self) -> list[str]:
        """Name the worker's processes that are alive."""
        return [one.name for one in self.workers]

    def kill_caller(self) -> None:
        """End the process of the task that runs now, unless it is outside of the product."""
        if self.process is not self.outside:
            self.kill(self.process)

    def kill(self, process: Process) -> None:
        """End a process; the platform starts another when it needs one."""
        self.tell("platform", "ends", process.name)
        self.scheduler.kill(process)
        if process is self.bot:
            self.bot = self._new("bot")
        if process is self.gateway:
            self.gateway = self._new("gateway")
        if process in self.workers:
            self.has_ended_a_worker = True
            self.workers.remove(process)
            self.busy.pop(process, None)

    # --- the worker

    def worker_config(self) -> WorkerConfig:
        """Make the config of a new invocation of the worker, with keys of its own."""
        self.invocations += 1
        token = f"token-{self.invocations}"
        self.objects.expiry[token] = self.scheduler.now + self.key_life_s.get(
            self.invocations, float("inf")
        )
        return WorkerConfig(
            slack=SlackConfig(slack_edge.TOKEN, "https://slack.example/api/"),
            bucket=BUCKET,
            keys=Keys("AKIDworker", "secret", token),
            aiart=AiartConfig("ap-guangzhou", "", self.settings.concurrency, 90),
            link_secrets=LINK_SECRETS,
            link_base_url=LINKS,
            bot_url="",
            admin_channel="",
            paused=False,
            limits=Limits(per_user_per_day=self.settings.per_user_per_day),
            spend_cap_per_day=0,
            time_limit_s=LIMIT_S,
            linger_s=3.0,
            clients=clients(),
            choices=Choices(),
        )

    def _trigger(self, key: str, _: Stored, __: Stored | None) -> None:
        """Invoke the worker for a new request, after the delays that the plan gives."""
        if not key.startswith(REQUESTS):
            return
        path = f"/1250000000/shop/{key}"
        event = {"Records": [{"cos": {"cosObject": {"key": path}}}]}
        for delay_s in self.event_delay_s():
            self.after(delay_s, lambda: self.invoke(event), "trigger")

    def after(self, seconds: float, work: Callable[[], Any], name: str) -> None:
        """Run ``work`` outside of the product, after ``seconds``."""

        def wait_and_do() -> None:
            self.scheduler.pause(seconds)
            work()

        self.scheduler.begin(self.outside, wait_and_do, name)

    def invoke(self, event: Mapping[str, Any], *, again_s: float = AGAIN_WITHIN_S) -> None:
        """Invoke a free instance of the worker, or a new one.

        While all are busy and no more may be started, a request's event is tried again each minute
        for ``again_s``; a timer's event is dropped.
        """
        free = [one for one in self.workers if not self.busy.get(one)]
        if not free and len(self.workers) >= self.settings.worker_instances:
            if again_s >= MINUTE_S and "Records" in event:
                left_s = again_s - MINUTE_S
                self.after(MINUTE_S, lambda: self.invoke(event, again_s=left_s), "trigger")
            return
        if not free:
            process = self._new("worker")
            process.ahead_s = self.ahead_s.get(self._numbers["worker"], 0.0)
            self.workers.append(process)
            free = [process]
        process = free[0]
        self.busy[process] = self.invocations + 1

        def work() -> None:
            number = self.busy.get(process)
            self.after(LIMIT_S, lambda: self._stop(process, number), "limit")
            handler.main_handler(event, {"time_limit_in_ms": LIMIT_S * 1000})
            self.busy.pop(process, None)

        self.scheduler.begin(process, work, "main")

    def _stop(self, process: Process, number: int | None) -> None:
        if number is not None and self.busy.get(process) == number:
            self.kill(process)

    def timer(self) -> None:
        """Invoke the worker each minute; after half an hour, less and less often."""
        while not self.is_over:
            age_s = self.scheduler.now - START
            self.scheduler.pause(max(MINUTE_S, age_s / 30))
            self.invoke({"Type": "Timer"})

    # --- the web functions

    def ask(
        self, kind: str, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Response | None:
        """Send a request to the bot or the gateway, and return the answer.

        Gives None if none has come after ``ANSWER_LIMIT_S``, as long as Slack waits.
        """
        process = self.bot if kind == "bot" else self.gateway
        site = bot_site() if kind == "bot" else gateway_site()
        url = urlsplit(path)
        handler_, names = site._found(method, url.path)  # called directly, without a socket
        request = Request(method, url.path, dict(headers), url.query, path_params=names, body=body)
        answers: list[Response] = []
        over = Event()

        def answer() -> None:
            try:
                answers.append(handler_(request))
            except Killed:
                raise
            except Exception as error:  # noqa: BLE001  # as the ASGI app does
                self.crashed("not answered", error, {})
                answers.append(Response(500))
            over.set()

        self.scheduler.begin(process, answer, f"{method.lower()}-{len(self.lines)}")
        over.wait(ANSWER_LIMIT_S)
        return answers[0] if answers else None

    # --- what Slack does by itself

    def send_event(self, payload: Mapping[str, Any]) -> None:
        """Deliver an event to the app, at most four times until the app takes it."""
        event = payload["event"]
        if event.get("bot_id") or event.get("subtype") in {"message_changed", "message_deleted"}:
            return  # caused by the app itself, which ignores such events
        body = json.dumps(payload).encode()
        again_s = self.redelivered.get(self._events)
        self._events += 1
        for late_s in (0.0,) if again_s is None else (0.0, again_s):
            self.deliveries += 1
            self.after(late_s, lambda: self._deliver(body, event["type"]), "slack")

    def _deliver(self, body: bytes, name: str) -> None:
        for pause_s in (self.rng.uniform(0.05, 0.5), *RETRIES_S):
            self.scheduler.pause(pause_s)
            answer = self.ask_bot(body, "application/json")
            how = str(answer.status) if answer else "no answer"
            self.tell("slack", "delivers", name, how)
            if answer and answer.status < 300:
                break
        self.deliveries -= 1

    def ask_bot(self, body: bytes, content_type: str) -> Response | None:
        """Send a body to the bot, signed as Slack signs."""
        stamp = str(int(self.scheduler.now))
        mac = hmac.new(slack_edge.SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
        headers = {
            "content-type": content_type,
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": f"v0={mac.hexdigest()}",
        }
        return self.ask("bot", "POST", EVENTS_PATH, body, headers)

    def look_at_pictures(self, blocks: list[dict[str, Any]]) -> None:
        """Fetch the pictures that a message shows, as Slack does before it takes the message.

        Raises ``Refused`` (invalid_blocks) if the gateway does not give one.
        """
        for n, block in enumerate(blocks):
            if block["type"] != "image" or "image_url" not in block:
                continue
            path = block["image_url"].removeprefix(LINKS)
            answer = self.ask("gateway", "GET", path, b"", {})
            if answer is None or answer.status != 200:
                place = f"downloading image failed [json-pointer:/blocks/{n}/image_url]"
                raise Refused("invalid_blocks", places=[place])
            block.update(image_width=96, image_height=96, image_bytes=len(answer.body))
