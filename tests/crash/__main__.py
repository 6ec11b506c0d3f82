"""Fail every call of every kind of job in every way (``make crash``).

Finished cases are recorded below ``build/crash/``, in a file for this state of the code, so that an
interrupted run goes on; ``--fresh`` begins anew. ``--kinds form,again`` and ``--modes hang`` run a
part of the cases, ``--every 20`` about a twentieth, ``--jobs 4`` uses four stacks side by side, and
``--case "form: cos PUT requests/*.json #0, answer lost"`` runs one case.
"""

import argparse
import queue
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TypeVar
from zlib import crc32

from tests.crash.cases import MODES, Case, case_of, cases_of
from tests.crash.harness import CrashHarness, yard
from tests.crash.kinds import KINDS
from tests.crash.records import (
    BAD,
    BROKEN,
    FOLDER,
    NEVER_MADE,
    Finished,
    Records,
    code_digest,
    finished,
    table,
    told,
)

MOST_RUNS = 6  # runs of a case until its call is made: some calls are not made each time
BROKEN_RUNS = 3  # runs of a broken case, to tell whether it is broken each time
SAY_EVERY_S = 15.0
T = TypeVar("T")


def main() -> int:
    """Run the cases that the command line names. Return 1 if one was broken or never made."""
    asked = _asked()
    if asked.case:
        with yard() as here:
            return _said([_finish(here, case_of(asked.case))])
    with ExitStack() as stack:
        path = FOLDER / f"{code_digest()}.jsonl"
        records = stack.enter_context(closing(Records(path, fresh=asked.fresh)))
        print(f"what is finished stands in {path}", flush=True)
        yards = stack.enter_context(_open_yards(asked.jobs))
        try:
            cases = _all_cases(yards, records, asked)
            _crash_all(yards, records, cases)
        except KeyboardInterrupt:
            yards.pool.shutdown(cancel_futures=True)
            print("interrupted: the same command goes on from here")
        return _said(list(records.finished.values()))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--case", default="")
    return parser.parse_args()


@dataclass(frozen=True)
class _Yards:
    """Hold several stacks, each of which runs one thing at a time."""

    pool: ThreadPoolExecutor
    free: "queue.SimpleQueue[CrashHarness]"

    def submit(self, run: Callable[[CrashHarness], T]) -> "Future[T]":
        """Run ``run`` in the next stack that is free."""

        def in_one() -> T:
            here = self.free.get()
            try:
                return run(here)
            finally:
                self.free.put(here)

        return self.pool.submit(in_one)


@contextmanager
def _open_yards(count: int) -> Iterator[_Yards]:
    with ExitStack() as stack:
        yards = _Yards(ThreadPoolExecutor(count, "yard"), queue.SimpleQueue())
        for _ in range(count):
            yards.free.put(stack.enter_context(yard()))
        with yards.pool:
            yield yards


def _all_cases(yards: _Yards, records: Records, asked: argparse.Namespace) -> list[Case]:
    """List the cases to run, after counting the calls of kinds that are not counted yet.

    The order mixes cases that wait with cases that compute, and is always the same. ``--every``
    chooses by the cases' names, so that it is the same part every time.
    """
    kinds = asked.kinds.split(",")
    counting = {
        kind: yards.submit(lambda here, kind=kind: here.count_calls(KINDS[kind]))  # type: ignore[misc]  # the lambda's default
        for kind in kinds
        if records.counted(kind) is None
    }
    for kind, made in counting.items():
        records.count(kind, made.result())
    cases: list[Case] = []
    for kind in kinds:
        calls = records.counted(kind) or Counter()
        print(f"{kind}: {sum(calls.values())} calls of {len(calls)} sorts", flush=True)
        cases += cases_of(kind, calls, asked.modes.split(","))
    cases = [case for case in cases if crc32(str(case).encode()) % asked.every == 0]
    random.Random(0).shuffle(cases)  # always the same order
    return cases


def _crash_all(yards: _Yards, records: Records, cases: list[Case]) -> None:
    left = [case for case in cases if str(case) not in records.finished]
    before, started, say_at = len(cases) - len(left), time.monotonic(), 0.0
    runs = [yards.submit(lambda here, case=case: _finish(here, case)) for case in left]  # type: ignore[misc]  # as above
    for done, run in enumerate(as_completed(runs), 1):
        case = run.result()
        records.finish(case)
        if case.column in BAD:
            print(told(case), flush=True)
        now = time.monotonic()
        if now >= say_at or done == len(left):
            say_at = now + SAY_EVERY_S
            columns = [one.column for one in records.finished.values()]
            minutes_left = (now - started) / done * (len(left) - done) / 60
            print(
                f"{time.strftime('%H:%M:%S')}  {before + done} of {len(cases)} cases, "
                f"{columns.count(BROKEN)} broken, {columns.count(NEVER_MADE)} never made; "
                f"{(now - started) / 60:.0f} min, about {minutes_left:.0f} more",
                flush=True,
            )


def _finish(here: CrashHarness, case: Case) -> Finished:
    """Run a case until its call is made, at most ``MOST_RUNS`` times; run a broken one again."""
    runs = 0
    while True:
        run, runs = here.crash(case), runs + 1
        if run.broken or run.met or runs == MOST_RUNS:
            break
    if not run.broken:
        # How often a run looks at the queue depends on the machine's speed, so a call may have been
        # counted that not every job makes: count again.
        kind, sort = KINDS[case.kind], case.sort
        is_always_made = run.met or here.count_calls(kind, sort.op)[sort] > case.nth
        return finished(run, runs=runs, is_always_made=is_always_made)
    again = [here.crash(case) for _ in range(BROKEN_RUNS - 1)]
    times = 1 + sum(bool(one.broken) for one in again)
    return finished(run, runs=runs + len(again), broken_runs=times)


def _said(cases: list[Finished]) -> int:
    print("\n" + table(cases), flush=True)
    return 1 if any(one.column in BAD for one in cases) else 0


if __name__ == "__main__":
    sys.exit(main())
