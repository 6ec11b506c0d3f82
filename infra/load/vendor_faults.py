"""Let vendors fail: keys expire, COS is too busy, LIST lags, triggers come twice, late or never.

In each scenario some jobs are asked for. All must end, and be told, paid for and in the history
exactly once. For ``standing`` see ``infra.load.system.system``.
"""

import time
from collections.abc import Sequence

from infra.load import invariants
from infra.load.report import Report
from infra.load.system import Asked, System, system
from infra.local.slack.world import ADMIN_ID, MERCHANDISER_ID, OPERATIONS_ID
from infra.local.stack import Options

PEOPLE = (MERCHANDISER_ID, OPERATIONS_ID, ADMIN_ID)
MINUTE_S = 4.0  # of SCF's and Slack's clocks
LIMIT_S = 300.0


def expired_keys(
    jobs: int = 30,
    *,
    aiart_s: float = 1.0,
    lifetime_s: float = 8.0,
    claims_s: float = 0.0,
    standing: System | None = None,
) -> Report:
    """Let the role's keys expire after ``lifetime_s``, which is less than the jobs take.

    For ``claims_s``, here and below, see ``System.wait_for_end``.
    """
    report = Report("keys that end")
    with system(options(aiart_s), standing) as yard:
        yard.stack.control("scf", "PUT", "settings", {"key_lifetime_s": lifetime_s})
        yard.wait_until_idle()  # a run that began before has keys for hours
        issued_before = len(yard.worker()["secret_ids"])
        asked = _ask(yard, jobs)
        _end(report, yard, asked, floor_s=jobs * aiart_s, claims_s=claims_s)
        issued = len(yard.worker()["secret_ids"]) - issued_before
        report.note("keys that the worker's role had", issued, "", f"{lifetime_s:g} s each")
        report.must(issued > 1, "no keys ended: the drain was too short")
        lost = invariants.have_lost_both_calls(yard, asked)
        report.note("jobs that the end of keys has hit twice, at aiart", len(lost), "")
        report.must(2 * len(lost) < issued, "more answers lost than keys ended")
        painted = [one for one in asked if one not in lost]
        report.broken += invariants.broken(yard, painted, unclear=True)
    return report


def slow_down(
    jobs: int = 20,
    *,
    aiart_s: float = 0.5,
    minute_s: float = 10.0,
    claims_s: float = 0.0,
    standing: System | None = None,
) -> Report:
    """Let COS answer 503 SlowDown for a minute: first to half of the calls, and then to all.

    It begins in the middle of some jobs, and others are asked for meanwhile.
    """
    report = Report("COS too busy")
    with system(options(aiart_s, minute_s), standing) as yard:
        asked: list[Asked] = []
        for how, share in (("half of the calls", 0.5), ("all calls", 1.0)):
            before, refused = len(asked), _refused(yard)
            asked += _ask(yard, jobs // 2, first=before)
            yard.wait_for_keys("done/", before + 1, limit_s=LIMIT_S)
            fault = {"error": "SlowDown", "status": 503, "times": -1, "share": share}
            yard.stack.control("cos", "POST", "faults", fault)
            started = time.monotonic()
            asked += _ask(yard, jobs - jobs // 2, first=len(asked))
            time.sleep(max(0.0, minute_s - (time.monotonic() - started)))
            yard.stack.control("cos", "DELETE", "faults")
            refused = _refused(yard) - refused
            what = f"with {how} refused for {minute_s:g} s ({refused})"
            _end(report, yard, asked[before:], how=what, claims_s=claims_s)
            report.must(refused > 0, f"{how}: COS has refused nothing")
        report.broken += invariants.broken(yard, asked)
    return report


def _refused(yard: System) -> int:
    return sum(one["error"] == "SlowDown" for one in yard.stack.control("cos", "GET", "calls"))


def late_list(
    jobs: int = 20, *, aiart_s: float = 0.5, lag_s: float = 10.0, standing: System | None = None
) -> Report:
    """Let LIST show writes only ``lag_s`` later, first with triggers, then with the timer alone."""
    report = Report("late LIST")
    with system(options(aiart_s), standing) as yard:
        yard.stack.control("cos", "PUT", "settings", {"list_lag_s": lag_s})
        asked: list[Asked] = []
        for how, copies in (("with triggers", 1), ("timer alone", 0)):
            yard.stack.control("cos", "PUT", "settings", {"trigger_copies": copies})
            some = _ask(yard, jobs // 2, first=len(asked))
            _end(report, yard, some, floor_s=jobs // 2 * aiart_s, how=how)
            asked += some
        report.broken += invariants.broken(yard, asked)
    return report


# How COS delivers its events: copies, then the delays in seconds of the first and the second half.
TRIGGERS: dict[str, tuple[int, float, float]] = {
    "twice": (2, 0.0, 0.0),
    "late": (1, 6.0, 6.0),
    "out of order": (1, 4.0, 0.0),
    "never": (0, 0.0, 0.0),
}


def triggers(jobs: int = 10, *, aiart_s: float = 0.3, standing: System | None = None) -> Report:
    """Let triggers come twice, late, out of order, or never, so that only the timer wakes a run."""
    report = Report("triggers")
    with system(options(aiart_s), standing) as yard:
        asked: list[Asked] = []
        for how, (copies, *delays_s) in TRIGGERS.items():
            some: list[Asked] = []
            for delay_s in delays_s:
                settings = {"trigger_copies": copies, "trigger_delay_s": delay_s}
                yard.stack.control("cos", "PUT", "settings", settings)
                some += _ask(yard, jobs // 2, first=len(asked) + len(some))
                accepted = len(asked) + len(some)
                yard.wait_for_accepted(accepted, limit_s=LIMIT_S)
            _end(report, yard, some, floor_s=jobs // 2 * 2 * aiart_s, how=how)
            asked += some
        report.broken += invariants.broken(yard, asked)
    return report


def options(aiart_s: float, minute_s: float = MINUTE_S) -> Options:
    """Make the options of the scenarios' stacks."""
    return Options(aiart_s=aiart_s, minute_s=minute_s, environ={"AIART_TIMEOUT_S": "10"})


def _ask(yard: System, jobs: int, *, first: int = 0) -> list[Asked]:
    return [yard.ask(f"job {n}", user=PEOPLE[n % len(PEOPLE)]) for n in range(first, first + jobs)]


def _end(  # noqa: PLR0913  # all but the first three by name
    report: Report,
    yard: System,
    asked: Sequence[Asked],
    *,
    floor_s: float = 0.0,
    how: str = "",
    claims_s: float = 0.0,
) -> None:
    took_s = yard.wait_for_end(asked, limit_s=LIMIT_S, claims_s=claims_s)
    what = f"{len(asked)} jobs {how}".strip()
    beside = f"{floor_s:g} s of painting" if floor_s else ""
    report.note(f"{what}: all ended within", took_s, "s", beside)
