"""The jobs of one run, by how far they are."""

from collections.abc import Iterable, Iterator

from functions.jobs.model import Job
from functions.worker.entry import Entry, Stage


class Line:
    """Only the deciding thread adds to it; others may look."""

    def __init__(self) -> None:
        self._by_id: dict[str, Entry] = {}

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._by_id.values()))

    def add(self, job_id: str) -> Entry:
        """The job's entry, new when it was not there."""
        return self._by_id.setdefault(job_id, Entry(job_id))

    def add_all(self, job_ids: Iterable[str]) -> bool:
        """Whether there was a new one among them."""
        before = len(self._by_id)
        for job_id in job_ids:
            self.add(job_id)
        return len(self._by_id) > before

    def find(self, job_id: str) -> Entry | None:
        """The job's entry."""
        return self._by_id.get(job_id)

    def of_upload(self, job: Job) -> list[Entry]:
        """The entries of all that was asked for together with ``job``, in order."""
        return [self._by_id[job_id] for job_id in job.upload.jobs if job_id in self._by_id]

    def unread_before(self, job: Job) -> int:
        """How many older entries nobody has read yet; they may come first."""
        unread = 0
        for entry in self:
            if entry.job_id in job.upload.jobs:
                return unread
            unread += entry.stage is Stage.NEW
        return unread

    def due(self, stages: set[Stage], *, now: float) -> list[Entry]:
        """Those in one of the stages that may go on now (Unix seconds)."""
        return [one for one in self if one.stage in stages and one.may_go_on(now)]

    @property
    def is_busy(self) -> bool:
        """Whether a thread works for any of them."""
        return any(entry.busy for entry in self)

    @property
    def at_aiart(self) -> int:
        """How many have a place at aiart, or stand next in line for one."""
        return sum(entry.is_at_aiart for entry in self)

    @property
    def is_being_read(self) -> bool:
        """Whether some are being read just now, so that the places in line may still change."""
        return any(entry.stage is Stage.NEW and entry.busy for entry in self)

    @property
    def staged_ahead(self) -> int:
        """How many photos are fetched ahead of their turn, or are being fetched."""
        return sum(e.stage is (Stage.LOADED if e.busy else Stage.STAGED) for e in self)

    def may_end(self, entry: Entry) -> bool:
        """Jobs that are told together wait for each other, and then go one by one."""
        if entry.stage is not Stage.DECIDED or not entry.asked.upload.together:
            return True
        siblings = self.of_upload(entry.asked)
        if any(one.stage not in {Stage.DECIDED, Stage.OVER} for one in siblings):
            return False
        return next(one for one in siblings if one.stage is Stage.DECIDED) is entry
