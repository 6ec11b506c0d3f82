"""Lets the SDK reach the run's COS stand-in without a socket, as long as nothing is to go wrong.

Most of what a call over loopback takes goes into requests, http.client and uvicorn, and a test of
the worker makes eighty of them. Here the stand-in's own code answers in the caller's thread: it
checks address, signature and rights, acts, and writes the call down as it does behind a socket.
Where a test has faults, settings or triggers, or asks for the wire, the SDK opens a connection.
"""

import os
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import requests
from qcloud_cos import CosS3Client
from requests.adapters import HTTPAdapter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message

from infra.local.control import DropConnection
from infra.local.cos.app import App
from infra.local.cos.standin import Settings
from infra.local.cos.wire import capitals
from tests.caller import heard

T = TypeVar("T")
HASHED_AT_ONCE_BYTES = 2**20  # a larger body is hashed in a thread
# What all of the SDK's clients share, and the process that made it.
POOL, POOL_OF = "_CosS3Client__built_in_sessions", "_CosS3Client__built_in_pid"


class NearSession(requests.Session):
    """The SDK's pool of connections, which needs none to the stand-ins that it knows."""

    def __init__(self) -> None:
        super().__init__()
        self.mount("http://", HTTPAdapter(pool_maxsize=100))  # as ``Bucket`` has it
        self.near: dict[str, App] = {}
        self._one_at_a_time = threading.Lock()  # as the stand-in's event loop has it

    def request(  # type: ignore[override]  # the SDK gives all but these by name
        self, method: str, url: str, **given: Any
    ) -> requests.Response:
        app, data = self.near.get(urlsplit(url).netloc), given.get("data") or b""
        if app is None or len(data) >= HASHED_AT_ONCE_BYTES or not _is_calm(app):
            return super().request(method, url, **given)
        asked = _asked(method, url, given, data)
        with self._one_at_a_time:
            answer = at_once(app.answer(asked))
        return _heard(answer, method, url)


@contextmanager
def near(app: ASGIApp, at: str) -> Iterator[None]:
    """Have the SDK's calls to ``at`` answered by its stand-in directly."""
    assert isinstance(app, DropConnection)
    assert isinstance(app.app, App)
    session = _session_of_all()
    session.near[at] = app.app
    try:
        yield
    finally:
        session.near.pop(at, None)


def _session_of_all() -> NearSession:
    """Give the process's one session: stand-ins come and go in any order, and each is known."""
    session = getattr(CosS3Client, POOL)
    if not isinstance(session, NearSession) or getattr(CosS3Client, POOL_OF) != os.getpid():
        session = NearSession()
        setattr(CosS3Client, POOL, session)
        setattr(CosS3Client, POOL_OF, os.getpid())
    return session


@contextmanager
def over_the_wire() -> Iterator[None]:
    """Have the SDK open connections again."""
    session = getattr(CosS3Client, POOL)
    known, session.near = session.near, {}
    try:
        yield
    finally:
        session.near = known


def at_once(work: Coroutine[None, None, T]) -> T:
    """Run a coroutine that waits for nobody."""
    while True:
        try:
            waits = work.send(None)
        except StopIteration as ended:
            answer: T = ended.value
            return answer
        assert waits is None, "it waits for something that needs an event loop"


def _is_calm(app: App) -> bool:
    standin = app.standin
    return not standin.control.faults and not standin.triggers and standin.settings == Settings()


def _asked(method: str, url: str, given: Mapping[str, Any], data: bytes) -> Request:
    """Give the request as it would arrive, signed."""
    sent = {"Accept-Encoding": "gzip, deflate", "Accept": "*/*", **given["headers"]}
    if data or method in {"PUT", "POST"}:
        sent["Content-Length"] = str(len(data))
    full = SimpleNamespace(method=method, url=url, headers=sent)
    if given.get("auth"):
        given["auth"](full)
    where = urlsplit(url)
    query = "&".join(part for part in (where.query, urlencode(given.get("params") or {})) if part)
    headers = [(b"host", where.netloc.encode())]
    for name, value in sent.items():
        raw = value if isinstance(value, bytes) else str(value).encode("latin-1")
        headers.append((name.lower().encode("latin-1"), raw))
    scope = {
        "type": "http",
        "method": method,
        "path": where.path,
        "raw_path": where.path.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 0),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": data}

    return Request(scope, receive)


def _heard(answer: Response, method: str, url: str) -> requests.Response:
    """Give the answer as requests would."""
    raw = [
        (capitals(name).decode("latin-1"), value.decode("latin-1"))
        for name, value in answer.raw_headers
    ]
    body = b"" if method == "HEAD" else bytes(answer.body)
    return heard(answer.status_code, url, [("date", formatdate(usegmt=True)), *raw], body)
