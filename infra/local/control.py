"""Control a stand-in over HTTP: inject faults, add keys, list its calls, reset it.

Each stand-in serves the routes of ``Control.mount`` under ``/_control`` and wraps each vendor call
in ``Control.around``. Recorded calls hold names, times and outcomes, never a header or a body.
"""

import asyncio
import fnmatch
import random
import time
import urllib.request
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send


class Fault(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Describe how the next matching calls fail.

    ``op`` and ``target`` are shell patterns: ``op`` for a vendor's action such as
    ``chat.postMessage`` or ``PUT``, ``target`` for its object, such as a key or a channel. ``drop``
    closes the connection without an answer, ``before`` or ``after`` the call has acted.
    """

    op: str = "*"
    target: str = "*"
    times: int = 1  # -1: until the faults are cleared
    skip: int = 0  # how many matching calls pass first
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0  # of the matching calls, at random
    delay_s: float = 0.0  # before acting
    late_s: float = 0.0  # after acting, before answering
    error: str = ""  # the vendor's code, in the vendor's own error form
    message: str = ""
    status: int = 0  # the HTTP status of that error; 0 = the vendor's usual one
    body: str | None = None  # with status: answer exactly this
    retry_after_s: int = 0  # -1: the Slack stand-in leaves the header out
    drop: str = ""  # "before" | "after"
    post: tuple[str, ...] = ()  # URLs to POST to at that moment, such as one that kills a function


class Call(msgspec.Struct, kw_only=True):
    """Record one vendor call. ``at`` is Unix seconds, ``ms`` its duration."""

    n: int
    op: str
    target: str
    at: float
    ms: float = 0.0
    status: int = 0
    error: str = ""
    request_id: str = ""
    caller: str = ""  # the secret id or the app that signed
    detail: dict[str, Any] = {}


class Key(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Hold a key that the stand-in accepts. With ``token`` it is temporary, until ``expires_at``.

    With ``role`` it has the rights of that role (``infra.local.cam``), without one all rights.
    """

    secret_id: str
    secret_key: str
    token: str = ""
    expires_at: float = 0.0  # Unix seconds; 0 = never
    role: str = ""


class Dropped(BaseException):  # not an Exception: Starlette would answer 500 for it
    """Ask for the connection to be closed without an answer."""


class Control:
    """Hold the faults, keys and call log of one stand-in."""

    def __init__(self, name: str, *, keys: list[Key] | None = None) -> None:
        self.name = name
        self.faults: list[Fault] = []
        self.calls: deque[Call] = deque(maxlen=200_000)
        self.keys: dict[str, Key] = {key.secret_id: key for key in keys or []}
        self._count = 0
        self._resets = 0
        self._kept: dict[str, Callable[[], None]] = {}

    def fault_for(self, op: str, target: str) -> Fault | None:
        """Find the first fault that matches a call, and count it down; None if none does."""
        for fault in self.faults:
            fits = fnmatch.fnmatchcase(op, fault.op) and fnmatch.fnmatchcase(target, fault.target)
            if not fits or fault.times == 0:
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.share < 1 and random.random() >= fault.share:  # noqa: S311  # no secret
                continue
            if fault.times > 0:
                fault.times -= 1
            return fault
        return None

    def note(self, op: str, target: str) -> Call:
        """Start the record of one call."""
        self._count += 1
        call = Call(n=self._count, op=op, target=target, at=time.time())
        self.calls.append(call)
        return call

    async def around(
        self,
        call: Call,
        act: Callable[[], Awaitable[Response]],
        *,
        as_error: Callable[[Fault], Response],
    ) -> Response:
        """Run ``act`` unless a fault for this call says otherwise, and record how it went.

        ``as_error`` puts ``fault.error`` in the vendor's own form. Raises ``Dropped``.
        """
        started = time.perf_counter()
        fault = self.fault_for(call.op, call.target)
        resets = self._resets

        async def act_here() -> Response:
            if self._resets != resets:  # a reset came while the call was delayed
                raise Dropped
            return await act()

        try:
            response = await (act() if fault is None else _faulty(fault, act_here, as_error))
        except Dropped:
            call.error = "dropped"
            raise
        else:
            call.status = response.status_code
            return response
        finally:
            call.ms = round((time.perf_counter() - started) * 1000, 2)

    def mount(
        self,
        *more: Route,
        reset: Callable[[], None] = lambda: None,
        keep: Callable[[], Callable[[], None]] = lambda: lambda: None,
    ) -> Mount:
        """Make the ``/_control`` routes, with the stand-in's own ``more``.

        ``reset`` empties the stand-in. ``keep`` copies its state and returns a function that
        restores it after a ``reset``.
        """

        async def health(_: Request) -> Response:
            return JSONResponse({"name": self.name})

        async def add_fault(request: Request) -> Response:
            try:
                self.faults.append(msgspec.json.decode(await request.body(), type=Fault))
            except msgspec.MsgspecError as error:
                return JSONResponse({"error": str(error)}, 422)
            return JSONResponse({"faults": len(self.faults)})

        async def clear_faults(_: Request) -> Response:
            self.faults.clear()
            return JSONResponse({})

        async def add_key(request: Request) -> Response:
            key = msgspec.json.decode(await request.body(), type=Key)
            self.keys[key.secret_id] = key
            return JSONResponse({})

        async def calls(request: Request) -> Response:
            since = int(request.query_params.get("since", "0"))
            rows = [call for call in self.calls if call.n > since]
            return Response(msgspec.json.encode(rows), media_type="application/json")

        return Mount(
            "/_control",
            routes=[
                Route("/health", health),
                Route("/faults", add_fault, methods=["POST"]),
                Route("/faults", clear_faults, methods=["DELETE"]),
                Route("/keys", add_key, methods=["PUT"]),
                Route("/calls", calls),
                *self._starting_over(reset, keep),
                *more,
            ],
        )

    def _starting_over(
        self, reset: Callable[[], None], keep: Callable[[], Callable[[], None]]
    ) -> list[Route]:
        async def start_over(request: Request) -> Response:
            name = request.query_params.get("to", "")
            bring_back = self._kept.get(name)
            if name and not bring_back:
                return JSONResponse({"error": "nothing is kept under that name"}, 404)
            self._resets += 1
            self.faults.clear()
            self.calls.clear()
            reset()
            if bring_back:
                bring_back()
            return JSONResponse({})

        async def keep_state(request: Request) -> Response:
            self._kept[request.query_params["name"]] = keep()
            return JSONResponse({})

        return [
            Route("/reset", start_over, methods=["POST"]),
            Route("/keep", keep_state, methods=["POST"]),
        ]


async def _faulty(
    fault: Fault, act: Callable[[], Awaitable[Response]], as_error: Callable[[Fault], Response]
) -> Response:
    await asyncio.sleep(fault.delay_s)
    if fault.drop == "before":
        await _post_all(fault.post)
        raise Dropped
    if fault.body is not None:
        return Response(fault.body, fault.status or 200, media_type="text/html")
    if fault.error or fault.status:
        return as_error(fault)
    response = await act()
    await asyncio.sleep(fault.late_s)
    await _post_all(fault.post)
    if fault.drop == "after":
        raise Dropped
    return response


async def _post_all(urls: tuple[str, ...]) -> None:
    for url in urls:
        request = urllib.request.Request(url, method="POST")  # noqa: S310  # loopback
        answer = await asyncio.to_thread(urllib.request.urlopen, request, timeout=60)
        answer.close()


class DropConnection:
    """Cut the connection of a ``Dropped`` call, so that its answer is lost (ASGI middleware)."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Dropped:
            scope["transport"].abort()
            while (await receive())["type"] != "http.disconnect":
                pass
