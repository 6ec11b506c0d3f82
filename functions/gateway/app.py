"""The gateway's ASGI app: the long-lived links to pictures, and the HTTP API below ``/v1``."""

import os
from concurrent.futures import ThreadPoolExecutor

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from functions.config import GatewayConfig, gateway_config, log_level
from functions.gateway.api import WRITERS, Api
from functions.gateway.doors import Doors
from functions.gateway.pictures import picture
from functions.gateway.problems import TITLES, Rejected, answer_of
from functions.jobs.bucket import Bucket, BucketTrouble, KeysExpired
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from functions.keys import NoKeys, brings_keys, end_for_fresh_keys, keys_of
from functions.log import log_crash, start_logging


def create_app() -> Starlette:
    """The ASGI app, from the environment. Raises ``ConfigError``."""
    start_logging(log_level(os.environ))
    return gateway(gateway_config(os.environ))


def gateway(config: GatewayConfig) -> Starlette:
    """The gateway's routes."""
    links = Links(config.link_base_url, config.link_secrets)

    def show_picture(request: Request) -> Response:
        ledger = Ledger(Bucket(config.bucket, keys_of(request.headers, config.start_keys)))
        at = request.path_params
        return picture(ledger, links, at["job"], at["signature"], at["name"])

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    api = Api(config, links, ThreadPoolExecutor(WRITERS, "accept"))
    return Starlette(
        routes=[
            Route("/i/{job}/{signature}/{name}", show_picture),
            Route("/healthz", healthz),
            Mount("/v1", routes=api.routes(), middleware=[Middleware(Doors)]),
        ],
        exception_handlers={
            Rejected: _rejected,
            HTTPException: _http_exception,
            KeysExpired: _keys_expired,
            BucketTrouble: _come_again,
            NoKeys: _come_again,
            Exception: _crashed,
        },
    )


async def _rejected(request: Request, error: Exception) -> Response:
    return _said(request, error if isinstance(error, Rejected) else Rejected(500, "internal"))


async def _http_exception(request: Request, error: Exception) -> Response:
    """What Starlette itself refuses: an unknown path, another method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = (error.headers if isinstance(error, HTTPException) else None) or {}
    code = {404: "not_found", 405: "method_not_allowed"}.get(status, "internal")
    return _said(request, Rejected(status, code, headers=headers))


async def _keys_expired(request: Request, error: Exception) -> Response:
    log_crash("not answered", error)
    # Only the environment's keys are renewed by a new start; a forged header must not end us.
    answer = _said(request, Rejected(500, "come_again", headers={"Retry-After": "2"}))
    if not brings_keys(request.headers):
        answer.background = BackgroundTask(end_for_fresh_keys)
    return answer


async def _come_again(request: Request, error: Exception) -> Response:
    log_crash("not answered", error)
    return _said(request, Rejected(503, "come_again", headers={"Retry-After": "2"}))


async def _crashed(request: Request, _: Exception) -> Response:
    """The server's own log has it: Starlette raises it again after the answer."""
    return _said(request, Rejected(500, "internal"))


def _said(request: Request, rejected: Rejected) -> Response:
    """A problem document for programs, a line for a person with a browser."""
    if request.url.path.startswith("/v1/"):
        return answer_of(rejected)
    return PlainTextResponse(TITLES[rejected.code] + ".", rejected.status, rejected.headers)
