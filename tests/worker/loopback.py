"""A web server that answers with any bytes whatever, and an internet that leads to it.

No server library: most answers here are ones that no decent server gives.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from functions.worker.safe_http import KeptConnections, UrlPolicy, UrlRefused, fetch

LOCAL = UrlPolicy(allow_loopback_http=True)
Script = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\n"
WAIT_S = 30.0


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A decent answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return answer(b"", f"Location: {location}", status=status)


class Server:
    """Answers the first connection with the first script, and so on; the last one stays.

    ``requests`` are whole requests as they came, ``connections`` counts all that was accepted.
    """

    def __init__(self, *scripts: bytes | Script, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.over = threading.Event()
        self.scripts = scripts
        self._tls = tls
        self._threads: list[threading.Thread] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Server":
        self._start(self._accept)
        return self

    def __exit__(self, *_raised: object) -> None:
        self.over.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(WAIT_S)

    def drip(self, head: bytes, drop: bytes) -> Script:
        """Sends ``drop`` again and again until somebody hangs up."""

        def script(connection: socket.socket) -> None:
            connection.sendall(head)
            while not self.over.wait(0.02):
                connection.sendall(drop)

        return script

    def answers(self, *answers: bytes) -> Script:
        """Sends one for each request that comes over one connection, and hangs up at one more."""

        def script(connection: socket.socket) -> None:
            for number, one in enumerate(answers):
                if number:
                    self.requests.append(one_request(connection))
                connection.sendall(one)
            self.requests.append(one_request(connection))

        return script

    def silence(self, _: socket.socket) -> None:
        """Answers nothing until the test is over."""
        self.over.wait(WAIT_S)

    def _start(self, job: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=job, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed: the test is over
            while True:
                connection, _ = self._listening.accept()
                self.connections += 1
                self._start(self._serve, connection, self.connections)

    def _serve(self, connection: socket.socket, number: int) -> None:
        script = self.scripts[min(number, len(self.scripts)) - 1]
        connection.settimeout(WAIT_S)
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(connection)
            if self._tls:
                connection = stack.enter_context(
                    self._tls.wrap_socket(connection, server_side=True)
                )
            self.requests.append(one_request(connection))
            if callable(script):
                script(connection)
            else:
                connection.sendall(script)


def one_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part and not received:
            raise ConnectionError
        received += part or b"\r\n\r\n"
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().splitlines() if line.startswith(b"content-length:")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


class Internet:
    """Says which addresses a name has, writes down every connection, and leads some to a server.

    ``names`` are answers of the resolver, one after the other, the last one for good;
    ``leads_to`` are the ports on this machine behind public addresses. Everything else is refused.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, list[Sequence[str]]] = {}
        self.leads_to: dict[str, int] = {}
        self.connected_to: list[tuple[str, int]] = []
        self.looked_up: list[str] = []
        self.sockets: list[socket.socket] = []
        really_connect = socket.socket.connect

        def connect(connection: socket.socket, address: tuple[str, int]) -> None:
            self.connected_to.append(address[:2])
            self.sockets.append(connection)
            if address[0] not in self.leads_to:
                raise ConnectionRefusedError
            really_connect(connection, ("127.0.0.1", self.leads_to[address[0]]))

        monkeypatch.setattr(socket.socket, "connect", connect)
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def _look_up(self, host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        self.looked_up.append(host)
        answers = self.names.get(host)
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, 1, 6, "", (each, port))
            for each in addresses
        ]


def fetched(
    url: str,
    *,
    rules: UrlPolicy = LOCAL,
    max_bytes: int = 1000,
    deadline_s: float = 10,
    kept: KeptConnections | None = None,
) -> bytes:
    """What a URL leads to, in local mode unless the test says otherwise."""
    return fetch(url, rules=rules, max_bytes=max_bytes, deadline_s=deadline_s, kept=kept)


def refusal(
    url: str,
    *,
    rules: UrlPolicy = LOCAL,
    max_bytes: int = 1000,
    deadline_s: float = 10,
    kept: KeptConnections | None = None,
) -> UrlRefused:
    """Why it leads nowhere."""
    with pytest.raises(UrlRefused) as caught:
        fetched(url, rules=rules, max_bytes=max_bytes, deadline_s=deadline_s, kept=kept)
    return caught.value
