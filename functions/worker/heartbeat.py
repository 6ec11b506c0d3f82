"""Gives the worker's sign of life while a run works, and once when it has ended well.

A run that dies at once, again and again, gives none: its jobs wait just as if there were no worker.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from functions.jobs.bucket import BucketUnavailable, KeysExpired
from functions.jobs.ledger import Ledger
from functions.jobs.silence import give_sign_of_life
from functions.log import log

EVERY_S = 60.0
LONGEST_BEAT_S = 5.0


@contextmanager
def heartbeat(ledger: Ledger) -> Iterator[None]:
    """Beat beside the block, from a thread of its own, and after it unless it raised."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(EVERY_S):
            _beat(ledger)

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(LONGEST_BEAT_S)
    if not thread.is_alive():  # else COS does not answer
        _beat(ledger)


def _beat(ledger: Ledger) -> None:
    try:
        give_sign_of_life(ledger)
    except (BucketUnavailable, KeysExpired) as error:
        log("no sign of life was given", error=type(error).__name__)
