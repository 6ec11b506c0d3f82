"""Limit how much a web function lets in at once: too many get a 429, and nobody ends the process.

What counts is what is here: the bytes that came, and the requests that are whole. A client that
announces much and sends little takes up little. When the bytes are full, the body that has grown
largest and is still on its way makes room for a smaller one.
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
    """Limit requests that may have a body: bytes of one, bytes of all at once, how many at once.

    A body is here ``body_within_s`` seconds after its head.
    """

    body_bytes: int
    bytes_at_once: int
    requests_at_once: int
    body_within_s: float


class Overloaded(Exception):
    """Say that too much is inside already; the same request may be let in later."""


class TooLarge(Exception):
    """Say that a body is longer than one may be."""


class TooSlow(Exception):
    """Say that a body did not come in its time."""


class ClientGone(Exception):
    """Say that nobody waits for the answer any more."""


class Place:
    """Hold what one request takes up: the bytes of its body so far, and whether it is whole."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self.is_whole = False
        self.reading: asyncio.Future[bytes] | None = None  # cancelled to make room


class AdmissionControl:
    """Count what is inside. For one event loop only: it has no lock."""

    def __init__(self, limits: AdmissionLimits) -> None:
        self._limits = limits
        self._places: dict[Place, None] = {}
        self._requests = 0
        self._bytes = 0
        self._whole_bytes = 0

    @contextmanager
    def admit(self, announced_bytes: int) -> Iterator[Place]:
        """Let a request in while the block lasts.

        Raises ``TooLarge``, and ``Overloaded`` if it would not fit now.
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
        """Count bytes that have come. Raises ``Overloaded`` if nobody can make room for them."""
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
        """Count a request whose body is here. Raises ``Overloaded`` if there are too many."""
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
    """Say how many bytes the body may have, before it is read: the limit if no header says it.

    Without either header there is no body (RFC 9112, 6.3). ``headers`` has lower-case names.
    """
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and len(length) <= NUMBER_LIMIT_CHARS:
        return int(length)
    return limit_bytes if length or "transfer-encoding" in headers else 0


class Body:
    """Read one request's body, once and within its time: to have it, or to be rid of it."""

    def __init__(
        self, receive: Receive, headers: Mapping[str, str], limits: AdmissionLimits
    ) -> None:
        self.announced = announced_bytes(headers, limits.body_bytes)
        self.is_over = not self.announced
        self._receive = receive
        self._limit_bytes = limits.body_bytes
        self._deadline = asyncio.get_running_loop().time() + limits.body_within_s

    async def read(self, doors: AdmissionControl, place: Place) -> bytes:
        """Give the body. Raises ``TooLarge``, ``TooSlow``, ``Overloaded`` and ``ClientGone``."""
        place.reading = asyncio.ensure_future(self._whole(doors, place))
        if not await self._in_time(place.reading):
            raise TooSlow
        if place.reading.cancelled():
            raise Overloaded("made room")
        data = place.reading.result()
        doors.complete(place)
        return data

    async def drop(self) -> None:
        """Read what is still to come, since a client that sends may not hear the answer."""
        await self._in_time(asyncio.ensure_future(self._rest()))

    async def _in_time(self, reading: asyncio.Future[Any]) -> bool:
        """Wait for it, and end it when its time is over; say whether it was in time."""
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
