"""Call Slack, and turn the result into one of three: done, later, or nowhere.

Done: the call's own result is returned. Later (``RetryAt``):

- after ``RateLimited``: nothing was done; Slack says how long to wait, or this run is over;
- after ``OutcomeUnknown``: it may have been done, which the next attempt has to check first.

Nowhere (``Nowhere`` is returned): after ``ChannelClosed``, ``TokenRevoked`` and ``SlackRefused``,
which are final, and after ``AttemptsExhausted``, our own limit.
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
    """Hold the error for which something is not said to Slack, now or later."""

    error: Exception


def say(
    saying: Callable[[], T],
    *,
    now: Callable[[], float],
    give_up_at: float = float("inf"),
    before_later: Callable[[NotNow, float], None] | None = None,
) -> T | Nowhere:
    """Call ``saying``; return its result, or ``Nowhere`` if Slack will never take it.

    Raises ``RetryAt`` if it has to be called again later. From ``give_up_at`` on (Unix seconds)
    ``Nowhere`` is returned instead, unless only this run is over. ``before_later`` is called before
    ``RetryAt`` is raised, with the error and the time of the next call.
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
    """Call ``preparing``, which has to precede a message and may be done twice.

    Returns what ``say`` would. Raises ``RateLimited`` if it has to be called again later, also
    after an unclear outcome: no message has been posted, so there is nothing to check first.
    """
    try:
        return preparing()
    except OutcomeUnknown as unclear:
        raise RateLimited(UNCLEAR_PAUSE_S) from unclear
    except FINAL_NO as error:
        return Nowhere(error)


def say_in_courtesy(saying: Callable[[], T], *, now: Callable[[], float]) -> T | Nowhere:
    """Call ``saying`` as ``say`` does, but give up soon, so that the job can end.

    It may be said twice: after an unclear outcome it is called once more at once, then given up.
    Raises ``RetryAt`` when Slack asks to wait.
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
