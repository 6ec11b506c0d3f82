"""Run a client's server for callbacks, which keeps what it gets and answers as it is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.local.serving import address, listen, served


@dataclass
class Receiver:
    """Hold the callbacks in ``got``; ``answers`` are used one after another, then 200."""

    url: str
    answers: list[Response] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Serve a receiver on a loopback port of its own."""
    with listen() as listening:
        receiver = Receiver(f"http://{address(listening)}/hook")

        async def hook(request: Request) -> Response:
            receiver.got.append((dict(request.headers), await request.body()))
            return receiver.answers.pop(0) if receiver.answers else Response()

        app = Starlette(routes=[Route("/hook", hook, methods=["POST"])])
        with served({"hook": app}, {"hook": listening}):
            yield receiver
