"""Makes the picture of a cut-out job, which asks aiart for nothing: the parent's product alone."""

from functions.jobs.bucket import Missing
from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.model import Job
from functions.jobs.steps import Outcome, Picture, Stored, called
from functions.log import timed_step
from functions.worker import photos
from functions.worker.decoder import Decoder
from functions.worker.errors import JobFailed, RetryAt
from functions.worker.keeping import put_picture
from functions.worker.workshop import Workshop, failed_by

PARENT_ENDS_S = 2.0  # a button can be pressed before its job is written down as done


def cut(shop: Workshop, job: Job) -> Stored:
    """The stored pictures: the cut-out and its preview.

    Raises ``JobFailed`` when the parent's picture is gone, has no mask or cannot be cut out,
    ``RetryAt`` and ``Cancelled``.
    """
    stored = shop.ledger.step(job.id, Stored)
    if stored:
        return stored
    shop.stop_if_deleted(job)
    shop.gateway.ask()
    pictures = _parent(shop, job).pictures
    photo, mask = called(pictures, "before"), called(pictures, "mask")
    if photo and not mask:
        raise JobFailed(ErrorCode.MASK_MISSING)
    if not photo or not mask:
        raise JobFailed(ErrorCode.PHOTO_GONE)
    with timed_step(job.id, "stored") as fields:
        decoder = Decoder(shop, job, "cutting")
        try:
            made = _made(shop, job, photo, mask, decoder)
        finally:
            decoder.give_turn_back()
        fields["bytes"] = made[0].size_bytes
    return shop.ledger.record(job.id, Stored(pictures=made))


def _parent(shop: Workshop, job: Job) -> Outcome:
    if job.parent is None:
        raise JobFailed(ErrorCode.PHOTO_GONE)
    outcome = shop.ledger.outcome(job.parent.job_id)
    if outcome:
        return outcome
    if shop.ledger.job(job.parent.job_id):
        raise RetryAt(shop.ledger.clock() + PARENT_ENDS_S)
    raise JobFailed(ErrorCode.PHOTO_GONE)


def _made(
    shop: Workshop, job: Job, photo: Picture, mask: Picture, decoder: Decoder
) -> tuple[Picture, Picture]:
    bucket = shop.ledger.bucket
    try:
        with decoder.place():
            cut_out = photos.cut_out(bucket.get(photo.key), bucket.get(mask.key))
    except Missing as error:
        raise JobFailed(ErrorCode.PHOTO_GONE) from error
    except Refused as refused:
        raise failed_by(refused) from refused
    size = (cut_out.width_px, cut_out.height_px)
    png = put_picture(shop, job, "cutout.png", cut_out.png, size)
    return png, put_picture(shop, job, "preview.jpg", cut_out.preview, size)
