"""Reuse connections although a server closes those that are idle for five seconds."""

import http.client
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def again_if_closed(connection: http.client.HTTPConnection, ask: Callable[[], T]) -> T:
    """Call ``ask``; if the server had closed the connection, call it again over a new one."""
    try:
        return ask()
    except ConnectionError:  # RemoteDisconnected is one
        connection.close()
        return ask()


def keep_open(connection: http.client.HTTPConnection, path: str) -> None:
    """Send a small GET, so that the request that is timed next finds an open connection."""

    def ask() -> None:
        connection.request("GET", path)
        connection.getresponse().read()

    again_if_closed(connection, ask)
