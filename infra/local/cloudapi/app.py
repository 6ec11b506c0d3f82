"""Serve the two APIs: check signature, version and action, and answer in Tencent's form."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from infra.local import tc3
from infra.local.cloudapi import cam_actions, scf_actions
from infra.local.cloudapi.account import Account, Json
from infra.local.control import Call, Control, DropConnection, Fault, Key
from infra.local.vendor_error import Refused
from infra.serverless_yml.deployment import read as read_deployment


@dataclass(frozen=True)
class Service:
    """Describe one API: its name in signatures, its version, its actions, and its region.

    A call for another region than ``region`` is refused; CAM has no region.
    """

    name: str
    version: str
    actions: Mapping[str, Callable[[Account, Json], Json]]
    region: str = ""


def create(
    addresses: Mapping[str, str],
    *,
    keys: list[dict[str, Any]],
    region: str = "ap-guangzhou",
) -> dict[str, ASGIApp]:
    """Create the servers ``scf-api`` and ``cam-api`` of one account.

    ``keys`` are ``infra.local.control.Key`` as dicts. ``PUT scf-api/_control/deployed`` with
    ``{"serverless_yml": PATH, "environ": {...}}`` does what ``scf deploy`` would, and
    ``GET .../account`` shows everything (variables by name). ``PUT .../function/NAME``,
    ``role/NAME`` and ``policy/NAME`` change fields as somebody at the console would, and
    ``PUT .../attached/ROLE`` attaches ``{"policy": NAME}``. Functions are invoked where
    ``addresses`` has an SCF stand-in ("scf").
    """
    account = Account(addresses.get("scf", ""))
    accepted = msgspec.convert(keys, list[Key])
    control = Control("scf-api", keys=accepted)
    scf = Service("scf", scf_actions.VERSION, scf_actions.ACTIONS, region)
    cam = Service("cam", cam_actions.VERSION, cam_actions.ACTIONS)
    return {
        "scf-api": _server(scf, account, control, _panel(account)),
        "cam-api": _server(cam, account, Control("cam-api", keys=accepted), []),
    }


def _server(service: Service, account: Account, control: Control, more: list[Route]) -> ASGIApp:
    async def answer(request: Request) -> Response:
        sent = tc3.Sent(
            method=request.method,
            path=request.url.path,
            query=request.url.query,
            headers=dict(request.headers),
            body=await request.body(),
        )
        given = _parameters(sent.body)
        call = control.note(sent.headers.get("x-tc-action", ""), _target(given))
        call.request_id = str(uuid4())

        async def act() -> Response:
            try:
                key = tc3.verify(sent, keys=control.keys, service=service.name, now=time.time())
                call.caller = key.secret_id
                acted = asyncio.to_thread(_acted, service, account, sent.headers, given)
                return _response(await acted, call)
            except Refused as refused:
                return _error(refused, call)

        def as_error(fault: Fault) -> Response:
            return _error(Refused(fault.error or "InternalError", "As a test asked."), call)

        return await control.around(call, act, as_error=as_error)

    routes = [control.mount(*more, reset=account.clear), Route("/", answer, methods=["POST"])]
    return DropConnection(Starlette(routes=routes))


def _acted(service: Service, account: Account, headers: Mapping[str, str], given: Json) -> Json:
    action = service.actions.get(headers.get("x-tc-action", ""))
    if action is None:
        raise Refused("InvalidAction", "The action is not found.")
    if headers.get("x-tc-version") != service.version:
        raise Refused("NoSuchVersion", "The version is not found.")
    if service.region and headers.get("x-tc-region") != service.region:
        raise Refused("ResourceNotFound.Function", "There is no such function in this region.")
    try:
        return action(account, given)
    except KeyError as error:
        raise Refused("MissingParameter", f"A required parameter is missing: {error}") from error


def _parameters(body: bytes) -> Json:
    try:
        return msgspec.json.decode(body or b"{}", type=Json)
    except msgspec.MsgspecError:
        return {}


def _target(given: Json) -> str:
    """Give the name of the function, role or policy that a call is about, for its record."""
    names = ("FunctionName", "RoleName", "AttachRoleName", "PolicyName", "Keyword")
    return next((str(given[name]) for name in names if given.get(name)), "")


def _response(fields: Json, call: Call) -> Response:
    body = msgspec.json.encode({"Response": {**fields, "RequestId": call.request_id}})
    return Response(body, media_type="application/json")


def _error(refused: Refused, call: Call) -> Response:
    """Answer an error with status 200: Tencent puts errors into the body."""
    call.error = refused.code
    return _response({"Error": {"Code": refused.code, "Message": refused.message}}, call)


def _panel(account: Account) -> list[Route]:
    async def deployed(request: Request) -> Response:
        order = msgspec.json.decode(await request.body(), type=Json)
        account.deploy(read_deployment(Path(order["serverless_yml"]), order["environ"]))
        return JSONResponse(sorted(account.functions))

    async def show(_: Request) -> Response:
        return Response(msgspec.json.encode(account.show()), media_type="application/json")

    async def change(request: Request) -> Response:
        kind, name = request.path_params["kind"], request.path_params["name"]
        fields = msgspec.json.decode(await request.body(), type=Json)
        if kind == "attached":
            account.roles[name].policies.append(account.policy_named(fields["policy"]).id)
            return JSONResponse({})
        of_kind: dict[str, Callable[[str], object]] = {
            "function": account.functions.get,
            "role": account.roles.get,
            "policy": account.policy_named,
        }
        found = of_kind[kind](name)
        for field, value in fields.items():
            setattr(found, field, value)
        return JSONResponse({})

    return [
        Route("/deployed", deployed, methods=["PUT"]),
        Route("/account", show),
        Route("/{kind}/{name}", change, methods=["PUT"]),
    ]
