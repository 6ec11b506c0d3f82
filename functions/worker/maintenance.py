"""Decide whether a run of the timer has anything to do, and do its chores.

The chores are sweeping tombstones and summing the day up. The timer starts a run each minute, and
each second of it costs a gigabyte-second, so a run with nothing to do ends at once. A job that is
accepted just then is found by the next run, or by the run of its own event.
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
SETTLE_S = 600  # after midnight (UTC): LIST may lag, and the last jobs' records are being written


class DaysSummedUp:
    """Remember in a warm instance which day was summed up last, to save a look-up each minute."""

    def __init__(self) -> None:
        self._latest = ""

    def is_yesterday_done(self, ledger: Ledger) -> bool:
        """Say whether yesterday was summed up. Costs a HEAD request until it was."""
        day = _yesterday(ledger)
        if self._latest != day and is_summed_up(ledger.bucket, day):
            self._latest = day
        return self._latest == day


def has_anything_to_do(ledger: Ledger, days: DaysSummedUp, *, calls_back: bool) -> bool:
    """Say whether there are open jobs, tombstones, due callbacks, or a day to sum up.

    Costs up to three LIST requests, and a HEAD until yesterday was summed up, all at once.
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
    """Call ``look``; True if the bucket cannot be reached, because a run handles that better."""
    try:
        return look()
    except BucketUnavailable:
        return True


def sum_up_yesterday(ledger: Ledger, days: DaysSummedUp) -> None:
    """Log yesterday's summary, unless a run has. Costs a LIST per 1000 jobs once a day.

    The day is claimed before it is logged: if the run dies in between, the line is lost, which is
    better than two lines. ``python -m infra.jobs summary`` prints the same figures.
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
            return  # the next run has new keys
        except Exception as error:  # noqa: BLE001  # the other chores are done all the same
            log_crash("chore", error)
