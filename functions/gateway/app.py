"""The gateway's ASGI app: the long-lived links to pictures."""

import os

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from functions.config import GatewayConfig, gateway_config, log_level
from functions.gateway.pictures import picture
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

    return Starlette(
        routes=[
            Route("/i/{job}/{signature}/{name}", show_picture),
            Route("/healthz", healthz),
        ],
        exception_handlers={
            KeysExpired: _keys_expired,
            BucketTrouble: _come_again,
            NoKeys: _come_again,
        },
    )


async def _keys_expired(request: Request, error: Exception) -> Response:
    log_crash("not answered", error)
    # Only the environment's keys are renewed by a new start; a forged header must not end us.
    end = None if brings_keys(request.headers) else BackgroundTask(end_for_fresh_keys)
    return PlainTextResponse("Please try again in a moment.", 500, background=end)


async def _come_again(_: Request, error: Exception) -> Response:
    log_crash("not answered", error)
    return PlainTextResponse("Please try again in a moment.", 503, {"Retry-After": "2"})
