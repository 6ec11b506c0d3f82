"""Send HTTP requests to the stand-ins over kept connections."""

import json
import urllib.request
from collections.abc import Mapping
from email.message import Message
from functools import lru_cache
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import urllib3

TIMEOUT_S = 30.0
KEPT = 16  # connections to one server


class Connections:
    """Keep a server's connections open for the next call, from any thread."""

    def __init__(self, at: str) -> None:
        """Make a pool for the server at ``host:port``."""
        host, _, port = at.rpartition(":")
        self._pool = urllib3.HTTPConnectionPool(host, int(port), maxsize=KEPT, retries=False)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        *,
        timeout_s: float = TIMEOUT_S,
    ) -> urllib3.BaseHTTPResponse:
        """Send a request; return the answer of any status. Raises ``OSError`` if none comes."""
        try:
            return self._pool.urlopen(
                method, path, body, headers, timeout=timeout_s, redirect=False
            )
        except urllib3.exceptions.ReadTimeoutError as error:
            raise TimeoutError(str(error)) from error
        except urllib3.exceptions.HTTPError as error:
            raise ConnectionError(str(error)) from error


def call(method: str, url: str, body: Any = None, *, timeout_s: float = TIMEOUT_S) -> Any:
    """Send JSON (or bytes as they are) and read JSON. Raises ``OSError`` for anything but 2xx."""
    raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    where = urlsplit(url)
    path = f"{where.path}?{where.query}" if where.query else where.path
    headers = {"content-type": "application/json"}
    answer = _connections(where.netloc).send(method, path, raw, headers, timeout_s=timeout_s)
    if not 200 <= answer.status < 300:
        raise HTTPError(url, answer.status, "refused", Message(), None)
    return json.loads(answer.data or b"null")


def read(url: str, *, timeout_s: float = TIMEOUT_S) -> bytes:
    """Read the bytes at ``url``. Raises ``OSError`` for anything but 2xx."""
    with urllib.request.urlopen(url, timeout=timeout_s) as answer:  # noqa: S310  # loopback
        data: bytes = answer.read()
        return data


@lru_cache(maxsize=50)
def _connections(at: str) -> Connections:
    return Connections(at)
