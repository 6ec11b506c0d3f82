"""Share turns and places out, so that nobody waits behind somebody else's batch or slow photos.

As in ``schedule``, nothing here has a thread or a clock, or makes a call.
"""

import heapq
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from functions.jobs.model import Job
from functions.worker.run.lifecycle import JobRun


class FairOrder:
    """Remember who had the last turns, so that nobody waits behind another's whole batch.

    Within one person's jobs the oldest comes first. While many wait, every other turn is a
    newcomer's, so that neither those who have waited hold up who comes, nor the other way round.
    """

    def __init__(self) -> None:
        self._last_turn: dict[str, int] = {}
        self._count = 0
        self.newcomers: set[str] = set()  # persons who came while many waited: no turn yet
        self._newcomer_was_last = False

    def taken(self, job: JobRun) -> None:
        """Note that the job's person has used a turn; the others come first now."""
        self._count += 1
        self._last_turn[job.person] = self._count
        self._newcomer_was_last = job.person in self.newcomers
        self.newcomers.discard(job.person)

    def order(self, waiting: Iterable[JobRun]) -> list[JobRun]:
        """Sort jobs as they would be painted if nobody else came.

        First comes a job of the person whose last turn is longest ago.
        """
        lines: dict[str, list[JobRun]] = {}
        for job in sorted(waiting, key=asked_at):
            lines.setdefault(job.person, []).append(job)
        return list(self.ordered(lines))

    def ordered(self, lines: Mapping[str, Iterable[JobRun]]) -> Iterator[JobRun]:
        """Yield jobs as ``order`` sorts them; ``lines`` has each person's jobs, sorted by time.

        Only as many are put in order as the caller takes.
        """
        rests = {person: iter(line) for person, line in lines.items()}
        firsts = [job for rest in rests.values() if (job := next(rest, None))]
        heads = [(*self._rank(job), job) for job in firsts if job.person not in self.newcomers]
        new = [(*self._rank(job), job) for job in firsts if job.person in self.newcomers]
        heapq.heapify(heads)
        heapq.heapify(new)
        newcomer_was_last = self._newcomer_was_last
        for count in itertools.count(self._count + 1):
            if not heads and not new:
                return
            newcomer_was_last = bool(new) and not (newcomer_was_last and heads)
            *_, person, job = heapq.heappop(new if newcomer_was_last else heads)
            yield job
            after = next(rests[person], None)
            if after:
                heapq.heappush(heads, (count, after.asked_at, person, after))

    def _rank(self, job: JobRun) -> tuple[int, tuple[float, int], str]:
        return self._last_turn.get(job.person, 0), job.asked_at, job.person


@dataclass(frozen=True)
class Room:
    """Limit how much may be under way: reads, photos fetched ahead of their turn, jobs at aiart.

    Beyond the places ``ahead`` each person may have one, up to ``ahead_of_kind`` for all people,
    and as many for programs, which wait for no Slack. No job is at aiart before ``is_announced``
    to those who asked for it.
    """

    reads: int
    ahead: int
    ahead_of_kind: int
    at_aiart: int
    is_announced: Callable[[Job], bool]


class PlacesAhead:
    """Share out the places ahead of aiart: nobody waits for photos of others that do not come.

    The ``shared`` ones are taken as the turns come; besides, whoever has none gets one of their
    own, of which the last ``kept`` are for the ``newcomers``.
    """

    def __init__(self, room: Room, *, kept: int, newcomers: Collection[str]) -> None:
        self.shared = room.ahead
        self._kept, self._newcomers = kept, newcomers
        self._free = {True: room.ahead_of_kind, False: room.ahead_of_kind}  # programs', people's
        self._persons: set[str] = set()  # who have one

    def take(self, run: JobRun) -> None:
        """Note that the job has a place."""
        self.shared -= 1
        self._free[run.is_of_program] -= 1
        self._persons.add(run.person)

    def has_one_for(self, run: JobRun) -> bool:
        """Say whether the job may have a place."""
        is_theirs = self.shared > 0 or run.person not in self._persons
        kept = 0 if run.person in self._newcomers else self._kept
        return is_theirs and self._free[run.is_of_program] > kept

    def open_to(self, persons: Collection[str], *, are_programs: bool) -> Collection[str]:
        """Pick those who may have a place, as fast for many as for few."""
        if self._free[are_programs] <= 0:
            return ()
        if self._free[are_programs] <= self._kept:
            persons = [person for person in self._newcomers if person in persons]
        return persons if self.shared > 0 else set(persons) - self._persons


def asked_at(job: JobRun) -> tuple[float, int]:
    """Give what jobs are sorted by."""
    return job.asked_at
