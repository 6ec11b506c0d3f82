"""Work out what became of a job, from its records.

Messages, Home, the status over HTTP, new jobs from old ones and the operator's commands all use
this. Callers say how many records to read: each costs a request to COS.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import msgspec

from functions.jobs.bucket_layout import job_of_result_key
from functions.jobs.file_names import photo_name
from functions.jobs.ledger import Ledger
from functions.jobs.model import EarlierJob, Job, PicturesOf, Source, UnknownSource
from functions.jobs.steps import (
    Checked,
    Decided,
    Failed,
    Generated,
    Outcome,
    Picture,
    Staged,
    Stored,
)

LOOKERS = 16
ReportState = Literal["open", "succeeded", "failed", "cancelled"]
Ending = Literal["made", "failed", "cancelled"]


class Deleted(msgspec.Struct, frozen=True):
    """Report a job whose picture was deleted: nothing more is known of it."""

    finished_at: float


class JobReport(msgspec.Struct, frozen=True):
    """Report a job with its pictures, or why there are none; neither while it is undecided.

    ``outcome`` is None until the job is closed, a moment after its asker was told.
    """

    job: Job
    outcome: Outcome | None = None
    pictures: tuple[Picture, ...] = ()
    generated: Generated | None = None
    failed: Failed | None = None
    checked: tuple[Checked, ...] = ()

    @classmethod
    def of_outcome(cls, job: Job, outcome: Outcome) -> JobReport:
        """Report a job that has ended."""
        return cls(
            job, outcome, outcome.pictures, outcome.generated, outcome.failed, outcome.checked
        )

    @classmethod
    def of_decision(cls, job: Job, decided: Decided, generated: Generated | None) -> JobReport:
        """Report a job whose asker is about to be told."""
        if isinstance(decided, Failed):
            return cls(job, generated=generated, failed=decided)
        pictures, checked = decided.pictures, decided.checked
        return cls(job, pictures=pictures, generated=generated, checked=checked)

    @property
    def state(self) -> ReportState:
        """Give the outcome's state; ``open`` without an outcome, or if that is ``deleted``."""
        if self.outcome is None or self.outcome.state == "deleted":
            return "open"
        return self.outcome.state

    @property
    def ending(self) -> Ending:
        """Say what became of a job that is over: cancelled, if nothing was decided."""
        if self.failed:
            return "failed"
        return "made" if self.pictures or self.checked else "cancelled"

    @property
    def is_decided(self) -> bool:
        """Say whether there is something to tell: pictures, findings, or that it failed."""
        return self.failed is not None or bool(self.pictures or self.checked)

    # --- as the start of a new job

    @property
    def photo(self) -> Source:
        """Give its product photo: the staged one or, of a failed job, where that came from."""
        if self.failed:
            return self.job.photo
        return EarlierJob(job_id=self.job.id, name=photo_name(self.job))

    @property
    def mask(self) -> Source | None:
        """Give the mask that came with the photo, in the same way; None if none came."""
        if self.job.mask is None or self.failed:
            return self.job.mask
        return EarlierJob(job_id=self.job.id)


def report_of(
    job_id: str, ledger: Ledger, *, with_steps: bool = True
) -> JobReport | Deleted | None:
    """Report what became of a job; None for one that was never accepted.

    ``with_steps``: of an open job, the steps are read, too, for what was decided.
    """
    outcome = ledger.outcome(job_id)
    job = None if outcome else ledger.job(job_id)
    if outcome is None and job is None:
        outcome = ledger.outcome(job_id)  # it ended between the two reads
    if outcome:
        if outcome.job is None or outcome.state == "deleted":
            return Deleted(outcome.finished_at)
        return JobReport.of_outcome(outcome.job, outcome)
    if job is None:
        return None
    return _decided(job, ledger) if with_steps else JobReport(job)


def shown_report_of(job_id: str, ledger: Ledger, *, with_steps: bool = True) -> JobReport | None:
    """Report a job as people may see it: None also if it is deleted, or is to be."""
    if ledger.has_tombstone(job_id):
        return None
    found = report_of(job_id, ledger, with_steps=with_steps)
    return found if isinstance(found, JobReport) else None


def are_all_kept(ledger: Ledger, keys: Sequence[str]) -> bool:
    """Say whether all these pictures exist and none is to be deleted. Costs two HEADs each.

    A zip is served only as long as that is true of the pictures in it.
    """

    def is_kept(key: str) -> bool:
        is_deleted = ledger.has_tombstone(job_of_result_key(key))
        return not is_deleted and ledger.bucket.exists(key)

    if not keys:
        return True
    with ThreadPoolExecutor(LOOKERS, "kept") as beside:
        return all(beside.map(is_kept, keys))


def parent_job(ledger: Ledger, job_id: str) -> JobReport | None:
    """Report the parent of a new job; None if it was deleted, or is to be.

    Its steps are not read: it had a picture when its button was pressed.
    """
    return shown_report_of(job_id, ledger, with_steps=False)


def is_photo_kept(ledger: Ledger, parent: JobReport) -> bool:
    """Say whether the photo that a new job would start from may still be there.

    A staged photo expires together with its ``Staged`` record and with the picture.
    """
    match parent.photo:
        case EarlierJob(job_id=job_id):
            return ledger.read_step(job_id, Staged) is not None
        case PicturesOf() | UnknownSource():
            return False
    return True


def _decided(job: Job, ledger: Ledger) -> JobReport:
    """Report an open job by its steps: the outcome is written only after the asker was told."""
    failed = ledger.read_step(job.id, Failed)
    if failed:
        return JobReport.of_decision(job, failed, None)
    stored = ledger.read_step(job.id, Stored)
    generated = ledger.read_step(job.id, Generated)
    return JobReport.of_decision(job, stored or Stored(pictures=()), generated)
