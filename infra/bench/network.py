"""Simulate a network between the functions and a vendor: TLS, and a settable round trip.

A new connection costs a round trip, TLS 1.3 another, and data half of one in each direction. The
bandwidth is not limited and no packet is lost, so a large photo takes longer over a real network.
"""

import asyncio
import contextlib
import ssl
import subprocess
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from socket import socket

from infra.local.serving import address, listen

NAME, NUMBER = "localhost", "127.0.0.1"
CERTIFICATE = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
    f"-subj /CN={NAME} -addext subjectAltName=DNS:{NAME} -keyout key.pem -out certificate.pem"
)
READ_BYTES = 64 * 1024
ENDS_WITHIN_S = 10.0


def make_certificate(folder: Path) -> Path:
    """Make a certificate for ``NAME`` in ``folder``, with its key beside it; return its path."""
    subprocess.run(CERTIFICATE.split(), cwd=folder, check=True, capture_output=True)  # noqa: S603  # our own
    return folder / "certificate.pem"


class Front:
    """Forward connections from an ``address`` of its own to a server (``host:port``).

    With a certificate (``make_certificate``) it speaks TLS; without one it takes the same time.
    ``opened`` counts connections. ``server`` and ``round_trip_s`` may be changed at any time.
    """

    def __init__(self, server: str = "", certificate: Path | None = None) -> None:
        self.round_trip_s = 0.0
        self.opened = 0
        self._outside = listen()
        self.address = address(self._outside)
        self.server = server
        self._tls: socket | None = None
        if certificate:
            self.address = self.address.replace(NUMBER, NAME)
            self._tls = listen()
            self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._context.load_cert_chain(certificate, certificate.with_name("key.pem"))
        self._loop = asyncio.new_event_loop()
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def answered(self, data: bytes) -> bytes:
        """Return the data to forward of what the server has sent; empty: close the connection."""
        return data

    def hang_up(self) -> None:
        """Close all connections, as a server closes idle ones, and wait until they are closed."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(ENDS_WITHIN_S)

    async def _hang_up(self) -> None:
        for writer in self._open.values():
            writer.close()
        if self._open:
            await asyncio.wait(list(self._open))

    @contextlib.contextmanager
    def running(self) -> Iterator["Front"]:
        """Serve until the block ends, in a thread."""
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(ENDS_WITHIN_S)

    def _run(self) -> None:
        until_done = self._loop.run_until_complete
        servers = [until_done(asyncio.start_server(self._from_client, sock=self._outside))]
        if self._tls:
            behind = asyncio.start_server(self._from_tls, sock=self._tls, ssl=self._context)
            servers.append(until_done(behind))
        self._loop.run_forever()
        for server in servers:
            server.close()
        until_done(self._hang_up())
        self._loop.close()

    async def _from_client(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Forward the bytes of a new connection as they are, each after half a round trip."""
        self.opened += 1
        trips = 1 if self._tls else 2  # before its first byte: TCP's, and TLS's where there is none
        begins_at = self._loop.time() + trips * self.round_trip_s
        onward = address(self._tls) if self._tls else self.server
        async with self._through(writer, onward) as (there, back):
            await asyncio.gather(
                self._delayed(reader, back, begins_at), self._delayed(there, writer, begins_at)
            )

    async def _from_tls(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward the decrypted bytes of a TLS connection."""
        async with self._through(writer, self.server) as (there, back):
            await asyncio.gather(_carried(reader, back), _carried(there, writer, self.answered))

    @contextlib.asynccontextmanager
    async def _through(
        self, writer: asyncio.StreamWriter, server: str
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """Connect to the server for one client; close both connections after the block."""
        host, _, port = server.rpartition(":")
        there, back = await asyncio.open_connection(host, int(port))
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # for the type checker: asyncio runs this
        self._open[task] = writer
        try:
            yield there, back
        finally:
            for one in (writer, back):
                one.close()
                with contextlib.suppress(OSError):
                    await one.wait_closed()
            del self._open[task]

    async def _delayed(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, begins_at: float
    ) -> None:
        """Forward each piece half a round trip later, and read the next one meanwhile."""
        pieces: deque[bytes] = deque()

        def arrive() -> None:
            _write(writer, pieces.popleft())

        while not pieces or pieces[-1]:
            pieces.append(await _read(reader))
            sent_at = max(self._loop.time(), begins_at)
            self._loop.call_at(sent_at + self.round_trip_s / 2, arrive)


async def _unchanged(data: bytes) -> bytes:
    return data


async def _carried(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    change: Callable[[bytes], Awaitable[bytes]] = _unchanged,
) -> None:
    data = b"-"
    while data:
        data = await _read(reader)
        data = await change(data) if data else data
        _write(writer, data)


async def _read(reader: asyncio.StreamReader) -> bytes:
    """Read some bytes; empty at the end, also after an error."""
    with contextlib.suppress(OSError):
        return await reader.read(READ_BYTES)
    return b""


def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    if data and not writer.is_closing():
        writer.write(data)
    elif not data:
        writer.close()
