"""Remember what a warm instance has read, so that it does not read it again at once."""

import math
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

MOST_REMEMBERED = 5_000
T = TypeVar("T")


class RecentReads:
    """Remember what changes seldom, and is no worse for being a little old. Threads share it."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._found: dict[str, tuple[Any, float]] = {}

    def read(
        self,
        what: str,
        read: Callable[[], T],
        *,
        within_s: float,
        keeps: Callable[[T], bool] = lambda _: True,
    ) -> T:
        """Give what was read ``within_s``, or read it now. Only what ``keeps`` is remembered."""
        found, at = self._found.get(what, (None, -math.inf))
        if self._clock() < at + within_s:
            return cast("T", found)
        now_found = read()
        if keeps(now_found):
            self.note(what, now_found)
        return now_found

    def is_known(self, what: str, *, within_s: float) -> bool:
        """Say whether it was noted ``within_s``."""
        _, at = self._found.get(what, (None, -math.inf))
        return self._clock() < at + within_s

    def note(self, what: str, found: object = None) -> None:
        """Remember it, as if it had just been read."""
        if len(self._found) >= MOST_REMEMBERED:
            self._found = {}
        self._found[what] = found, self._clock()

    def forget(self, what: str) -> None:
        """Have it read anew."""
        self._found.pop(what, None)
