"""Size: the same wish in another shape, from a menu; its last entry opens the form."""

from collections.abc import Mapping
from typing import Any

from bot.children import Child, start
from bot.desk import Desk
from bot.listeners.change import change
from bot.pressing import press_of
from bot.views.buttons import OTHER_SIZE, pressed
from functions.jobs.errors import Refused
from functions.jobs.model import parse_resolution


def size(body: Mapping[str, Any], desk: Desk) -> None:
    """The menu under a result."""
    press = press_of(body)
    said = pressed(press.value)
    if said and said.size == OTHER_SIZE:
        change(body, desk)
        return
    try:
        resolution = parse_resolution(said.size if said else "")
    except Refused:
        desk.whisper_line(press.user_id, press.aside, "press.gone")
        return
    start(press, desk, Child(gesture="size", resolution=resolution))
