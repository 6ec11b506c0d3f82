"""First step: fetch the photo and the mask, make them acceptable, and put them into the bucket."""

from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.model import Job
from functions.jobs.steps import Failed, Staged
from functions.log import timed_step
from functions.worker import photos
from functions.worker.verdicts import JobFailed, NoTurnLeft, take_turn, turn_name
from functions.worker.workshop import Workshop, failed_by

STAGING_LIMIT_S = 120.0
TURNS = 3


def stage(shop: Workshop, job: Job) -> Staged:
    """The staged photo. Raises ``JobFailed`` for one that cannot be helped, and ``Cancelled``."""
    if shop.links is None:
        raise JobFailed(ErrorCode.LINKS_NOT_CONFIGURED)
    shop.stop_if_cancelled(job)
    turn = _turn(shop, job)
    try:
        return _staged(shop, job)
    except BaseException:
        shop.ledger.release(job.id, turn_name("staging", turn))
        raise


def _turn(shop: Workshop, job: Job) -> int:
    """A photo that ends the whole process (by its memory, say) must not do so for ever."""
    try:
        return take_turn(shop.ledger, job.id, "staging", seconds=STAGING_LIMIT_S, limit=TURNS)
    except NoTurnLeft as error:
        raise JobFailed(ErrorCode.PHOTO_REFUSED) from error


def _staged(shop: Workshop, job: Job) -> Staged:
    with timed_step(job.id, "staged") as fields:
        try:
            staged, changes = _stage(shop, job)
        except Refused as refused:
            fields["outcome"] = refused.problems[0].code.value
            raise failed_by(refused) from refused
        fields.update(width=staged.width, height=staged.height, changes=changes)
    return shop.ledger.record(job.id, staged)


def _stage(shop: Workshop, job: Job) -> tuple[Staged, tuple[str, ...]]:
    original = shop.sources.photo(job.photo)
    mask_original = shop.sources.mask(job.mask) if job.mask else b""
    with shop.one_decoder:
        photo = photos.make_acceptable(original)
        mask = photos.fit_mask(mask_original, photo) if job.mask else None
    photo_key = f"photos/{job.id}/product.{photo.extension}"
    shop.ledger.bucket.put(photo_key, photo.data, content_type=photo.content_type)
    mask_key = ""
    if mask:
        mask_key = f"photos/{job.id}/mask.png"
        shop.ledger.bucket.put(mask_key, mask.data, content_type="image/png")
    staged = Staged(
        photo_key=photo_key,
        photo_bytes=len(photo.data),
        mask_key=mask_key,
        width=photo.width_px,
        height=photo.height_px,
    )
    return staged, photo.changes


def repeat_a_failure(shop: Workshop, job: Job) -> None:
    """A job that was found to fail stays failed, also when the run that found it died.

    Raises ``JobFailed``.
    """
    failed = shop.ledger.step(job.id, Failed)
    if failed:
        raise JobFailed(
            failed.code,
            failed.facts,
            vendor_code=failed.vendor_code,
            request_id=failed.request_id,
            perhaps_billed=failed.perhaps_billed,
        )
