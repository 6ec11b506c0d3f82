"""Serve a shop's photo and take its callbacks, at the addresses that its webhooks name.

It is a stand-in like the others: its calls are logged and can be made to fail. It also has the
``kill_url`` to which any stand-in POSTs when the process that called it is to be killed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from anyio import to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from infra.local.control import Control, DropConnection, Fault
from infra.local.serving import address, listen, served

Heard = tuple[dict[str, str], bytes]


@dataclass
class Shop:
    """Hold a shop's address, its photo and its callbacks.

    ``heard`` are the callbacks (headers, body) that arrived, also those whose answers were lost.
    ``kill`` is called for each POST to ``kill_url``.
    """

    address: str
    photo: bytes
    heard: list[Heard] = field(default_factory=list)
    kill: Callable[[], None] = lambda: None

    @property
    def photo_url(self) -> str:
        """Give the address of the photo."""
        return f"http://{self.address}/photo.jpg"

    @property
    def hook_url(self) -> str:
        """Give the address for callbacks."""
        return f"http://{self.address}/hook"

    @property
    def kill_url(self) -> str:
        """Give the address that kills the functions' processes which are busy."""
        return f"http://{self.address}/kill"


@contextmanager
def shop(photo: bytes) -> Iterator[Shop]:
    """Serve the shop on a loopback port of its own until the end of the block."""
    with listen() as listening:
        here, control = Shop(address(listening), photo), Control("shop")

        async def answer(request: Request) -> Response:
            call = control.note(request.method, request.url.path.strip("/"))
            headers, body = dict(request.headers), await request.body()

            async def act() -> Response:
                if request.method == "GET":
                    return Response(here.photo, media_type="image/jpeg")
                here.heard.append((headers, body))
                return Response()

            return await control.around(call, act, as_error=_error)

        async def kill(_: Request) -> Response:
            await to_thread.run_sync(here.kill)
            return Response()

        routes = [
            control.mount(reset=here.heard.clear),
            Route("/photo.jpg", answer, methods=["GET"]),
            Route("/hook", answer, methods=["POST"]),
            Route("/kill", kill, methods=["POST"]),
        ]
        app = DropConnection(Starlette(routes=routes))
        with served({"shop": app}, {"shop": listening}):
            yield here


def _error(fault: Fault) -> Response:
    answer = PlainTextResponse("no", fault.status)
    if fault.retry_after_s:
        answer.headers["retry-after"] = str(fault.retry_after_s)
    return answer
