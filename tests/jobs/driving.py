"""Run a COS stand-in, or a server with made-up answers, for tests of the product's client."""

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
    """Run a COS stand-in with the keys of ``tests.conftest``, which the SDK calls directly."""
    with listen() as listening:
        at = address(listening)
        apps = cos.create({"cos": at}, bucket=BUCKET, region=REGION, **ACCOUNT)
        with served(apps, {"cos": listening}), near(apps["cos"], at):
            yield Cos(at)


@contextmanager
def answering(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """Run a server that answers each request with the bytes of ``answer``, and hangs up.

    Yields its ``host:port``. It is for what no proper server does, such as a body that breaks off.
    """
    with listen() as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return  # closed: the test is over
                with connection, suppress(ConnectionError):  # the client may hang up first
                    connection.sendall(answer(connection.recv(65_536)))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield address(listening)
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(30)
