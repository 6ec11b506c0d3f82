"""Serve the bot in this process, and send it requests as Slack does."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests

from bot.app import bolt_app
from bot.endpoint import EVENTS_PATH, web_app
from functions.config import bot_config
from infra.local import slack
from infra.local.serving import address, listen
from tests.caller import Caller
from tests.conftest import BOT_TOKEN, BUCKET, REGION, SIGNING_SECRET, keys_environ
from tests.jobs.driving import Cos
from tests.local.slack.driver import ANNA, Slack, eventually
from tests.serving import served

BOT_ID = "U0BACKDROP"


def signature(body: bytes, timestamp: str, secret: str = SIGNING_SECRET) -> str:
    """Compute Slack's signature, version v0."""
    signed = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class Bot:
    """Send requests to a running bot at ``host:port``."""

    def __init__(self, at: str) -> None:
        self.address = at
        self.events_url = f"http://{at}{EVENTS_PATH}"
        self._caller = Caller(at)

    def get(self, path: str) -> requests.Response:
        """Get a path, without following redirects."""
        return self._caller.call("GET", path)

    def post(self, body: bytes, **headers: str) -> requests.Response:
        """Post exactly these bytes and headers (``_`` for ``-``), without adding a signature."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._caller.call("POST", EVENTS_PATH, data=body, headers=named)

    def post_signed(
        self,
        body: bytes | Mapping[str, Any],
        *,
        content_type: str = "application/json",
        **headers: str,
    ) -> requests.Response:
        """Post a body as Slack does: signed, with the present time."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        timestamp = str(int(time.time()))
        return self.post(
            raw,
            Content_Type=content_type,
            X_Slack_Request_Timestamp=timestamp,
            X_Slack_Signature=signature(raw, timestamp),
            **headers,
        )


def environ_of(cos: Cos, slack_at: str) -> dict[str, str]:
    """Make the bot's environment for a test's stand-ins."""
    return {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"http://{slack_at}/api",
        "COS_BUCKET": BUCKET,
        "COS_REGION": REGION,
        "COS_ENDPOINT": cos.address,
        **keys_environ("bot"),
    }


@contextmanager
def running_bot(environ: Mapping[str, str]) -> Iterator[Bot]:
    """Serve the bot, put together from this environment as ``bot.app.create_app`` does."""
    config = bot_config(environ)
    with listen() as listening:
        apps = {"bot": web_app(bolt_app(config), config)}
        with served(apps, {"bot": listening}):
            yield Bot(address(listening))


@contextmanager
def running_slack() -> Iterator[Slack]:
    """Serve a Slack stand-in with the token and the secret of ``tests.conftest``."""
    with listen() as listening:
        at = address(listening)
        apps = slack.create({"slack": at}, bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET)
        with served(apps, {"slack": listening}):
            yield Slack(at)


def event(inner: Mapping[str, Any], **outer: Any) -> dict[str, Any]:
    """Make the Events API payload of an event."""
    return {
        "token": "unused",
        "team_id": "T0BACKDROP",
        "api_app_id": "A0BACKDROP",
        "type": "event_callback",
        "event_id": "Ev0000000001",
        "event_time": int(time.time()),
        "authorizations": [{"team_id": "T0BACKDROP", "user_id": BOT_ID, "is_bot": True}],
        "event": dict(inner),
        **outer,
    }


# --- the effects


def requests_in(cos: Cos) -> list[dict[str, Any]]:
    """Read the records of the accepted jobs."""
    return [json.loads(cos.read(key)) for key in cos.listed("requests/")]


def settled(slack: Slack, events: int) -> list[dict[str, Any]]:
    """Wait until so many events were answered (or given up); give all deliveries."""

    def look() -> list[dict[str, Any]]:
        rows = [row for row in slack.deliveries() if row["answered_at"]]
        done = {r["event_id"] for r in rows if not r["error"] or r["attempt"] == 3}
        return rows if len(done) >= events else []

    return eventually(look)


def eyes_on(slack: Slack, ts: str, **where: Any) -> list[str]:
    """Name the users who put the eyes on a message."""
    found = [m for m in slack.messages(**where) if m["ts"] == ts]
    reactions = found[0].get("reactions", [])
    return [user for one in reactions if one["name"] == "eyes" for user in one["users"]]


def whispers(slack: Slack, *, user: str = ANNA, **where: Any) -> list[str]:
    """Read the messages that only this person sees, one text for each."""
    shown = [m for m in slack.messages(user=user, **where) if m.get("is_ephemeral")]
    lines = [[one for one in message["blocks"] if one["type"] == "section"] for message in shown]
    return ["\n".join(block["text"]["text"] for block in blocks) for blocks in lines]
