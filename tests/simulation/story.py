"""Write down what happened in a world for a person to read: who did what, in order of time."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulation.plan import Plan
from tests.simulation.scheduler import START
from tests.simulation.world import Line, World

QUIET = ("cos LIST", "cos HEAD state/", "cos GET state/")
EVERYDAY = ("log step", "log run", "log day")


def story(plan: Plan, world: World) -> str:
    """Write the story of a run: its planned events, its broken rules, and what happened."""
    planned = [f"  {_planned(one)}" for one in plan.events]
    broken = [f"  {one}" for one in world.broken]
    steps = [f"  {_step(line)}" for line in _told(world)]
    return "\n".join(
        [f"seed {plan.seed}", "planned:", *planned, "broken:", *broken, "what happened:", *steps]
    )


def _planned(event: object) -> str:
    """Write an event in one line, without the fields that have the default value."""
    fields = {name: getattr(event, name) for name in event.__struct_fields__}  # type: ignore[attr-defined]
    said = ", ".join(
        f"{name} {value}" for name, value in fields.items() if value not in (0.0, "", False)
    )
    return f"{type(event).__name__}: {said}" if said else type(event).__name__


def _told(world: World) -> Iterator[Line]:
    """Yield the lines worth reading: no reads that found nothing new, no everyday log lines."""
    seen: dict[tuple[str, str, str], str] = {}
    for line in world.lines:
        what = f"{line.what} {line.about}"
        key = (line.who.partition("/")[0], line.what, line.about)
        is_look = line.what.startswith(("cos LIST", "cos HEAD", "cos GET"))
        if is_look and seen.get(key) == line.how:
            continue
        seen[key] = line.how
        if what.startswith(EVERYDAY):
            continue
        yield line


def _step(line: Line) -> str:
    minutes, seconds = divmod(line.at - START, 60)
    said = f"{line.what} {line.about}  {line.how}".rstrip()
    return f"{int(minutes):3d}:{seconds:06.3f}  {line.who:<24} {said}"
