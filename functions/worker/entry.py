"""One job as the drain sees it in this run: how far it is, and when it may go on."""

import enum
from dataclasses import dataclass

from functions.jobs.model import Job
from functions.jobs.steps import Generated, Staged
from functions.worker.results import Decided
from functions.worker.verdicts import Cancelled, JobFailed


class Stage(enum.Enum):
    """What has been reached; what comes next follows from it."""

    NEW = "new"  # to be loaded
    LOADED = "loaded"  # to be staged
    STAGED = "staged"  # to be painted
    CUTTING = "cutting"  # to be cut out: aiart has no part in it
    GENERATED = "generated"  # to be kept
    FAILED = "failed"  # to be written down
    DECIDED = "decided"  # to be told
    CANCELLED = "cancelled"  # to be closed
    OVER = "over"  # nothing left to do in this run


WAITING = {Stage.LOADED, Stage.STAGED}
ENDING = {Stage.CUTTING, Stage.GENERATED, Stage.FAILED, Stage.DECIDED, Stage.CANCELLED}


@dataclass
class Entry:
    """``busy`` while a thread works on it; ``has_place`` at aiart; ``not_before`` in Unix seconds.

    The counters say how often what went wrong in this run.
    """

    job_id: str
    stage: Stage = Stage.NEW
    busy: bool = False
    has_place: bool = False
    not_before: float = 0.0
    job: Job | None = None
    staged: Staged | None = None
    generated: Generated | None = None
    verdict: JobFailed | None = None
    decided: Decided | None = None
    troubles: int = 0
    aiart_troubles: int = 0
    bad_pictures: int = 0
    crashes: int = 0

    @property
    def asked(self) -> Job:
        """The job, which every entry past NEW has."""
        if self.job is None:
            raise ValueError(f"{self.job_id} is not loaded")
        return self.job

    @property
    def person(self) -> str:
        """Whose turn it uses."""
        return self.asked.asker.name

    @property
    def asked_at(self) -> tuple[float, int]:
        """Sorts by time, and within an upload by the order of its photos."""
        jobs = self.asked.upload.jobs
        return self.asked.created_at, jobs.index(self.job_id) if self.job_id in jobs else 0

    def may_go_on(self, now: float) -> bool:
        """Whether something may be done for it now (Unix seconds)."""
        return not self.busy and self.not_before <= now

    @property
    def is_at_aiart(self) -> bool:
        """Whether it has a place at aiart, or stands next in line for one."""
        return self.stage is Stage.STAGED and self.busy

    @property
    def is_being_painted(self) -> bool:
        """Whether aiart paints it, or has painted it and the picture is still to be kept."""
        return self.has_place or self.stage is Stage.GENERATED

    def fail(self, verdict: JobFailed) -> None:
        """Nothing more is tried; the asker is to be told."""
        self.stage, self.verdict, self.not_before = Stage.FAILED, verdict, 0.0
        self.decided = None

    def give_up(self, verdict: JobFailed | Cancelled) -> None:
        """It fails, or somebody has taken it back."""
        if isinstance(verdict, JobFailed):
            self.fail(verdict)
        else:
            self.stage, self.not_before = Stage.CANCELLED, 0.0
