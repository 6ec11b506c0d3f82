"""Share out turns and places so that nobody waits behind somebody else's batch or slow photos.

As in ``schedule``, nothing here has a thread or a clock, or makes a call.
"""

import bisect
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from functions.jobs.model import Job
from functions.worker.run.lifecycle import JobRun

ASKED_AT = attrgetter("asked_at")


class Lines(dict[str, list[JobRun]]):
    """Hold jobs by the name of the person who asked, each person's in the order of asking."""

    def put(self, run: JobRun) -> None:
        """Add a job that is not there."""
        bisect.insort(self.setdefault(run.person, []), run, key=ASKED_AT)

    def take_out(self, run: JobRun) -> None:
        """Remove a job if it is there."""
        line = self.get(run.person, [])
        at = bisect.bisect_left(line, run.asked_at, key=ASKED_AT)
        if line[at : at + 1] == [run]:
            del line[at]
        if not line:
            self.pop(run.person, None)


class FairOrder:
    """Remember who had the last turns, so that nobody waits behind another's whole batch.

    Everybody has one turn in each round, and uses it for their oldest job. While many wait, every
    other turn is a newcomer's, so that neither those who wait nor newcomers hold up the others.
    """

    def __init__(self) -> None:
        self._last_turn: dict[str, int] = {}
        self._turns = 0
        self._newcomer_was_last = False
        self.newcomers: set[str] = set()  # persons who came while many waited, and had no turn yet

    def taken(self, job: JobRun) -> None:
        """Note that the job's person has used a turn; the others come first now."""
        self._turns += 1
        self._last_turn[job.person] = self._turns
        self._newcomer_was_last = job.person in self.newcomers
        self.newcomers.discard(job.person)

    def greet(self, person: str) -> None:
        """Note a person who comes while many wait, so that their first turn comes soon."""
        if person not in self._last_turn:
            self.newcomers.add(person)

    def order(self, waiting: Iterable[JobRun]) -> list[JobRun]:
        """Sort jobs as they would be painted if nobody else came."""
        lines: dict[str, list[JobRun]] = {}
        for job in sorted(waiting, key=ASKED_AT):
            lines.setdefault(job.person, []).append(job)
        return list(self.ordered(lines))

    def ordered(self, lines: Mapping[str, Iterable[JobRun]]) -> Iterator[JobRun]:
        """Yield jobs as ``order`` sorts them; ``lines`` has each person's jobs, sorted by time.

        Only as many jobs are put in order as the caller takes.
        """
        rests = {person: iter(line) for person, line in lines.items()}
        firsts = (next(rest, None) for rest in rests.values())
        turns = self._round([job for job in firsts if job])
        while turns:
            yield from turns
            later = (next(rests[job.person], None) for job in turns)
            turns = [job for job in later if job]

    def places(self, runs: Iterable[JobRun], lines: Mapping[str, list[JobRun]]) -> list[int]:
        """Count the jobs that ``ordered`` would yield before each of ``runs``.

        The runs are in ``lines``, which another thread may change meanwhile. No job is put in order
        for this.
        """
        lines = dict(lines)
        firsts = self._round(job for line in lines.values() for job in line[:1])
        turns = [job.person for job in firsts]
        lengths = [len(lines[person]) for person in turns]
        places = []
        for run in runs:
            if run.person in turns:
                # By the job's turn, everybody has had one in each of the rounds before, and those
                # whose turn comes earlier in its own round have had one more.
                rounds = bisect.bisect_left(lines[run.person][:], run.asked_at, key=ASKED_AT)
                turn = turns.index(run.person)
                had = [rounds + 1] * turn + [rounds] * (len(turns) - turn)
                places.append(sum(map(min, lengths, had)))
        return places

    def _round(self, firsts: Iterable[JobRun]) -> list[JobRun]:
        """Sort everybody's first jobs: the person whose last turn is longest ago comes first."""
        ranked = sorted(firsts, key=self._rank)
        new = [job for job in ranked if job.person in self.newcomers]
        others = [job for job in ranked if job.person not in self.newcomers]
        pairs = (others, new) if self._newcomer_was_last else (new, others)
        return [job for pair in itertools.zip_longest(*pairs) for job in pair if job]

    def _rank(self, job: JobRun) -> tuple[int, tuple[float, int, str]]:
        return self._last_turn.get(job.person, 0), job.asked_at


@dataclass(frozen=True)
class Room:
    """Limit how much may be under way: reads, photos fetched ahead of their turn, jobs at aiart.

    Beyond the places ``ahead``, each person may have one, up to ``ahead_of_kind`` for all people
    and as many again for programs, which do not wait for Slack. No job goes to aiart before it
    ``is_announced`` to the person who asked.
    """

    reads: int
    ahead: int
    ahead_of_kind: int
    at_aiart: int
    is_announced: Callable[[Job], bool]


class PlacesAhead:
    """Share out the places ahead of aiart, so that nobody waits for others' slow photos.

    The ``shared`` places are taken as the turns come. Besides, each person who has none may have
    one; the last ``kept`` places of each kind are for the ``newcomers``.
    """

    def __init__(self, room: Room, *, kept: int, newcomers: Collection[str]) -> None:
        self.shared = room.ahead
        self._kept, self._newcomers = kept, newcomers
        self._free = {True: room.ahead_of_kind, False: room.ahead_of_kind}  # programs', people's
        self._persons: set[str] = set()  # who have a place

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
        """Pick the persons who may have a place, as fast for many as for few."""
        if self._free[are_programs] <= 0:
            return ()
        if self._free[are_programs] <= self._kept:
            persons = [person for person in self._newcomers if person in persons]
        return persons if self.shared > 0 else set(persons) - self._persons
