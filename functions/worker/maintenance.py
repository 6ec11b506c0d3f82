"""Say whether a run of the timer has anything to do, and do its chores: sweep, sum the day up.

The timer starts a run each minute, and each second costs a gigabyte-second: most runs have nothing
to do and end at once. A job that comes while one looks is found by the next, or has its own event.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from functions.jobs.bucket import BucketUnavailable, KeysExpired
from functions.jobs.callback_queue import is_callback_due
from functions.jobs.daily_stats import (
    Percentiles,
    claim_summary,
    is_summed_up,
    stats_of,
    summary_of,
)
from functions.jobs.ledger import Ledger
from functions.jobs.quota import day_of
from functions.log import log, log_crash
from functions.worker.context import WorkerContext
from functions.worker.deletion import sweep

DAY_S = 86_400
SETTLE_S = 600  # after midnight (UTC): LIST may lag, and what has ended is still being written down


class DaysSummedUp:
    """Remember, in one instance, which day's line is in the log, to not look it up each minute."""

    def __init__(self) -> None:
        self._latest = ""

    def is_yesterday_done(self, ledger: Ledger) -> bool:
        """Say whether the day before has its line. Costs a HEAD until it has."""
        day = _yesterday(ledger)
        if self._latest != day and is_summed_up(ledger.bucket, day):
            self._latest = day
        return self._latest == day


def has_anything_to_do(ledger: Ledger, days: DaysSummedUp, *, calls_back: bool) -> bool:
    """Look at all queues at once: three LIST requests, and a HEAD where the day is not known.

    ``calls_back``: there are clients to call back. Raises ``KeysExpired``.
    """
    looks: list[Callable[[], bool]] = [
        lambda: any(True for _ in ledger.open_jobs()),
        lambda: any(True for _ in ledger.tombstones()),
        lambda: not days.is_yesterday_done(ledger),
    ]
    if calls_back:
        looks.append(lambda: is_callback_due(ledger.bucket, ledger.clock()))
    with ThreadPoolExecutor(len(looks), "look") as beside:
        found = list(beside.map(_finds, looks))
    return any(found)


def _finds(look: Callable[[], bool]) -> bool:
    """Look; if that fails, answer yes: the run knows what to do about it."""
    try:
        return look()
    except BucketUnavailable:
        return True


def sum_up_yesterday(ledger: Ledger, days: DaysSummedUp) -> None:
    """Log the line, unless a run has. Costs a LIST per 1000 jobs once a day.

    The right to log it is taken first: losing a line because its run dies just then is better than
    logging two, and ``python -m infra.jobs summary`` gives it as well.
    """
    if days.is_yesterday_done(ledger):
        return
    day = _yesterday(ledger)
    summary = summary_of(day, stats_of(ledger.bucket, day))
    if not claim_summary(ledger.bucket, day):
        return
    log(
        "day",
        day=day,
        ended=summary.ended,
        **summary.states,
        codes=summary.codes,
        **_fields("wait", summary.wait),
        **_fields("painting", summary.painting),
    )


def _yesterday(ledger: Ledger) -> str:
    return day_of(ledger.clock() - DAY_S - SETTLE_S)


def _fields(name: str, spread: Percentiles | None) -> dict[str, float]:
    if spread is None:
        return {}
    return {f"{name}_p50_s": spread.p50_s, f"{name}_p95_s": spread.p95_s}


def do_chores(
    context: WorkerContext, days: DaysSummedUp, *, time_left: Callable[[], float]
) -> None:
    """Do all chores; if one fails, the others are still done."""
    chores: tuple[Callable[[], None], ...] = (
        lambda: sweep(context, time_left=time_left),
        lambda: sum_up_yesterday(context.ledger, days),
    )
    for chore in chores:
        try:
            chore()
        except KeysExpired:
            return  # the next run has new ones
        except Exception as error:  # noqa: BLE001  # the others are not to blame
            log_crash("chore", error)
