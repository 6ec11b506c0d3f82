"""Keep the bot warm, and start the gateway in time: a cold start takes 2 to 10 seconds.

Slack waits three seconds for the bot. So the timer's run asks for the bot's health before it does
anything else. It does not need the answer, but waits up to ``WAIT_S`` for it: the instance is
frozen when the run has returned (583/9694), and a request not sent by then goes out a minute later.

Slack fetches the preview from the gateway while a message is posted, and shows a broken picture if
that takes too long.
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
GATEWAY_START_S = 10.0  # the longest start that was reported
GATEWAY_AGAIN_S = 30.0  # between requests: SCF keeps an idle instance for minutes


@contextmanager
def keeping_warm(bot_url: str, *, wait_s: float = WAIT_S) -> Iterator[None]:
    """Ask for the bot's health while the block runs; then wait for the rest of ``wait_s``.

    Does nothing beside the block if ``bot_url`` is empty.
    """
    if not bot_url:
        yield
        return
    ping = _Ping("bot", bot_url, timeout_s=CALL_TIMEOUT_S)
    ends_at = time.monotonic() + wait_s
    ping.thread.start()
    try:
        yield
    finally:
        ping.leave(max(0.0, ends_at - time.monotonic()))


class GatewayWarmth:
    """Start the gateway before Slack fetches a preview from it. Threads and runs may share it.

    ``base_url`` is empty if links are not configured; then nothing is asked.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._lock = threading.Lock()
        self._ping: _Ping | None = None
        self._asked_at = 0.0  # Unix seconds: an instance may be frozen between runs

    def ask(self) -> None:
        """Ask for the gateway's health in the background, once per ``GATEWAY_AGAIN_S``."""
        now = time.time()
        with self._lock:
            is_fresh = self._ping is not None and now < self._asked_at + GATEWAY_AGAIN_S
            if is_fresh or not self._base_url:
                return
            self._asked_at = now
            self._ping = _Ping("gateway", self._base_url, timeout_s=GATEWAY_START_S)
            self._ping.thread.start()

    def wait(self) -> None:
        """Wait until the gateway has answered ``ask``, at most ``GATEWAY_START_S`` from then on."""
        with self._lock:
            ping, ends_at = self._ping, self._asked_at + GATEWAY_START_S
        if ping:
            ping.thread.join(max(0.0, ends_at - time.time()))


class _Ping:
    """Send one health request to ``who`` from a thread of its own."""

    def __init__(self, who: str, url: str, *, timeout_s: float) -> None:
        self._who = who
        self._url = urlsplit(url)
        self._timeout_s = timeout_s
        self._sent = False
        self._left = False
        self.thread = threading.Thread(target=self._ask, name="keep-warm", daemon=True)

    def leave(self, within_s: float) -> None:
        """Wait up to ``within_s`` for the answer; an error after that is not logged."""
        self.thread.join(within_s)
        self._left = True
        if self.thread.is_alive():
            log(f"the {self._who} has not answered yet", sent=self._sent)

    def _ask(self) -> None:
        is_https = self._url.scheme == "https"
        connect = http.client.HTTPSConnection if is_https else http.client.HTTPConnection
        try:
            with closing(connect(self._url.netloc, timeout=self._timeout_s)) as connection:
                connection.request("GET", f"{self._url.path}/healthz")
                self._sent = True
                connection.getresponse().read(64)
        except (OSError, http.client.HTTPException) as error:
            if not self._left:  # else the instance may have been frozen meanwhile, which is no news
                log(f"the {self._who} did not answer", error=type(error).__name__)
