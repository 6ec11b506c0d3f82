"""Serve a web function in plain ASGI 3: whole requests in, whole answers out.

A framework would do more than two small services need, and its import is a tenth of a cold start
(starlette 1.7.0 with anyio), which counts against the three seconds that Slack waits.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from functions.log import log_crash
from functions.web.admission import AdmissionControl, AdmissionLimits, Overloaded, announced_bytes

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
T = TypeVar("T")

HEALTH_PATH = "/healthz"
READING = ("GET", "HEAD")
PLAIN_TEXT = "text/plain; charset=utf-8"
RETRY_AFTER_S = 2
THREADS = 100  # as many as an instance of a web function takes requests at once


class Request(msgspec.Struct, frozen=True):
    """Hold one whole request. The headers' names are in lower case.

    ``path_params`` has what stands at the names of the handler's path; ``query`` is still encoded.
    The body of a GET is not read.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    query: str = ""
    path_params: Mapping[str, str] = {}
    body: bytes = b""

    def query_param(self, name: str) -> str:
        """Give a parameter of the query; empty if it is not there."""
        return dict(parse_qsl(self.query)).get(name, "")


class Response(msgspec.Struct, frozen=True):
    """Hold one whole answer. ``after_send`` is called when it has been sent."""

    status: int
    body: str | bytes = b""
    headers: Mapping[str, str] = {}
    after_send: Callable[[], None] | None = None


class HttpError(Exception):
    """Refuse a request for the service itself: 404, 405, 413, 429; 500 when a handler broke."""

    def __init__(self, status: HTTPStatus, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status.phrase)
        self.status = status
        self.headers = headers or {}


def plain_error(_path: str, refusal: HttpError) -> Response:
    """Answer with the status and its phrase, as plain text."""
    return Response(refusal.status, refusal.status.phrase, refusal.headers)


def no_headers(_headers: Mapping[str, str]) -> Mapping[str, str]:
    """Add no header to the health check's answer."""
    return {}


def all_is_well(_request: Request) -> None:
    """Find nothing wrong beside the server itself."""


Handler = Callable[[Request], Response]
Refuse = Callable[[str, HttpError], Response]
Check = Callable[[Request], Response | None]
About = Callable[[Mapping[str, str]], Mapping[str, str]]


class WebApp:
    """Answer requests as an ASGI app: ``handlers`` by method and path, each call in a thread.

    A path may have names for parts of it (``match_path``). Who answers GET answers HEAD.
    ``warm`` is run in the background as soon as the server is up; the health check, which keeps an
    instance warm, answers when it is done. ``refuse`` words a refusal for the path that was asked.
    ``about`` gives the health check's answer more headers, from those of its request; ``check`` may
    find that something else is not well, and word it. ``hidden`` are paths that are there only for
    those whom their handler answers; their bodies are not read.
    """

    def __init__(  # noqa: PLR0913  # all but the first by name, and optional
        self,
        handlers: Mapping[tuple[str, str], Handler],
        *,
        limits: AdmissionLimits,
        warm: Callable[[], object],
        refuse: Refuse = plain_error,
        about: About = no_headers,
        check: Check = all_is_well,
        hidden: Mapping[str, Check] | None = None,
    ) -> None:
        self._handlers = handlers
        self._limits = limits
        self._doors = AdmissionControl(limits)
        self._warm = warm
        self._refuse = refuse
        self._about = about
        self._check = check
        self._hidden = hidden or {}
        self._threads = ThreadPoolExecutor(THREADS, "request")
        self._warmed: asyncio.Future[object] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or start and stop with the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(_request(scope), receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._warmed = asyncio.get_running_loop().run_in_executor(self._threads, self._warm)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._threads.shutdown(wait=False)
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, request: Request, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer(request, receive)
        except _ClientGone:
            return
        except HttpError as refusal:
            answer = self._refuse(request.path, refusal)
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller gets an answer
            log_crash("not answered", error)
            answer = self._refuse(request.path, HttpError(HTTPStatus.INTERNAL_SERVER_ERROR))
        await _send(answer, send, with_body=request.method != "HEAD")
        if answer.after_send:
            answer.after_send()

    async def _answer(self, request: Request, receive: Receive) -> Response:
        """Get the answer. Raises ``HttpError``, ``_ClientGone``, and whatever a handler raises."""
        if request.path == HEALTH_PATH:
            return await self._health(request)
        if request.path in self._hidden:
            return await self._seen(self._hidden[request.path], request)
        handler, path_params = self._found(request.method, request.path)
        request = msgspec.structs.replace(request, path_params=path_params)
        if request.method in READING:
            return await self._in_a_thread(handler, request)
        limit = self._limits.body_bytes
        announced = announced_bytes(request.headers, limit)
        if announced > limit:
            raise HttpError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            with self._doors.admit(announced):
                body = await _body(receive, limit)
                request = msgspec.structs.replace(request, body=body)
                return await self._in_a_thread(handler, request)
        except Overloaded:
            wait = {"retry-after": str(RETRY_AFTER_S)}
            raise HttpError(HTTPStatus.TOO_MANY_REQUESTS, wait) from None

    def _found(self, method: str, path: str) -> tuple[Handler, Mapping[str, str]]:
        """Find the handler, and what stands in the path. Raises ``HttpError`` (404, 405)."""
        wanted = "GET" if method == "HEAD" else method
        allowed: list[str] = []
        for (one, pattern), handler in self._handlers.items():
            path_params = match_path(pattern, path)
            if path_params is not None and one == wanted:
                return handler, path_params
            if path_params is not None:
                allowed += READING if one == "GET" else [one]
        raise _not_routed(allowed)

    async def _seen(self, handler: Check, request: Request) -> Response:
        answer = await self._in_a_thread(handler, request)
        if answer is None:
            raise _not_routed([])
        return answer

    async def _in_a_thread(self, work: Callable[[Request], T], request: Request) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, work, request)

    async def _health(self, request: Request) -> Response:
        if request.method not in READING:
            raise _not_routed(READING)
        if self._warmed:
            await asyncio.shield(self._warmed)
        found = await self._in_a_thread(self._check, request) or Response(HTTPStatus.OK, "ok")
        headers = {**found.headers, **self._about(request.headers)}
        return msgspec.structs.replace(found, headers=headers)


class _ClientGone(Exception):
    """Say that nobody waits for the answer any more."""


def match_path(pattern: str, path: str) -> dict[str, str] | None:
    """Give what stands in ``path`` at the pattern's names; None if it is another path.

    ``path`` is decoded once, as ASGI gives it, and is cut at its slashes after that: ``%2F`` is a
    slash like any other. So no name ever holds one, and it makes no difference whether a proxy on
    the way has decoded it. An empty part is none.
    """
    wanted, given = pattern.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    found = {}
    for want, part in zip(wanted, given, strict=True):
        if want.startswith("{") and part:
            found[want.strip("{}")] = part
        elif want != part:
            return None
    return found


def _not_routed(allowed: Sequence[str]) -> HttpError:
    if allowed:
        return HttpError(HTTPStatus.METHOD_NOT_ALLOWED, {"allow": ", ".join(allowed)})
    return HttpError(HTTPStatus.NOT_FOUND)


def _request(scope: Scope) -> Request:
    """Read the request as far as it is known before its body."""
    headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    return Request(scope["method"], scope["path"], headers, query)


async def _body(receive: Receive, limit_bytes: int) -> bytes:
    """Read the body. Raises ``HttpError`` (413) as soon as it is too long, and ``_ClientGone``."""
    body = bytearray()
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise _ClientGone
        body += event.get("body", b"")
        if len(body) > limit_bytes:
            raise HttpError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if not event.get("more_body"):
            return bytes(body)


async def _send(answer: Response, send: Send, *, with_body: bool) -> None:
    body = answer.body if isinstance(answer.body, bytes) else answer.body.encode()
    headers = {"content-length": str(len(body)), **({"content-type": PLAIN_TEXT} if body else {})}
    headers.update({name.lower(): value for name, value in answer.headers.items()})
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": int(answer.status), "headers": pairs})
    await send({"type": "http.response.body", "body": body if with_body else b""})
