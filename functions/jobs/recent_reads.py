"""Cache for a short time what a warm instance has read."""

import math
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

MOST_REMEMBERED = 5_000
T = TypeVar("T")


class RecentReads:
    """Cache values that seldom change and may be a little old. Threads may share it."""

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
        """Give the value of ``what``: read in the last ``within_s`` seconds, or now by ``read``.

        A new value is remembered only if ``keeps`` is true of it.
        """
        found, at = self._found.get(what, (None, -math.inf))
        if self._clock() < at + within_s:
            return cast("T", found)
        now_found = read()
        if keeps(now_found):
            self.note(what, now_found)
        return now_found

    def is_known(self, what: str, *, within_s: float) -> bool:
        """Say whether ``what`` was read or noted in the last ``within_s`` seconds."""
        _, at = self._found.get(what, (None, -math.inf))
        return self._clock() < at + within_s

    def note(self, what: str, found: object = None) -> None:
        """Remember ``found`` as the value of ``what``, as if it had just been read."""
        if len(self._found) >= MOST_REMEMBERED:
            self._found = {}
        self._found[what] = found, self._clock()

    def forget(self, what: str) -> None:
        """Forget the value of ``what``: it is read anew the next time."""
        self._found.pop(what, None)
