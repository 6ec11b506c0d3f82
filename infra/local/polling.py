"""Waiting for a condition, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LIMIT_S = 60.0
LOOK_EVERY_S = 0.05


def until(condition: Callable[[], T], *, what: str, limit_s: float = LIMIT_S) -> T:
    """The condition's first true value. Raises ``TimeoutError`` that says what was awaited."""
    deadline = time.monotonic() + limit_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {limit_s:.0f} s for {what}")
        time.sleep(LOOK_EVERY_S)
