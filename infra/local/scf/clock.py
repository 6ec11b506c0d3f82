"""Keep the platform's minute, which a test or a demonstration can make shorter."""

import asyncio
import contextlib
import time


class Clock:
    """Count SCF's seconds since the start; ``minute_s`` real seconds make one of its minutes.

    Only the platform's own waiting follows it (retries, retention, timers), never a function's
    timeout: the function works in real time.
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
        """Change the pace from now on, also for those who already wait."""
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
