"""Run a WebSocket server (RFC 6455) for tests, of unfragmented text frames; it answers pings."""

import base64
import contextlib
import hashlib
import socket
import socketserver
import struct
from collections.abc import Callable

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA


class Gone(Exception):
    """Report that the other side has closed the connection."""


class Connection:
    """Exchange texts with one client, after its handshake."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.path = self._shaken()

    def send(self, text: str) -> None:
        """Send a text frame."""
        self._send(TEXT, text.encode())

    def receive(self) -> str:
        """Receive the next text. Raises ``Gone``."""
        while True:
            opcode, data = self._frame()
            if opcode == TEXT:
                return data.decode()
            if opcode == PING:
                self._send(PONG, data)
            if opcode == CLOSE:
                raise Gone

    def _shaken(self) -> str:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._read(1)
        first, *lines = head.decode().splitlines()
        headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines}
        digest = hashlib.sha1(headers["sec-websocket-key"].encode() + _GUID, usedforsecurity=False)
        accept = base64.b64encode(digest.digest()).decode()
        self._sock.sendall(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        return first.split()[1]

    def _frame(self) -> tuple[int, bytes]:
        first, second = self._read(2)
        assert first & 0x80, "a fragment"
        assert second & 0x80, "a client's frame is masked"
        size = second & 0x7F
        if size >= 126:
            size = int.from_bytes(self._read(2 if size == 126 else 8), "big")
        mask = self._read(4)
        data = self._read(size)
        return first & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))

    def _send(self, opcode: int, data: bytes) -> None:
        size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack(">H", len(data))
        if len(data) > 0xFFFF:
            size = b"\x7f" + struct.pack(">Q", len(data))
        self._sock.sendall(bytes([0x80 | opcode]) + size + data)

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._sock.recv(size - len(data))
            if not part:
                raise Gone
            data += part
        return data


class Server(socketserver.ThreadingTCPServer):
    """Call ``serve`` with each connection, in a thread of its own."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, serve: Callable[[Connection], None]) -> None:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(Gone, OSError):
                    serve(Connection(self.request))

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Give the address to which clients connect."""
        host, port = self.server_address[:2]
        return f"ws://{host!s}:{port}/"
