"""Limit the requests and bytes that a web function holds at once, and thereby its memory.

Bytes count as they arrive, requests once their body is complete: a client that announces much and
sends little takes up little. At the limit of bytes, the largest body that is still arriving is
dropped in favour of a smaller one. Refused requests get a 429.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from typing import Any

import msgspec

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
NUMBER_LIMIT_CHARS = 15


class AdmissionLimits(msgspec.Struct, frozen=True):
    """Hold the limits for requests that may have a body.

    A body has at most ``body_bytes`` and is complete ``body_within_s`` seconds after its head; all
    bodies together have at most ``bytes_at_once``; ``requests_at_once`` may be complete.
    """

    body_bytes: int
    bytes_at_once: int
    requests_at_once: int
    body_within_s: float


class Overloaded(Exception):
    """Say that the limits are reached; the same request may be admitted later."""


class TooLarge(Exception):
    """Say that a body is longer than ``body_bytes``."""


class TooSlow(Exception):
    """Say that a body was not complete after ``body_within_s``."""


class ClientGone(Exception):
    """Say that the client has disconnected."""


class Place:
    """Hold what one request takes up: the bytes that have come, and whether they are all."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self.is_whole = False
        self.reading: asyncio.Future[bytes] | None = None  # cancelled to make room


class AdmissionControl:
    """Admit requests within the limits. Only for use in one event loop: it has no lock."""

    def __init__(self, limits: AdmissionLimits) -> None:
        self._limits = limits
        self._places: dict[Place, None] = {}
        self._requests = 0
        self._bytes = 0
        self._whole_bytes = 0

    @contextmanager
    def admit(self, announced_bytes: int) -> Iterator[Place]:
        """Admit a request for the duration of the block, and give its place.

        Raises ``TooLarge``, or ``Overloaded`` if a body as long as announced would not fit now.
        """
        if announced_bytes > self._limits.body_bytes:
            raise TooLarge
        if self._whole_bytes + announced_bytes > self._limits.bytes_at_once:
            raise Overloaded("bytes")
        self._check_requests()
        place = Place()
        self._places[place] = None
        try:
            yield place
        finally:
            self._remove(place)

    def grow(self, place: Place, size_bytes: int) -> None:
        """Count ``size_bytes`` more of a body; above the limit, drop larger ones still arriving.

        Raises ``Overloaded`` if that does not make room.
        """
        place.size_bytes += size_bytes
        self._bytes += size_bytes
        while self._bytes > self._limits.bytes_at_once:
            arriving = (one for one in self._places if not one.is_whole)
            largest = max(arriving, key=lambda one: one.size_bytes, default=place)
            if largest.size_bytes <= place.size_bytes:
                raise Overloaded("bytes")
            self._remove(largest)
            if largest.reading:
                largest.reading.cancel()

    def complete(self, place: Place) -> None:
        """Count a request whose body is complete. Raises ``Overloaded`` if there are too many."""
        self._check_requests()
        place.is_whole = True
        self._requests += 1
        self._whole_bytes += place.size_bytes

    def _check_requests(self) -> None:
        if self._requests >= self._limits.requests_at_once:
            raise Overloaded("requests")

    def _remove(self, place: Place) -> None:
        if place in self._places:
            del self._places[place]
            self._bytes -= place.size_bytes
            if place.is_whole:
                self._requests -= 1
                self._whole_bytes -= place.size_bytes


def announced_bytes(headers: Mapping[str, str], limit_bytes: int) -> int:
    """Give the body's length as its headers announce it; ``limit_bytes`` if they leave it open.

    Without Content-Length and Transfer-Encoding there is no body: 0 (RFC 9112, 6.3). ``headers``
    has lower-case names.
    """
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and len(length) <= NUMBER_LIMIT_CHARS:
        return int(length)
    return limit_bytes if length or "transfer-encoding" in headers else 0


class Body:
    """Read one request's body, once and until its deadline: to use it, or to discard it."""

    def __init__(
        self, receive: Receive, headers: Mapping[str, str], limits: AdmissionLimits
    ) -> None:
        self.announced = announced_bytes(headers, limits.body_bytes)
        self.is_over = not self.announced
        self._receive = receive
        self._limit_bytes = limits.body_bytes
        self._deadline = asyncio.get_running_loop().time() + limits.body_within_s

    async def read(self, doors: AdmissionControl, place: Place) -> bytes:
        """Read it whole. Raises ``TooLarge``, ``TooSlow``, ``Overloaded`` and ``ClientGone``."""
        place.reading = asyncio.ensure_future(self._whole(doors, place))
        if not await self._in_time(place.reading):
            raise TooSlow
        if place.reading.cancelled():
            raise Overloaded("made room")
        data = place.reading.result()
        doors.complete(place)
        return data

    async def drop(self) -> None:
        """Discard the rest as it comes: a client that is still sending may not read the answer."""
        await self._in_time(asyncio.ensure_future(self._rest()))

    async def _in_time(self, reading: asyncio.Future[Any]) -> bool:
        """Wait for ``reading`` until the deadline, then cancel it; say whether it was in time."""
        try:
            left_s = self._deadline - asyncio.get_running_loop().time()
            return bool((await asyncio.wait({reading}, timeout=max(0.0, left_s)))[0])
        finally:
            reading.cancel()

    async def _whole(self, doors: AdmissionControl, place: Place) -> bytes:
        body = bytearray()
        async for part in self._parts():
            if len(body) + len(part) > self._limit_bytes:
                raise TooLarge
            doors.grow(place, len(part))
            body += part
        return bytes(body)

    async def _rest(self) -> None:
        with suppress(ClientGone):
            async for _ in self._parts():
                pass

    async def _parts(self) -> AsyncIterator[bytes]:
        while True:
            event = await self._receive()
            if event["type"] == "http.disconnect":
                raise ClientGone
            self.is_over = not event.get("more_body")
            yield event.get("body", b"")
            if self.is_over:
                return
