"""Serve the API that invokes and controls the functions, and each web function's URL."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from infra.local.control import Control, DropConnection, Fault
from infra.local.scf import triggers
from infra.local.scf.clock import Clock
from infra.local.scf.cloud import Cloud
from infra.local.scf.credentials import RoleKeys
from infra.local.scf.event_function import EventFunction
from infra.local.scf.logs import Logs
from infra.local.scf.panel import Panel
from infra.local.scf.statuses import Failure, Status
from infra.local.scf.web_function import WebFunction
from infra.serverless_yml import deployment
from infra.serverless_yml.source import DeploymentError


def create(  # noqa: PLR0913  # the settings of one deployment, all by name
    addresses: Mapping[str, str],
    *,
    serverless_yml: str,
    code_dir: str,
    python: str,
    environ: Mapping[str, str],
    keys_urls: Sequence[str],
    cos: str,
    minute_s: float = 60.0,
    key_lifetime_s: float = 21_600.0,
    timers: bool = True,
    log_file: str = "",
) -> dict[str, ASGIApp]:
    """Deploy ``serverless_yml``: make the app "scf", and one for each web function by its key.

    ``code_dir`` is the unpacked package, ``python`` the interpreter that runs it. ``environ`` has
    the values for ``${env:X}``. Role keys are announced to the stand-ins at ``keys_urls``
    (``host:port``), COS triggers to the one at ``cos``. Every function's process ends with the
    lifespan of "scf", or with this process. Raises ``DeploymentError``.
    """
    deployed = deployment.read(Path(serverless_yml), environ)
    if not Path(code_dir).is_dir():
        raise DeploymentError(f"{code_dir}: the package's folder is not there")
    cloud = Cloud(
        region=deployed.region,
        code_dir=Path(code_dir).resolve(),
        python=Path(python).absolute(),  # not resolved: a virtual environment works by its link
        keys=RoleKeys(keys_urls, key_lifetime_s),
        clock=Clock(minute_s),
        logs=Logs(log_file),
    )
    return _apps(_Platform(deployed, cloud, timers=timers), addresses, cos)


def _apps(platform: "_Platform", addresses: Mapping[str, str], cos: str) -> dict[str, ASGIApp]:
    control = Control("scf")
    panel = Panel(platform.cloud, platform.functions, platform.timers, addresses)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with platform.running(scf=addresses["scf"], cos=cos):
            yield

    routes = [
        Route("/invoke/{function}", _Invoke(control, platform.functions), methods=["POST"]),
        control.mount(*panel.routes(), reset=platform.cloud.journal.clear),
    ]
    apps: dict[str, ASGIApp] = {"scf": Starlette(routes=routes, lifespan=lifespan)}
    for key, function in platform.functions.items():
        if isinstance(function, WebFunction):
            if key not in addresses:
                raise DeploymentError(f"inputs.functions.{key}: a web function needs an address")
            apps[key] = Starlette(routes=[Mount("/", _FunctionUrl(control, function))])
    return {name: DropConnection(app) for name, app in apps.items()}


class _Platform:
    """Hold the deployed functions and their triggers, and run them while the server lives."""

    def __init__(self, deployed: deployment.Deployment, cloud: Cloud, *, timers: bool) -> None:
        self.cloud = cloud
        self.timers = triggers.Timers(cloud.clock, on=timers)
        self.functions: dict[str, EventFunction | WebFunction] = {
            key: EventFunction(function, cloud)
            if function.kind == "event"
            else WebFunction(function, deployed.urls.get(key), cloud)
            for key, function in deployed.functions.items()
        }
        self._deployed = deployed

    @contextlib.asynccontextmanager
    async def running(self, *, scf: str, cos: str) -> AsyncIterator[None]:
        """Run the triggers inside of the block, and end every process after it."""
        await triggers.register(self._deployed.objects, scf=scf, cos=cos)
        tasks = [
            asyncio.create_task(self.timers.run(trigger, function))
            for trigger in self._deployed.timers
            if isinstance(function := self.functions[trigger.function], EventFunction)
        ]
        try:
            yield
        finally:
            self.cloud.closed = True
            for task in tasks:
                task.cancel()
            for function in self.functions.values():
                await function.close()
            await self.cloud.close()


class _Invoke:
    """Answer ``POST /invoke/<function>``: the body is the event; ``?async=1`` queues it."""

    def __init__(
        self, control: Control, functions: Mapping[str, EventFunction | WebFunction]
    ) -> None:
        self._control = control
        self._functions = functions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        name = request.path_params["function"]
        call = self._control.note("Invoke", name)

        async def act() -> Response:
            function = self._functions.get(name)
            if not isinstance(function, EventFunction):
                return JSONResponse({"status": 435, "error": f"no event function {name}"}, 404)
            if "async" in request.query_params:
                return _accepted(function, await request.body())
            return await _ran(function, await request.body())

        response = await self._control.around(call, act, as_error=_as_error)
        await response(scope, receive, send)


class _FunctionUrl:
    """Pass every request that reaches a web function's address to that function."""

    def __init__(self, control: Control, function: WebFunction) -> None:
        self._control = control
        self._function = function

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # a function URL of this type speaks HTTP only
            return
        request = Request(scope, receive)
        # A path may hold a signed link: only its first segment is noted.
        first = scope["path"].strip("/").partition("/")[0]
        call = self._control.note(request.method, f"{self._function.function.key}/{first}")
        response = await self._control.around(
            call, lambda: self._function.answer(request), as_error=_as_error
        )
        await response(scope, receive, send)


def _accepted(function: EventFunction, event: bytes) -> Response:
    try:
        return JSONResponse({"request_id": function.enqueue(event)}, 202)
    except Failure as failure:
        content = {"status": int(failure.status), "error": failure.text}
        return JSONResponse(content, failure.http_status)


async def _ran(function: EventFunction, event: bytes) -> Response:
    outcome = await function.invoke(event)
    content: dict[str, Any] = msgspec.to_builtins(outcome.invocation)
    if outcome.invocation.status == Status.SUCCESS:
        content["result"] = outcome.result
    else:
        content["error"] = outcome.error
    return Response(json.dumps(content), media_type="application/json")


def _as_error(fault: Fault) -> Response:
    content = {"statusCode": fault.status or 500, "errorMessage": fault.error or "InternalError"}
    return JSONResponse(content, fault.status or 500)
