"""Run a web server that answers with any bytes, and an internet whose addresses lead to it.

It uses no server library, because most answers here are ones that no decent server gives.
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
    """Make a well-formed answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return answer(b"", f"Location: {location}", status=status)


class Server:
    """Answer the first connection with the first script, and so on; further ones with the last.

    ``requests`` are the whole requests as they came; ``connections`` counts those accepted.
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
        """Make a script that sends ``head``, then ``drop`` on and on until the client hangs up."""

        def script(connection: socket.socket) -> None:
            connection.sendall(head)
            while not self.over.wait(0.02):
                connection.sendall(drop)

        return script

    def answers(self, *answers: bytes) -> Script:
        """Make a script that answers one request each on a connection, and hangs up at one more."""

        def script(connection: socket.socket) -> None:
            for number, one in enumerate(answers):
                if number:
                    self.requests.append(one_request(connection))
                connection.sendall(one)
            self.requests.append(one_request(connection))

        return script

    def silence(self, _: socket.socket) -> None:
        """Run a script that answers nothing until the test is over."""
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
    """Replace name resolution and connecting: record connections, and lead some to a server here.

    ``names`` are the resolver's answers to a name, one after the other; the last one stays.
    ``leads_to`` maps public addresses to ports on this machine. All other connections are refused.
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
    """Fetch a URL, under the rules for local use unless the test gives others."""
    return fetch(url, rules=rules, max_bytes=max_bytes, deadline_s=deadline_s, kept=kept)


def refusal(
    url: str,
    *,
    rules: UrlPolicy = LOCAL,
    max_bytes: int = 1000,
    deadline_s: float = 10,
    kept: KeptConnections | None = None,
) -> UrlRefused:
    """Fetch a URL that must be refused; give the refusal."""
    with pytest.raises(UrlRefused) as caught:
        fetched(url, rules=rules, max_bytes=max_bytes, deadline_s=deadline_s, kept=kept)
    return caught.value
