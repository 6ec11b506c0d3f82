"""Where pictures are decoded: one at a time, and none of them over and over.

A picture that ends the whole process (by the memory it takes, say) must not do so for ever: its job
has three turns. One is taken only when the place is free, so that what ends in the middle is that
job's fault, and nobody else loses a turn for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from functions.jobs.errors import ErrorCode
from functions.jobs.model import Job
from functions.worker.verdicts import JobFailed, NoTurnLeft, take_turn, turn_name
from functions.worker.workshop import Workshop

TURN_S = 120.0  # decoding, and putting what came of it into the bucket
TURNS = 3


class Decoder:
    """The place, for one job. ``what`` is done there, such as ``staging``."""

    def __init__(self, shop: Workshop, job: Job, what: str) -> None:
        self._shop = shop
        self._job = job
        self._what = what
        self._turn = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Wait until it is free. Raises ``JobFailed`` after the last turn, and ``Later``."""
        ledger = self._shop.ledger
        with self._shop.one_decoder:
            try:
                about = self._job.id
                self._turn = take_turn(ledger, about, self._what, seconds=TURN_S, limit=TURNS)
            except NoTurnLeft as error:
                raise JobFailed(ErrorCode.PHOTO_REFUSED) from error
            yield

    def give_turn_back(self) -> None:
        """However it went, it has ended nothing."""
        if self._turn:
            self._shop.ledger.release(self._job.id, turn_name(self._what, self._turn))
