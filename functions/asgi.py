"""A web function's server side in plain ASGI 3: whole requests in, whole answers out.

A framework would do more than two small services need, and its import is a tenth of a cold start
(starlette 1.7.0 with anyio), which counts against the three seconds that Slack waits.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from functions.log import log_crash

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

HEALTH_PATH = "/healthz"
THREADS = 100  # as many as an instance of a web function takes requests at once


class Request(msgspec.Struct, frozen=True):
    """One request, all of it. The headers' names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Answer(msgspec.Struct, frozen=True):
    """``then`` is called when the answer is on its way."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = {}
    then: Callable[[], None] | None = None


Handler = Callable[[Request], Answer]


class Service:
    """An ASGI app: ``handlers`` by method and path, each call in a thread of its own.

    ``warm`` is run in the background as soon as the server is up; the health check, which keeps an
    instance warm, answers when it is done. A body over ``max_bytes`` is 413.
    """

    def __init__(
        self,
        handlers: Mapping[tuple[str, str], Handler],
        *,
        max_bytes: int,
        warm: Callable[[], object],
    ) -> None:
        self._handlers = handlers
        self._max_bytes = max_bytes
        self._warm = warm
        self._threads = ThreadPoolExecutor(THREADS, "request")
        self._warmed: asyncio.Future[object] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the server's whole life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._warmed = asyncio.get_running_loop().run_in_executor(self._threads, self._warm)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._threads.shutdown(wait=False)
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await _body(receive, self._max_bytes)
        except _ClientGone:
            return
        answer = Answer(413, "too large")
        if body is not None:
            headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
            answer = await self._answer(Request(scope["method"], scope["path"], headers, body))
        await _send(answer, send)
        if answer.then:
            answer.then()

    async def _answer(self, request: Request) -> Answer:
        handler = self._handlers.get((request.method, request.path))
        try:
            if request.path == HEALTH_PATH:
                return await self._health(request.method)
            if handler is None:
                return _no_such_door([m for m, path in self._handlers if path == request.path])
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, handler, request)
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller gets an answer
            log_crash("not answered", error)
            return Answer(500)

    async def _health(self, method: str) -> Answer:
        if method not in {"GET", "HEAD"}:
            return _no_such_door(["GET", "HEAD"])
        if self._warmed:
            await asyncio.shield(self._warmed)
        return Answer(200, "ok")


class _ClientGone(Exception):
    """Nobody waits for the answer any more."""


def _no_such_door(methods: list[str]) -> Answer:
    if methods:
        return Answer(405, "method not allowed", {"allow": ", ".join(methods)})
    return Answer(404, "not found")


async def _body(receive: Receive, max_bytes: int) -> bytes | None:
    """The request's body; None when it is too large. Raises ``_ClientGone``."""
    body = bytearray()
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise _ClientGone
        body += event.get("body", b"")
        if len(body) > max_bytes:
            return None
        if not event.get("more_body"):
            return bytes(body)


async def _send(answer: Answer, send: Send) -> None:
    body = answer.body.encode()
    headers = {"content-type": "text/plain; charset=utf-8", "content-length": str(len(body))}
    headers.update({name.lower(): value for name, value in answer.headers.items()})
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
