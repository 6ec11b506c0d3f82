"""How much is let in at once, so that a crowd is told to come again instead of ending the server.

Bodies count by their bytes: the function's memory has to hold each several times over.
"""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from functions.gateway.problems import Rejected, answer_of

BODY_LIMIT_BYTES = 6_000_000  # of a whole request; SCF lets web functions have 6 MB
REQUESTS_AT_ONCE = 64
BYTES_AT_ONCE = 4 * BODY_LIMIT_BYTES
COME_AGAIN_S = 2


class Doors:
    """ASGI middleware around what takes webhooks."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._requests = 0
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: let in, or 429."""
        if scope["type"] != "http" or scope["method"] not in {"POST", "DELETE"}:
            await self._app(scope, receive, send)
            return
        size = min(announced_bytes(Request(scope)), BODY_LIMIT_BYTES)
        if self._requests >= REQUESTS_AT_ONCE or self._bytes + size > BYTES_AT_ONCE:
            busy = Rejected(429, "too_busy", headers={"Retry-After": str(COME_AGAIN_S)})
            await answer_of(busy)(scope, receive, send)
            return
        self._requests += 1
        self._bytes += size
        try:
            await self._app(scope, receive, send)
        finally:
            self._requests -= 1
            self._bytes -= size


def announced_bytes(request: Request) -> int:
    """What Content-Length says; the most there may be where it says nothing of use."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and len(length) < 16:
        return int(length)
    return BODY_LIMIT_BYTES


async def body_of(request: Request) -> bytes:
    """The whole body. Raises ``Rejected`` (413) before reading on."""
    if announced_bytes(request) > BODY_LIMIT_BYTES:
        raise Rejected(413, "too_large", detail=f"At most {BODY_LIMIT_BYTES} bytes.")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BODY_LIMIT_BYTES:
            raise Rejected(413, "too_large", detail=f"At most {BODY_LIMIT_BYTES} bytes.")
    return bytes(body)
