"""What a scenario found: figures that depend on the machine, and what should never be broken."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured number. ``beside`` says in words what to hold it against: a floor, an aim."""

    what: str
    value: float
    unit: str
    beside: str = ""


@dataclass
class Report:
    """A scenario's figures, and in ``broken`` each property that did not hold (none should)."""

    scenario: str
    figures: list[Figure] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def note(self, what: str, value: float, unit: str, beside: str = "") -> None:
        """Add a figure."""
        self.figures.append(Figure(what, round(value, 2), unit, beside))

    def must(self, holds: bool, otherwise: str) -> None:
        """A property: ``otherwise`` is what is broken when it does not hold."""
        if not holds:
            self.broken.append(otherwise)

    def as_json(self) -> dict[str, Any]:
        """For a program."""
        return asdict(self)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share lies, by the nearest rank; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def table(reports: Sequence[Report]) -> str:
    """For people, in columns."""
    lines = [("scenario", "what", "figure", "beside it")]
    for report in reports:
        lines += [
            (report.scenario, one.what, f"{one.value:g} {one.unit}", one.beside)
            for one in report.figures
        ]
        verdict = "; ".join(report.broken) or "all of it"
        lines.append((report.scenario, "what must hold holds", verdict, ""))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
