"""What the timer's run does beside the queue: sweep, and sum the day up."""

from collections.abc import Callable

from functions.jobs.bucket import KeysExpired
from functions.log import log_crash
from functions.worker.daily import DaysSummedUp, sum_up_yesterday
from functions.worker.sweeping import sweep
from functions.worker.workshop import Workshop


def do_chores(shop: Workshop, days: DaysSummedUp, *, time_left: Callable[[], float]) -> None:
    """All of them; one that fails keeps none of the others from being done."""
    chores: tuple[Callable[[], None], ...] = (
        lambda: sweep(shop, time_left=time_left),
        lambda: sum_up_yesterday(shop.ledger, days),
    )
    for chore in chores:
        try:
            chore()
        except KeysExpired:
            return  # the next run has new ones
        except Exception as error:  # noqa: BLE001  # the others are not to blame
            log_crash("chore", error)
