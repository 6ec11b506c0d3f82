"""Serve apps on loopback ports, as ``infra.local.serving`` does, and ask stand-ins directly.

Requests to a stand-in's own endpoints (its control, what its people do) are no vendor's protocol,
so they need no connection, and connections took most of a test's computing. The stand-in's own code
answers in its own event loop, as it does behind a socket. All other requests go over the wire.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import NamedTuple
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.local import serving
from infra.local.http import TIMEOUT_S

OWN = ("/_control/", "/_client/")
CHANGES = ("/_control/faults", "/_control/settings")
# Held while a stand-in's faults or settings change, and while one is asked without an event loop,
# which suits it only without any (``tests.near_cos``).
UNCHANGED = threading.Lock()


class Answer(NamedTuple):
    """Hold a server's answer: ``headers`` are pairs, with their names in lower case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class _InItsLoop:
    """Wrap an app to know the event loop in which it is served."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.loop = asyncio.get_running_loop()  # the first call is uvicorn's, at the start
        await self.app(scope, receive, send)


_near: dict[str, _InItsLoop] = {}


@contextmanager
def served(apps: Mapping[str, ASGIApp], sockets: Mapping[str, socket.socket]) -> Iterator[None]:
    """Serve the apps until the end of the block; meanwhile ``own_answer`` can ask them."""
    known = {name: _InItsLoop(app) for name, app in apps.items()}
    at = {serving.address(sockets[name]): app for name, app in known.items()}
    with serving.served(known, sockets):
        _near.update(at)
        try:
            yield
        finally:
            for address in at:
                del _near[address]


def own_answer(
    at: str, method: str, asked: str, body: bytes | None, headers: Mapping[str, str]
) -> Answer | None:
    """Ask a stand-in's own endpoint directly.

    Gives None for any other endpoint, and for a stand-in that is not served in this process.
    """
    app = _near.get(at)
    if app is None or app.loop is None or not asked.startswith(OWN):
        return None
    with UNCHANGED if asked.startswith(CHANGES) else nullcontext():
        answered = _answered(app.app, _scope(at, method, asked, body, headers), body or b"")
        return asyncio.run_coroutine_threadsafe(answered, app.loop).result(TIMEOUT_S)


def _scope(
    at: str, method: str, asked: str, body: bytes | None, headers: Mapping[str, str]
) -> Scope:
    path, _, query = asked.partition("?")
    sent = {"host": at, **headers}
    if body is not None or method in {"PUT", "POST"}:
        sent["content-length"] = str(len(body or b""))
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }


async def _answered(app: ASGIApp, scope: Scope, body: bytes) -> Answer:
    status, headers, parts = 0, list[tuple[str, str]](), list[bytes]()

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            headers.extend(
                (n.decode("latin-1"), v.decode("latin-1")) for n, v in message["headers"]
            )
        else:
            parts.append(message.get("body", b""))

    try:
        await app(scope, receive, send)
    except Exception:
        if not status:  # otherwise a 500 was answered already, as behind a socket
            raise
    return Answer(status, headers, b"".join(parts))
