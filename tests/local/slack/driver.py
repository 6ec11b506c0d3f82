"""Drive the stand-in: official client, people, control, and an app that answers as it is told."""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import anyio
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.local.slack import world
from tests.caller import Caller

TOKEN = "xoxb-for-tests"
SECRET = "signing-secret-for-tests"
DEADLINE_S = 30.0
PHOTOS = world.PRODUCT_PHOTOS_ID
ANNA, YUN, ADMIN = world.MERCHANDISER_ID, world.OPERATIONS_ID, world.ADMIN_ID

Json = dict[str, Any]
Found = TypeVar("Found")


def eventually(look: Callable[[], Found]) -> Found:
    """Call ``look`` until its value is true, and return it. Raises ``AssertionError`` if late."""
    pause, deadline = threading.Event(), time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        pause.wait(0.01)
    raise AssertionError("it did not happen in time")


def refusal(call: Callable[[], object]) -> Json:
    """Make a call that Slack must refuse, and give its answer."""
    try:
        call()
    except SlackApiError as error:
        answer = error.response.data
        assert isinstance(answer, dict)
        return answer
    raise AssertionError("it was not refused")


@dataclass
class Slack:
    """Use the stand-in as people, scripts and the official client do."""

    address: str
    _caller: Caller = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._caller = Caller(self.address)

    @property
    def client(self) -> WebClient:
        return self.client_with(TOKEN)

    def client_with(self, token: str | None) -> WebClient:
        return WebClient(
            token=token, base_url=f"http://{self.address}/api/", retry_handlers=[], timeout=15
        )

    def ask(self, verb: str, path: str, **more: Any) -> requests.Response:
        return self._caller.call(verb, path, **more)

    def settings(self, **changes: Any) -> Json:
        answer = self.ask("PUT", "/_control/settings", json=changes)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def without_scope(self, name: str) -> None:
        self.settings(scopes=[one for one in world.DEFAULT_SCOPES if one != name])

    def fault(self, **fault: Any) -> None:
        assert self.ask("POST", "/_control/faults", json=fault).status_code == 200

    def calls(self, op: str) -> list[Json]:
        return [one for one in self.ask("GET", "/_control/calls").json() if one["op"] == op]

    def deliveries(self, kind: str = "") -> list[Json]:
        rows = self.ask("GET", "/_control/deliveries").json()["deliveries"]
        return [one for one in rows if not kind or one["type"] == kind]

    def register(self, app: "Receiver", **more: Any) -> None:
        url = f"http://{app.address}/slack/events"
        body = {"events_url": url, "interactions_url": url, "commands_url": url, **more}
        assert self.ask("PUT", "/_control/app", json=body).status_code == 200

    def act(self, verb: str, path: str, **body: Any) -> Json:
        answer = self.ask(verb, f"/_client/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def upload(self, data: bytes, *, user: str = ANNA, name: str = "cup.png", **more: str) -> str:
        params = {"user": user, "name": name, **more}
        answer = self.ask("POST", "/_client/files", params=params, data=data)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["file_id"])

    def write(self, text: str, *, user: str = ANNA, channel: str = PHOTOS, **more: Any) -> Json:
        return self.act("POST", "messages", user=user, channel=channel, text=text, **more)

    def look(self, path: str, **params: Any) -> Json:
        answer = self.ask("GET", f"/_client/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def messages(self, *, channel: str = PHOTOS, **params: Any) -> list[Json]:
        return list(self.look("messages", channel=channel, **params)["messages"])


@dataclass
class Receiver:
    """Receive events as an app, and keep them; ``answers`` are used one by one, then 200."""

    listening: socket.socket
    address: str
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, float]] = field(default_factory=list)  # status, seconds to wait
    headers: dict[str, str] = field(default_factory=dict)
    echo_challenge: bool = True
    closing: threading.Event = field(default_factory=threading.Event)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/slack/events", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        self.got.append((dict(request.headers), body))
        status, wait_s = self.answers.pop(0) if self.answers else (200, 0.0)
        slept_s = 0.0
        while slept_s < wait_s and not self.closing.is_set():
            await anyio.sleep(0.02)
            slept_s += 0.02
        if b"url_verification" in body and self.echo_challenge:
            return Response(body, status, headers=self.headers)
        return Response("", status, headers=self.headers)
