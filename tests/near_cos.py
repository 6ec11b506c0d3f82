"""Let the SDK reach the run's COS stand-in without a socket, as long as nothing is to go wrong.

Most of the time of a call over loopback is spent in requests, http.client and uvicorn, and a test
of the worker makes eighty calls. Here the stand-in's own code answers in the caller's thread: it
checks address, signature and rights, acts, and records the call as it does behind a socket. Where a
test has faults, settings or triggers, or asks for the wire, the SDK opens a connection.
"""

import os
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

from functions.jobs.bucket import load_sdk
from infra.local.control import DropConnection
from infra.local.cos.app import App
from infra.local.cos.standin import Settings
from infra.local.cos.wire import capitals
from tests.caller import heard
from tests.serving import UNCHANGED

T = TypeVar("T")
HASHED_AT_ONCE_BYTES = 2**20  # the stand-in hashes a larger body in a thread
# The session that all clients of the SDK share, and the id of the process that made it.
POOL, POOL_OF = "_CosS3Client__built_in_sessions", "_CosS3Client__built_in_pid"
NEAR: dict[str, App] = {}  # the stand-ins that are called directly, by ``host:port``


@contextmanager
def near(app: ASGIApp, at: str) -> Iterator[None]:
    """Have the stand-in at ``at`` answer the SDK's calls directly, until the end of the block."""
    assert isinstance(app, DropConnection)
    assert isinstance(app.app, App)
    _look_near(load_sdk().session)
    _look_near(_session_of_others())
    NEAR[at] = app.app
    try:
        yield
    finally:
        NEAR.pop(at, None)


def _look_near(session: requests.Session) -> None:
    """Have a session call the stand-ins in ``NEAR`` directly."""
    if "request" in vars(session):  # it was patched before
        return
    over_the_wire = session.request

    def request(method: str, url: str, **given: Any) -> requests.Response:
        app, data = NEAR.get(urlsplit(url).netloc), given.get("data") or b""
        if app is None or len(data) >= HASHED_AT_ONCE_BYTES or not _is_calm(app):
            return over_the_wire(method, url, **given)
        asked = _asked(method, url, given, data)
        with UNCHANGED:  # and one at a time, as in the stand-in's event loop
            answer = at_once(app.answer(asked)) if _is_calm(app) else None
        return _heard(answer, method, url) if answer else over_the_wire(method, url, **given)

    vars(session)["request"] = request


def _session_of_others() -> requests.Session:
    """Give the session of the SDK's clients that no ``Bucket`` made."""
    if getattr(CosS3Client, POOL_OF) != os.getpid():
        session = requests.Session()
        session.mount("http://", HTTPAdapter(pool_maxsize=100))
        setattr(CosS3Client, POOL, session)
        setattr(CosS3Client, POOL_OF, os.getpid())
    found: requests.Session = getattr(CosS3Client, POOL)
    return found


@contextmanager
def over_the_wire() -> Iterator[None]:
    """Have the SDK open connections until the end of the block."""
    known = dict(NEAR)
    NEAR.clear()
    try:
        yield
    finally:
        NEAR.update(known)


def at_once(work: Coroutine[None, None, T]) -> T:
    """Run a coroutine that needs no event loop, and return its result."""
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
    """Make the request, signed, as it would arrive."""
    sent = {"Accept-Encoding": "identity", **given["headers"]}
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
    """Make the answer as requests gives it."""
    raw = [
        (capitals(name).decode("latin-1"), value.decode("latin-1"))
        for name, value in answer.raw_headers
    ]
    body = b"" if method == "HEAD" else bytes(answer.body)
    return heard(answer.status_code, url, [("date", formatdate(usegmt=True)), *raw], body)
