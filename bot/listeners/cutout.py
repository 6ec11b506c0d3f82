"""Cut-out: the product alone, on transparency. The worker makes it without asking aiart."""

from collections.abc import Mapping
from typing import Any

from bot.children import Child, start
from bot.desk import Desk
from bot.pressing import press_of


def cutout(body: Mapping[str, Any], desk: Desk) -> None:
    """The button under a result."""
    start(press_of(body), desk, Child(gesture="cutout"))
