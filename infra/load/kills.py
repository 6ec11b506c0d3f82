"""Kill the worker again and again, in the middle of its work.

A job that was not at aiart just then loses nothing. One that was has used up one of its two calls,
because nobody knows whether that was billed.
"""

import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from infra.load import invariants
from infra.load.host_faults import WORKER, code_with_hook
from infra.load.report import Report, percentile
from infra.load.system import Asked, System, system
from infra.load.vendor_faults import PEOPLE
from infra.local.polling import until
from infra.local.stack import Options

TIMEOUT_S, MARGIN_S = 4, 1.0  # of a call; together they are its lease's duration
APART_S = (1.0, 4.0)
MINUTE_S = 3.0
TOGETHER = 6  # kills between which the next group of jobs is asked for
LIMIT_S = 600.0
CALLS = 2  # of a job


@dataclass
class Kills:
    """Kill workers, and record the calls hit, by job id and number.

    A call is hit if it has a lease and no recorded answer.
    """

    yard: System
    asked: list[Asked] = field(default_factory=list)
    calls: set[tuple[str, int]] = field(default_factory=set)
    at: list[float] = field(default_factory=list)  # Unix seconds, of those that left a job open
    begun: list[float] = field(default_factory=list)  # Unix seconds, when a worker began again

    def ask(self, jobs: int) -> None:
        """Ask for more jobs, until there are ``jobs`` in all."""
        for n in range(len(self.asked), jobs):
            self.asked.append(self.yard.ask(f"job {n}", user=PEOPLE[n % len(PEOPLE)]))

    def wait_for_a_worker(self) -> None:
        """Wait until a worker calls COS, if a job is open: a process may take long to start."""
        if self.yard.keys("requests/"):
            before = self.yard.newest_call("cos")
            until(
                lambda: self.yard.stack.control("cos", "GET", f"calls?since={before}"),
                what="a worker",
                limit_s=LIMIT_S,
            )
            self.begun.append(time.time())

    def kill(self) -> None:
        """Kill the worker, record the calls that it was in, and wake the next one."""
        at = time.time()
        self.yard.stack.control("scf", "POST", "kill/worker")
        keys = set(self.yard.keys("steps/"))
        self.calls |= {
            (one.job_id, call)
            for one in self.asked
            for call in range(1, CALLS + 1)
            if _is_unanswered(keys, one.job_id, call)
        }
        if self.yard.keys("requests/"):
            self.at.append(at)
            self.yard.wake_worker()

    def hits(self, job_id: str) -> int:
        """Count the job's calls that were hit."""
        return sum((job_id, call) in self.calls for call in range(1, CALLS + 1))


def _is_unanswered(keys: set[str], job_id: str, call: int) -> bool:
    """Say whether that call's lease is the job's last one, and no answer was recorded."""
    begun = {f"steps/{job_id}/calling-{number}.json" for number in range(call, CALLS + 1)}
    return begun & keys == {f"steps/{job_id}/calling-{call}.json"} and (
        f"steps/{job_id}/generated.json" not in keys
    )


def kills(
    count: int = 60, jobs: int = 20, *, aiart_s: float = 1.0, seed: int = 1, claims_s: float = 0.0
) -> Report:
    """Kill ``count`` workers at random moments of their work, while ``jobs`` are asked for.

    Some are asked for together, so that one stands next in line. For ``claims_s`` see
    ``System.wait_for_end``.
    """
    report, draw = Report("kills"), random.Random(seed)  # noqa: S311  # the same each time
    with code_with_hook() as folder:
        folder.joinpath("lease-margin").write_text(f"{WORKER} {MARGIN_S}", "ascii")
        options = Options(
            aiart_s=aiart_s,
            minute_s=MINUTE_S,
            code_dir=folder,
            environ={"AIART_TIMEOUT_S": str(TIMEOUT_S)},
        )
        with system(options) as yard:
            done = Kills(yard)
            for kill in range(count):
                done.ask(jobs * (kill // TOGETHER + 1) * TOGETHER // count)
                done.wait_for_a_worker()
                time.sleep(draw.uniform(*APART_S))
                done.kill()
            done.ask(jobs)
            yard.wait_for_end(done.asked, limit_s=LIMIT_S, claims_s=claims_s)
            _judge(report, done, count)
    return report


def _judge(report: Report, done: Kills, count: int) -> None:
    yard, asked = done.yard, done.asked
    hits = [done.hits(one.job_id) for one in asked]
    tasks = yard.stack.control("aiart", "GET", "tasks")
    report.note(f"{count} kills, while jobs were open", len(done.at), "")
    report.note(f"{len(asked)} jobs, with no call hit, one, both", *_in_words(hits))
    report.note("calls", len(tasks), "", f"at most {len(asked)} + {len(done.calls)} that were hit")
    report.must(len(tasks) <= len(asked) + len(done.calls), "more calls than jobs and hit calls")
    lost = len(tasks) - len(asked) + hits.count(CALLS)
    unsent = len(done.calls) - lost
    report.note("leases of calls that aiart never got", unsent, "", "killed between lease and call")
    report.must(unsent <= max(2, lost // 3), f"{unsent} jobs have lost a call that was not sent")
    for one, hit in zip(asked, hits, strict=True):
        report.broken += _broken(yard, one, hit)
    painted = [one for one, hit in zip(asked, hits, strict=True) if hit < CALLS]
    report.broken += invariants.broken(yard, painted, unclear=True)
    _note_costs(report, done, [float(task["started"]) for task in tasks])


def _in_words(hits: Sequence[int]) -> tuple[int, str, str]:
    return hits.count(0), "", f"{hits.count(1)}, {hits.count(2)}"


def _broken(yard: System, one: Asked, hits: int) -> list[str]:
    """List what is wrong with a job: whether it was painted, and said what was lost."""
    outcome = yard.outcome(one.job_id)
    if outcome is None:
        return [f"{one.words}: lost"]
    found = []
    if (outcome.state == "succeeded") != (hits < CALLS):
        found.append(f"{one.words}: {outcome.state} after {hits} hit calls")
    if invariants.says_perhaps_twice(outcome) != (hits > 0):
        found.append(f"{one.words}: {hits} hit calls, and it was told otherwise")
    return found


def _note_costs(report: Report, done: Kills, starts: Sequence[float]) -> None:
    """Report how soon aiart was called again after a kill, and after a worker began to work."""
    for what, moments in (("a kill", done.at), ("a worker's begin", done.begun)):
        ends = [*moments[1:], float("inf")]
        found = [
            min((start - at for start in starts if at < start < end), default=None)
            for at, end in zip(moments, ends, strict=True)
        ]
        costs = [seconds for seconds in found if seconds is not None]
        if costs:
            within = f"{percentile(costs, 0.9):.2f} s in 9 of 10; {len(costs)} of {len(found)}"
            report.note(f"{what} to the next call, median", statistics.median(costs), "s", within)
