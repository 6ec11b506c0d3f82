"""A button that no version of ours knows any more, or a link shown as a button."""

from collections.abc import Mapping
from typing import Any

from bot.desk import Desk
from bot.pressing import press_of


def pressed(body: Mapping[str, Any], desk: Desk) -> None:
    """Says so where there is a message; a link has done its work by itself."""
    press = press_of(body)
    if press.channel and not body["actions"][0].get("url"):
        desk.whisper_line(press.user_id, press.aside, "press.unknown")
