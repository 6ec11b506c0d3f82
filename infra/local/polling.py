"""Wait for a condition, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LIMIT_S = 60.0
LOOK_EVERY_S = 0.05
LATE_BY = 0.05  # share of the wait so far that the next pause takes, as each look costs a call
LOOK_SELDOM_S = 0.25  # the longest pause


def until(condition: Callable[[], T], *, what: str, limit_s: float = LIMIT_S) -> T:
    """Call ``condition`` until its value is true, and return that value.

    Raises ``TimeoutError`` after ``limit_s``, with ``what`` in its text.
    """
    started = time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        waited_s = time.monotonic() - started
        if waited_s > limit_s:
            raise TimeoutError(f"waited {limit_s:.0f} s for {what}")
        time.sleep(min(max(LOOK_EVERY_S, LATE_BY * waited_s), LOOK_SELDOM_S))
