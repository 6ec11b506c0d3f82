"""Take Slack's requests: verify the signature on the raw bytes, then hand them to Bolt.

Sync Bolt blocks, so each request runs in a thread of its own. The COS keys of the function's role
come with each request, in ``X-Scf-Secret-*`` headers, because a web function's server keeps the
environment of its start; they are taken out of the headers before Bolt sees them.
"""

import hmac
import json
import re
import time
from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

import msgspec
from slack_bolt import App, BoltRequest

from bot.slack_api import payload_schemas
from bot.views.form import STATES
from functions.config import BotConfig
from functions.jobs.bucket import Keys, KeysExpired, load_sdk
from functions.jobs.bucket_layout import DOCTOR, PEOPLE
from functions.log import log_crash, warn
from functions.self_check import Parts
from functions.web.admission import AdmissionLimits
from functions.web.asgi import Request, Response, WebApp
from functions.web.role_keys import (
    NoKeys,
    end_for_fresh_keys,
    has_role_keys,
    key_source_header,
    role_keys_of,
    strip_role_keys,
)
from functions.web.self_check import PATH as SELF_CHECK_PATH
from functions.web.self_check import Door

# Slack's largest payload has a message of 40,000 characters twice, in \u escapes.
BODY_LIMIT_BYTES = 2_000_000
# Unverified bodies may take 40 of the function's 256 MB. Many requests may wait: even one that
# Slack has given up on becomes a job, and Slack's repetition of it finds that job.
LIMITS = AdmissionLimits(
    BODY_LIMIT_BYTES,
    bytes_at_once=20 * BODY_LIMIT_BYTES,
    requests_at_once=5_000,
    body_within_s=3.0,  # as long as Slack waits for the answer
)
CLOCK_LIMIT_S = 300
# Raised by Bolt while it parses a body, before ``validate_payload`` (slack_bolt 1.30.0).
NOTHING_SLACK_SENDS = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
EVENTS_PATH = "/slack/events"


def web_app(app: App, config: BotConfig) -> WebApp:
    """Make the ASGI app around Bolt, with its limits, its warm-up and its self-check."""
    handlers = {("POST", EVENTS_PATH): partial(_events, app, config)}
    slack = (config.slack.api_url, config.slack.bot_token)
    parts = Parts("bot", config.bucket, listed=f"{PEOPLE}{DOCTOR}", slack=slack)
    return WebApp(
        handlers,
        limits=LIMITS,
        warm=load_sdk,
        about=partial(key_source_header, config.start_keys),
        hidden={SELF_CHECK_PATH: Door(parts, config.start_keys, config.link_secrets)},
    )


def _events(app: App, config: BotConfig, request: Request) -> Response:
    """Answer an event, form, press or command; Slack sends all of them to one path.

    401: Slack did not sign it. 503: there are no COS keys. When the keys of the start have
    expired, the process ends after the answer, so that the next start gets fresh ones.
    """
    headers = request.headers
    if not is_from_slack(request.body, headers, config.signing_secret, now=time.time()):
        return Response(401, "invalid signature")
    try:
        keys = role_keys_of(headers, config.start_keys)
    except NoKeys as error:
        log_crash("not answered", error)
        return Response(503)
    answer, failures = _dispatch(app, request.body, strip_role_keys(headers), keys)
    keys_are_over = any(isinstance(failure, KeysExpired) for failure in failures)
    if keys_are_over and not has_role_keys(headers):
        return msgspec.structs.replace(answer, after_send=end_for_fresh_keys)
    return answer


def is_from_slack(body: bytes, headers: Mapping[str, str], secret: str, *, now: float) -> bool:
    """Say whether Slack signed these bytes within the last five minutes (v0, HMAC-SHA256)."""
    timestamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp) or abs(now - int(timestamp)) > CLOCK_LIMIT_S:
        return False
    signed = b"v0:" + timestamp.encode() + b":" + body
    expected = "v0=" + hmac.new(secret.encode(), signed, sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def context_for(payload: object, keys: Keys) -> dict[str, Any]:
    """Make Bolt's context for a request: its COS keys, our user id as far as the payload names
    it, and an empty list to which the app's error handler adds.
    """
    return {"keys": keys, "our_user_id": _our_user_id(payload), "failure": []}


def _dispatch(
    app: App, body: bytes, headers: dict[str, str | Sequence[str]], keys: Keys
) -> tuple[Response, list[Exception]]:
    """Hand a verified request to Bolt; give the answer and the errors that listeners raised.

    The answer is 400 for a body that Slack would not send.
    """
    context = context_for(_event_in(body), keys)
    failures: list[Exception] = context["failure"]
    text = body.decode("utf-8", "replace")
    try:
        request = BoltRequest(body=text, headers=headers, context=context)
        payload_schemas.validate_payload(request.body, STATES)
    except payload_schemas.InvalidPayload as error:
        warn("not understood", why=str(error))
        return Response(400, "not understood"), failures
    except NOTHING_SLACK_SENDS as error:
        log_crash("not understood", error)
        return Response(400, "not understood"), failures
    answer = app.dispatch(request)
    said = answer.first_headers_without_set_cookie()
    return Response(answer.status, answer.body, said), failures


def _event_in(body: bytes) -> object:
    """Decode an event's JSON; None for the form-encoded rest, which does not name our user."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _our_user_id(payload: Any) -> str:
    """Give our bot user's id from an event's ``authorizations``; empty where it has none."""
    try:
        authorizations: list[dict[str, Any]] = payload["authorizations"]
        return next(str(one["user_id"]) for one in authorizations if one.get("is_bot"))
    except (KeyError, TypeError, AttributeError, StopIteration):
        return ""
