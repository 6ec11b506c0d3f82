"""Lease the right to do something that must not be done twice, for a while.

A lease is a create-only record with a nonce and a deadline. Whoever finds one whose deadline has
passed assumes that its holder has begun and died.
"""

import contextlib
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from functions.jobs.bucket import KeyExists
from functions.jobs.records import Records
from functions.jobs.steps import Lease

T = TypeVar("T")
REACQUIRE_MARGIN_S = 1.0  # before the deadline: so late we do not renew a lease of our own
GIVEN_BACK_S = 1.0  # until we ask again for a lease that was given back while we looked


class HeldElsewhere(msgspec.Struct, frozen=True):
    """Describe somebody else's lease, which is respected until its deadline (Unix seconds)."""

    until: float


class LeaseHeld(Exception):
    """Say that somebody else holds the lease until a time (Unix seconds)."""

    def __init__(self, until: float) -> None:
        super().__init__(f"until {until:.0f}")
        self.until = until


class AttemptsExhausted(Exception):
    """Say that something was begun too many times without an end."""


class ClockWrong(Exception):
    """Say that our clock is too far from COS's for a deadline to mean the same to everybody.

    ``ahead_s`` is how far ahead it is at least; negative if it is behind.
    """

    def __init__(self, ahead_s: float) -> None:
        super().__init__(f"{ahead_s:+.0f} s")
        self.ahead_s = ahead_s


class LeaseStore:
    """Take and give back leases. Threads may share it: of two that ask for one key, one gets it.

    If an error of COS keeps us from learning that we have a lease, or from giving it back, we get
    the same lease when we ask again before its deadline. Otherwise each such error would count as
    an attempt that began and died, until the job is given up. ``unused`` has the nonces of these
    leases by key; the caller decides how long to keep it.
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

    def take(
        self,
        key: str,
        *,
        seconds: float,
        clock_within_s: float | None = None,
        once_written: Callable[[], None] = lambda: None,
    ) -> Lease | HeldElsewhere:
        """Take the lease for ``seconds``, or learn until when somebody else has it.

        ``clock_within_s`` is for leases that guard what is paid for: the lease is read back,
        because COS may not serialise two first writes at the same instant; and if our clock is
        further from COS's than this, ``ClockWrong`` is raised and no lease kept. ``once_written``
        is called when a new lease is written, before it is read back. Raises ``LeaseHeld`` if the
        lease was given back while we looked: ask again in a moment.
        """
        now = self._clock()
        nonce = self._unused.pop(key, "") or self._new_nonce()
        ours = Lease(nonce=nonce, deadline=now + seconds)
        try:
            found = self._taken(key, ours, now, once_written, reads_back=clock_within_s is not None)
        except Exception:
            self._unused[key] = nonce
            raise
        self._nonces[key] = nonce
        ahead_s = 0.0 if clock_within_s is None else self._ahead_s(now)
        if clock_within_s is not None and abs(ahead_s) > clock_within_s:
            if isinstance(found, Lease):
                self.give_back(key)
            raise ClockWrong(ahead_s)
        return found

    def take_next(self, keys: Sequence[str], *, seconds: float) -> int:
        """Take the lease of the next attempt, and give the attempt's number, from 1.

        Above 1, an earlier attempt has begun and its end is not known: check what it did.
        Raises ``LeaseHeld`` while somebody else has one, and ``AttemptsExhausted`` after the last.
        """
        for attempt, key in enumerate(keys, start=1):
            found = self.take(key, seconds=seconds)
            if isinstance(found, Lease):
                return attempt
            if found.until > self._clock():
                raise LeaseHeld(found.until)
        raise AttemptsExhausted(key)

    def take_unless(
        self, find: Callable[[], T | None], keys: Sequence[str], *, seconds: float
    ) -> int | T:
        """Take a lease as ``take_next`` does, or give what ``find`` finds of an earlier attempt.

        ``find`` is not called if there was none: then taking the lease is the only call.
        """
        first = keys[0]
        nonce = self._unused.pop(first, "")
        if not nonce:
            nonce = self._new_nonce()
            try:
                self._records.create(first, Lease(nonce=nonce, deadline=self._clock() + seconds))
            except KeyExists:
                pass  # it may be this one, whose first answer was lost
            except Exception:
                self._unused[first] = nonce
                raise
            else:
                self._nonces[first] = nonce
                return 1
        found = None
        try:
            found = find()
        finally:
            if found is None:
                self._unused[first] = nonce
        return self.take_next(keys, seconds=seconds) if found is None else found

    def _taken(
        self,
        key: str,
        ours: Lease,
        now: float,
        once_written: Callable[[], None],
        *,
        reads_back: bool,
    ) -> Lease | HeldElsewhere:
        with contextlib.suppress(KeyExists):
            self._records.create(key, ours)
            once_written()
            if not reads_back:
                return ours
        found = self._records.read(key, Lease)
        if found is None:  # given back in between: nothing was done under it, so none is lost
            raise LeaseHeld(self._clock() + GIVEN_BACK_S)
        if found == ours:
            return ours
        if found.nonce != ours.nonce or found.deadline < now + REACQUIRE_MARGIN_S:
            return HeldElsewhere(until=found.deadline)
        self._records.write(key, ours)
        return ours

    def _ahead_s(self, since: float) -> float:
        """Compare our clock with the Date of COS's latest answer, asked for after ``since``.

        Gives the least difference that explains the Date, which has whole seconds; 0 without one.
        """
        theirs = self._records.bucket.answered_at
        if theirs is None or since - 1.0 <= theirs <= self._clock():
            return 0.0
        return since - 1.0 - theirs if theirs < since else self._clock() - theirs

    def give_back(self, key: str) -> None:
        """Give back a lease under which nothing was done."""
        try:
            self._records.bucket.delete(key, once=True)  # a repeat may hit another's
        except Exception:
            if key in self._nonces:
                self._unused[key] = self._nonces[key]
            raise
