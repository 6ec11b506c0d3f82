"""Answer ``conversations.*``: histories, channels and their members."""

from decimal import Decimal

from infra.local.slack import world
from infra.local.slack.answers import Refused
from infra.local.slack.arguments import Arguments
from infra.local.slack.methods import lookup
from infra.local.slack.methods.registry import Method
from infra.local.slack.model import Channel, Json, Message
from infra.local.slack.paging import page, with_cursor
from infra.local.slack.scopes import LISTED_TYPES
from infra.local.slack.wire import channel_json, message_json
from infra.local.slack.workspace import Workspace

HISTORY_DEFAULT, HISTORY_MOST = 100, 999
REPLIES_DEFAULT, REPLIES_MOST = 1000, 1000
LIST_DEFAULT, LIST_MOST = 100, 1000
KINDS = {"public_channel": "channel", "im": "im"}


async def info(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``conversations.info``, with the number of members if it is asked for."""
    channel = lookup.channel(slack, arguments)
    with_count = arguments.flag("include_num_members")
    return {"channel": channel_json(slack, channel, with_count=with_count)}


async def members(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``conversations.members``: the members' ids, sorted, in pages."""
    channel = lookup.channel(slack, arguments)
    shown, following = page(
        sorted(channel.members),
        cursor=arguments.text("cursor"),
        limit=arguments.limit(default=LIST_DEFAULT, most=LIST_MOST),
        key=lambda one: one,
    )
    return with_cursor({"members": shown}, following)


async def history(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``conversations.history``: newest first; of replies, only broadcast ones."""
    channel = lookup.joined(slack, arguments)
    said = [m for m in channel.messages.values() if not m.is_reply or m.broadcast]
    said = _within(said, arguments)[::-1]
    limit = arguments.limit(default=HISTORY_DEFAULT, most=HISTORY_MOST)
    return _messages(slack, arguments, said, limit) | {"pin_count": 0}


async def replies(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``conversations.replies``: the parent message, then its replies, oldest first.

    ``oldest`` and ``latest`` limit the replies, but not the parent.
    """
    channel = lookup.joined(slack, arguments)
    named = channel.messages.get(arguments.required("ts"))
    if named is None:
        raise Refused("thread_not_found")
    parent_ts = named.thread_ts if named.is_reply else named.ts
    parent = [channel.messages[parent_ts]] if parent_ts in channel.messages else []
    said = parent + _within(channel.replies(parent_ts), arguments)
    limit = arguments.limit(default=REPLIES_DEFAULT, most=REPLIES_MOST)
    return _messages(slack, arguments, said, limit)


async def list_(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``conversations.list`` in pages; without ``types`` it lists public channels."""
    types = (arguments.text("types") or "public_channel").split(",")
    if not set(types) <= set(LISTED_TYPES):
        raise Refused("invalid_types")
    kinds = {KINDS.get(one) for one in types}
    listed = [
        one
        for one in slack.state.channels.values()
        if one.kind in kinds and not (one.is_archived and arguments.flag("exclude_archived"))
    ]
    shown, following = page(
        listed,
        cursor=arguments.text("cursor"),
        limit=arguments.limit(default=LIST_DEFAULT, most=LIST_MOST),
        key=lambda one: one.id,
    )
    return with_cursor({"channels": [channel_json(slack, one) for one in shown]}, following)


async def open_(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``conversations.open``: find the bot's DM by its id or by the person's."""
    if arguments.text("channel"):
        channel = lookup.channel(slack, arguments)
    else:
        channel = _dm_with(slack, arguments)
    if channel.kind != "im":
        raise Refused("method_not_supported_for_channel_type")
    shown = channel_json(slack, channel) if arguments.flag("return_im") else {"id": channel.id}
    return {"no_op": True, "already_open": True, "channel": shown}


def _dm_with(slack: Workspace, arguments: Arguments) -> Channel:
    users = [one for one in arguments.text("users").split(",") if one]
    if not users:
        raise Refused("users_list_not_supplied")
    if not set(users) <= set(slack.state.people) - {world.BOT_USER_ID}:
        raise Refused("user_not_found")
    if len(users) > 1:  # a group DM, which this workspace does not have
        raise Refused("method_not_supported_for_channel_type")
    if users[0] not in world.DM_IDS:  # a person from another workspace has no DM with the bot
        raise Refused("user_not_visible")
    return slack.state.channels[world.DM_IDS[users[0]]]


async def join(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``conversations.join``: put the bot into a public channel that is not archived."""
    channel = lookup.channel(slack, arguments)
    if channel.kind != "channel":
        raise Refused("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise Refused("is_archived")
    answer: Json = {}
    if world.BOT_USER_ID in channel.members:
        warning = "already_in_channel"
        answer = {"warning": warning, "response_metadata": {"warnings": [warning]}}
    channel.members.add(world.BOT_USER_ID)
    slack.state.changed("channel", channel=channel.id)
    return {"channel": channel_json(slack, channel)} | answer


def _within(messages: list[Message], arguments: Arguments) -> list[Message]:
    oldest = arguments.moment("oldest", "invalid_ts_oldest")
    latest = arguments.moment("latest", "invalid_ts_latest")
    inclusive = arguments.flag("inclusive")
    kept = []
    for one in messages:
        at = Decimal(one.ts)
        if oldest is not None and (at < oldest or (at == oldest and not inclusive)):
            continue
        if latest is not None and (at > latest or (at == latest and not inclusive)):
            continue
        kept.append(one)
    return kept


def _messages(slack: Workspace, arguments: Arguments, messages: list[Message], limit: int) -> Json:
    shown, following = page(
        messages, cursor=arguments.text("cursor"), limit=limit, key=lambda one: one.ts
    )
    with_metadata = arguments.flag("include_all_metadata")
    answer: Json = {
        "messages": [message_json(slack, one, with_metadata=with_metadata) for one in shown],
        "has_more": bool(following),
    }
    return with_cursor(answer, following) if following else answer


METHODS = {
    "conversations.info": Method(info, "*:read", form_only=True),
    "conversations.members": Method(members, "*:read", form_only=True),
    "conversations.history": Method(history, "*:history", form_only=True),
    "conversations.replies": Method(replies, "*:history", form_only=True),
    "conversations.list": Method(list_, "*:read", form_only=True),
    "conversations.open": Method(open_, "im:write"),
    "conversations.join": Method(join, "channels:join"),
}
