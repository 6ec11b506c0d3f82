"""Serve the Slack stand-in with Socket Mode in front of it.

The stand-in's posts to an app's URLs go over the WebSocket instead, as envelopes; the payload of
the app's acknowledgement is the answer (docs.slack.dev/apis/events-api/using-socket-mode).
"""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from infra.local import slack
from infra.local.serving import address, listen, served
from tests.conftest import BOT_TOKEN, SIGNING_SECRET
from tests.dev.websocket import Connection, Server
from tests.local.slack.driver import Slack, eventually

APP_TOKEN = "xapp-1-A0BACKDROP-0123456789-abcdef"
ACK_LIMIT_S = 30.0
DELIVERIES = "/socket-mode"


@dataclass
class SocketMode:
    """Hold the WebSocket side: the clients' connections, and the acknowledgements by envelope."""

    connections: list[Connection] = field(default_factory=list)
    opened: int = 0
    acks: dict[str, dict[str, Any]] = field(default_factory=dict)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def serve(self, connection: Connection) -> None:
        """Serve one client: say hello, then collect its acknowledgements."""
        connection.send(json.dumps({"type": "hello", "num_connections": 1}))
        self.connections.append(connection)
        try:
            while True:
                ack = json.loads(connection.receive())
                with self._news:
                    self.acks[ack["envelope_id"]] = ack
                    self._news.notify_all()
        finally:
            self.connections.remove(connection)

    def push(
        self, kind: str, payload: dict[str, Any], *, limit_s: float = ACK_LIMIT_S
    ) -> dict[str, Any] | None:
        """Send an envelope to the newest client; give its acknowledgement, or None without one."""
        envelope_id = str(uuid.uuid4())
        envelope = {
            "type": kind,
            "envelope_id": envelope_id,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        eventually(lambda: self.connections)[-1].send(json.dumps(envelope))
        with self._news:
            self._news.wait_for(lambda: envelope_id in self.acks, limit_s)
            return self.acks.get(envelope_id)

    def renew(self) -> None:
        """Ask the client to connect anew, as Slack does every few hours."""
        self.connections[-1].send(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))


@dataclass
class SocketSlack:
    """Hold a running workspace: its people and control (``people``), and the WebSocket side."""

    people: Slack
    socket: SocketMode


@contextmanager
def running_socket_slack() -> Iterator[SocketSlack]:
    """Run a workspace that speaks Socket Mode."""
    with ExitStack() as ends:
        mode = SocketMode()
        websocket = ends.enter_context(Server(mode.serve))
        threading.Thread(target=websocket.serve_forever, daemon=True).start()
        ends.callback(websocket.shutdown)
        listening = ends.enter_context(listen())
        at = address(listening)
        inner = slack.create({"slack": at}, bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET)
        apps = {"slack": _in_front(inner["slack"], mode, websocket.url)}
        ends.enter_context(served(apps, {"slack": listening}))
        people = Slack(at)
        url = f"http://{at}{DELIVERIES}"
        urls = {"events_url": url, "interactions_url": url, "commands_url": url}
        assert people.ask("PUT", "/_control/app", json=urls).status_code == 200
        yield SocketSlack(people, mode)


def _in_front(inner: ASGIApp, mode: SocketMode, url: str) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path")
        if path == "/api/apps.connections.open":
            answer: Response = _opened(Request(scope), mode, url)
        elif path == DELIVERIES:
            kind, payload = _envelope(await Request(scope, receive).body())
            ack = await anyio.to_thread.run_sync(mode.push, kind, payload)
            answer = Response(status_code=504) if ack is None else _as_http(ack)
        else:
            await inner(scope, receive, send)
            return
        await answer(scope, receive, send)

    return app


def _opened(request: Request, mode: SocketMode, url: str) -> Response:
    if request.headers.get("authorization") != f"Bearer {APP_TOKEN}":
        return JSONResponse({"ok": False, "error": "invalid_auth"})
    mode.opened += 1
    return JSONResponse({"ok": True, "url": f"{url}?ticket={mode.opened}"})


def _envelope(body: bytes) -> tuple[str, dict[str, Any]]:
    if body.startswith(b"{"):
        return "events_api", json.loads(body)
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    if "payload" in form:
        return "interactive", json.loads(form["payload"])
    return "slash_commands", form


def _as_http(ack: dict[str, Any]) -> Response:
    return JSONResponse(ack["payload"]) if ack.get("payload") else Response()
