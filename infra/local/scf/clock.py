"""Keep the platform's time, whose minutes a test or a demonstration can make shorter."""

import asyncio
import contextlib
import time


class Clock:
    """Count the platform's seconds since the start; its minute lasts ``minute_s`` real seconds.

    The platform's own waiting (retries, retention, timers) goes by this clock. A function's timeout
    does not, because the function works in real time.
    """

    def __init__(self, minute_s: float) -> None:
        self._minute_s = minute_s
        self._since = time.monotonic()
        self._before = 0.0
        self._changed = asyncio.Event()

    @property
    def minute_s(self) -> float:
        """Give the real seconds in one of the platform's minutes."""
        return self._minute_s

    def set_minute(self, minute_s: float) -> None:
        """Change the length of a minute from now on, also for waits that have begun."""
        self._before = self.seconds()
        self._since = time.monotonic()
        self._minute_s = minute_s
        self._changed.set()
        self._changed = asyncio.Event()

    def seconds(self) -> float:
        """Give the platform's seconds since the start."""
        return self._before + (time.monotonic() - self._since) * 60 / self._minute_s

    async def sleep_until(self, seconds: float) -> None:
        """Wait until ``seconds()`` has reached ``seconds``."""
        while (left := seconds - self.seconds()) > 0:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left * self._minute_s / 60)
