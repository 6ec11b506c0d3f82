"""Make ``Job`` records for every gesture in Slack, and decide which jobs are only fitted."""

from collections.abc import Mapping, Sequence

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
from functions.jobs.report import JobReport
from functions.jobs.shops import fitted_sizes, have_same_shape
from functions.jobs.wish import Resolution, Wish

PhotoAndMask = tuple[Source, Source | None]


def job_name(photo: str, wish: Wish, wishes: Sequence[Wish]) -> str:
    """Name a job within its request: by its photo, and by its shop if there are several wishes."""
    return f"{photo} {wish.shop}" if len(wishes) > 1 else photo


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what all jobs of one request have in common; ``at`` is in Unix seconds."""

    gesture: Gesture
    at: float
    wish: Wish
    asker: Asker
    thread: Thread | None
    parent: Parent | None = None
    workflow: WorkflowRun | None = None


def jobs_in_sizes(
    asked: Asked,
    ids: Sequence[str],
    photos: Sequence[PhotoAndMask],
    wishes: Sequence[Wish],
    *,
    upload_id: str = "",
) -> list[Job]:
    """Make a job for each photo and each wish, as one upload.

    ``ids`` has the ids of the first photo's jobs in all sizes, then of the next photo's. Of sizes
    with about the same shape only the largest is painted; the others are fitted from it.
    """
    pairs = [pair for pair in photos for _ in wishes]
    jobs = [
        msgspec.structs.replace(job, wish=wishes[place % len(wishes)])
        for place, job in enumerate(new_jobs(asked, ids, pairs, upload_id=upload_id))
    ]
    if not jobs[0].is_painted:
        return jobs
    fitted = fitted_sizes([wish.resolution for wish in wishes])
    return [_fitted(job, place, jobs, fitted, len(wishes)) for place, job in enumerate(jobs)]


def _fitted(
    job: Job, place: int, jobs: Sequence[Job], fitted: Mapping[int, int], count: int
) -> Job:
    """Give the job at ``place`` as it is, or fitted from the picture of the job that paints it.

    ``fitted`` is by place among the ``count`` wishes.
    """
    source = fitted.get(place % count)
    if source is None:
        return job
    painted = jobs[place - place % count + source]
    return fitted_to(job, painted.id)


def fitted_to(job: Job, painted: str) -> Job:
    """Change a job to fit the picture of the job ``painted`` into its size, without aiart."""
    return msgspec.structs.replace(job, gesture="fit", parent=Parent(job_id=painted))


def fitted_from(parent: JobReport, jobs: Sequence[Job]) -> list[Job]:
    """Change jobs to fit an earlier picture where only the size differs from that picture's job.

    The picture has to have about the job's shape, and to be no smaller.
    """
    return [_fitted_from(parent, job) for job in jobs]


def _fitted_from(parent: JobReport, job: Job) -> Job:
    if not (job.is_painted and parent.generated and parent.pictures):
        return job
    there, size = parent.pictures[0], job.wish.resolution
    before = msgspec.structs.replace(parent.job.wish, resolution=size, shop=job.wish.shop)
    is_large = there.width >= size.width and there.height >= size.height
    is_another = (there.width, there.height) != (size.width, size.height)
    shape = Resolution(width=there.width, height=there.height)
    fits = is_large and is_another and have_same_shape(shape, size)
    return fitted_to(job, parent.job.id) if fits and job.wish == before else job


def new_job(asked: Asked, job_id: str, photo: Source) -> Job:
    """Make the single job of a request, without a mask."""
    return new_jobs(asked, [job_id], [(photo, None)])[0]


def new_jobs(
    asked: Asked,
    ids: Sequence[str],
    photos: Sequence[PhotoAndMask],
    *,
    upload_id: str = "",
    together: bool = False,
) -> list[Job]:
    """Make a job for each id and the photo in the same place, as one upload.

    The upload's id is ``upload_id``, or else made from ``ids``. ``together``: the jobs are
    variations, numbered from 1, with one result message.
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
