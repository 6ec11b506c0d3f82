"""Answer presses of buttons that this version does not know, and of buttons that are links."""

from collections.abc import Mapping
from typing import Any

from bot.request_context import RequestContext
from bot.slack_api.block_actions import parse_block_action


def on_unknown_action(body: Mapping[str, Any], context: RequestContext) -> None:
    """Tell the presser if the button is in a message; a link has already opened by itself."""
    action = parse_block_action(body)
    if action.channel and not body["actions"][0].get("url"):
        context.post_ephemeral_text(action.user_id, action.ephemeral_place, "press.unknown")
