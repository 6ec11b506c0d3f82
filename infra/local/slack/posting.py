"""Post, change and delete messages, for people and for apps."""

from typing import NamedTuple

from infra.local.slack import events, world
from infra.local.slack.model import Channel, Json, Message, Share
from infra.local.slack.wire import message_json
from infra.local.slack.workspace import Workspace

SLACKBOT_ID = "USLACKBOT"


def post(slack: Workspace, message: Message) -> Message:
    """Store a message, record that its files are shared in it, and tell the page and the app."""
    channel = slack.state.channels[message.channel]
    if message.only_for:
        channel.ephemeral.append(message)
        slack.state.changed("ephemeral", channel=channel.id, ts=message.ts)
        return message
    channel.add(message)
    channel.last_read[message.user] = message.ts
    for file_id in message.file_ids:
        share = Share(channel=channel.id, ts=message.ts, thread_ts=message.thread_ts)
        slack.state.files[file_id].shares.append(share)
    slack.state.changed("message", channel=channel.id, ts=message.ts)
    events.message_posted(slack, message)
    return message


class Content(NamedTuple):
    """Hold what a message says: escaped text, filled blocks, metadata."""

    text: str
    blocks: list[Json]
    metadata: Json | None = None


def change(slack: Workspace, message: Message, content: Content, *, by: str) -> None:
    """Change a message and mark it as edited; an ephemeral one gets no mark and no event."""
    before = message_json(slack, message)
    message.text, message.blocks, message.metadata = content
    if message.only_for:
        slack.state.changed("ephemeral", channel=message.channel, ts=message.ts)
        return
    message.edited_by, message.edited_ts = by, slack.state.next_ts()
    slack.state.changed("message_changed", channel=message.channel, ts=message.ts)
    events.message_edited(slack, message, before=before, by_person=by != world.BOT_USER_ID)


def remove(slack: Workspace, message: Message) -> None:
    """Delete a message. One with replies becomes a tombstone, so that its thread stays."""
    channel = slack.state.channels[message.channel]
    before = message_json(slack, message)
    if message.only_for:
        channel.ephemeral.remove(message)
        slack.state.changed("ephemeral", channel=channel.id, ts=message.ts)
        return
    _forget_shares(slack, message)
    if channel.replies(message.ts) and not message.is_reply:
        _bury(slack, message, before)
        return
    channel.take_out(message)
    slack.state.changed("message_deleted", channel=channel.id, ts=message.ts)
    events.message_removed(slack, channel=channel, before=before)


def _bury(slack: Workspace, message: Message, before: Json) -> None:
    message.subtype, message.user, message.by_bot = "tombstone", SLACKBOT_ID, False
    message.text, message.blocks, message.file_ids = "This message was deleted.", [], []
    message.metadata, message.reactions = None, {}
    slack.state.changed("message_deleted", channel=message.channel, ts=message.ts)
    events.message_edited(slack, message, before=before, by_person=False)


def _forget_shares(slack: Workspace, message: Message) -> None:
    for file_id in message.file_ids:
        file = slack.state.files[file_id]
        file.shares = [one for one in file.shares if one.ts != message.ts]


def can_take_thread(channel: Channel, thread_ts: str) -> bool:
    """Tell whether ``thread_ts`` is a message in the channel that can have replies."""
    parent = channel.messages.get(thread_ts)
    return parent is not None and not parent.is_reply
