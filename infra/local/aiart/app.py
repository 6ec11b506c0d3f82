"""Stand in for Tencent's aiart: the one action that the product calls, and the results' host.

Wire form: Tencent documents 1668/107957 (ReplaceBackground) and 1278/85305 (signature v3).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from infra.local.aiart import segment
from infra.local.aiart.account import DENIED_WORDS, Account, Settings
from infra.local.aiart.api import Api
from infra.local.aiart.results import Results, serve
from infra.local.cam import Rights
from infra.local.control import Control, DropConnection, Key


def create(  # noqa: PLR0913  # a stand-in's settings are its arguments, all but one optional
    addresses: Mapping[str, str],
    *,
    keys: list[dict[str, Any]],
    policies: Mapping[str, Mapping[str, Any]] | None = None,
    duration_s: float = 3.0,
    paint: bool = True,
    concurrency: int = 1,
    url_lifetime_s: int = 3600,
    requests_per_s: int = 0,
    denied_words: Sequence[str] = DENIED_WORDS,
) -> dict[str, ASGIApp]:
    """Build the servers ``aiart`` (the API) and ``aiart-results`` (the host that result URLs name).

    ``keys`` are ``infra.local.control.Key`` as dicts; together they are one account. ``policies``
    are CAM's documents by role. The others are the first ``Settings``. Raises ``RuntimeError``
    when ``paint`` is on and the net's weights are not installed.
    """
    settings = {
        "duration_s": duration_s,
        "paint": paint,
        "concurrency": concurrency,
        "url_lifetime_s": url_lifetime_s,
        "requests_per_s": requests_per_s,
        "denied_words": tuple(denied_words),
    }
    if paint:
        segment.weights_path()
    control = Control("aiart", keys=msgspec.convert(keys, list[Key]))
    account = Account(msgspec.convert(settings, Settings))
    results = Results(addresses["aiart-results"])
    api = Api(control, account, results, Rights(policies or {}))

    def start_over() -> None:
        account.reset()
        results.clear()

    routes = [
        control.mount(*_control_routes(account), reset=start_over, keep=account.keep),
        Route("/", api.answer, methods=["GET", "POST"]),
    ]
    return {
        "aiart": DropConnection(Starlette(routes=routes)),
        "aiart-results": serve(results, Control("aiart-results")),
    }


def _control_routes(account: Account) -> list[Route]:
    async def read_settings(_: Request) -> Response:
        return _json(account.settings)

    async def change_settings(request: Request) -> Response:
        try:
            account.change(msgspec.json.decode(await request.body(), type=dict[str, Any]))
        except msgspec.MsgspecError as error:
            return JSONResponse({"error": str(error)}, 422)
        return _json(account.settings)

    async def tasks(_: Request) -> Response:
        return _json(account.finished)

    return [
        Route("/settings", read_settings),
        Route("/settings", change_settings, methods=["PUT"]),
        Route("/tasks", tasks),
    ]


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
