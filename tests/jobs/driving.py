"""The COS stand-in as a test drives it, beside the product's own client."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import requests

from infra.local import cos
from infra.local.serving import address, listen, served
from tests.conftest import ACCOUNT, BUCKET, REGION


class Cos:
    """Faults, settings, keys, the calls and the objects of a running stand-in."""

    def __init__(self, at: str) -> None:
        self.address = at
        self._session = requests.Session()
        self._session.trust_env = False

    def reset(self) -> None:
        """An empty bucket, no faults and no calls."""
        self._control("POST", "reset")

    def fault(self, **fault: Any) -> None:
        """How the next matching calls go wrong (``infra.local.control.Fault``)."""
        self._control("POST", "faults", json=fault)

    def settings(self, **settings: float) -> None:
        """Some settings; the others stay."""
        self._control("PUT", "settings", json=settings)

    def accept_key(self, **key: Any) -> None:
        """One more key (``infra.local.control.Key``)."""
        self._control("PUT", "keys", json=key)

    def calls(self, op: str = "", target: str = "") -> list[dict[str, Any]]:
        """The calls so far, by the name of the call and the key."""
        rows: list[dict[str, Any]] = self._control("GET", "calls").json()
        return [r for r in rows if op in ("", r["op"]) and target in ("", r["target"])]

    def listed(self, prefix: str = "") -> list[str]:
        """The keys below a prefix, without any lag."""
        rows = self._control("GET", "objects", params={"prefix": prefix}).json()
        return [row["key"] for row in rows]

    def read(self, key: str) -> bytes:
        """An object's bytes."""
        return self._control("GET", "object", params={"key": key}).content

    def write(self, key: str, data: bytes, *, age_s: float = 0) -> None:
        """Puts an object behind the product's back."""
        params = {"key": key, "quiet": "1", "age_s": age_s}
        self._control("PUT", "object", params=params, data=data)

    def _control(self, method: str, path: str, **parts: Any) -> requests.Response:
        url = f"http://{self.address}/_control/{path}"
        answer = self._session.request(method, url, timeout=10, **parts)
        assert answer.status_code == 200, answer.text
        return answer


@contextmanager
def running_cos() -> Iterator[Cos]:
    """A stand-in with the bucket and the keys of ``tests.conftest``."""
    with listen() as listening:
        at = address(listening)
        apps = cos.create({"cos": at}, bucket=BUCKET, region=REGION, **ACCOUNT)
        with served(apps, {"cos": listening}):
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
