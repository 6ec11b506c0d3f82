"""A direct message: a photo and words, without a mention."""

from collections.abc import Mapping
from typing import Any

from bot.asking import message_of
from bot.desk import Desk
from bot.listening import ask, is_from_a_person

WRITTEN = {None, "file_share", "thread_broadcast"}  # other subtypes tell of changes


def is_direct(event: Mapping[str, Any]) -> bool:
    """Whether a ``message`` event comes from the conversation with one person."""
    return event.get("channel_type") == "im"


def written_directly(event: Mapping[str, Any], desk: Desk) -> None:
    """``message.im``."""
    if is_from_a_person(event) and event.get("subtype") in WRITTEN:
        ask(message_of(event), desk, gesture="direct")
