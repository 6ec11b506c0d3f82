"""Define a scenario's report: figures, which depend on the machine, and broken properties."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """Hold one measured number. ``beside``: what to compare it with, such as a floor or an aim."""

    what: str
    value: float
    unit: str
    beside: str = ""


@dataclass
class Report:
    """Hold a scenario's figures, and in ``broken`` each property that failed (none should)."""

    scenario: str
    figures: list[Figure] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def note(self, what: str, value: float, unit: str, beside: str = "") -> None:
        """Add a figure."""
        self.figures.append(Figure(what, round(value, 2), unit, beside))

    def must(self, holds: bool, otherwise: str) -> None:
        """Note ``otherwise`` as broken unless the property holds."""
        if not holds:
            self.broken.append(otherwise)

    def as_json(self) -> dict[str, Any]:
        """Give the report as values for JSON."""
        return asdict(self)


def percentile(values: Sequence[float], share: float) -> float:
    """Find the value below which ``share`` of the values lie, by nearest rank; 0 for no values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def table(reports: Sequence[Report]) -> str:
    """Format the reports in columns for people."""
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
