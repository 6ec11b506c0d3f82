"""Read SCF's cron expressions: seven fields, second to year (Tencent document 583/9708).

Supported are ``*``, lists, ranges, steps and the names of months and days. The special characters
``? L W #`` are refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]  # 0 is Sunday


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    names: Sequence[str] = ()

    def number(self, text: str) -> int:
        if text.upper() in self.names:
            return self.low + self.names.index(text.upper())
        if not (text.isascii() and text.isdigit() and self.low <= int(text) <= self.high):
            raise ValueError(f"{self.name}: {text!r} is not one of {self.low} to {self.high}")
        return int(text)

    def values(self, text: str) -> frozenset[int]:
        return frozenset(value for part in text.split(",") for value in self._part(part))

    def _part(self, text: str) -> range:
        span, slash, step = text.partition("/")
        if slash and not (step.isascii() and step.isdigit() and int(step) > 0):
            raise ValueError(f"{self.name}: {text!r} has no step")
        first, dash, last = span.partition("-")
        if span == "*":
            low, high = self.low, self.high
        elif dash:
            low, high = self.number(first), self.number(last)
        else:  # "1/10" goes on to the end, "1" does not
            low = self.number(span)
            high = self.high if slash else low
        if low > high:
            raise ValueError(f"{self.name}: {text!r} runs backwards")
        return range(low, high + 1, int(step) if slash else 1)


_FIELDS = (
    _Field("second", 0, 59),
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("weekday", 0, 6, _DAYS),
    _Field("year", 1970, 2099),
)


@dataclass(frozen=True)
class Cron:
    """Hold the values that one expression allows for each field of a moment."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]
    either_day: bool  # day and weekday are both given: one of them is enough

    @classmethod
    def parse(cls, expression: str) -> "Cron":
        """Parse an expression. Raises ``ValueError`` with the field that is wrong."""
        texts = expression.split()
        if len(texts) != len(_FIELDS):
            raise ValueError(f"seven fields were expected, second to year, not {len(texts)}")
        sets = [field.values(text) for field, text in zip(_FIELDS, texts, strict=True)]
        seconds, minutes, hours, days, months, weekdays, years = sets
        return cls(
            seconds=seconds,
            minutes=minutes,
            hours=hours,
            days=days,
            months=months,
            weekdays=weekdays,
            years=years,
            either_day=texts[3] != "*" and texts[5] != "*",
        )

    def matches(self, moment: datetime) -> bool:
        """Say whether the expression includes this second."""
        return (
            self._names_the_date(moment)
            and moment.hour in self.hours
            and moment.minute in self.minutes
            and moment.second in self.seconds
        )

    def after(self, moment: datetime) -> datetime | None:
        """Find the first matching second after ``moment``; None if none is within ten years."""
        at = moment.replace(microsecond=0) + timedelta(seconds=1)
        last = at + timedelta(days=3660)
        while at < last:
            if not self._names_the_date(at):
                at = at.replace(hour=0, minute=0, second=0) + timedelta(days=1)
            elif at.hour not in self.hours:
                at = at.replace(minute=0, second=0) + timedelta(hours=1)
            elif at.minute not in self.minutes:
                at = at.replace(second=0) + timedelta(minutes=1)
            elif at.second not in self.seconds:
                at += timedelta(seconds=1)
            else:
                return at
        return None

    def _names_the_date(self, moment: datetime) -> bool:
        by_day = moment.day in self.days
        by_weekday = moment.isoweekday() % 7 in self.weekdays
        date = by_day or by_weekday if self.either_day else by_day and by_weekday
        return date and moment.month in self.months and moment.year in self.years
