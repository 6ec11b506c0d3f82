"""Make a job's picture without aiart: a cut-out, a packshot, or an earlier picture resized."""

from collections.abc import Callable

from functions.jobs.bucket import KeyMissing
from functions.jobs.bucket_layout import CALLING, CUTTING, GENERATED
from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.model import EarlierJob, Job
from functions.jobs.report import JobReport, report_of
from functions.jobs.steps import Picture, Staged, Stored, mask_in_photos_frame, picture_named
from functions.jobs.wish import Packshot
from functions.log import timed_step
from functions.worker import photos
from functions.worker.context import WorkerContext, failed_by
from functions.worker.errors import Cancelled, JobFailed, RetryAt
from functions.worker.photos.labels import carried, own_label
from functions.worker.steps.decode_guard import DecodeGuard
from functions.worker.steps.stage import stage
from functions.worker.steps.store import MadeFile, hand_on, store_photo

PARENT_ENDS_S = 2.0  # until a parent is checked again: its button can be pressed before it is done
PAINTED_SOON_S, PAINTED_LATER_S = 3.0, 25.0  # the same; an idle run does not wait for the latter
MOST_ANCESTORS = 10


def cut_out(context: WorkerContext, job: Job) -> Stored:
    """Cut the product out, and return the stored pictures: the cut-out and its preview.

    Raises ``JobFailed`` when the parent's picture is gone, has no mask or cannot be cut out,
    ``RetryAt`` and ``Cancelled``.
    """
    stored = context.ledger.read_step(job.id, Stored)
    if stored:
        return stored
    context.stop_if_deleted(job)
    context.gateway.ask()
    parent = _ended(context, job.parent.job_id if job.parent else "")
    with timed_step(job.id, "stored") as fields:
        with DecodeGuard(context, job, CUTTING) as decoder:
            made = _cut(context, job, parent, decoder)
        fields["bytes"] = made[0].size_bytes
    return context.ledger.write_step(job.id, Stored(pictures=made))


def packshot(context: WorkerContext, job: Job) -> Stored:
    """Put the photo's product on a plain ground; return the record of the pictures and the photo.

    Raises ``JobFailed`` when the photo cannot be used or nothing shows where in it the product is,
    ``RetryAt`` and ``Cancelled``.
    """
    ledger = context.ledger
    stored = ledger.read_step(job.id, Stored)
    if stored:
        return stored
    staged = ledger.read_step(job.id, Staged) or stage(context, job)
    context.stop_if_deleted(job)
    context.gateway.ask()
    mask_key = staged.mask_key or _outline_before(context, job).key
    with timed_step(job.id, "stored") as fields:
        with DecodeGuard(context, job, CUTTING) as decoder:
            made = _packshot(context, job, staged, mask_key, decoder)
        pictures = (*made, *store_photo(context, job, staged))
        fields["bytes"] = pictures[0].size_bytes
    return ledger.write_step(job.id, Stored(pictures=pictures))


def fit(context: WorkerContext, job: Job) -> Stored:
    """Fit the parent's picture into a size of about its shape; return the record of the pictures.

    It is labelled as painted by AI, like the parent's. Raises ``JobFailed`` with the parent's own
    reason if that has failed, ``RetryAt`` until the parent has ended, and ``Cancelled``, also if
    the parent has ended without a picture.
    """
    ledger = context.ledger
    stored = ledger.read_step(job.id, Stored)
    if stored:
        return stored
    context.stop_if_cancelled(job)
    context.gateway.ask()
    parent_id = job.parent.job_id if job.parent else ""
    parent = _ended(context, parent_id, lambda: _painted_in_s(context, parent_id))
    if parent.failed:
        raise JobFailed(parent.failed.code, parent.failed.facts)
    if not parent.pictures:
        raise Cancelled
    with timed_step(job.id, "stored") as fields:
        with DecodeGuard(context, job, CUTTING) as decoder:
            made = _fitted(context, job, parent.pictures[0], decoder)
        fields["bytes"] = made[0].size_bytes
    return ledger.write_step(job.id, Stored(pictures=made))


# --- along which mask


def _painted_in_s(context: WorkerContext, job_id: str) -> float:
    """Give the seconds until the next check whether a job has ended: few once aiart was called."""
    names = context.ledger.step_names(job_id)
    begun = any(name.startswith((CALLING, GENERATED)) for name in names)
    return PAINTED_SOON_S if begun else PAINTED_LATER_S


def _ended(
    context: WorkerContext, job_id: str, again_s: Callable[[], float] = lambda: PARENT_ENDS_S
) -> JobReport:
    """Read what became of an earlier job. Raises ``JobFailed`` if it is gone.

    Raises ``RetryAt`` until it has ended; ``again_s`` gives the seconds until the next check.
    """
    ledger = context.ledger
    found = report_of(job_id, ledger, with_steps=False) if job_id else None
    if not isinstance(found, JobReport):
        raise JobFailed(ErrorCode.PHOTO_GONE)
    if found.outcome is None:
        raise RetryAt(ledger.clock() + again_s())
    return found


def _outline(report: JobReport) -> Picture:
    """Find a job's mask. Raises ``JobFailed`` if there is none, or it may not fit the photo."""
    mask = picture_named(report.pictures, "mask")
    if mask is None:
        raise JobFailed(ErrorCode.MASK_MISSING)
    if not mask_in_photos_frame(report.pictures, report.generated):
        raise JobFailed(ErrorCode.MASK_MISSING, {"rule": "frame"})
    return mask


def _outline_before(context: WorkerContext, job: Job) -> Picture:
    """Find the mask of an earlier job for the same photo: the parent's, or an older ancestor's.

    Raises ``JobFailed`` if there is none.
    """
    earlier = job.photo.job_id if isinstance(job.photo, EarlierJob) else ""
    for _ in range(MOST_ANCESTORS):
        if not earlier:
            break
        report = _ended(context, earlier)
        if picture_named(report.pictures, "mask"):
            return _outline(report)
        earlier = report.job.parent.job_id if report.job.parent else ""
    raise JobFailed(ErrorCode.MASK_MISSING, {"rule": "packshot"})


# --- what is made


def _cut(
    context: WorkerContext, job: Job, parent: JobReport, decoder: DecodeGuard
) -> tuple[Picture, ...]:
    bucket, photo = context.ledger.bucket, picture_named(parent.pictures, "before")
    if photo is None:
        raise JobFailed(ErrorCode.PHOTO_GONE)
    mask = _outline(parent)
    staged = context.ledger.read_step(parent.job.id, Staged)
    is_flattened = staged is not None and staged.is_flattened
    try:
        with decoder.attempt():
            original = bucket.get(photo.key)
            cut = photos.cut_out(original, bucket.get(mask.key), is_flattened=is_flattened)
    except KeyMissing as error:
        raise JobFailed(ErrorCode.PHOTO_GONE) from error
    except Refused as refused:
        raise failed_by(refused) from refused
    size = (cut.width_px, cut.height_px)
    label = own_label(original)
    png = MadeFile("cutout.png", carried(cut.png, label), size)
    preview = MadeFile("preview.jpg", carried(cut.preview, label), size)
    return hand_on(context, job, png, preview, how="cut")


def _fitted(
    context: WorkerContext, job: Job, picture: Picture, decoder: DecodeGuard
) -> tuple[Picture, ...]:
    size = (job.wish.resolution.width, job.wish.resolution.height)
    try:
        with decoder.attempt():
            original = context.ledger.bucket.get(picture.key)
            made = photos.fitted(original, size)
    except KeyMissing as error:
        raise JobFailed(ErrorCode.PICTURE_GONE) from error
    except Refused as refused:
        raise failed_by(refused) from refused
    label = own_label(original)
    jpeg = MadeFile("picture.jpg", carried(made.jpeg, label), size)
    preview = MadeFile("preview.jpg", carried(made.preview, label), made.preview_size)
    return hand_on(context, job, jpeg, preview, how="painted")


def _packshot(
    context: WorkerContext, job: Job, staged: Staged, mask_key: str, decoder: DecodeGuard
) -> tuple[Picture, ...]:
    bucket, asked = context.ledger.bucket, job.wish.packshot or Packshot()
    size = (job.wish.resolution.width, job.wish.resolution.height)
    look = photos.PackshotLook(
        size=size, ground=asked.background, fill_percent=asked.fill, shadow=asked.shadow
    )
    try:
        with decoder.attempt():
            photo, mask = bucket.get(staged.photo_key), bucket.get(mask_key)
            made = photos.packshot(photo, mask, look, is_flattened=staged.is_flattened)
    except KeyMissing as error:
        raise JobFailed(ErrorCode.PHOTO_GONE) from error
    except Refused as refused:
        raise failed_by(refused) from refused
    png = MadeFile("picture.png", carried(made.png, staged.label), size)
    preview = MadeFile("preview.jpg", carried(made.preview, staged.label), made.preview_size)
    return hand_on(context, job, png, preview, how="cut")
