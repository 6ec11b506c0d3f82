"""Assemble the Slack stand-in: one Starlette app with the routes of all its parts."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from infra.local import page
from infra.local.control import DropConnection
from infra.local.slack.admin import Admin
from infra.local.slack.answers import json_answer
from infra.local.slack.client import Client, Impossible
from infra.local.slack.filehost import ORIGIN, FileHost
from infra.local.slack.forms import Forms
from infra.local.slack.gestures import Gestures
from infra.local.slack.looking import Looking
from infra.local.slack.responses import ResponseHost
from infra.local.slack.settings import Settings
from infra.local.slack.webapi import WebApi
from infra.local.slack.workspace import Workspace


def create(
    addresses: Mapping[str, str], *, bot_token: str, signing_secret: str, **settings: Any
) -> dict[str, ASGIApp]:
    """Make the app that stands in for Slack, as the only entry (``slack``) of a dict.

    ``addresses["slack"]`` is the ``host:port`` that it will listen on, for the URLs it hands out;
    ``addresses`` has the other stand-ins' too, for the chat page. ``settings`` are fields of
    ``Settings``; raises ``msgspec.ValidationError`` for others and for wrong values.
    """
    slack = Workspace(
        address=addresses["slack"],
        bot_token=bot_token,
        signing_secret=signing_secret,
        settings=msgspec.convert(settings, Settings),
    )
    return {"slack": DropConnection(application(slack, page.routes(slack, addresses)))}


def application(slack: Workspace, more: Sequence[BaseRoute] = ()) -> Starlette:
    """Make the Starlette app with the routes of one workspace, and with the routes in ``more``."""
    files = FileHost(slack)
    client = [
        *Client(slack).routes(),
        *Forms(slack).routes(),
        *Gestures(slack).routes(),
        *Looking(slack).routes(),
    ]
    return Starlette(
        routes=[
            Route("/api/{method}", WebApi(slack).answer, methods=["GET", "POST"]),
            Route("/upload/v1/{ticket}", files.upload, methods=["POST"]),
            *(
                Route(f"{before}/files-pri/{{team_and_file}}/{end}", files.download)
                for before in ("", ORIGIN)
                for end in ("download/{name}", "{name}")
            ),
            *(
                Route(f"{before}/files-tmb/{{team_and_file}}/{{name}}", files.preview)
                for before in ("", ORIGIN)
            ),
            Route("/response/{token}", ResponseHost(slack).answer, methods=["POST"]),
            Mount("/_client", routes=client),
            slack.control.mount(*Admin(slack).routes(), reset=slack.start_over, keep=slack.keep),
            *more,
        ],
        exception_handlers={Impossible: _impossible, msgspec.MsgspecError: _impossible},
    )


async def _impossible(_: Request, error: Exception) -> Response:
    return json_answer({"error": str(error)}, status=422)
