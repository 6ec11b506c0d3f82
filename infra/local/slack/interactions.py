"""Make the payloads of interactions and of slash commands, and send them to the app.

Shapes: docs.slack.dev/reference/interaction-payloads.
"""

from urllib.parse import urlencode

import msgspec

from infra.local.slack import world
from infra.local.slack.delivery import Delivery, Parcel
from infra.local.slack.model import Channel, Json, Message, Values, View
from infra.local.slack.wire import message_json, view_json
from infra.local.slack.workspace import Workspace

FORM = "application/x-www-form-urlencoded"
VERIFICATION_TOKEN = "a-verification-token-nobody-should-use"  # noqa: S105  # it verifies nothing


async def send(slack: Workspace, payload: Json) -> Delivery:
    """Send an interaction once, as the form field ``payload``, and give the delivery's record."""
    body = urlencode({"payload": msgspec.json.encode(payload)}).encode()
    parcel = Parcel(door="interactions", type=payload["type"], body=body, content_type=FORM)
    return await slack.courier.send(parcel)


async def send_command(slack: Workspace, fields: dict[str, str]) -> Delivery:
    """Send a slash command once, as a plain form, and give the delivery's record."""
    body = urlencode(fields).encode()
    parcel = Parcel(door="commands", type="slash_command", body=body, content_type=FORM)
    return await slack.courier.send(parcel)


def of_person(slack: Workspace, kind: str, user: str) -> Json:
    """Make the fields that every interaction has: its type, the app, the workspace, the person."""
    person = slack.state.people[user]
    return {
        "type": kind,
        "team": {"id": world.TEAM_ID, "domain": world.TEAM_DOMAIN},
        "user": {
            "id": user,
            "username": person.handle,
            "name": person.handle,
            "team_id": slack.state.team_of(user),
        },
        "api_app_id": world.APP_ID,
        "token": VERIFICATION_TOKEN,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def message_action(slack: Workspace, message: Message, user: str, values: Values) -> Json:
    """Make the ``block_actions`` payload for a message; the caller adds ``actions``.

    For an ephemeral message there is no field ``message``, because Slack keeps no copy of it.
    """
    channel = slack.state.channels[message.channel]
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": bool(message.only_for),
    }
    if message.is_reply:
        container["thread_ts"] = message.thread_ts
    payload = of_person(slack, "block_actions", user) | {
        "container": container,
        "trigger_id": slack.new_trigger(user),
        "channel": {"id": channel.id, "name": name_of(channel)},
        "state": {"values": values},
        "response_url": slack.new_response_url(
            channel=channel.id, user=user, message_ts=message.ts
        ),
    }
    if not message.only_for:
        payload["message"] = message_json(slack, message)
    return payload


def view_action(slack: Workspace, view: View) -> Json:
    """Make the ``block_actions`` payload for a modal or Home tab; the caller adds ``actions``."""
    from_view = view.id if view.body["type"] == "modal" else ""
    return of_person(slack, "block_actions", view.user) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": slack.new_trigger(view.user, from_view=from_view),
        "view": view_json(view),
    }


def shortcut(slack: Workspace, callback_id: str, user: str, message: Message | None) -> Json:
    """Make a shortcut's payload: with ``message`` a message shortcut's, else a global one's."""
    kind = "message_action" if message else "shortcut"
    payload = of_person(slack, kind, user) | {
        "callback_id": callback_id,
        "trigger_id": slack.new_trigger(user),
        "action_ts": slack.state.next_ts(),
    }
    if message is None:
        return payload
    channel = slack.state.channels[message.channel]
    return payload | {
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": name_of(channel)},
        "message": message_json(slack, message),
        "response_url": slack.new_response_url(
            channel=channel.id, user=user, message_ts=message.ts
        ),
    }


def submission(slack: Workspace, view: View) -> Json:
    """Make the ``view_submission`` payload; its trigger_id can push a modal onto this one."""
    return of_person(slack, "view_submission", view.user) | {
        "trigger_id": slack.new_trigger(view.user, from_view=view.id),
        "view": view_json(view),
        "response_urls": [],
    }


def closing(slack: Workspace, view: View, *, is_cleared: bool) -> Json:
    """Make the ``view_closed`` payload. ``is_cleared``: several modals were closed at once."""
    return of_person(slack, "view_closed", view.user) | {
        "view": view_json(view),
        "is_cleared": is_cleared,
    }


def command(
    slack: Workspace, *, user: str, channel: Channel, name: str, text: str
) -> dict[str, str]:
    """Make the form fields of a slash command."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": world.TEAM_ID,
        "team_domain": world.TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": name_of(channel),
        "user_id": user,
        "user_name": slack.state.people[user].handle,
        "command": name,
        "text": text,
        "api_app_id": world.APP_ID,
        "is_enterprise_install": "false",
        "response_url": slack.new_response_url(channel=channel.id, user=user),
        "trigger_id": slack.new_trigger(user),
    }


def name_of(channel: Channel) -> str:
    """Give a conversation's name as payloads have it, ``directmessage`` for a DM."""
    return channel.name or "directmessage"
