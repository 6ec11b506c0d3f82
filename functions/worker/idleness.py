"""Whether a run of the timer has anything to do. Most have not, and end at once.

There is one each minute, and each second costs a gigabyte-second. What comes while they look is
found by the next one, or by its own event.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from functions.jobs.bucket import BucketUnavailable
from functions.jobs.callback_queue import is_callback_due
from functions.jobs.ledger import Ledger
from functions.worker.maintenance import DaysSummedUp


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
        found = list(beside.map(_found, looks))
    return any(found)


def _found(look: Callable[[], bool]) -> bool:
    """What cannot be looked at may hold something: the run itself knows what to do about that."""
    try:
        return look()
    except BucketUnavailable:
        return True
