"""Simulate a call over the network: it takes time each way, and each way may fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import msgspec

from tests.simulation.stdlib import here

if TYPE_CHECKING:
    from tests.simulation.world import World

T = TypeVar("T")
LATENCY_S = {"cos": (0.005, 0.04), "slack": (0.05, 0.3), "aiart": (0.02, 0.1), "web": (0.02, 0.3)}
SLOW = 0.02  # the share of calls whose ways may take SLOW_TIMES as long
SLOW_TIMES = 40


class Fault(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Make calls to a vendor fail: ``times`` calls in a row after the first ``nth`` ones.

    Only calls whose name begins with ``op`` count. The ``kind``: the request is lost, so nothing is
    done; the answer is lost, so the caller does not know that it is done; the vendor refuses, with
    its error for "later"; or the caller's process is killed when it is done.
    """

    vendor: str
    nth: int
    kind: str  # request-lost | answer-lost | refused | killed
    op: str = ""
    times: int = 1


@dataclass
class Faults:
    """Hold the planned faults, and count the calls of each sort."""

    planned: list[Fault] = field(default_factory=list)
    met: list[Fault] = field(default_factory=list)
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def of(self, vendor: str, op: str) -> str:
        """Count a call, and give the kind of fault that it meets; empty if none."""
        found = ""
        sorts = {(one.vendor, one.op) for one in self.planned if one.vendor == vendor}
        for sort in sorted(sorts):
            if op.startswith(sort[1]):
                self._counts[sort] = count = self._counts.get(sort, 0) + 1
                for one in self.planned:
                    is_due = one.nth < count <= one.nth + one.times
                    if (one.vendor, one.op) == sort and is_due:
                        found = one.kind
        return found


@dataclass(frozen=True)
class Call:
    """Describe one call: its vendor, operation and target.

    The caller waits ``limit_s`` for an answer. ``lost`` and ``refused`` make the exceptions for a
    call without an answer, and for one that the vendor refuses.
    """

    vendor: str
    op: str
    target: str
    limit_s: float
    lost: Callable[[], Exception]
    refused: Callable[[], Exception]

    def make(self, act: Callable[[], T]) -> T:
        """Make the call: travel, run ``act`` at the vendor's, travel back; give its result.

        Raises what ``act`` raises, or ``lost`` or ``refused`` if a fault is due.
        """
        world: World = here().world
        kind = world.faults.of(self.vendor, self.op)
        self._travel(world)
        if kind == "request-lost":
            raise self._lost_after(world, "request lost")
        if kind == "refused":
            error = self.refused()
            world.note(self.vendor, self.op, self.target, f"refused: {error}")
            raise error
        try:
            result = act()
        except Exception as error:
            world.note(self.vendor, self.op, self.target, f"{type(error).__name__}: {error}")
            self._travel(world)
            raise
        if kind == "killed":
            world.note(self.vendor, self.op, self.target, "done, and its caller dies")
            world.kill_caller()
            here().pause(0)
        if kind == "answer-lost":
            raise self._lost_after(world, "done, answer lost")
        world.note(self.vendor, self.op, self.target, said(result))
        self._travel(world)
        return result

    def _lost_after(self, world: World, what: str) -> Exception:
        world.note(self.vendor, self.op, self.target, what)
        here().pause(self.limit_s)
        return self.lost()

    def _travel(self, world: World) -> None:
        low, high = LATENCY_S[self.vendor]
        seconds = world.rng.uniform(low, high)
        if world.rng.random() < SLOW:
            seconds *= SLOW_TIMES
        here().pause(min(seconds, self.limit_s / 3))


def said(result: object) -> str:
    """Summarise an answer in a word."""
    match result:
        case None:
            return "ok"
        case bytes():
            return f"{len(result)} bytes"
        case list() | tuple():
            return f"{len(result)} rows"
        case bool() | str():
            return str(result)
    return "ok"
