"""The COS stand-in as a test drives it, beside the product's own client."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from infra.local import cos
from infra.local.serving import address, listen
from tests.conftest import ACCOUNT, BUCKET, REGION, Cos
from tests.near_cos import near
from tests.serving import served

__all__ = ["Cos", "answering", "running_cos"]


@contextmanager
def running_cos() -> Iterator[Cos]:
    """A stand-in as ``tests.conftest`` has it, near to the SDK."""
    with listen() as listening:
        at = address(listening)
        apps = cos.create({"cos": at}, bucket=BUCKET, region=REGION, **ACCOUNT)
        with served(apps, {"cos": listening}), near(apps["cos"], at):
            yield Cos(at)


@contextmanager
def answering(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """A server at ``host:port`` that sends exactly these bytes per request, and hangs up.

    For what no proper server does: a body that breaks off.
    """
    with listen() as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return  # closed: the test is over
                with connection, suppress(ConnectionError):  # who has enough may hang up
                    connection.sendall(answer(connection.recv(65_536)))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield address(listening)
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(30)
