"""Send HTTP/1.1 requests with asyncio, with a limit on the answer's size.

As at SCF, each request has a connection of its own, and is sent and answered as a whole.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import h11

READ_BYTES = 256 * 1024

Headers = Sequence[tuple[bytes, bytes]]


class Unreachable(Exception):
    """Say that nobody listens at the address; nothing was sent."""


class Broken(Exception):
    """Say that the connection ended without an answer, or that the answer was no HTTP.

    The server may have acted on the request.
    """


class TooLarge(Exception):
    """Say that the answer's body exceeds the limit."""


@dataclass(frozen=True)
class Answer:
    """Hold a response: the headers as they came, the body without its transfer coding."""

    status: int
    headers: Headers
    body: bytes


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.http = h11.Connection(h11.CLIENT)

    async def exchange(self, request: h11.Request, body: bytes, limit_bytes: int) -> Answer:
        parts = [request, *([h11.Data(data=body)] if body else []), h11.EndOfMessage()]
        # In one write, so that the server wakes up only once.
        self.writer.write(b"".join(self.http.send(part) or b"" for part in parts))
        await self.writer.drain()
        head: h11.Response | None = None
        found: list[bytes] = []
        size = 0
        while not isinstance(event := await self._next(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                found.append(bytes(event.data))
                size += len(event.data)
                if size > limit_bytes:
                    raise TooLarge
        if head is None:
            raise Broken("an end without a beginning")
        return Answer(head.status_code, head.headers.raw_items(), b"".join(found))

    async def _next(self) -> h11.Event:
        while True:
            event = self.http.next_event()
            if isinstance(event, h11.ConnectionClosed) or event is h11.PAUSED:
                raise Broken("the connection was closed before an answer")
            if isinstance(event, h11.Event):
                return event
            self.http.receive_data(await self.reader.read(READ_BYTES))

    def close(self) -> None:
        self.writer.transport.abort()


class Upstream:
    """Send requests to one server, at ``host:port``, any number of them at once."""

    def __init__(self, address: str, *, answer_limit_bytes: int) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)
        self._limit_bytes = answer_limit_bytes

    async def exchange(
        self, method: str, target: bytes, headers: Headers, body: bytes = b""
    ) -> Answer:
        """Send one request, with exactly these headers, and read the answer.

        Nothing is ever sent twice. Raises ``Unreachable``, ``Broken``, ``TooLarge``, and
        ``ValueError`` for a request that HTTP/1.1 does not allow.
        """
        try:
            request = h11.Request(method=method, target=target, headers=list(headers))
        except h11.LocalProtocolError as error:
            raise ValueError(str(error)) from error
        connection = await self._connect()
        try:
            return await connection.exchange(request, body, self._limit_bytes)
        except (h11.ProtocolError, OSError) as error:
            raise Broken(str(error)) from error
        finally:
            connection.close()

    async def _connect(self) -> _Connection:
        try:
            reader, writer = await asyncio.open_connection(self._host, self._port)
        except OSError as error:
            raise Unreachable(f"nobody listens at {self._host}:{self._port}") from error
        return _Connection(reader, writer)


async def listens(address: str) -> bool:
    """Tell whether a server accepts connections at ``host:port``."""
    host, _, port = address.rpartition(":")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def put_json(address: str, path: str, body: bytes) -> int:
    """Send a JSON body with PUT to a stand-in's control address and give the answer's status.

    Raises the same errors as ``exchange``.
    """
    upstream = Upstream(address, answer_limit_bytes=1024 * 1024)
    headers = [
        (b"Host", address.encode()),
        (b"Content-Type", b"application/json"),
        (b"Content-Length", str(len(body)).encode()),
    ]
    return (await upstream.exchange("PUT", path.encode(), headers, body)).status
