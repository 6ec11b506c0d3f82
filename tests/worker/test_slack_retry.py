"""Slack's five outcomes: what is said later, what is done, and what is left."""

from collections.abc import Callable

import pytest

from bot.slack_api.client import (
    SLACK_TROUBLE,
    ChannelClosed,
    OutcomeUnknown,
    RateLimited,
    SlackRefused,
    TokenRevoked,
)
from functions.jobs.errors import ErrorCode
from functions.jobs.leases import AttemptsExhausted
from functions.worker.errors import RetryAt
from functions.worker.slack_retry import UNCLEAR_PAUSE_S, Nowhere, say, say_in_courtesy

NOW = 1000.0
FINAL: list[Exception] = [
    ChannelClosed(ErrorCode.CHANNEL_GONE),
    TokenRevoked("token_revoked"),
    SlackRefused("msg_too_long"),
    AttemptsExhausted("posting"),
]
LATER: list[tuple[Exception, float]] = [
    (RateLimited(7.0), NOW + 7.0),
    (OutcomeUnknown("URLError"), NOW + UNCLEAR_PAUSE_S),
]


class Slack:
    """Answers so, one after the other; the last one again and again."""

    def __init__(self, *answers: Exception | str) -> None:
        self._answers = list(answers)
        self.said = 0

    def __call__(self) -> str:
        answer = self._answers[min(self.said, len(self._answers) - 1)]
        self.said += 1
        if isinstance(answer, Exception):
            raise answer
        return answer


def now() -> float:
    return NOW


def test_no_outcome_of_slack_is_forgotten() -> None:
    known = [type(error) for error in FINAL] + [type(error) for error, _ in LATER]
    assert set(known) == {*SLACK_TROUBLE, AttemptsExhausted}


@pytest.mark.parametrize("how", [say, say_in_courtesy])
def test_what_was_said_is_done(how: Callable[..., object]) -> None:
    slack = Slack("1.0001")
    assert (how(slack, now=now), slack.said) == ("1.0001", 1)


@pytest.mark.parametrize("how", [say, say_in_courtesy])
@pytest.mark.parametrize("error", FINAL, ids=lambda error: type(error).__name__)
def test_a_final_no_is_taken_at_once(how: Callable[..., object], error: Exception) -> None:
    slack = Slack(error)
    assert (how(slack, now=now), slack.said) == (Nowhere(error), 1)


@pytest.mark.parametrize(("error", "until"), LATER, ids=lambda one: type(one).__name__)
def test_the_rest_is_for_later_and_why_is_told_before(error: Exception, until: float) -> None:
    told: list[tuple[Exception, float]] = []
    with pytest.raises(RetryAt) as later:
        say(Slack(error), now=now, before_later=lambda why, when: told.append((why, when)))
    assert later.value.until == until
    assert told == [(error, until)]


@pytest.mark.parametrize(("error", "until"), LATER, ids=lambda one: type(one).__name__)
def test_there_is_no_later_once_it_is_given_up(error: Exception, until: float) -> None:
    with pytest.raises(RetryAt):
        say(Slack(error), now=now, give_up_at=NOW + 0.1)
    assert say(Slack(error), now=now, give_up_at=NOW) == Nowhere(error)


def test_a_courtesy_is_tried_twice_where_it_is_unclear_and_then_left() -> None:
    error = OutcomeUnknown("URLError")
    slack = Slack(error)
    assert (say_in_courtesy(slack, now=now), slack.said) == (Nowhere(error), 2)
    lost_once = Slack(error, "1.0001")
    assert (say_in_courtesy(lost_once, now=now), lost_once.said) == ("1.0001", 2)


def test_a_courtesy_waits_where_slack_asks_to() -> None:
    with pytest.raises(RetryAt) as later:
        say_in_courtesy(Slack(OutcomeUnknown("lost"), RateLimited(7.0)), now=now)
    assert later.value.until == NOW + 7.0
