"""Queue two hundred jobs: compare the pace to aiart's own, and check the order of the turns."""

from collections.abc import Sequence

from infra.load import invariants
from infra.load.report import Report
from infra.load.system import Asked, System, system
from infra.local.slack.world import ADMIN_ID, MERCHANDISER_ID, OPERATIONS_ID
from infra.local.stack import Options

AIART_S = 1.0
PATIENCE = 10.0  # a run is given up after so many times the least time possible
# Photos are staged so many jobs ahead (functions/worker/run/runner.py), in several threads. So jobs
# may be painted so many places after their turn, and later while the queue is still being read.
AHEAD = 3
WHILE_READING = 0.1  # of one's own


def queued(
    jobs: int = 200,
    batch: int = 150,
    *,
    aiart_s: float = AIART_S,
    concurrencies: Sequence[int] = (1, 4),
    standing: System | None = None,
) -> Report:
    """Run ``jobs`` at each of the concurrencies.

    One person asks for ``batch`` first and then others for one each; the rest are the first
    person's again.
    """
    report = Report("queue")
    for at_once in concurrencies:
        options = Options(
            aiart_s=aiart_s, timers=False, environ={"AIART_CONCURRENCY": str(at_once)}
        )
        with system(options, standing) as yard:
            yard.stack.control("aiart", "PUT", "settings", {"concurrency": at_once})
            asked = _asked(yard, jobs, batch)
            floor_s = jobs * aiart_s / at_once
            yard.stack.control("cos", "PUT", "settings", {"trigger_copies": 1})
            yard.wake_worker()
            took_s = yard.wait_for_end(asked, limit_s=60 + PATIENCE * floor_s)
            what = f"{jobs} jobs, {at_once} at a time"
            report.note(f"{what}: all of it", took_s, "s", f"floor {floor_s:g} s")
            report.note(f"{what}: over the floor", 100 * (took_s / floor_s - 1), "%")
            _judge_order(report, yard, asked, what, at_once)
            report.broken += invariants.broken(yard, asked)
    return report


def _asked(yard: System, jobs: int, batch: int) -> list[Asked]:
    """Ask for all the jobs and wait until they are accepted, while nothing wakes the worker."""
    yard.stack.control("cos", "PUT", "settings", {"trigger_copies": 0})
    others = (OPERATIONS_ID, ADMIN_ID)
    people = [MERCHANDISER_ID] * batch + list(others)
    people += [MERCHANDISER_ID] * (jobs - len(people))
    asked = [yard.ask(f"job {n}", user=user) for n, user in enumerate(people)]
    yard.wait_for_keys("requests/", jobs, limit_s=60 + jobs)
    return asked


def _judge_order(
    report: Report, yard: System, asked: Sequence[Asked], what: str, at_once: int
) -> None:
    painted = [task["prompt"] for task in yard.tasks()]
    place = {words: n for n, words in enumerate(dict.fromkeys(painted))}
    mine = [one.words for one in asked if one.user == MERCHANDISER_ID]
    in_turn = sorted(mine, key=lambda words: place.get(words, len(place)))
    late = max(in_turn.index(words) - n for n, words in enumerate(mine))
    report.note(f"{what}: the most overtaken within one person's", late, "places")
    allowed = max(AHEAD + at_once + 1, round(WHILE_READING * len(mine)))
    report.must(late <= allowed, f"{what}: overtaken by {late} of one's own, more than {allowed}")
    others = [place.get(one.words, len(place)) + 1 for one in asked if one.user != MERCHANDISER_ID]
    beside = f"they asked after {mine.index(in_turn[-1]) + 1} of another's at most"
    report.note(f"{what}: the last of those with one job is painted", max(others), "th", beside)
    report.must(
        max(others) <= len(asked) / 2, f"{what}: somebody waits behind another's whole batch"
    )
