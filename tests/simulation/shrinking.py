"""Find out which of a plan's events a failure needs, by leaving some out."""

from __future__ import annotations

from collections.abc import Callable

from tests.simulation.plan import Plan


def shrunk(plan: Plan, fails: Callable[[Plan], bool]) -> Plan:
    """Shrink a plan that fails to one of fewer events that still fails.

    Halves of the events are left out first, then quarters, in the end single events (Zeller's
    ddmin).
    """
    size = max(1, len(plan.events) // 2)
    while True:
        at, was_smaller = 0, False
        while at < len(plan.events):
            smaller = plan.without(plan.events[at : at + size])
            if len(smaller.events) < len(plan.events) and fails(smaller):
                plan, was_smaller = smaller, True
            else:
                at += size
        if size == 1 and not was_smaller:
            return plan
        size = max(1, size // 2)
