"""Add SCF's own routes under ``/_control`` to those that all stand-ins have.

- ``GET /functions``: each function's processes, counts and ``Settings``.
- ``PUT /functions/<key>``: change the fields of its ``Settings`` that the body names.
- ``POST /kill/<key>``: kill all its processes at once, even during an invocation.
- ``GET /invocations?since=N``: the ``Invocation`` records after number N.
- ``GET /logs?function=<key>&since=N``: the lines that functions and the platform have logged.
- ``GET /settings``: the ``Pace``. ``PUT /settings``: change the fields that the body names.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.scf.cloud import Cloud
from infra.local.scf.event_function import EventFunction
from infra.local.scf.triggers import Timers
from infra.local.scf.web_function import WebFunction


class Pace(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Hold the platform's settings, which apply to all functions.

    ``minute_s``: how many real seconds make one of the platform's minutes (see ``Clock``).
    ``timers``: whether timer triggers fire. ``key_lifetime_s``: real seconds for which a new role
    key is valid (see ``RoleKeys``). ``available_status``: ``Available``, or for example
    ``InsufficientBalance`` for an account in arrears, whose functions are not run.
    ``key_headers``: whether a web function's requests carry its role's keys; Tencent's documents
    leave that open.
    """

    minute_s: Annotated[float, msgspec.Meta(gt=0)]
    timers: bool
    key_lifetime_s: Annotated[float, msgspec.Meta(gt=0)]
    available_status: str
    key_headers: bool


class Panel:
    """Answer the routes that show and change what ``create`` has deployed."""

    def __init__(
        self,
        cloud: Cloud,
        functions: Mapping[str, EventFunction | WebFunction],
        timers: Timers,
        addresses: Mapping[str, str],
    ) -> None:
        self._cloud = cloud
        self._functions = functions
        self._timers = timers
        self._addresses = addresses

    def routes(self) -> list[Route]:
        """List the routes, to be mounted with the stand-in's common controls."""
        return [
            Route("/functions", self._list),
            Route("/functions/{function}", self._change, methods=["PUT"]),
            Route("/kill/{function}", self._kill, methods=["POST"]),
            Route("/invocations", self._invocations),
            Route("/logs", self._logs),
            Route("/settings", self._settings, methods=["GET", "PUT"]),
        ]

    async def _list(self, _: Request) -> Response:
        return _json([self._describe(function) for function in self._functions.values()])

    def _describe(self, function: EventFunction | WebFunction) -> dict[str, Any]:
        key = function.function.key
        address = self._addresses.get(key, "")
        return {
            "key": key,
            "name": function.function.name,
            "type": function.function.kind,
            "url": f"http://{address}" if address else "",
            "pids": function.pids(),
            "state": "warm" if function.running else "cold",
            "starts": function.starts,
            "invocations": self._cloud.journal.counts(key),
            "waiting": function.waiting if isinstance(function, EventFunction) else 0,
            "dropped": function.dropped if isinstance(function, EventFunction) else 0,
            "secret_ids": self._cloud.keys.issued(function.function.role),
            "settings": function.settings,
        }

    async def _change(self, request: Request) -> Response:
        function = self._functions.get(request.path_params["function"])
        if function is None:
            return JSONResponse({"error": "no such function"}, 404)
        try:
            function.settings = _changed(function.settings, await request.body())
        except msgspec.MsgspecError as error:
            return JSONResponse({"error": str(error)}, 422)
        return _json(function.settings)

    async def _kill(self, request: Request) -> Response:
        function = self._functions.get(request.path_params["function"])
        if function is None:
            return JSONResponse({"error": "no such function"}, 404)
        await function.kill()
        return JSONResponse({})

    async def _invocations(self, request: Request) -> Response:
        return _json(self._cloud.journal.since(_since(request)))

    async def _logs(self, request: Request) -> Response:
        name = request.query_params.get("function", "")
        return _json(self._cloud.logs.since(_since(request), name))

    async def _settings(self, request: Request) -> Response:
        cloud = self._cloud
        pace = Pace(
            minute_s=cloud.clock.minute_s,
            timers=self._timers.on,
            key_lifetime_s=cloud.keys.lifetime_s,
            available_status=cloud.available_status,
            key_headers=cloud.key_headers,
        )
        if request.method == "PUT":
            try:
                pace = _changed(pace, await request.body())
            except msgspec.MsgspecError as error:
                return JSONResponse({"error": str(error)}, 422)
            cloud.clock.set_minute(pace.minute_s)
            cloud.keys.set_lifetime(pace.key_lifetime_s)
            self._timers.on = pace.timers
            cloud.available_status = pace.available_status
            cloud.key_headers = pace.key_headers
        return _json(pace)


def _changed(settings: Any, body: bytes) -> Any:
    """Copy settings with the fields that the body names. Raises ``msgspec.MsgspecError``."""
    named = msgspec.json.decode(body, type=dict[str, Any])
    return msgspec.convert({**msgspec.to_builtins(settings), **named}, type(settings))


def _since(request: Request) -> int:
    return int(request.query_params.get("since", "0"))


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
