"""Whose turn it is: people take turns, and within one person's jobs the oldest comes first."""

from collections import deque
from collections.abc import Iterable
from typing import Protocol, TypeVar


class Waiting(Protocol):
    """What the order depends on. ``person`` is whoever asked, ``asked_at`` sorts by time."""

    @property
    def person(self) -> str: ...
    @property
    def asked_at(self) -> tuple[float, int]: ...


WaitingT = TypeVar("WaitingT", bound=Waiting)


class Turns:
    """Remembers who had the last turns, so that nobody waits behind another's whole batch."""

    def __init__(self) -> None:
        self._last_turn: dict[str, int] = {}
        self._count = 0

    def next(self, waiting: Iterable[WaitingT]) -> WaitingT | None:
        """The job whose turn it is: its person has waited longest for one."""
        return min(waiting, key=self._rank, default=None)

    def taken(self, job: Waiting) -> None:
        """The person's turn is used; the others come first now."""
        self._count += 1
        self._last_turn[job.person] = self._count

    def order(self, waiting: Iterable[WaitingT]) -> list[WaitingT]:
        """The order in which they would be painted if nobody else came."""
        lines: dict[str, deque[WaitingT]] = {}
        for job in sorted(waiting, key=lambda job: job.asked_at):
            lines.setdefault(job.person, deque()).append(job)
        ahead = Turns()
        ahead._last_turn, ahead._count = dict(self._last_turn), self._count
        order: list[WaitingT] = []
        while lines:
            job = min((line[0] for line in lines.values()), key=ahead._rank)
            ahead.taken(job)
            order.append(job)
            lines[job.person].popleft()
            if not lines[job.person]:
                del lines[job.person]
        return order

    def _rank(self, job: Waiting) -> tuple[int, tuple[float, int]]:
        return self._last_turn.get(job.person, 0), job.asked_at
