"""Turn the outcome of saying something to Slack into what follows: done, later, or nowhere.

Done: the call's own result is returned. Later, for as long as it makes sense:

- ``RateLimited``: nothing was done, and Slack says how long to wait, or this run is over;
- ``OutcomeUnknown``: it may have been done, so this is checked first, after ``UNCLEAR_PAUSE_S``.

Nowhere: ``ChannelClosed``, ``TokenRevoked`` and ``SlackRefused`` are Slack's final no, and
``AttemptsExhausted`` is ours.
"""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from bot.slack_api.client import (
    ChannelClosed,
    OutcomeUnknown,
    RateLimited,
    RunOver,
    SlackRefused,
    TokenRevoked,
)
from functions.jobs.leases import AttemptsExhausted
from functions.worker.errors import RetryAt

UNCLEAR_PAUSE_S = 3.0
FINAL_NO = (ChannelClosed, TokenRevoked, SlackRefused, AttemptsExhausted)

NotNow = RateLimited | OutcomeUnknown
T = TypeVar("T")


class Nowhere(msgspec.Struct, frozen=True):
    """Hold why something was not said, and will not be."""

    error: Exception


def say(
    saying: Callable[[], T],
    *,
    now: Callable[[], float],
    give_up_at: float = float("inf"),
    before_later: Callable[[NotNow, float], None] | None = None,
) -> T | Nowhere:
    """Say something to Slack. Raises ``RetryAt`` if it has to be said later.

    From ``give_up_at`` on (Unix seconds) it is given up instead. ``before_later`` is called with
    the reason for the delay and its end.
    """
    try:
        return saying()
    except (RateLimited, OutcomeUnknown) as error:
        if now() >= give_up_at and not isinstance(error, RunOver):
            return Nowhere(error)
        until = now() + (error.retry_after_s if isinstance(error, RateLimited) else UNCLEAR_PAUSE_S)
        if before_later:
            before_later(error, until)
        raise RetryAt(until) from error
    except FINAL_NO as error:
        return Nowhere(error)


def prepare(preparing: Callable[[], T]) -> T | Nowhere:
    """Do something that has to precede a message, and that may be done twice.

    Raises ``RateLimited`` if it has to be done later, also after an unclear outcome: no message has
    been posted, so nobody has to check whether one was.
    """
    try:
        return preparing()
    except OutcomeUnknown as unclear:
        raise RateLimited(UNCLEAR_PAUSE_S) from unclear
    except FINAL_NO as error:
        return Nowhere(error)


def say_in_courtesy(saying: Callable[[], T], *, now: Callable[[], float]) -> T | Nowhere:
    """Say something that must not keep a job from ending, and that may be said twice.

    After an unclear outcome it is tried once more at once, then left. Raises ``RetryAt`` when Slack
    asks to wait.
    """

    def twice() -> T | Nowhere:
        try:
            return saying()
        except OutcomeUnknown:
            try:
                return saying()
            except OutcomeUnknown as error:
                return Nowhere(error)

    return say(twice, now=now)
