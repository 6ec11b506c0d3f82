"""Fetch photo and mask, make them fit for aiart, and put them into the bucket (the first step)."""

from functools import partial

from bot.slack_api.files import Grown
from functions.jobs import bucket_layout
from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.model import Job
from functions.jobs.steps import Failed, Staged
from functions.log import timed_step
from functions.worker import photos
from functions.worker.context import HeldPhotos, WorkerContext, failed_by
from functions.worker.errors import JobFailed
from functions.worker.photos.labels import own_label
from functions.worker.sources import Photo
from functions.worker.steps.decode_guard import DecodeGuard


def stage(context: WorkerContext, job: Job) -> Staged:
    """Stage the photo and its mask, and return the record.

    Raises ``JobFailed`` for a photo or mask that cannot be used, and ``RetryAt``. Cancellation is
    checked later, before anything is paid for.
    """
    if context.links is None:
        raise JobFailed(ErrorCode.LINKS_NOT_CONFIGURED)
    context.gateway.ask()
    decoder = DecodeGuard(context, job, bucket_layout.STAGING)
    with decoder, context.holding_photos() as held:
        staged = _staged(context, job, decoder, held)
        decoder.keep_attempt()
    return staged


def _staged(context: WorkerContext, job: Job, decoder: DecodeGuard, held: HeldPhotos) -> Staged:
    with timed_step(job.id, "staged") as fields:
        try:
            staged, changes = _stage(context, job, decoder, held)
        except Refused as refused:
            fields["outcome"] = refused.problems[0].code.value
            raise failed_by(refused) from refused
        fields.update(width=staged.width, height=staged.height, changes=changes)
    return context.ledger.write_step(job.id, staged)


def _stage(
    context: WorkerContext, job: Job, decoder: DecodeGuard, held: HeldPhotos
) -> tuple[Staged, tuple[str, ...]]:
    original = context.sources.photo(job.photo, partial(held.grown, "photo"))
    mask_original = _mask_original(context, job, original, partial(held.grown, "mask"))
    with decoder.attempt():
        photo = photos.make_acceptable(original.data, has_mask=mask_original is not None)
        if original.is_preview:
            photo = photos.as_preview(photo, original.original)
        mask, is_flattened = None, False
        if mask_original is not None:
            mask = photos.fit_mask(mask_original, photo)
            is_flattened = original.is_flattened and job.mask is None
        elif photo.has_shape:
            mask, is_flattened = photos.own_mask(original.data, photo), True
    photo_key = bucket_layout.photo_key(job.id, f"product.{photo.extension}")
    context.ledger.bucket.put(photo_key, photo.data, content_type=photo.content_type)
    mask_key = ""
    if mask:
        mask_key = bucket_layout.photo_key(job.id, "mask.png")
        context.ledger.bucket.put(mask_key, mask.data, content_type="image/png")
    staged = Staged(
        photo_key=photo_key,
        photo_bytes=len(photo.data),
        mask_key=mask_key,
        width=photo.width_px,
        height=photo.height_px,
        is_preview=original.is_preview,
        label=original.label or own_label(original.data),
        is_flattened=is_flattened,
    )
    return staged, photo.changes


def _mask_original(context: WorkerContext, job: Job, photo: Photo, grown: Grown) -> bytes | None:
    """Read the mask that the person attached, or else the earlier job's; None without one."""
    if job.mask:
        return context.sources.mask(job.mask, grown)
    return context.sources.from_bucket(photo.mask_key) if photo.mask_key else None


def repeat_a_failure(context: WorkerContext, job: Job) -> None:
    """Raise the ``JobFailed`` that an earlier run has recorded, if any."""
    failed = context.ledger.read_step(job.id, Failed)
    if failed:
        raise JobFailed(
            failed.code,
            failed.facts,
            vendor_code=failed.vendor_code,
            request_id=failed.request_id,
            perhaps_billed=failed.perhaps_billed,
        )
