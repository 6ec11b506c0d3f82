"""Limit how much a web function lets in at once: too many get a 429, and nobody ends the process.

Bodies count by their bytes: the function's memory has to hold each several times over.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec

NUMBER_LIMIT_CHARS = 15


class AdmissionLimits(msgspec.Struct, frozen=True):
    """Limit requests that may have a body: bytes of one, bytes of all at once, how many at once."""

    body_bytes: int
    bytes_at_once: int
    requests_at_once: int


class Overloaded(Exception):
    """Say that too much is inside already; the same request may be let in later."""


class AdmissionControl:
    """Count the requests inside. For one event loop only: it has no lock."""

    def __init__(self, limits: AdmissionLimits) -> None:
        self._limits = limits
        self._requests = 0
        self._bytes = 0

    @contextmanager
    def admit(self, size_bytes: int) -> Iterator[None]:
        """Let a request of so many bytes in while the block lasts. Raises ``Overloaded``."""
        limits = self._limits
        if self._requests >= limits.requests_at_once:
            raise Overloaded("requests")
        if self._bytes + size_bytes > limits.bytes_at_once:
            raise Overloaded("bytes")
        self._requests += 1
        self._bytes += size_bytes
        try:
            yield
        finally:
            self._requests -= 1
            self._bytes -= size_bytes


def announced_bytes(headers: Mapping[str, str], limit_bytes: int) -> int:
    """Say how many bytes the body may have, before it is read: the limit if no header says it.

    Without either header there is no body (RFC 9112, 6.3). ``headers`` has lower-case names.
    """
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and len(length) <= NUMBER_LIMIT_CHARS:
        return int(length)
    return limit_bytes if length or "transfer-encoding" in headers else 0
