"""A measurement as a row: of the table that people read, and of build/bench.json."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Times:
    """Of several runs, in milliseconds: the median, and the middle half's ends."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, runs_s: Sequence[float]) -> "Times":
        """From two or more runs in seconds."""
        low, median, high = (round(at * 1000, 1) for at in statistics.quantiles(runs_s, n=4))
        return cls(median, low, high)

    def __str__(self) -> str:
        return f"{self.median:.0f} ms ({self.low:.0f} to {self.high:.0f})"


@dataclass(frozen=True)
class Row:
    """One measurement. ``ratio`` is ours to ``against``; an aim says in words what should be."""

    what: str
    ours_ms: Times
    against: str = ""
    against_ms: Times | None = None
    ratio: float | None = None
    aim: str = ""
    reached: bool | None = None

    def as_json(self) -> dict[str, Any]:
        """The row for a program; what it does not have is left out."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}


def compared(
    what: str, ours: Times, against: str, theirs: Times, *, at_most: float | None = None
) -> Row:
    """Ours beside theirs. ``at_most`` is the aim, as a ratio."""
    ratio = round(ours.median / theirs.median, 2)
    aim = f"at most {at_most} x" if at_most else ""
    reached = ratio <= at_most if at_most else None
    return Row(what, ours, against, theirs, ratio, aim, reached)


def limited(what: str, ours: Times, *, at_most_ms: float) -> Row:
    """Ours alone, with an aim in milliseconds."""
    return Row(what, ours, aim=f"at most {at_most_ms:.0f} ms", reached=ours.median <= at_most_ms)


def table(rows: Sequence[Row]) -> str:
    """For people, in columns."""
    lines = [("what", "ours: median (middle half)", "against", "ratio", "aim", "")]
    for row in rows:
        against = f"{row.against}: {row.against_ms}" if row.against_ms else ""
        ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
        reached = {True: "reached", False: "MISSED", None: ""}[row.reached]
        lines.append((row.what, str(row.ours_ms), against, ratio, row.aim, reached))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
