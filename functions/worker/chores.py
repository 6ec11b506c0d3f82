"""What the timer's run does beside the queue: keep the bot warm, sweep, sum the day up."""

import urllib.request
from collections.abc import Callable

from functions.jobs.bucket import KeysExpired
from functions.log import log, log_crash
from functions.worker.daily import sum_up_yesterday
from functions.worker.sweeping import sweep
from functions.worker.workshop import Workshop

WAKE_TIMEOUT_S = 5.0


def do_chores(shop: Workshop, *, bot_url: str, time_left: Callable[[], float]) -> None:
    """All of them; one that fails keeps none of the others from being done."""
    chores: tuple[Callable[[], None], ...] = (
        lambda: _keep_warm(bot_url),
        lambda: sweep(shop, time_left=time_left),
        lambda: sum_up_yesterday(shop.ledger),
    )
    for chore in chores:
        try:
            chore()
        except KeysExpired:
            return  # the next run has new ones
        except Exception as error:  # noqa: BLE001  # the others are not to blame
            log_crash("chore", error)


def _keep_warm(bot_url: str) -> None:
    """Slack waits three seconds for the bot, a cold start included."""
    if not bot_url:
        return
    try:
        with urllib.request.urlopen(f"{bot_url}/healthz", timeout=WAKE_TIMEOUT_S) as answer:  # noqa: S310  # https or loopback, checked in the configuration
            answer.read(64)
    except OSError as error:
        log("the bot did not answer", error=type(error).__name__)
