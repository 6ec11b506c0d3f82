"""Small calls to the stand-ins' own endpoints, over connections that stay open."""

import json
import select
import urllib.request
import weakref
from collections.abc import Mapping
from functools import lru_cache
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

TIMEOUT_S = 30.0


class Connections:
    """Keep a server's connections for the next call, of whichever thread."""

    def __init__(self, at: str) -> None:
        """``at`` is its ``host:port``."""
        self._at = at
        self._idle: list[HTTPConnection] = []
        weakref.finalize(self, _close_all, self._idle)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        *,
        timeout_s: float = TIMEOUT_S,
    ) -> tuple[HTTPResponse, bytes]:
        """Give the answer and its body. Raises ``OSError`` or ``HTTPException``."""
        connection = self._next(timeout_s)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            said = answer.read()
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return answer, said

    def _next(self, timeout_s: float) -> HTTPConnection:
        try:
            connection = self._idle.pop()
        except IndexError:
            return HTTPConnection(self._at, timeout=timeout_s)
        connection.timeout = timeout_s
        if connection.sock is not None:
            connection.sock.settimeout(timeout_s)
            if select.select([connection.sock], [], [], 0)[0]:
                connection.close()  # the server has hung up; the request opens it again
        return connection


def call(method: str, url: str, body: Any = None, *, timeout_s: float = TIMEOUT_S) -> Any:
    """Send JSON (or bytes as they are) and read JSON. Raises ``OSError`` for anything but 2xx."""
    raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    where = urlsplit(url)
    path = f"{where.path}?{where.query}" if where.query else where.path
    headers = {"Content-Type": "application/json"}
    answer, said = _connections(where.netloc).send(method, path, raw, headers, timeout_s=timeout_s)
    if not 200 <= answer.status < 300:
        raise HTTPError(url, answer.status, answer.reason, answer.headers, None)
    return json.loads(said or b"null")


def read(url: str, *, timeout_s: float = TIMEOUT_S) -> bytes:
    """The body behind a URL, redirects followed."""
    with urllib.request.urlopen(url, timeout=timeout_s) as answer:  # noqa: S310  # loopback
        data: bytes = answer.read()
        return data


@lru_cache(maxsize=50)
def _connections(at: str) -> Connections:
    return Connections(at)


def _close_all(connections: list[HTTPConnection]) -> None:
    for one in connections:
        one.close()
