"""Timer expressions."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.serverless_yml.cron import Cron

START = datetime(2024, 2, 28, 23, 59, 58, tzinfo=timezone.utc)  # a leap year's February

times = st.sampled_from(["*", "0", "*/7", "5-9", "1/20", "3,58,59"])
days = st.sampled_from(["*", "1", "29", "28-31", "*/2"])
weekdays = st.sampled_from(["*", "0", "FRI", "MON-WED,SAT"])
months = st.sampled_from(["*", "2", "mar", "FEB-APR"])


def test_every_minute_means_second_zero() -> None:
    cron = Cron.parse("0 * * * * * *")
    assert cron.after(START) == datetime(2024, 2, 29, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("expression", "moment"),
    [
        ("0 */5 * * * * *", datetime(2024, 2, 29, 0, 0, tzinfo=timezone.utc)),
        ("0 15 10 1 * * *", datetime(2024, 3, 1, 10, 15, tzinfo=timezone.utc)),
        ("0 15 10 * * MON-FRI *", datetime(2024, 2, 29, 10, 15, tzinfo=timezone.utc)),
        ("30 1/10 * * * * *", datetime(2024, 2, 29, 0, 1, 30, tzinfo=timezone.utc)),
        ("0 0 0 29 2 * 2025-2099", datetime(2028, 2, 29, tzinfo=timezone.utc)),
        ("0 0 0 13 * FRI *", datetime(2024, 3, 1, tzinfo=timezone.utc)),  # either day will do
    ],
)
def test_the_next_moment_is_the_first_that_is_named(expression: str, moment: datetime) -> None:
    assert Cron.parse(expression).after(START) == moment


@given(second=times, minute=times, day=days, month=months, weekday=weekdays)
def test_after_skips_no_named_second(
    second: str, minute: str, day: str, month: str, weekday: str
) -> None:
    cron = Cron.parse(f"{second} {minute} * {day} {month} {weekday} *")
    found = cron.after(START)
    assert found is not None
    assert cron.matches(found)
    span = min(int((found - START).total_seconds()), 7300)
    assert not any(cron.matches(START + timedelta(seconds=n)) for n in range(1, span))


def test_a_moment_that_never_comes_is_none() -> None:
    assert Cron.parse("0 0 0 30 2 * *").after(START) is None
    assert Cron.parse("0 * * * * * 2023").after(START) is None


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("0 * * * * *", "seven fields"),
        ("60 * * * * * *", "second"),
        ("0 a * * * * *", "minute"),
        ("0 * 9-8 * * * *", "backwards"),
        ("0 */0 * * * * *", "step"),
        ("0 * * L * * *", "day"),
        ("0 * * ? * * *", "day"),
        ("0 * * * * 7 *", "weekday"),
        ("0 * * * * * 1969", "year"),
    ],
)
def test_what_is_not_understood_is_refused_by_its_field(expression: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Cron.parse(expression)
