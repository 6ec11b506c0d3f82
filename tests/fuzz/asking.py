"""Ask a web function without a network: one request in, one answer out."""

import asyncio
from collections.abc import Mapping

import msgspec

from functions.web.admission import Event
from functions.web.asgi import WebApp


class Answered(msgspec.Struct, frozen=True):
    """Hold an answer. The headers' names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(
    service: WebApp,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    query: str = "",
) -> Answered:
    """Send a request. ``path`` is decoded, as a server hands it on; headers are latin-1."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode("latin-1", "replace"),
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in {"content-length": str(len(body)), **(headers or {})}.items()
        ],
    }
    sent: list[Event] = []

    async def receive() -> Event:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(event: Event) -> None:
        sent.append(event)

    asyncio.run(service(scope, receive, send))
    start, rest = sent
    pairs = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
    return Answered(start["status"], pairs, rest["body"])
