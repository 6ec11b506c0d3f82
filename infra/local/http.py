"""Small calls to the stand-ins' own endpoints, over connections that stay open."""

import json
import select
import socket
import urllib.request
import weakref
from collections.abc import Mapping
from email.message import Message
from functools import lru_cache
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpResponseParser

TIMEOUT_S = 30.0
READ_BYTES = 2**18
LENGTHS = {"content-length", "transfer-encoding"}  # without one, an answer ends with its connection


class Answer:
    """Read an answer, in a tenth of the time that ``http.client`` needs for its headers."""

    def __init__(self, method: str) -> None:
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.body = b""
        self.is_whole = False
        self.stays_open = False
        self._has_body = method != "HEAD"
        self._parts: list[bytes] = []
        self._parser = HttpResponseParser(self)

    def take(self, data: bytes) -> None:
        """Take what has arrived next; nothing, if the server has hung up."""
        if data:
            try:
                self._parser.feed_data(data)
            except HttpParserError as error:
                raise ConnectionError("this is no HTTP") from error
        elif self.status and not LENGTHS & {name.lower() for name, _ in self.headers}:
            self._end()
        else:
            raise ConnectionResetError("the server has hung up before the answer's end")

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        if not self._has_body:
            self.stays_open = self._parser.should_keep_alive()
            self._end()

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)

    def on_message_complete(self) -> None:
        self.stays_open = self._parser.should_keep_alive()
        self._end()

    def _end(self) -> None:
        self.body, self.is_whole = b"".join(self._parts), True


class Connections:
    """Keep a server's connections for the next call, of whichever thread."""

    def __init__(self, at: str) -> None:
        """``at`` is its ``host:port``."""
        self._at = at
        self._idle: list[socket.socket] = []
        weakref.finalize(self, _close_all, self._idle)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        *,
        timeout_s: float = TIMEOUT_S,
    ) -> Answer:
        """Give the answer; names of headers are in small letters. Raises ``OSError``."""
        connection = self._next(timeout_s)
        answer = Answer(method)
        try:
            connection.sendall(self._request(method, path, body, headers))
            while not answer.is_whole:
                answer.take(connection.recv(READ_BYTES))
        except BaseException:
            connection.close()
            raise
        if answer.stays_open:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def _request(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> bytes:
        sent = {"host": self._at, **headers}
        if body is not None or method in {"POST", "PUT", "PATCH"}:
            sent.setdefault("content-length", str(len(body or b"")))
        lines = [f"{method} {path or '/'} HTTP/1.1", *(f"{k}: {v}" for k, v in sent.items())]
        return "\r\n".join([*lines, "\r\n"]).encode("latin-1") + (body or b"")

    def _next(self, timeout_s: float) -> socket.socket:
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was quicker
                break
            if not select.select([connection], [], [], 0)[0]:
                connection.settimeout(timeout_s)
                return connection
            connection.close()  # the server has hung up
        host, _, port = self._at.rpartition(":")
        connection = socket.create_connection((host, int(port)), timeout_s)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def call(method: str, url: str, body: Any = None, *, timeout_s: float = TIMEOUT_S) -> Any:
    """Send JSON (or bytes as they are) and read JSON. Raises ``OSError`` for anything but 2xx."""
    raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    where = urlsplit(url)
    path = f"{where.path}?{where.query}" if where.query else where.path
    headers = {"content-type": "application/json"}
    answer = _connections(where.netloc).send(method, path, raw, headers, timeout_s=timeout_s)
    if not 200 <= answer.status < 300:
        raise HTTPError(url, answer.status, "refused", Message(), None)
    return json.loads(answer.body or b"null")


def read(url: str, *, timeout_s: float = TIMEOUT_S) -> bytes:
    """The body behind a URL, redirects followed."""
    with urllib.request.urlopen(url, timeout=timeout_s) as answer:  # noqa: S310  # loopback
        data: bytes = answer.read()
        return data


@lru_cache(maxsize=50)
def _connections(at: str) -> Connections:
    return Connections(at)


def _close_all(connections: list[socket.socket]) -> None:
    for one in connections:
        one.close()
