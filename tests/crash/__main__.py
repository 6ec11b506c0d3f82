"""``make crash``: every call of the main job failed in every way. A line a run, and a table."""

import sys
import time
from collections import Counter

from tests.crash.harness import KINDS, all_cases, yard


def main() -> int:
    """Gives 1 when anything was broken."""
    runs: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    with yard() as here:
        for kind in KINDS:
            for case in all_cases(kind, here.count_calls(kind)):
                started = time.monotonic()
                found = here.crash(case)
                runs[case.mode] += 1
                broken[case.mode] += bool(found)
                print(f"{time.monotonic() - started:6.1f} s  {case}  {found or 'survived'}")
    print(f"\n{'how the call failed':<20}{'runs':>6}{'survived':>10}{'broken':>8}")
    for mode, count in runs.items():
        print(f"{mode:<20}{count:>6}{count - broken[mode]:>10}{broken[mode]:>8}")
    return 1 if broken.total() else 0


if __name__ == "__main__":
    sys.exit(main())
