"""Serve ASGI apps on loopback ports, in a thread of this process."""

import asyncio
import contextlib
import random
import socket
import threading
import time
from collections.abc import Iterator, Mapping

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

START_LIMIT_S = 20.0
KEPT_S = 60  # an idle connection; vendors keep theirs about as long
UNASKED_PORTS = (20_000, 32_000)  # the system gives none of these out by itself


class WithTransport(HttpToolsProtocol):
    """Put the connection's transport into the scope, so that a stand-in can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn says: any transport
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope["transport"] = transport
            await app(scope, receive, send)

        self.app = with_transport


def listen(port: int = 0) -> socket.socket:
    """Open a listening socket on 127.0.0.1; port 0 takes a free one."""
    # asyncio turns Nagle's algorithm off, which costs 40 ms per answer, only if TCP is named here.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen(1024)
    return listening


def address(listening: socket.socket) -> str:
    """Give ``host:port`` of a listening socket."""
    host, port = listening.getsockname()
    return f"{host}:{port}"


def free_port() -> int:
    """Find a free port on 127.0.0.1 for a server that will bind it itself.

    It is below the range from which the system takes ports for outgoing connections (from 32768 on
    Linux, 49152 on macOS), so that none of those takes it meanwhile.
    """
    while True:
        port = random.randrange(*UNASKED_PORTS)  # noqa: S311  # nothing secret
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def server(app: ASGIApp) -> uvicorn.Server:
    """Make a server for ``app`` that logs only errors, to be run on a listening socket."""
    config = uvicorn.Config(
        app,
        http=WithTransport,
        log_level="error",
        access_log=False,
        proxy_headers=False,  # the caller's address is the connection's
        timeout_keep_alive=KEPT_S,
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


@contextlib.contextmanager
def served(apps: Mapping[str, ASGIApp], sockets: Mapping[str, socket.socket]) -> Iterator[None]:
    """Run each app on the socket of its name, in one event loop in a thread.

    The sockets listen before the apps are created, so each app can be given every address.
    Raises ``RuntimeError`` if they have not started within 20 s.
    """
    servers = {name: server(app) for name, app in apps.items()}

    async def run() -> None:
        await asyncio.gather(*(one.serve([sockets[name]]) for name, one in servers.items()))

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    pause = threading.Event()
    deadline = time.monotonic() + START_LIMIT_S
    while not all(one.started for one in servers.values()):
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError(f"did not start: {', '.join(servers)}")
        pause.wait(0.01)
    try:
        yield
    finally:
        for one in servers.values():
            one.should_exit = True
        thread.join(10)
