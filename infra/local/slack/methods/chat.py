"""Answer ``chat.*`` (docs.slack.dev/reference/methods, ``chat.postMessage`` and others)."""

import time
from collections import deque
from typing import Any

from infra.local.slack import posting, world
from infra.local.slack.answers import Refused
from infra.local.slack.arguments import Arguments
from infra.local.slack.blocks import accepted
from infra.local.slack.methods import lookup
from infra.local.slack.methods.registry import Method
from infra.local.slack.model import Channel, Json, Message
from infra.local.slack.pictures import check_pictures
from infra.local.slack.typed import with_entities
from infra.local.slack.wire import message_json, permalink
from infra.local.slack.workspace import Workspace

TEXT_CHARACTERS = 40_000
UPDATED_TEXT_CHARACTERS = 4_000


async def post_message(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``chat.postMessage``: post as the bot, where it may post and within the rate limit."""
    channel = _destination(slack, arguments)
    if channel.is_archived:
        raise Refused("is_archived")
    if not _may_post(slack, channel):
        raise Refused("not_in_channel")
    _check_rate(slack, channel)
    text, blocks = await _content(slack, arguments, channel)
    metadata = _metadata(arguments)
    thread_ts = _thread(arguments, channel)
    broadcast = bool(thread_ts) and arguments.flag("reply_broadcast")
    message = posting.post(
        slack,
        Message(
            ts=slack.state.next_ts(),
            channel=channel.id,
            user=world.BOT_USER_ID,
            by_bot=True,
            text=text,
            blocks=blocks,
            thread_ts=thread_ts,
            metadata=metadata,
            broadcast=broadcast,
            subtype="thread_broadcast" if broadcast else "",
        ),
    )
    shown = message_json(slack, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


async def update(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``chat.update`` for the bot's own messages; text without blocks removes the blocks."""
    channel = lookup.channel(slack, arguments)
    message = lookup.message(channel, arguments.required("ts"))
    if channel.is_archived:
        raise Refused("is_inactive")
    if not message.by_bot:
        raise Refused("cant_update_message")
    if len(arguments.text("text")) > UPDATED_TEXT_CHARACTERS:
        raise Refused("msg_too_long")
    text, blocks = await _content(slack, arguments, channel)
    metadata = message.metadata
    if arguments.values.get("metadata") is not None:
        metadata = _metadata(arguments)
    content = posting.Content(text, blocks, metadata)
    posting.change(slack, message, content, by=world.BOT_USER_ID)
    shown = message_json(slack, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


async def delete(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``chat.delete``, for the bot's own messages only."""
    channel = lookup.channel(slack, arguments)
    message = lookup.message(channel, arguments.required("ts"))
    if not message.by_bot:
        raise Refused("cant_delete_message")
    posting.remove(slack, message)
    return {"channel": channel.id, "ts": message.ts}


async def post_ephemeral(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``chat.postEphemeral``; the person and the bot must be in the channel."""
    channel = _destination(slack, arguments)
    if channel.is_archived:
        raise Refused("is_archived")
    if world.BOT_USER_ID not in channel.members:
        raise Refused("not_in_channel")
    if arguments.required("user") not in channel.members:
        raise Refused("user_not_in_channel")
    text, blocks = await _content(slack, arguments, channel)
    message = posting.post(
        slack,
        Message(
            ts=slack.state.next_ts(),
            channel=channel.id,
            user=world.BOT_USER_ID,
            by_bot=True,
            text=text,
            blocks=blocks,
            thread_ts=_thread(arguments, channel),
            only_for=arguments.text("user"),
        ),
    )
    return {"message_ts": message.ts}


async def get_permalink(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``chat.getPermalink``, for any message of a channel that exists."""
    channel = lookup.channel(slack, arguments)
    message = lookup.message(channel, arguments.required("message_ts"))
    return {"channel": channel.id, "permalink": permalink(slack, message)}


def _destination(slack: Workspace, arguments: Arguments) -> Channel:
    channel = slack.state.channel_named(arguments.required("channel"))
    if channel is None:
        raise Refused("channel_not_found")
    return channel


def _may_post(slack: Workspace, channel: Channel) -> bool:
    is_open = channel.kind == "channel" and "chat:write.public" in slack.settings.scopes
    return world.BOT_USER_ID in channel.members or is_open


async def _content(
    slack: Workspace, arguments: Arguments, channel: Channel
) -> tuple[str, list[Json]]:
    for name in ("attachments", "markdown_text"):
        if arguments.values.get(name):
            raise Refused("invalid_arguments", places=[f"not known to this stand-in: {name}"])
    text = arguments.text("text")
    if len(text) > TEXT_CHARACTERS:
        raise Refused("msg_too_long")
    given: Any = arguments.structure("blocks", "invalid_blocks_format")
    blocks = accepted(given)
    if not text and not blocks:
        raise Refused("no_text")
    await check_pictures(slack, blocks, channel=channel.id)
    return with_entities(text), blocks


def _metadata(arguments: Arguments) -> Json | None:
    given = arguments.structure("metadata", "invalid_metadata_format")
    if given is None or given == {}:
        return None
    if not isinstance(given, dict) or set(given) != {"event_type", "event_payload"}:
        raise Refused("invalid_metadata_format")
    kind, payload = given["event_type"], given["event_payload"]
    if not isinstance(kind, str) or not kind or not isinstance(payload, dict):
        raise Refused("invalid_metadata_schema")
    return given


def _thread(arguments: Arguments, channel: Channel) -> str:
    thread_ts = arguments.text("thread_ts")
    if thread_ts and not posting.can_take_thread(channel, thread_ts):
        raise Refused("thread_not_found")
    return thread_ts


def _check_rate(slack: Workspace, channel: Channel) -> None:
    allowed = slack.settings.posts_per_s_per_channel
    if not allowed:
        return
    now = time.monotonic()
    times = slack.state.post_times.setdefault(channel.id, deque())
    window_s = max(1.0, 1 / allowed)
    while times and times[0] < now - window_s:
        times.popleft()
    if len(times) >= max(1, int(allowed)):
        raise Refused("ratelimited")
    times.append(now)


METHODS = {
    "chat.postMessage": Method(post_message, "chat:write"),
    "chat.update": Method(update, "chat:write"),
    "chat.delete": Method(delete, "chat:write"),
    "chat.postEphemeral": Method(post_ephemeral, "chat:write"),
    "chat.getPermalink": Method(get_permalink, form_only=True),
}
