"""A direct message: a photo and words, without a mention."""

from collections.abc import Mapping
from typing import Any

from bot.request_context import RequestContext
from bot.requests.from_message import accept_message, is_from_a_person
from bot.slack_api.messages import message_of

WRITTEN = {None, "file_share", "thread_broadcast"}  # other subtypes tell of changes


def is_direct(event: Mapping[str, Any]) -> bool:
    """Whether a ``message`` event comes from the conversation with one person."""
    return event.get("channel_type") == "im"


def on_direct_message(event: Mapping[str, Any], context: RequestContext) -> None:
    """``message.im``."""
    if is_from_a_person(event) and event.get("subtype") in WRITTEN:
        accept_message(message_of(event), context, gesture="direct")
