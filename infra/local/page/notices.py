"""Find the messages that Slack notifies a person of: mentions, and all messages in DMs."""

from typing import Any

from infra.local.slack.model import Channel, Json, Message
from infra.local.slack.workspace import Workspace

NOTICES_MOST = 20


def notices(slack: Workspace, user: str, *, after: str) -> list[Json]:
    """List the newest messages after ``after`` (a ``ts``) that notify ``user``, oldest first."""
    found = [
        message
        for channel in slack.state.channels.values()
        if user in channel.members
        for message in _newer(channel, after)
        if message.user != user and (channel.kind == "im" or _mentions(message, user))
    ]
    newest = sorted(found, key=lambda one: one.ts)[-NOTICES_MOST:]
    return [
        {"channel": one.channel, "ts": one.ts, "thread_ts": one.thread_ts, "user": one.user}
        for one in newest
    ]


def _newer(channel: Channel, after: str) -> list[Message]:
    newer: list[Message] = []
    for message in reversed(channel.messages.values()):
        if message.ts <= after:
            break
        newer.append(message)
    return newer


def _mentions(message: Message, user: str) -> bool:
    return f"<@{user}>" in message.text or _has_mention(message.blocks, user)


def _has_mention(node: Any, user: str) -> bool:
    if isinstance(node, list):
        return any(_has_mention(one, user) for one in node)
    if isinstance(node, dict):
        if node.get("type") == "user" and node.get("user_id") == user:
            return True
        if node.get("type") == "mrkdwn":
            return f"<@{user}>" in node["text"]
        return any(_has_mention(one, user) for one in node.values())
    return False
