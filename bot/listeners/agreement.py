"""Record a person's agreement to pictures without the visible mark; it lasts until withdrawn."""

import time
from collections.abc import Mapping
from typing import Any

import msgspec

from bot.listeners import home
from bot.request_context import RequestContext
from bot.slack_api.block_actions import parse_block_action
from bot.views.agreement import AGREE
from functions.log import log


def agree(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle the button to agree or withdraw, on Home, under a refusal or in a command's answer."""
    action = parse_block_action(body)
    agreed, own = action.value == AGREE, context.person_settings(action.user_id)
    settings = msgspec.structs.replace(
        own,
        agreed_unmarked_at=time.time() if agreed else 0.0,
        watermark=own.watermark if agreed else None,
    )
    context.save_person_settings(action.user_id, settings)
    log("agreement to unmarked pictures", agreed=agreed, event=context.event_id)
    if action.channel:
        key = "agreement.agreed" if agreed else "agreement.withdrawn"
        context.post_ephemeral_text(action.user_id, action.ephemeral_place, key)
    else:
        home.show(action.user_id, context)
