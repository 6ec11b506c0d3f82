"""Make the bot's jobs: whatever the gesture, what was asked for becomes jobs here."""

from collections.abc import Sequence

import msgspec

from functions.jobs.job_ids import id_of_jobs
from functions.jobs.model import (
    Asker,
    Gesture,
    Job,
    Parent,
    Source,
    Thread,
    Upload,
    WorkflowRun,
)
from functions.jobs.wish import Wish

PhotoAndMask = tuple[Source, Source | None]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What jobs that are asked for at once have in common; ``at`` is in Unix seconds."""

    gesture: Gesture
    at: float
    wish: Wish
    asker: Asker
    thread: Thread | None
    parent: Parent | None = None
    workflow: WorkflowRun | None = None


def new_job(asked: Asked, job_id: str, photo: Source) -> Job:
    """Make the only job that is asked for."""
    return new_jobs(asked, [job_id], [(photo, None)])[0]


def new_jobs(
    asked: Asked,
    ids: Sequence[str],
    photos: Sequence[PhotoAndMask],
    *,
    upload_id: str = "",
    together: bool = False,
) -> list[Job]:
    """Make a job for each id and the photo in the same place.

    They are one upload: ``upload_id`` where a message says which, else by their ids. ``together``:
    they are variations, numbered from 1.
    """
    upload = Upload(id=upload_id or id_of_jobs(ids), jobs=tuple(ids), together=together)
    return [
        Job(
            id=job_id,
            gesture=asked.gesture,
            created_at=asked.at,
            wish=asked.wish,
            photo=photo,
            mask=mask,
            asker=asked.asker,
            thread=asked.thread,
            upload=upload,
            parent=asked.parent,
            variation=number if together else 0,
            workflow=asked.workflow,
        )
        for number, (job_id, (photo, mask)) in enumerate(zip(ids, photos, strict=True), start=1)
    ]
