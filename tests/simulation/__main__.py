"""Run seeds, and print the story of the first that fails (``make simulate SEEDS=0-9999``).

``SEEDS`` is one seed or a range. A failing seed's plan is shrunk; ``--keep`` writes it to
``kept/``, whose plans are run as tests.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import msgspec

from tests.simulation.installing import installed
from tests.simulation.plan import Plan, plan_of
from tests.simulation.planted import BUGS, planted
from tests.simulation.running import run
from tests.simulation.shrinking import shrunk
from tests.simulation.story import story

KEPT = Path(__file__).parent / "kept"
PROGRESS_S = 1.0


def kept() -> dict[str, Plan]:
    """Read the kept plans, which once failed, by name."""
    return {
        path.stem: msgspec.json.decode(path.read_bytes(), type=Plan)
        for path in sorted(KEPT.glob("*.json"))
    }


def broken_in(plan: Plan) -> list[str]:
    """Run a plan and list the rules that it breaks."""
    return run(plan).broken


def failing(plans: Iterator[Plan], count: int) -> Iterator[Plan]:
    """Run all plans, printing the progress; yield those that fail."""
    begun, shown, fails = time.monotonic(), 0.0, 0
    for done, plan in enumerate(plans, start=1):
        if broken_in(plan):
            fails += 1
            print()
            yield plan
        now = time.monotonic()
        if now - shown >= PROGRESS_S or done == count:
            shown = now
            a_minute = round(done / max(0.001, now - begun) * 60)
            said = f"\r{done}/{count} seeds, {fails} failed, {a_minute} a minute, at {plan.seed} "
            print(said, end="", flush=True)
    print()


def main() -> None:
    """Run the seeds that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("seeds", nargs="?", default="0-99", help="such as 7, or 0-9999")
    parser.add_argument("--all", action="store_true", help="go on after the first that fails")
    parser.add_argument("--trace", action="store_true", help="print everything of one seed")
    parser.add_argument("--planted", choices=BUGS, help="with a bug that is to be found")
    parser.add_argument("--keep", metavar="NAME", help="keep the first that fails for ever")
    given = parser.parse_args()
    first, _, last = given.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    with installed(), planted(given.planted) if given.planted else nullcontext():
        if given.trace:
            print(run(plan_of(seeds[0])).trace)
            return
        failed = 0
        for plan in failing((plan_of(seed) for seed in seeds), len(seeds)):
            failed += 1
            if given.all:
                print(plan.seed, "; ".join(broken_in(plan)))
                continue
            tell(plan, given.keep)
            break
    sys.exit(1 if failed else 0)


def tell(plan: Plan, keep: str | None) -> None:
    """Shrink a failing plan, print its story, and write it to ``kept/`` if ``keep`` names it."""
    what = broken_in(plan)[0]
    small = shrunk(plan, lambda one: what in broken_in(one))
    print(story(small, run(small)))
    print(
        f"\n{len(small.events)} of {len(plan.events)} events are enough. Again: SEEDS={plan.seed}"
    )
    if keep:
        (KEPT / f"{keep}.json").write_bytes(msgspec.json.format(msgspec.json.encode(small)) + b"\n")


if __name__ == "__main__":
    main()
