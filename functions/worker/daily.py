"""Once a day, one line about the day before: how many jobs ended how, and how long they took."""

from functions.jobs.daybook import (
    Spread,
    begin_summing_up,
    ended_on,
    is_summed_up,
    summary_of,
)
from functions.jobs.ledger import Ledger
from functions.jobs.quota import day_of
from functions.log import log

DAY_S = 86_400
SETTLE_S = 600  # after midnight (UTC): LIST may lag, and what has ended is still being written down


def sum_up_yesterday(ledger: Ledger) -> None:
    """Log the line, unless a run has. Costs a HEAD a minute, and a LIST per 1000 jobs once a day.

    The right to log it is taken first: a line that is lost because its run dies just then is
    better than two, and ``python -m infra.jobs summary`` gives it as well.
    """
    day = day_of(ledger.clock() - DAY_S - SETTLE_S)
    if is_summed_up(ledger.bucket, day):
        return
    summary = summary_of(day, ended_on(ledger.bucket, day))
    if not begin_summing_up(ledger.bucket, day):
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


def _fields(name: str, spread: Spread | None) -> dict[str, float]:
    if spread is None:
        return {}
    return {f"{name}_p50_s": spread.p50_s, f"{name}_p95_s": spread.p95_s}
