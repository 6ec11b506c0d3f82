"""Define a measurement as a row of the printed table and of build/bench.json."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Spread:
    """Sum up several runs: the median, and the ends of the middle half."""

    median: float
    low: float
    high: float
    unit: str

    @classmethod
    def of(cls, runs: Sequence[float], unit: str) -> "Spread":
        """Sum up one or more runs; quartiles are among the runs' own values (inclusive)."""
        several = runs if len(runs) > 1 else [*runs, *runs]
        quartiles = statistics.quantiles(several, n=4, method="inclusive")
        low, median, high = (round(at, 2) for at in quartiles)
        return cls(median, low, high, unit)

    @classmethod
    def of_s(cls, runs_s: Sequence[float]) -> "Spread":
        """Sum up one or more runs given in seconds, as milliseconds."""
        return cls.of([run_s * 1000 for run_s in runs_s], "ms")

    def __str__(self) -> str:
        digits = 1 if self.median < 100 else 0
        shown = [f"{at:.{digits}f}" for at in (self.median, self.low, self.high)]
        return f"{shown[0]} {self.unit} ({shown[1]} to {shown[2]})"


@dataclass(frozen=True)
class Row:
    """Hold one measurement. ``ratio`` is ours to ``theirs``, or ours to a limit.

    ``aim`` says in words what should be reached, ``reached`` whether it is. ``note`` explains the
    figure.
    """

    what: str
    ours: Spread
    against: str = ""
    theirs: Spread | None = None
    ratio: float | None = None
    aim: str = ""
    reached: bool | None = None
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Give the row as values for JSON, without empty columns."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}


def compared(  # noqa: PLR0913  # a row has so many columns
    what: str,
    ours: Spread,
    against: str,
    theirs: Spread,
    *,
    at_most: float | None = None,
    note: str = "",
) -> Row:
    """Compare ours with theirs. ``at_most`` is the aim, as a ratio."""
    ratio = round(ours.median / theirs.median, 3)
    aim = f"at most {at_most} x" if at_most else ""
    reached = ratio <= at_most if at_most else None
    return Row(what, ours, against, theirs, ratio, aim, reached, note)


def limited(what: str, ours: Spread, *, at_most: float, note: str = "") -> Row:
    """Compare ours with an upper limit in the same unit."""
    ratio = round(ours.median / at_most, 3)
    aim = f"at most {at_most:.0f} {ours.unit}"
    return Row(what, ours, ratio=ratio, aim=aim, reached=ours.median <= at_most, note=note)


def attained(what: str, ours: Spread, *, at_least: float, note: str = "") -> Row:
    """Compare ours with a lower limit in the same unit: more is better."""
    ratio = round(ours.median / at_least, 3)
    aim = f"at least {at_least:.0f} {ours.unit}"
    return Row(what, ours, ratio=ratio, aim=aim, reached=ours.median >= at_least, note=note)


def table(rows: Sequence[Row]) -> str:
    """Format the rows in columns for people, with the notes below."""
    lines = [("what", "ours: median (middle half)", "against", "ratio", "aim", "")]
    for row in rows:
        against = f"{row.against}: {row.theirs}" if row.theirs else row.against
        ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
        reached = {True: "reached", False: "MISSED", None: ""}[row.reached]
        lines.append((row.what, str(row.ours), against, ratio, row.aim, reached))
    notes = [f"{row.what}: {row.note}" for row in rows if row.note]
    return "\n".join([*_aligned(lines), *["", *notes][: bool(notes) + len(notes)]])


def comparison(rows: Sequence[Row], before: Mapping[str, Any]) -> str:
    """Show each row's ratio beside that of an earlier run (the JSON that it wrote)."""
    earlier = {row["what"]: row for row in before["rows"]}
    lines = [("what", "ratio before", "ratio now", "now / before")]
    for row in rows:
        old = earlier.get(row.what, {}).get("ratio")
        if row.ratio is None and old is None:
            continue
        change = f"{row.ratio / old:.2f}" if row.ratio and old else ""
        lines.append((row.what, _two_digits(old), _two_digits(row.ratio), change))
    return "\n".join(_aligned(lines))


def _two_digits(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
