"""3 variations: the same words on the same photo, three times, shown together."""

from collections.abc import Mapping
from typing import Any

from bot.children import Child, start
from bot.desk import Desk
from bot.pressing import press_of

COUNT = 3


def variations(body: Mapping[str, Any], desk: Desk) -> None:
    """The button under a result."""
    start(press_of(body), desk, Child(gesture="variation", count=COUNT))
