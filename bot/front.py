"""The bot's door: verifies Slack's signature on the raw bytes before anything is parsed.

Sync Bolt blocks, so each request runs in a thread of its own. The role's keys come with each
request in ``X-Scf-Secret-*`` headers, because a web function's server keeps the environment of its
start; they are taken out before anything else sees the headers.
"""

import contextlib
import hmac
import json
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import anyio.to_thread
from slack_bolt import App, BoltRequest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from functions.config import BotConfig
from functions.jobs.bucket import Keys, KeysExpired
from functions.keys import NoKeys, brings_keys, end_for_fresh_keys, keys_of, without_keys
from functions.log import log_crash

THREADS = 100  # as many as an instance of the function takes requests at once
CLOCK_LIMIT_S = 300
EVENTS_PATH = "/slack/events"


def front(app: App, config: BotConfig) -> Starlette:
    """The ASGI app around Bolt."""

    async def events(request: Request) -> Response:
        body = await request.body()
        headers = dict(request.headers)
        if not is_from_slack(body, headers, config.signing_secret, now=time.time()):
            return PlainTextResponse("invalid signature", 401)
        keys = keys_of(headers, config.start_keys)
        response, failures = await anyio.to_thread.run_sync(
            _dispatch, app, body, without_keys(headers), keys
        )
        keys_are_over = any(isinstance(failure, KeysExpired) for failure in failures)
        if keys_are_over and not brings_keys(headers):
            response.background = BackgroundTask(end_for_fresh_keys)
        return response

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(
        routes=[Route(EVENTS_PATH, events, methods=["POST"]), Route("/healthz", healthz)],
        exception_handlers={NoKeys: _no_keys},
        lifespan=_lifespan,
    )


async def _no_keys(_: Request, error: Exception) -> Response:
    log_crash("not answered", error)
    return PlainTextResponse("", 503)


@contextlib.asynccontextmanager
async def _lifespan(_: Starlette) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield


def is_from_slack(body: bytes, headers: Mapping[str, str], secret: str, *, now: float) -> bool:
    """Whether Slack signed these bytes within the last five minutes (version v0, HMAC-SHA256)."""
    timestamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp) or abs(now - int(timestamp)) > CLOCK_LIMIT_S:
        return False
    signed = b"v0:" + timestamp.encode() + b":" + body
    expected = "v0=" + hmac.new(secret.encode(), signed, sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def _dispatch(
    app: App, body: bytes, headers: dict[str, str | Sequence[str]], keys: Keys
) -> tuple[Response, list[Exception]]:
    """Hand a verified request to Bolt. Gives its answer, and what went wrong."""
    failures: list[Exception] = []
    context = {"keys": keys, "our_user_id": _our_user_id(body), "failure": failures}
    text = body.decode("utf-8", "replace")
    try:
        request = BoltRequest(body=text, headers=headers, context=context)
    except (ValueError, TypeError, AttributeError) as error:  # signed, but nothing Slack sends
        log_crash("not understood", error)
        return PlainTextResponse("not understood", 400), failures
    answer = app.dispatch(request)
    response = Response(answer.body, answer.status)
    for name, value in answer.first_headers_without_set_cookie().items():
        response.headers[name] = value
    return response, failures


def _our_user_id(body: bytes) -> str:
    """Who we are in that workspace, as an event's ``authorizations`` say."""
    try:
        event = json.loads(body)
        authorizations: list[dict[str, Any]] = event["authorizations"]
        return next(str(one["user_id"]) for one in authorizations if one.get("is_bot"))
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
        return ""  # a form or a command: it has no text that could mention us
