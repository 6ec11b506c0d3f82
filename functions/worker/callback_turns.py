"""Decide which callback is tried next, so that no client waits for another client's dead host.

Nothing here has a thread or a clock, or makes a call. Each client may have one try under way at any
time, and more from a number that all clients share in turn. Only a host that has answered its last
try gets more than one at a time. A host that has not comes after all others of its client, and the
more silent tries in a row, the longer it rests.
"""

from collections import Counter
from collections.abc import MutableMapping
from enum import IntEnum
from itertools import chain
from typing import NamedTuple

import msgspec

from functions.jobs.callback_queue import DueCallback

SHARED_PLACES = 16  # beside the one that each client has
PLACES_OF_A_CLIENT = 4
SILENT_AT_ONCE = PLACES_OF_A_CLIENT - 1  # per client: one place stays free for its other hosts
PAUSES_S = (4.0, 24.0, 96.0, 480.0)  # a host's rest after 1, 2, 3 silent tries in a row, and more


class Host(NamedTuple):
    """Hold a client and the host and port it is called back at (``authority``).

    Each client's experience with a host counts for that client alone.
    """

    client: str
    authority: str


class Standing(IntEnum):
    """Rank hosts by their last try, the best first."""

    PROVEN = 0  # its last try was answered
    UNKNOWN = 1  # never tried
    SILENT = 2  # its last try was not answered


class HostHealth(msgspec.Struct):
    """Record how a host answers. ``silences`` counts the tries in a row without an answer.

    The host is not tried before ``rests_until`` (Unix seconds).
    """

    has_answered: bool = False
    silences: int = 0
    rests_until: float = 0.0

    @property
    def standing(self) -> Standing:
        """Give the host's rank."""
        if self.silences:
            return Standing.SILENT
        return Standing.PROVEN if self.has_answered else Standing.UNKNOWN


class Waiting(msgspec.Struct, frozen=True):
    """Hold a callback that waits to be tried, and the host it goes to."""

    due: DueCallback
    host: Host

    @property
    def job_id(self) -> str:
        """Name the job that the callback is about."""
        return self.due.callback.job_id


class CallbackTurns:
    """Hold the callbacks that wait or are being tried.

    ``hosts`` is read and changed here; the caller keeps it for later runs.
    """

    def __init__(self, hosts: MutableMapping[Host, HostHealth]) -> None:
        self._hosts = hosts
        self._waiting: dict[str, dict[str, Waiting]] = {}  # by client, then by job
        self._tried: dict[str, Waiting] = {}
        self._last_turn: dict[str, int] = {}
        self._turns = 0

    def __contains__(self, job_id: object) -> bool:
        return job_id in self._tried or any(job_id in line for line in self._waiting.values())

    def add(self, one: Waiting) -> None:
        """Add a callback that is due; do nothing if its job's is held already."""
        if one.job_id not in self:
            self._waiting.setdefault(one.host.client, {})[one.job_id] = one

    def begin(self, now: float, *, up_to: Standing = Standing.SILENT) -> Waiting | None:
        """Return the next callback to try, which counts as being tried from now on, or None.

        Only hosts ranked ``up_to`` or better are tried.
        """
        places = Counter(one.host.client for one in self._tried.values())
        shared = sum(count - 1 for count in places.values())
        most = PLACES_OF_A_CLIENT if shared < SHARED_PLACES else 1
        for client in sorted(self._waiting, key=lambda c: (places[c], self._last_turn.get(c, 0))):
            if places[client] >= most:
                return None
            one = self._next_of(client, now, up_to)
            if one:
                self._take(one)
                return one
        return None

    def ended(self, job_id: str, *, has_answered: bool, now: float) -> list[Waiting]:
        """Note how a try has ended; take out and return the callbacks whose host rests now."""
        one = self._tried.pop(job_id)
        health = self._hosts.setdefault(one.host, HostHealth())
        if has_answered:
            health.has_answered, health.silences, health.rests_until = True, 0, 0.0
        elif now >= health.rests_until:  # else a try at the same time has counted this silence
            health.silences += 1
            health.rests_until = now + PAUSES_S[min(health.silences, len(PAUSES_S)) - 1]
        return self.resting(now)

    def resting(self, now: float) -> list[Waiting]:
        """Take out and return the callbacks whose host rests at ``now``."""
        found = [
            one
            for line in self._waiting.values()
            for one in line.values()
            if self.rests_until(one.host) > now
        ]
        for one in found:
            self._leave_line(one)
        return found

    def rests_until(self, host: Host) -> float:
        """Say until when (Unix seconds) a host is not tried."""
        return self._health(host).rests_until

    def has_more(self, up_to: Standing, *, with_waiting: bool = True) -> bool:
        """Say whether a callback to a host ranked ``up_to`` or better is being tried.

        ``with_waiting``: one that waits counts, too.
        """
        waiting = (one for line in self._waiting.values() for one in line.values())
        found = chain(self._tried.values(), waiting if with_waiting else ())
        return any(self._health(one.host).standing <= up_to for one in found)

    # --- how

    def _next_of(self, client: str, now: float, up_to: Standing) -> Waiting | None:
        """Find a client's next callback: the best hosts first, and of theirs the oldest."""
        tried = Counter(one.host for one in self._tried.values() if one.host.client == client)
        silent = sum(self._health(host).standing is Standing.SILENT for host in tried)

        def may_be_tried(host: Host) -> bool:
            health = self._health(host)
            if health.standing > up_to or health.rests_until > now:
                return False
            if health.standing is Standing.SILENT and silent >= SILENT_AT_ONCE:
                return False
            return health.standing is Standing.PROVEN or not tried[host]

        def rank(one: Waiting) -> tuple[Standing, float]:
            return self._health(one.host).standing, one.due.callback.next_at

        line = self._waiting[client].values()
        hosts = {host for host in {one.host for one in line} if may_be_tried(host)}
        return min((one for one in line if one.host in hosts), key=rank, default=None)

    def _take(self, one: Waiting) -> None:
        self._leave_line(one)
        self._tried[one.job_id] = one
        self._turns += 1
        self._last_turn[one.host.client] = self._turns

    def _leave_line(self, one: Waiting) -> None:
        line = self._waiting[one.host.client]
        del line[one.job_id]
        if not line:
            del self._waiting[one.host.client]

    def _health(self, host: Host) -> HostHealth:
        return self._hosts.get(host, _UNKNOWN)


_UNKNOWN = HostHealth()
