"""Run a COS stand-in with a receiver for its events, and make the official client for it."""

from collections.abc import Iterator
from typing import Any

import pytest
from qcloud_cos import CosS3Client
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from infra.local import cos
from infra.local.serving import address, listen
from tests.local.cos.driving import BUCKET, PERMANENT, REGION, TEMPORARY, Server
from tests.serving import served


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    events: list[dict[str, Any]] = []

    async def receive(request: Request) -> Response:
        events.append(await request.json())
        return Response()

    sockets = {"cos": listen(), "hook": listen()}
    addresses = {name: address(one) for name, one in sockets.items()}
    keys = [PERMANENT, TEMPORARY]
    apps: dict[str, ASGIApp] = {
        **cos.create(addresses, bucket=BUCKET, region=REGION, keys=keys),
        "hook": Starlette(routes=[Route("/events", receive, methods=["POST"])]),
    }
    with served(apps, sockets):
        server = Server(addresses["cos"], addresses["hook"], events)
        yield server
        server.session.close()


@pytest.fixture
def server(running: Server) -> Server:
    """Reset the stand-in: an empty bucket, no triggers, no events."""
    running.control("PUT", "triggers", json=[])
    running.control("POST", "reset")
    running.events.clear()
    return running


@pytest.fixture(params=["custom endpoint", "virtual host"])
def client(server: Server, request: pytest.FixtureRequest) -> CosS3Client:
    """Make the official client with permanent keys, for either address."""
    return server.client(virtual=request.param == "virtual host")
