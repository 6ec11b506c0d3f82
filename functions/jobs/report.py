"""An earlier job, as the start of a new one."""

import msgspec

from functions.jobs.ledger import Ledger
from functions.jobs.model import EarlierJob, Job, Source
from functions.jobs.steps import Outcome


class ParentJob(msgspec.Struct, frozen=True):
    """``outcome`` is None while the asker is told already, but the job is not closed yet."""

    job: Job
    outcome: Outcome | None = None

    @property
    def has_failed(self) -> bool:
        """Whether there is no picture."""
        return self.outcome is not None and self.outcome.failed is not None

    @property
    def photo(self) -> Source:
        """Its product photo: as it was staged, or where it came from if that is not sure."""
        return self.job.photo if self.has_failed else EarlierJob(job_id=self.job.id)

    @property
    def mask(self) -> Source | None:
        """The mask that came with the photo."""
        if self.job.mask is None or self.has_failed:
            return self.job.mask
        return EarlierJob(job_id=self.job.id)


def parent_job(ledger: Ledger, job_id: str) -> ParentJob | None:
    """A job that has ended or is about to; None when it is unknown, or deleted."""
    if ledger.has_tombstone(job_id):
        return None
    outcome = ledger.outcome(job_id)
    if outcome is None:
        job = ledger.job(job_id)
        return ParentJob(job) if job else None
    if outcome.job is None or outcome.state == "deleted":
        return None
    return ParentJob(outcome.job, outcome)
