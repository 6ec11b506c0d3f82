"""Read a press of a button or a choice in a menu from Slack's ``block_actions`` payload."""

from collections.abc import Mapping
from typing import Any

import msgspec

from functions.jobs.model import Thread


class BlockAction(msgspec.Struct, frozen=True):
    """Hold who pressed what, under which message.

    ``value`` is the button's or the chosen option's; ``blocks`` are the message's. ``thread_ts`` is
    empty outside of threads; ``channel`` is empty too for a press in a view.
    """

    user_id: str
    value: str
    trigger_id: str
    channel: str = ""
    message_ts: str = ""
    thread_ts: str = ""
    blocks: list[dict[str, Any]] = []

    @property
    def place(self) -> Thread:
        """Give the thread for the jobs' messages: the pressed message's, or one below it."""
        return Thread(channel=self.channel, thread_ts=self.thread_ts or self.message_ts)

    @property
    def ephemeral_place(self) -> Thread:
        """Give the place for an ephemeral answer: beside the message, not in a new thread."""
        is_reply = self.thread_ts != self.message_ts
        return Thread(channel=self.channel, thread_ts=self.thread_ts if is_reply else "")


def parse_block_action(body: Mapping[str, Any]) -> BlockAction:
    """Read a validated ``block_actions`` payload; it may come from a view, without a channel."""
    action = body["actions"][0]
    container = body.get("container") or {}
    message = body.get("message") or {}
    chosen = action.get("selected_option") or {}
    return BlockAction(
        user_id=str(body["user"]["id"]),
        value=str(chosen.get("value") or action.get("value") or ""),
        trigger_id=str(body.get("trigger_id") or ""),
        channel=str((body.get("channel") or {}).get("id") or container.get("channel_id") or ""),
        message_ts=str(container.get("message_ts") or message.get("ts") or ""),
        thread_ts=str(container.get("thread_ts") or message.get("thread_ts") or ""),
        blocks=list(message.get("blocks") or []),
    )
