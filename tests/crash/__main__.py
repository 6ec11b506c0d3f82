"""``make crash``: every call of every kind of job failed in every way. A line a run, and a table.

``--kinds form,again`` and ``--modes hang`` take a part, ``--jobs 4`` runs as many stacks side by
side, and ``--case "form: cos PUT requests/*.json #0, answer lost"`` repeats one.
"""

import argparse
import queue
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from zlib import crc32

from tests.crash.cases import MODES, Case, case_of, cases_of
from tests.crash.harness import CrashHarness, Run, yard
from tests.crash.kinds import KINDS


def main() -> int:
    """Gives 1 when anything was broken."""
    asked = _asked()
    with ExitStack() as stack:
        yards: queue.SimpleQueue[CrashHarness] = queue.SimpleQueue()
        for _ in range(asked.jobs):
            yards.put(stack.enter_context(yard()))
        pool = stack.enter_context(ThreadPoolExecutor(asked.jobs, "yard"))

        def crash(case: Case) -> Run:
            here = yards.get()
            try:
                return here.crash(case)
            finally:
                yards.put(here)

        cases = [case_of(asked.case)] if asked.case else _all_cases(yards, asked)
        runs = []
        try:
            for done in as_completed([pool.submit(crash, case) for case in cases]):
                runs.append(done.result())
                print(f"{runs[-1].seconds:6.1f} s  {runs[-1].case}  {runs[-1].verdict}", flush=True)
        except KeyboardInterrupt:  # the table of what is done by now
            pool.shutdown(cancel_futures=True)
    _table(runs)
    return 1 if any(run.broken for run in runs) else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--jobs", type=int, default=6)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--case", default="")
    return parser.parse_args()


def _all_cases(yards: "queue.SimpleQueue[CrashHarness]", asked: argparse.Namespace) -> list[Case]:
    """Those that hang first: they wait for a timeout while others compute.

    A part is chosen by the cases' names, so that it is the same part every time.
    """
    here, cases = yards.get(), []
    for name in asked.kinds.split(","):
        made = here.count_calls(KINDS[name])
        print(f"{name}: {made.total()} calls of {len(made)} sorts", flush=True)
        cases += cases_of(name, made, asked.modes.split(","))
    yards.put(here)
    cases = [case for case in cases if crc32(str(case).encode()) % asked.every == 0]
    return sorted(cases, key=lambda case: case.mode != "hang")


def _table(runs: list[Run]) -> None:
    """By kind and mode: runs / survived / broken; a call that was not made is no run."""
    counted = Counter((run.case.kind, run.case.mode, _column(run)) for run in runs)
    kinds = list(dict.fromkeys(run.case.kind for run in runs))
    print(f"\n{'runs / survived / broken':<26}" + "".join(f"{mode:>17}" for mode in MODES))
    for kind in sorted(kinds, key=list(KINDS).index):
        cells = []
        for mode in MODES:
            survived, broken = (counted[kind, mode, name] for name in ("survived", "broken"))
            cells.append(f"{survived + broken} / {survived} / {broken}")
        print(f"{kind:<26}" + "".join(f"{cell:>17}" for cell in cells))
    unmade = sum(1 for run in runs if _column(run) == "unmade")
    print(f"{unmade} more were to fail a call that was not made that time")


def _column(run: Run) -> str:
    return "broken" if run.broken else "survived" if run.met else "unmade"


if __name__ == "__main__":
    sys.exit(main())
