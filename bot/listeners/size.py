"""Size: the same wish in another shape, from a menu; its last entry opens the form."""

from collections.abc import Mapping
from typing import Any

from bot.listeners.change import change
from bot.request_context import RequestContext
from bot.requests.follow_ups import FollowUp, start_follow_up
from bot.slack_api.block_actions import parse_block_action
from bot.views.buttons import OTHER_SIZE, parse_button_value
from functions.jobs.errors import Refused
from functions.jobs.wish import parse_resolution


def size(body: Mapping[str, Any], context: RequestContext) -> None:
    """The menu under a result."""
    action = parse_block_action(body)
    said = parse_button_value(action.value)
    if said and said.size == OTHER_SIZE:
        change(body, context)
        return
    try:
        resolution = parse_resolution(said.size if said else "")
    except Refused:
        context.post_ephemeral_text(action.user_id, action.ephemeral_place, "press.gone")
        return
    start_follow_up(action, context, FollowUp(gesture="size", resolution=resolution))
