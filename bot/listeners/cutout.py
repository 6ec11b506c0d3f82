"""Cut-out: the product alone, on transparency. The worker makes it without asking aiart."""

from collections.abc import Mapping
from typing import Any

from bot.request_context import RequestContext
from bot.requests.follow_ups import FollowUp, start_follow_up
from bot.slack_api.block_actions import parse_block_action


def cutout(body: Mapping[str, Any], context: RequestContext) -> None:
    """The button under a result."""
    start_follow_up(parse_block_action(body), context, FollowUp(gesture="cutout"))
