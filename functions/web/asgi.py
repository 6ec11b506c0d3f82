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
from functions.web.admission import (
    AdmissionControl,
    AdmissionLimits,
    Body,
    ClientGone,
    Event,
    Overloaded,
    Receive,
    TooLarge,
    TooSlow,
)
from functions.web.connections import HEAD_LIMIT_BYTES

Scope = MutableMapping[str, Any]
Send = Callable[[Event], Awaitable[None]]
T = TypeVar("T")

HEALTH_PATH = "/healthz"
READING = ("GET", "HEAD")
PLAIN_TEXT = "text/plain; charset=utf-8"
RETRY_AFTER_S = 2
CLOSING = {"connection": "close"}
HEADERS_LIMIT = 200  # SCF adds about 20, Slack and browsers send as many
THREADS = 100  # as many as an instance of a web function takes requests at once


class Request(msgspec.Struct, frozen=True):
    """Hold one whole request. The headers' names are in lower case.

    ``path_params`` has the values of the named parts of the handler's path (``match_path``);
    ``query`` is still percent-encoded. The body of a GET or HEAD is not read.
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
    """Refuse a request in the server's name: 404, 405, 408, 413, 429, 431; 500 for a bug."""

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
    """Leave the health check's answer as it is."""


Handler = Callable[[Request], Response]
Refuse = Callable[[str, HttpError], Response]
Check = Callable[[Request], Response | None]
About = Callable[[Mapping[str, str]], Mapping[str, str]]


class WebApp:
    """Answer requests as an ASGI app: ``handlers`` by method and path, each call in a thread.

    A path may have named parts (``match_path``). A handler for GET answers HEAD, too. ``warm`` runs
    in the background as soon as the server is up; the health check, which keeps an instance warm,
    waits for it. ``refuse`` makes the answer to a refused request from its path and the refusal.
    ``about`` adds headers to the health check's answer, made from its request's headers; ``check``
    may give another answer in its place. ``hidden`` has handlers by path: a request for which one
    gives None gets a 404. Their bodies are not read.
    """

    def __init__(  # noqa: PLR0913  # all but the first by name
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
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._warmed = asyncio.get_running_loop().run_in_executor(self._threads, self._warm)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._threads.shutdown(wait=False)
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = _request(scope)
        body = Body(receive, request.headers, self._limits)
        try:
            _check_head(scope)
            answer = await self._answer(request, body)
        except ClientGone:
            return
        except HttpError as refusal:
            answer = self._refuse(request.path, refusal)
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller gets an answer
            log_crash("not answered", error)
            answer = self._refuse(request.path, HttpError(HTTPStatus.INTERNAL_SERVER_ERROR))
        await _send(answer, send, body, with_body=request.method != "HEAD")
        if answer.after_send:
            answer.after_send()

    async def _answer(self, request: Request, body: Body) -> Response:
        """Get the answer. Raises ``HttpError``, ``ClientGone``, and whatever a handler raises."""
        if request.path == HEALTH_PATH:
            return await self._health(request)
        if request.path in self._hidden:
            return await self._seen(self._hidden[request.path], request)
        handler, path_params = self._found(request.method, request.path)
        request = msgspec.structs.replace(request, path_params=path_params)
        if request.method in READING:
            return await self._in_a_thread(handler, request)
        try:
            with self._doors.admit(body.announced) as place:
                data = await body.read(self._doors, place)
                return await self._in_a_thread(handler, msgspec.structs.replace(request, body=data))
        except TooLarge:
            raise HttpError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from None
        except TooSlow:
            raise HttpError(HTTPStatus.REQUEST_TIMEOUT, CLOSING) from None
        except Overloaded:
            wait = {"retry-after": str(RETRY_AFTER_S)}
            raise HttpError(HTTPStatus.TOO_MANY_REQUESTS, wait) from None

    def _found(self, method: str, path: str) -> tuple[Handler, Mapping[str, str]]:
        """Find the handler and the path's parameters. Raises ``HttpError`` (404, 405)."""
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


def match_path(pattern: str, path: str) -> dict[str, str] | None:
    """Match ``path`` with a pattern such as ``/v1/jobs/{job}``: give its named parts, or None.

    ASGI has decoded ``path``, so ``%2F`` separates parts as every slash does: no part holds one,
    and it makes no difference whether a proxy on the way decodes it. A named part is not empty.
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
    """Make the request from its head; the path's parameters and the body come later."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"][:HEADERS_LIMIT]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        # A name that comes twice has both values, as RFC 9110 (5.3) says.
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    query = scope["query_string"].decode("latin-1")
    return Request(scope["method"], _path(scope["path"]), headers, query)


def _path(target: str) -> str:
    """Give a target's path; the absolute form (RFC 9112, 3.2.2) has scheme and host before it."""
    scheme, _, rest = target.partition("://")
    return f"/{rest.partition('/')[2]}" if scheme in {"http", "https"} else target


def _check_head(scope: Scope) -> None:
    """Refuse a head that is too large (431), or that says in two ways how long its body is (400).

    Of the latter two servers might disagree where the next request begins (RFC 9112, 6.1). Raises
    ``HttpError``.
    """
    size_bytes = len(scope["path"]) + len(scope["query_string"])
    size_bytes += sum(len(name) + len(value) for name, value in scope["headers"])
    if size_bytes > HEAD_LIMIT_BYTES or len(scope["headers"]) > HEADERS_LIMIT:
        raise HttpError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, CLOSING)
    if {b"content-length", b"transfer-encoding"} <= {name for name, _ in scope["headers"]}:
        raise HttpError(HTTPStatus.BAD_REQUEST, CLOSING)


async def _send(answer: Response, send: Send, body: Body, *, with_body: bool) -> None:
    """Send the answer. If the body was not read, discard the rest and close the connection."""
    said = answer.body if isinstance(answer.body, bytes) else answer.body.encode()
    headers = {"content-length": str(len(said)), **({"content-type": PLAIN_TEXT} if said else {})}
    headers.update({name.lower(): value for name, value in answer.headers.items()})
    is_unread = not body.is_over
    if is_unread:
        headers.update(CLOSING)
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": int(answer.status), "headers": pairs})
    shown = said if with_body else b""
    await send({"type": "http.response.body", "body": shown, "more_body": is_unread})
    if is_unread:
        await body.drop()
        await send({"type": "http.response.body"})
