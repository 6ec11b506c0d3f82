"""Run a web function's service with made-up handlers, and send it requests."""

import http.client
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import requests

from functions.web.admission import AdmissionLimits
from functions.web.asgi import Handler, Request, Response, WebApp
from infra.local.serving import address, listen, served

MAX_BYTES = 1000
LIMITS = AdmissionLimits(
    MAX_BYTES, bytes_at_once=100 * MAX_BYTES, requests_at_once=100, body_within_s=30.0
)


@contextmanager
def running(handlers: Mapping[tuple[str, str], Handler], **more: Any) -> Iterator[str]:
    """Run a service with these handlers; yield its ``host:port``."""
    service = WebApp(handlers, **{"limits": LIMITS, "warm": lambda: None, **more})
    with ExitStack() as stack:
        listening = stack.enter_context(listen())
        stack.enter_context(served({"it": service}, {"it": listening}))
        yield address(listening)


def ask(method: str, at: str, path: str, **more: Any) -> requests.Response:
    """Send an ordinary request."""
    return requests.request(method, f"http://{at}{path}", timeout=30, **more)


def raw(
    at: str, method: str, path: str, **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Send only the head of a request, with the path exactly as it is given; return the answer."""
    with closing(http.client.HTTPConnection(at, timeout=30)) as connection:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def echo(request: Request) -> Response:
    """Answer with what was asked."""
    said = f"{request.method} {request.path} {request.headers.get('x-some')} {len(request.body)}"
    return Response(201, said, {"X-Other": "ü"})
