"""Make the picture of a cut-out job without aiart: the parent's product alone."""

from functions.jobs.bucket import KeyMissing
from functions.jobs.bucket_layout import CUTTING
from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.model import Job
from functions.jobs.report import JobReport, report_of
from functions.jobs.steps import Picture, Stored, picture_named
from functions.log import timed_step
from functions.worker import photos
from functions.worker.context import WorkerContext, failed_by
from functions.worker.errors import JobFailed, RetryAt
from functions.worker.photos.labels import carried, own_label
from functions.worker.steps.decode_guard import DecodeGuard
from functions.worker.steps.store import MadeFile, hand_on

PARENT_ENDS_S = 2.0  # a button can be pressed before its job is written down as done


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
    pictures = _parent(context, job).pictures
    photo, mask = picture_named(pictures, "before"), picture_named(pictures, "mask")
    if photo and not mask:
        raise JobFailed(ErrorCode.MASK_MISSING)
    if not photo or not mask:
        raise JobFailed(ErrorCode.PHOTO_GONE)
    with timed_step(job.id, "stored") as fields:
        decoder = DecodeGuard(context, job, CUTTING)
        try:
            made = _made(context, job, photo, mask, decoder)
        finally:
            decoder.give_back()
        fields["bytes"] = made[0].size_bytes
    return context.ledger.write_step(job.id, Stored(pictures=made))


def _parent(context: WorkerContext, job: Job) -> JobReport:
    """Report the parent, whose photo and mask are cut out. Raises as ``cut_out`` does."""
    ledger = context.ledger
    found = report_of(job.parent.job_id, ledger, with_steps=False) if job.parent else None
    if not isinstance(found, JobReport):
        raise JobFailed(ErrorCode.PHOTO_GONE)
    if found.outcome is None:
        raise RetryAt(ledger.clock() + PARENT_ENDS_S)
    return found


def _made(
    context: WorkerContext, job: Job, photo: Picture, mask: Picture, decoder: DecodeGuard
) -> tuple[Picture, ...]:
    bucket = context.ledger.bucket
    try:
        with decoder.attempt():
            original = bucket.get(photo.key)
            cut_out = photos.cut_out(original, bucket.get(mask.key))
    except KeyMissing as error:
        raise JobFailed(ErrorCode.PHOTO_GONE) from error
    except Refused as refused:
        raise failed_by(refused) from refused
    size = (cut_out.width_px, cut_out.height_px)
    label = own_label(original)
    png = MadeFile("cutout.png", carried(cut_out.png, label), size)
    preview = MadeFile("preview.jpg", carried(cut_out.preview, label), size)
    return hand_on(context, job, png, preview, how="cut")
