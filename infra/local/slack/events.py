"""Send the app the events that Slack would send, each in the Events API's outer payload.

The app gets an event only if it is subscribed to it and has its scope; an event about a message,
only if the bot is in the conversation.
"""

import time

from infra.local.slack import world
from infra.local.slack.model import Channel, Execution, File, Json, Message
from infra.local.slack.state import new_id
from infra.local.slack.wire import message_json, view_json
from infra.local.slack.workspace import Workspace

FAMILIES = {"channel": "channels", "im": "im"}  # Slack's words for the kinds of conversation
SCOPES = {
    "app_mention": "app_mentions:read",
    "channel_archive": "channels:read",
    "channel_unarchive": "channels:read",
    "file_shared": "files:read",
    "message.channels": "channels:history",
    "message.im": "im:history",
}


def wrapped(event: Json, *, is_shared: bool = False) -> Json:
    """Wrap an event in its outer payload. ``is_shared``: another workspace is in its channel."""
    return {
        "token": "a-verification-token-nobody-should-use",
        "team_id": world.TEAM_ID,
        "context_team_id": world.TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": world.APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": new_id("Ev"),
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": world.TEAM_ID,
                "user_id": world.BOT_USER_ID,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": is_shared,
        "event_context": f"4-{new_id('')}",
    }


def message_posted(slack: Workspace, message: Message) -> None:
    """Raise ``message``, then ``app_mention`` for a mention and ``file_shared`` for each file."""
    channel = slack.state.channels[message.channel]
    if world.BOT_USER_ID not in channel.members:
        return
    shown = message_json(slack, message)
    _raise_message(slack, channel, {**shown, "event_ts": message.ts})
    _raise_mention(slack, channel, message, shown)
    for file_id in message.file_ids:
        file_shared(slack, slack.state.files[file_id], channel)


def message_edited(slack: Workspace, message: Message, *, before: Json, by_person: bool) -> None:
    """Raise ``message_changed``, and ``app_mention`` if a person's edited text mentions the bot."""
    channel = slack.state.channels[message.channel]
    if world.BOT_USER_ID not in channel.members:
        return
    after = message_json(slack, message)
    ts = slack.state.next_ts()
    event = {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "message": after,
        "previous_message": before,
        "ts": ts,
        "event_ts": ts,
    }
    _raise_message(slack, channel, event)
    if by_person:
        _raise_mention(slack, channel, message, after)


def message_removed(slack: Workspace, *, channel: Channel, before: Json) -> None:
    """Raise ``message_deleted`` with the message as it was before (``before``)."""
    if world.BOT_USER_ID not in channel.members:
        return
    ts = slack.state.next_ts()
    event = {
        "type": "message",
        "subtype": "message_deleted",
        "hidden": True,
        "deleted_ts": before["ts"],
        "previous_message": before,
        "ts": ts,
        "event_ts": ts,
    }
    _raise_message(slack, channel, event)


def file_shared(slack: Workspace, file: File, channel: Channel) -> None:
    """Raise ``file_shared``, which names the file, the person and the channel, but no message."""
    _raise(
        slack,
        "file_shared",
        {
            "type": "file_shared",
            "file_id": file.id,
            "user_id": file.user,
            "file": {"id": file.id},
            "channel_id": channel.id,
            "event_ts": slack.state.next_ts(),
        },
    )


def home_opened(slack: Workspace, *, user: str, tab: str) -> Json:
    """Raise ``app_home_opened``, with the Home tab's view if it has one, and give the payload."""
    event: Json = {
        "type": "app_home_opened",
        "user": user,
        "channel": world.DM_IDS[user],
        "tab": tab,
        "event_ts": slack.state.next_ts(),
    }
    home = slack.state.homes.get(user)
    if home and tab == "home":
        event["view"] = view_json(home)
    return _raise(slack, "app_home_opened", event)


def function_executed(slack: Workspace, execution: Execution) -> Json:
    """Raise ``function_executed`` with the token of this run, and give the payload."""
    event = {
        "type": "function_executed",
        "function": {
            "id": "Fn0BACKDROP",
            "callback_id": execution.callback_id,
            "title": execution.callback_id,
            "description": "",
            "type": "app",
            "input_parameters": [],
            "output_parameters": [],
            "app_id": world.APP_ID,
            "date_created": 0,
            "date_updated": 0,
            "date_deleted": 0,
        },
        "inputs": execution.inputs,
        "function_execution_id": execution.id,
        "workflow_execution_id": new_id("Wx"),
        "event_ts": slack.state.next_ts(),
        "bot_access_token": execution.token,
    }
    return _raise(slack, "function_executed", event)


def archived(slack: Workspace, channel: Channel, *, by: str) -> None:
    """Raise ``channel_archive`` if the channel is archived now, else ``channel_unarchive``."""
    name = "channel_archive" if channel.is_archived else "channel_unarchive"
    ts = slack.state.next_ts()
    _raise(slack, name, {"type": name, "channel": channel.id, "user": by, "event_ts": ts})


def app_uninstalled(slack: Workspace) -> Json:
    """Raise ``app_uninstalled`` and give its payload."""
    return _raise(slack, "app_uninstalled", {"type": "app_uninstalled"})


def tokens_revoked(slack: Workspace) -> Json:
    """Raise ``tokens_revoked`` and give its payload, which names the tokens' owner only."""
    tokens = {"oauth": [], "bot": [world.BOT_USER_ID]}
    return _raise(slack, "tokens_revoked", {"type": "tokens_revoked", "tokens": tokens})


def _raise_message(slack: Workspace, channel: Channel, event: Json) -> None:
    place = {"channel": channel.id, "channel_type": channel.kind}
    _raise(slack, f"message.{FAMILIES[channel.kind]}", {**event, **place})


def _raise_mention(slack: Workspace, channel: Channel, message: Message, shown: Json) -> None:
    # Slack does not raise app_mention in a DM, nor for what the bot itself posts.
    mentions = f"<@{world.BOT_USER_ID}>" in message.text
    if not mentions or message.by_bot or channel.kind == "im":
        return
    event = {**shown, "type": "app_mention", "channel": channel.id, "event_ts": message.ts}
    if message.subtype == "file_share":
        event.pop("subtype")
    if slack.settings.sparse_mentions:
        for name in ("files", "upload", "display_as_bot"):
            event.pop(name, None)
    _raise(slack, "app_mention", event)


def _raise(slack: Workspace, name: str, event: Json) -> Json:
    channel = slack.state.channels.get(str(event.get("channel") or event.get("channel_id") or ""))
    payload = wrapped(event, is_shared=slack.state.is_shared(channel))
    subscribed = slack.courier.app.events
    scope = SCOPES.get(name)
    if (subscribed is None or name in subscribed) and (
        scope is None or scope in slack.settings.scopes
    ):
        slack.courier.send_event(payload)
    return payload
