"""Serves an ASGI app on loopback, in this process or until a signal comes."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

START_LIMIT_S = 20.0


class WithTransport(HttpToolsProtocol):
    """Puts the connection into the scope, so that a stand-in can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn says: any transport
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope["transport"] = transport
            await app(scope, receive, send)

        self.app = with_transport


def server(app: ASGIApp, port: int = 0, **options: Any) -> uvicorn.Server:
    """A server for ``app`` on 127.0.0.1; port 0 takes a free one."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        http=WithTransport,
        log_level="error",
        access_log=False,
        timeout_graceful_shutdown=2,
        **options,
    )
    return uvicorn.Server(config)


def port_of(running: uvicorn.Server) -> int:
    """The port a started server listens on."""
    port: int = running.servers[0].sockets[0].getsockname()[1]
    return port


@contextlib.contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Runs ``app`` in a thread; gives its ``host:port``."""
    running = server(app)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    deadline = threading.Event()
    for _ in range(int(START_LIMIT_S / 0.01)):
        if running.started or not thread.is_alive():
            break
        deadline.wait(0.01)
    if not running.started:
        raise RuntimeError("the server did not start")
    try:
        yield f"127.0.0.1:{port_of(running)}"
    finally:
        running.should_exit = True
        thread.join(10)
