"""Third step: bring aiart's picture and mask into the bucket before their addresses die."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.model import Job
from functions.jobs.steps import Generated, Picture, Staged, Stored, called
from functions.log import timed_step, warn
from functions.worker import photos
from functions.worker.decoder import Decoder
from functions.worker.errors import BadPicture, JobFailed, RetryAt
from functions.worker.outside import Unfetchable, fetch
from functions.worker.workshop import Workshop

URL_LIFETIME_S = 3600.0  # Tencent document 1668/107957
PICTURE_MAX_BYTES = 80_000_000
DOWNLOAD_LIMIT_S = 60.0
DOWNLOAD_AGAIN_S = 5.0
CONTENT_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
}


def keep(shop: Workshop, job: Job, staged: Staged, generated: Generated) -> Stored:
    """The stored pictures: the result, its preview for Slack, the mask, and the photo;
    for a program the cut-out as well.

    Raises ``RetryAt`` to have the download repeated, ``JobFailed`` when that is no use any more,
    and ``Cancelled``.
    """
    stored = shop.ledger.step(job.id, Stored)
    if stored:
        return stored
    shop.stop_if_deleted(job)
    shop.gateway.ask()
    with timed_step(job.id, "stored") as fields, ThreadPoolExecutor(1, "mask") as beside:
        mask = beside.submit(_mask, shop, job, staged, generated)
        pictures = (*_result(shop, job, generated), *mask.result(), _before(staged))
        if job.asker.client:  # who cannot press a button for it
            pictures = (*pictures, *_cut_out(shop, job, pictures))
        fields["bytes"] = pictures[0].size_bytes
    return shop.ledger.record(job.id, Stored(pictures=pictures))


def _result(shop: Workshop, job: Job, generated: Generated) -> tuple[Picture, Picture]:
    data = _answer(shop, generated.at, key=generated.picture_key, url=generated.picture_url)
    with shop.one_decoder:
        try:
            made = photos.previewed(data)
        except Refused as refused:
            raise BadPicture(ErrorCode.PICTURE_BROKEN) from refused
    ending = "jpg" if made.form == "jpeg" else made.form
    size = (made.width_px, made.height_px)
    with ThreadPoolExecutor(1, "picture") as beside:
        result = beside.submit(put_picture, shop, job, f"picture.{ending}", data, size)
        shown = put_picture(shop, job, "preview.jpg", made.preview, made.preview_size)
    return result.result(), shown


def _mask(shop: Workshop, job: Job, staged: Staged, generated: Generated) -> tuple[Picture, ...]:
    """The person's own mask, or aiart's. A picture without its mask is still a picture."""
    size = (staged.width, staged.height)
    if staged.mask_key:
        data = shop.ledger.bucket.get(staged.mask_key)
        return (put_picture(shop, job, "mask.png", data, size),)
    if not generated.mask_url and not generated.mask_key:
        return ()
    try:
        data = _answer(shop, generated.at, key=generated.mask_key, url=generated.mask_url)
        with shop.one_decoder:
            form, width, height = photos.check_picture(data)
    except (BadPicture, Refused, RetryAt) as error:
        warn("no mask", job=job.id, error=type(error).__name__)
        return ()
    ending = "jpg" if form == "jpeg" else form
    return (put_picture(shop, job, f"mask.{ending}", data, (width, height)),)


def _before(staged: Staged) -> Picture:
    """The photo that the picture was made from, as it was staged."""
    ending = staged.photo_key.rpartition(".")[2]
    return Picture(
        name=f"before.{ending}",
        key=staged.photo_key,
        content_type=CONTENT_TYPES[ending],
        size_bytes=staged.photo_bytes,
        width=staged.width,
        height=staged.height,
        is_preview=staged.is_preview,
    )


def _cut_out(shop: Workshop, job: Job, pictures: Sequence[Picture]) -> tuple[Picture, ...]:
    """The product alone, where there is a mask to cut it out with."""
    mask, before = called(pictures, "mask"), called(pictures, "before")
    if not mask or not before:
        return ()
    bucket, decoder = shop.ledger.bucket, Decoder(shop, job, "cutting")
    try:
        with decoder.place():
            made = photos.cut_out(bucket.get(before.key), bucket.get(mask.key))
    except (Refused, JobFailed) as error:  # the picture itself is there
        warn("no cut-out", job=job.id, error=str(error))
        return ()
    finally:
        decoder.give_turn_back()
    return (put_picture(shop, job, "cutout.png", made.png, (made.width_px, made.height_px)),)


def _answer(shop: Workshop, generated_at: float, *, key: str, url: str) -> bytes:
    """What aiart answered, from the bucket or from its address. Raises as ``keep`` does."""
    if key:
        return shop.ledger.bucket.get(key)
    now = shop.ledger.clock()
    try:
        return fetch(
            url,
            rules=shop.vendor_rules,
            max_bytes=PICTURE_MAX_BYTES,
            deadline_s=DOWNLOAD_LIMIT_S,
        )
    except Unfetchable as error:
        if now > generated_at + URL_LIFETIME_S:
            raise JobFailed(ErrorCode.PICTURE_GONE, perhaps_billed=True) from error
        if error.rule == "http-status" and int(error.facts.get("status", 500)) < 500:
            raise BadPicture(ErrorCode.PICTURE_GONE) from error
        raise RetryAt(now + DOWNLOAD_AGAIN_S) from error


def put_picture(shop: Workshop, job: Job, name: str, data: bytes, size: tuple[int, int]) -> Picture:
    """One of the job's files, in the bucket. ``size`` is its width and height in px."""
    key = f"results/{job.id}/{name}"
    content_type = CONTENT_TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    shop.ledger.bucket.put(key, data, content_type=content_type)
    return Picture(
        name=name,
        key=key,
        content_type=content_type,
        size_bytes=len(data),
        width=size[0],
        height=size[1],
    )
