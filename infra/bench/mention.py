"""Make a mention of the bot with a photo, as Slack sends it to a web function."""

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from infra.local.http import call
from infra.local.slack.delivery import signature
from infra.local.slack.world import BOT_USER_ID, MERCHANDISER_ID, PRODUCT_PHOTOS_ID, TEAM_ID

EVENTS_PATH = "/slack/events"


@dataclass(frozen=True)
class Mention:
    """Hold a signed event that makes a job."""

    body: bytes
    headers: Mapping[str, str]

    def post(self, connection: http.client.HTTPConnection) -> int:
        """Send the event and read the whole answer; return its status."""
        connection.request("POST", EVENTS_PATH, self.body, dict(self.headers))
        answer = connection.getresponse()
        answer.read()
        return answer.status


def written(slack: str) -> str:
    """Post a message in the Slack stand-in at the address ``slack``; return its ts."""
    message = {"user": MERCHANDISER_ID, "channel": PRODUCT_PHOTOS_ID, "text": "on a beach"}
    return str(call("POST", f"http://{slack}/_client/messages", message)["ts"])


def mention(signing_secret: str, ts: str) -> Mention:
    """Build the event about the message of that ts, signed now."""
    now = str(int(time.time()))
    event = {
        "type": "app_mention",
        "user": MERCHANDISER_ID,
        "text": f"<@{BOT_USER_ID}> on a beach",
        "ts": ts,
        "channel": PRODUCT_PHOTOS_ID,
        "files": [{"id": "F0BENCH", "name": "cup.jpg"}],
    }
    us = {"team_id": TEAM_ID, "user_id": BOT_USER_ID, "is_bot": True}
    outer = {"type": "event_callback", "team_id": TEAM_ID, "authorizations": [us], "event": event}
    body = json.dumps(outer).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": signature(signing_secret, now, body),
    }
    return Mention(body, headers)
