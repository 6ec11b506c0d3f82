"""Keep connections between requests, though a server closes one that is idle for five seconds."""

import http.client
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def again_if_closed(connection: http.client.HTTPConnection, ask: Callable[[], T]) -> T:
    """Call ``ask``; once more over a new connection where the server had closed this one."""
    try:
        return ask()
    except ConnectionError:  # RemoteDisconnected is one
        connection.close()
        return ask()


def keep_open(connection: http.client.HTTPConnection, path: str) -> None:
    """Send a small GET before what is timed, so that this finds an open connection."""

    def ask() -> None:
        connection.request("GET", path)
        connection.getresponse().read()

    again_if_closed(connection, ask)
