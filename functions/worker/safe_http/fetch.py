"""Fetch the body behind a URL, and post callbacks, over ``http.client``."""

import http.client
import io
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

import msgspec
from msgspec.structs import replace

from functions.jobs.url_policy import (
    Target,
    UrlPolicy,
    UrlRefused,
    parse_target,
)
from functions.worker.safe_http.connect import (
    Connection,
    CountedStream,
    Deadline,
    KeptConnections,
    connected,
)

VERSION = "0.1.0"  # as in pyproject.toml, which is not deployed
USER_AGENT = f"Backdrop/{VERSION}"
IGNORED_ANSWER_BYTES = 64 * 1024
FRAMING_BYTES = 1024 * 1024  # beyond the body itself: status line, headers, sizes of chunks
READ_BYTES = 64 * 1024
_CODINGS = frozenset({"gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class HttpResult(msgspec.Struct, frozen=True):
    """Hold the answer to a callback: HTTP status, and the seconds that Retry-After asks to wait."""

    status: int
    retry_after_s: float | None


class _Request(msgspec.Struct, frozen=True):
    """Hold one request to one target. ``max_bytes`` bounds the answer's body."""

    method: str
    target: Target
    max_bytes: int
    body: bytes | None = None
    headers: Mapping[str, str] = {}


def fetch(  # noqa: PLR0913  # all but the URL by name
    url: str,
    *,
    rules: UrlPolicy,
    max_bytes: int,
    deadline_s: float,
    grown: Callable[[int], None] = lambda _: None,
    kept: KeptConnections | None = None,
) -> bytes:
    """Read the body behind a URL, byte for byte, following up to ``rules.max_redirects`` redirects.

    ``deadline_s`` bounds the whole call, ``max_bytes`` the body. ``grown`` is told how many bytes
    are there by now; an error that it raises ends the call. ``kept`` gives connections, a dead one
    of which is replaced, and takes those that can be used again. Raises ``UrlRefused``.
    """
    deadline = Deadline(deadline_s)
    target = parse_target(url, rules)
    for _ in range(rules.max_redirects + 1):
        request = _Request("GET", target, max_bytes)
        with _exchange(request, deadline, kept) as response:
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or location is None:
                return _body(response, request, grown)
        # A redirect from another host must not lead to this machine, in local mode either.
        rules = rules if target.on_this_machine else replace(rules, allow_loopback_http=False)
        target = _redirected(target, location, rules)
    raise UrlRefused("too-many-redirects", host=target.host)


def post(
    url: str, *, body: bytes, headers: Mapping[str, str], rules: UrlPolicy, deadline: Deadline
) -> HttpResult:
    """Deliver a callback. A redirect is not followed: its status is the answer.

    ``headers`` are sent beside ours. Raises ``UrlRefused`` if there was no answer.
    """
    target = parse_target(url, rules)
    request = _Request("POST", target, IGNORED_ANSWER_BYTES, body, headers)
    with _exchange(request, deadline) as response:
        # Read the body so that the server sees no reset. Errors do not matter: it has answered.
        with suppress(UrlRefused, OSError, ValueError, http.client.HTTPException):
            response.read(IGNORED_ANSWER_BYTES)
        return HttpResult(response.status, _retry_after_s(response.headers.get("Retry-After", "")))


@contextmanager
def _exchange(
    request: _Request, deadline: Deadline, kept: KeptConnections | None = None
) -> Iterator[http.client.HTTPResponse]:
    """Send a request and yield its answer, whose body the block reads.

    Turns every network error, also one of the block, into ``UrlRefused``.
    """
    host = request.target.host
    try:
        connection, response = _over_kept(request, deadline, kept) or _over_new(
            request, deadline, kept
        )
        with ExitStack() as unless_kept:
            unless_kept.enter_context(connection.socket)
            yield response
            if kept and response.isclosed() and not response.will_close:
                unless_kept.pop_all()
                kept.keep(request.target, connection)
    except UrlRefused as error:
        error.facts.setdefault("host", host)
        if error.rule == "too-large":
            error.facts["max_bytes"] = request.max_bytes
        raise
    except TimeoutError as error:
        raise UrlRefused("too-slow", host=host) from error
    except (OSError, http.client.HTTPException) as error:
        raise _refused(error, host, deadline) from error


_Answer = tuple[Connection, http.client.HTTPResponse]


def _over_kept(
    request: _Request, deadline: Deadline, kept: KeptConnections | None
) -> _Answer | None:
    """Send the request over a kept connection; None if there is none, or it turns out dead."""
    connection = kept.take(request.target, deadline) if kept else None
    if connection is None:
        return None
    with ExitStack() as unless_answered, suppress(OSError, http.client.HTTPException):
        unless_answered.enter_context(connection.socket)
        response = _asked(request, connection.socket, deadline, is_kept=True)
        unless_answered.pop_all()
        return connection, response
    return None


def _over_new(request: _Request, deadline: Deadline, kept: KeptConnections | None) -> _Answer:
    connection = connected(request.target, deadline)
    with ExitStack() as unless_answered:
        unless_answered.enter_context(connection.socket)
        response = _asked(request, connection.socket, deadline, is_kept=kept is not None)
        unless_answered.pop_all()
    return connection, response


def _refused(error: Exception, host: str, deadline: Deadline) -> UrlRefused:
    if deadline.is_cut:
        return UrlRefused("too-slow", host=host)
    if isinstance(error, http.client.IncompleteRead):
        return UrlRefused("wrong-length", host=host)
    return UrlRefused("no-answer", host=host, why=_why(error))


def _why(error: Exception) -> str:
    match error:
        case ssl.SSLError():
            return "tls"
        case socket.gaierror():
            return "name"
        case OSError():
            return "connection"
    return "protocol"


def _asked(
    request: _Request, connection: socket.socket, deadline: Deadline, *, is_kept: bool
) -> http.client.HTTPResponse:
    """Send the request over ``connection``, and read the answer's headers."""
    target = request.target
    sender = http.client.HTTPConnection(target.host, target.port)
    sender.sock = connection
    ours = {
        "Host": target.authority,
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "keep-alive" if is_kept else "close",
    }
    sender.request(request.method, target.path, request.body, {**request.headers, **ours})
    response = http.client.HTTPResponse(connection, method=request.method)
    response.fp.close()  # reads the socket unbounded
    counted = CountedStream(
        connection, max_bytes=request.max_bytes + FRAMING_BYTES, deadline=deadline
    )
    response.fp = io.BufferedReader(counted)
    response.begin()
    return response


def _redirected(base: Target, location: str, rules: UrlPolicy) -> Target:
    """Find the target of a redirect, checked like a URL that somebody sent."""
    try:
        # http.client reads headers as Latin-1; servers write UTF-8.
        location = location.encode("latin-1").decode()
        url = urljoin(base.url, location)
    except ValueError as error:
        raise UrlRefused("unreadable-url") from error
    if not location.isprintable():  # urljoin drops characters that parse_target would refuse
        raise UrlRefused("unreadable-url")
    return parse_target(url, rules)


def _body(
    response: http.client.HTTPResponse, request: _Request, grown: Callable[[int], None]
) -> bytes:
    """Read the whole body. Raises ``UrlRefused`` if its length is not the announced one."""
    if response.status != 200:
        raise UrlRefused("http-status", status=response.status)
    _refuse_compressed(response)
    announced = _announced_bytes(response)
    if announced is not None and announced > request.max_bytes:
        raise UrlRefused("too-large")
    body = bytearray()
    while part := _part(response):
        body += part
        if len(body) > request.max_bytes:
            raise UrlRefused("too-large")
        grown(len(body))
    if announced is not None and len(body) != announced:
        raise UrlRefused("wrong-length")
    return bytes(body)


def _part(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read(READ_BYTES)
    except ValueError as error:  # http.client lets a chunk have a negative size
        raise UrlRefused("wrong-length") from error


def _refuse_compressed(response: http.client.HTTPResponse) -> None:
    """Refuse a compressed body: we ask for none, and unpacking could fill the memory.

    Some storage services name what is no compression (``aws-chunked``, ``none``, ``utf-8``). Then
    the bytes are taken as they are, as browsers do.
    """
    encodings = ",".join(response.headers.get_all("Content-Encoding", [])).lower().split(",")
    transfers = response.headers.get_all("Transfer-Encoding", [])
    plain_body = _CODINGS.isdisjoint(each.strip() for each in encodings)
    plain_transfer = [each.strip().lower() for each in transfers] in ([], ["chunked"])
    if not plain_body or not plain_transfer:
        raise UrlRefused("compressed")


def _announced_bytes(response: http.client.HTTPResponse) -> int | None:
    """Read Content-Length; None if the body's end is marked otherwise (RFC 9112, section 6.3).

    Raises ``UrlRefused`` for one that is no number, or several that differ.
    """
    lengths = set(response.headers.get_all("Content-Length", []))
    if response.chunked or not lengths:
        return None
    length = lengths.pop()
    if lengths or not re.fullmatch(r"[0-9]{1,15}", length):
        raise UrlRefused("wrong-length")
    return int(length)


def _retry_after_s(value: str) -> float | None:
    """Read Retry-After, seconds or a date (RFC 9110, 10.2.3), as seconds; None if it is neither."""
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    try:
        when = parsedate_to_datetime(value)
        return max(0.0, (when - datetime.now(timezone.utc)).total_seconds())
    except (ValueError, TypeError, OverflowError):  # also a date without a zone
        return None
