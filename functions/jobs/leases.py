"""Take leases: the right, for a while, to do something that must not be done twice.

A lease is a create-only record with a nonce and a deadline. Whoever finds one whose deadline has
passed takes it that its holder has begun and died.
"""

import contextlib
from collections.abc import Callable, Iterable

import msgspec

from functions.jobs.bucket import KeyExists
from functions.jobs.records import Records
from functions.jobs.steps import Lease

REACQUIRE_MARGIN_S = 1.0  # so long before its deadline nobody takes a lease's holder for dead


class HeldElsewhere(msgspec.Struct, frozen=True):
    """Hold somebody else's lease's deadline (Unix seconds): until then it is respected."""

    until: float


class LeaseHeld(Exception):
    """Say that somebody else holds the lease until then (Unix seconds)."""

    def __init__(self, until: float) -> None:
        super().__init__(f"until {until:.0f}")
        self.until = until


class AttemptsExhausted(Exception):
    """Say that something was begun too many times without an end."""


class LeaseStore:
    """Take and give back leases. Threads may share it, one of them for one key at a time.

    A lease that COS's trouble kept us from knowing of, or from giving back, is ours when we ask
    again in time. Otherwise a job would have begun and died as often as COS was busy, and be given
    up for it. ``unused`` remembers those, nonce by key, for as long as its owner keeps it.
    """

    def __init__(
        self,
        records: Records,
        *,
        clock: Callable[[], float],
        new_nonce: Callable[[], str],
        unused: dict[str, str],
    ) -> None:
        self._records = records
        self._clock = clock
        self._new_nonce = new_nonce
        self._nonces: dict[str, str] = {}  # of our leases, by key
        self._unused = unused  # of those that may stand, with nothing done under them

    def take(self, key: str, *, seconds: float) -> Lease | HeldElsewhere:
        """Take the lease for ``seconds``, or learn until when somebody else has it."""
        now = self._clock()
        nonce = self._unused.pop(key, "") or self._new_nonce()
        ours = Lease(nonce=nonce, deadline=now + seconds)
        try:
            found = self._taken(key, ours, now)
        except Exception:
            self._unused[key] = nonce
            raise
        self._nonces[key] = nonce
        return found

    def take_next(self, keys: Iterable[str], *, seconds: float) -> int:
        """Take the first lease whose attempt is not known to have begun: its number, from 1.

        From the second on somebody has begun before and did not say how it ended: look first.
        Raises ``LeaseHeld`` while somebody else has one, and ``AttemptsExhausted`` after the last.
        """
        for attempt, key in enumerate(keys, start=1):
            found = self.take(key, seconds=seconds)
            if isinstance(found, Lease):
                return attempt
            if found.until > self._clock():
                raise LeaseHeld(found.until)
        raise AttemptsExhausted(key)

    def _taken(self, key: str, ours: Lease, now: float) -> Lease | HeldElsewhere:
        with contextlib.suppress(KeyExists):
            self._records.create(key, ours)
        # Read back: whether two first writes at the same instant are serialised is not known.
        found = self._records.read(key, Lease)
        if found is None:  # given back in between
            return HeldElsewhere(until=now)
        if found == ours:
            return ours
        if found.nonce != ours.nonce or found.deadline < now + REACQUIRE_MARGIN_S:
            return HeldElsewhere(until=found.deadline)
        self._records.write(key, ours)
        return ours

    def give_back(self, key: str) -> None:
        """Give a lease back: nothing was done under it."""
        try:
            self._records.bucket.delete(key)
        except Exception:
            if key in self._nonces:
                self._unused[key] = self._nonces[key]
            raise
