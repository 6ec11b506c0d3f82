"""Small JSON calls to the stand-ins' own endpoints."""

import json
import urllib.request
from typing import Any

TIMEOUT_S = 30.0


def call(method: str, url: str, body: Any = None, *, timeout_s: float = TIMEOUT_S) -> Any:
    """Send JSON (or bytes as they are) and read JSON. Raises ``OSError`` for anything but 2xx."""
    raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, raw, method=method)  # noqa: S310  # loopback
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310  # as above
        return json.loads(answer.read() or b"null")


def read(url: str, *, timeout_s: float = TIMEOUT_S) -> bytes:
    """The body behind a URL, redirects followed."""
    with urllib.request.urlopen(url, timeout=timeout_s) as answer:  # noqa: S310  # loopback
        data: bytes = answer.read()
        return data
