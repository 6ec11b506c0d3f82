"""Keeps the bot warm: Slack waits three seconds for its answer, a cold start included.

The request is sent before anything else is done and nobody needs its answer, so a run waits for it
no longer than ``WAIT_S`` in all. It does wait that long: an instance is frozen when the run has
returned (583/9694), and what was not sent by then would lie there until the next minute.
"""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

from functions.log import log

WAIT_S = 0.2
CALL_TIMEOUT_S = 5.0


@contextmanager
def keeping_warm(bot_url: str, *, wait_s: float = WAIT_S) -> Iterator[None]:
    """Ask for the bot's health meanwhile; at the end wait for the rest of ``wait_s``, if at all."""
    if not bot_url:
        yield
        return
    ping = _Ping(bot_url)
    ends_at = time.monotonic() + wait_s
    ping.thread.start()
    try:
        yield
    finally:
        ping.leave(max(0.0, ends_at - time.monotonic()))


class _Ping:
    """One request in a thread that keeps nobody waiting."""

    def __init__(self, bot_url: str) -> None:
        self._url = urlsplit(bot_url)
        self._sent = False
        self._left = False
        self.thread = threading.Thread(target=self._ask, name="keep-warm", daemon=True)

    def leave(self, within_s: float) -> None:
        """Wait for the answer for so long; after that, whatever becomes of it is not looked at."""
        self.thread.join(within_s)
        self._left = True
        if self.thread.is_alive():
            log("the bot has not answered yet", sent=self._sent)

    def _ask(self) -> None:
        is_https = self._url.scheme == "https"
        connect = http.client.HTTPSConnection if is_https else http.client.HTTPConnection
        try:
            with closing(connect(self._url.netloc, timeout=CALL_TIMEOUT_S)) as connection:
                connection.request("GET", f"{self._url.path}/healthz")
                self._sent = True
                connection.getresponse().read(64)
        except (OSError, http.client.HTTPException) as error:
            if not self._left:  # a thaw a minute later is no news about the bot
                log("the bot did not answer", error=type(error).__name__)
