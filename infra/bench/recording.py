"""Record whole requests that reach a stand-in, so that they can be repeated.

Use it only for a stack that a benchmark has started: requests hold signatures and photos.
"""

import http.client
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.bench.keep_alive import again_if_closed
from infra.local.http import call

AROUND = "infra.bench.recording:recorded"  # for infra.local.stack.Options
PATH = "/_recording"
NOT_SENT_AGAIN = {"host", "content-length", "connection", "accept-encoding"}


class Recorded(msgspec.Struct, frozen=True):
    """Hold one request. ``began`` is when its headers had come, ``ended`` when its answer was sent.

    Both are Unix seconds.
    """

    server: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    began: float
    ended: float

    def header(self, name: str) -> str:
        """Read a header; empty if it is not there. ``name`` is in lower case."""
        return dict(self.headers).get(name, "")

    def make(self, connection: http.client.HTTPConnection) -> int:
        """Repeat the request over a kept connection; return the status."""
        return self.answer(connection)[0]

    def answer(self, connection: http.client.HTTPConnection) -> tuple[int, bytes]:
        """Repeat the request over a kept connection; return status and body."""
        return again_if_closed(connection, lambda: self._answer(connection))

    def _answer(self, connection: http.client.HTTPConnection) -> tuple[int, bytes]:
        connection.putrequest(self.method, self.target, skip_host=True, skip_accept_encoding=True)
        connection.putheader("host", self.header("host"))
        for name, value in self.headers:
            if name not in NOT_SENT_AGAIN:
                connection.putheader(name, value)
        connection.putheader("content-length", str(len(self.body)))
        connection.endheaders(self.body)
        answer = connection.getresponse()
        return answer.status, answer.read()


def recorded(name: str, app: ASGIApp) -> ASGIApp:
    """Wrap an app to record its requests: GET ``/_recording`` lists them, DELETE drops them."""
    kept: list[Recorded] = []

    async def around(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
        elif scope["path"] == PATH:
            await _answer(scope["method"], kept, send)
        else:
            await _kept(name, app, (scope, receive, send), kept)

    return around


async def _kept(
    name: str, app: ASGIApp, request: tuple[Scope, Receive, Send], kept: list[Recorded]
) -> None:
    scope, receive, send = request
    began, body = time.time(), bytearray()

    async def reading() -> Message:
        message = await receive()
        body.extend(message.get("body", b""))
        return message

    try:
        await app(scope, reading, send)
    finally:
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        headers = tuple((key.decode("latin-1"), v.decode("latin-1")) for key, v in scope["headers"])
        target = (scope["raw_path"] + query).decode("latin-1")
        kept.append(
            Recorded(name, scope["method"], target, headers, bytes(body), began, time.time())
        )


async def _answer(method: str, kept: list[Recorded], send: Send) -> None:
    answer = msgspec.json.encode(kept)
    if method == "DELETE":
        kept.clear()
        answer = b"[]"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": answer})


@dataclass(frozen=True)
class Recording:
    """Collect the requests recorded by the servers at these addresses (``host:port``)."""

    addresses: Sequence[str]

    def start(self) -> None:
        """Drop all requests recorded so far."""
        for address in self.addresses:
            call("DELETE", f"http://{address}{PATH}")

    def requests(self) -> list[Recorded]:
        """List the requests in the order in which they began."""
        found: list[Any] = []
        for address in self.addresses:
            found += call("GET", f"http://{address}{PATH}")
        return sorted(msgspec.convert(found, list[Recorded]), key=lambda one: one.began)
