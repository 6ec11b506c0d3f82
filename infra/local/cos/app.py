"""Serve the stand-in as an ASGI app: take every request to COS, answer it and record the call."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from infra.local.cam import Rights
from infra.local.control import Call, DropConnection, Fault, Key
from infra.local.cos import access, controls, operations
from infra.local.cos.errors import Refused
from infra.local.cos.incoming import Incoming, check_address, new_request_id, taken_apart
from infra.local.cos.standin import Standin
from infra.local.cos.wire import with_capitals

CONTROL = "/_control/"  # hides the keys that begin with it


def create(
    addresses: Mapping[str, str],  # noqa: ARG001  # all stand-ins are created alike
    *,
    bucket: str,
    region: str,
    keys: list[dict[str, Any]],
    policies: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, ASGIApp]:
    """Create the server ``cos`` with one bucket, ``<name>-<appid>``, in ``region``.

    ``keys`` are ``infra.local.control.Key`` as dicts, ``policies`` are CAM's documents by role.
    """
    standin = Standin(
        bucket=bucket,
        region=region,
        keys=msgspec.convert(keys, list[Key]),
        rights=Rights(policies or {}),
    )
    return {"cos": DropConnection(App(standin))}


class App:
    """Serve the control paths, and take every other request for a call to COS."""

    def __init__(self, standin: Standin) -> None:
        self.standin = standin
        self._control = Starlette(routes=[controls.mount(standin)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._control(scope, receive, send)
            return
        response = await self.answer(Request(scope, receive))
        await response(scope, receive, with_capitals(send))

    async def answer(self, request: Request) -> Response:
        """Carry out a call and record it."""
        try:
            incoming = taken_apart(request)
        except Refused as refused:
            return _unreadable(refused, request)
        operation = operations.find(incoming)
        call = self.standin.control.note(operation.name, operation.target(incoming))
        call.request_id = incoming.request_id
        call.caller = access.claimed_secret_id(incoming)
        call.detail = operation.detail(incoming)

        def as_error(fault: Fault) -> Response:
            return _fault_answer(fault, call, incoming)

        async def act() -> Response:
            await asyncio.sleep(self.standin.settings.latency_s)
            try:
                return await self._act(operation, incoming)
            except Refused as refused:
                return _refusal(refused, call, incoming)

        response = await self.standin.control.around(call, act, as_error=as_error)
        response.headers.setdefault("x-cos-request-id", incoming.request_id)
        return response

    async def _act(self, operation: operations.Operation, incoming: Incoming) -> Response:
        standin = self.standin
        check_address(incoming, bucket=standin.bucket.name, region=standin.bucket.region)
        caller = access.admitted(incoming, standin.control.keys, now=standin.now())
        if caller is not access.ANONYMOUS:
            operation.check_rights(standin, incoming, caller)
        elif not operation.open_to_everyone(standin.bucket.acl):
            raise Refused("AccessDenied", "Check auth failure because signature empty.")
        return await operation.act(standin, incoming, caller)


def _unreadable(refused: Refused, request: Request) -> Response:
    request_id = new_request_id()
    response = refused.answer(resource="", request_id=request_id, method=request.method)
    response.headers["x-cos-request-id"] = request_id
    return response


def _refusal(refused: Refused, call: Call, incoming: Incoming) -> Response:
    call.error = refused.code
    return refused.answer(
        resource=incoming.path if incoming.key else incoming.host,
        request_id=incoming.request_id,
        method=incoming.method,
    )


def _fault_answer(fault: Fault, call: Call, incoming: Incoming) -> Response:
    code = fault.error or ("ServiceUnavailable" if fault.status == 503 else "InternalError")
    response = _refusal(Refused(code, fault.message, status=fault.status), call, incoming)
    if fault.retry_after_s:
        response.headers["retry-after"] = str(fault.retry_after_s)
    return response
