"""Bring aiart's picture and mask into the bucket before their addresses expire (third step)."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from functions.jobs.bucket_layout import CUTTING, result_key
from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.model import Job
from functions.jobs.steps import Generated, Picture, Staged, Stored, picture_named
from functions.log import timed_step, warn
from functions.worker import photos
from functions.worker.context import WorkerContext
from functions.worker.errors import BadPicture, JobFailed, RetryAt
from functions.worker.safe_http import UrlRefused, fetch
from functions.worker.steps.decode_guard import DecodeGuard

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


def store(context: WorkerContext, job: Job, staged: Staged, generated: Generated) -> Stored:
    """Store the result, its preview for Slack, the mask and the photo; return their record.

    A client gets the cut-out as well. Raises ``RetryAt`` to have the download repeated,
    ``BadPicture`` for what is none, ``JobFailed`` when the address has expired, and ``Cancelled``.
    """
    stored = context.ledger.read_step(job.id, Stored)
    if stored:
        return stored
    context.stop_if_deleted(job)
    context.gateway.ask()
    with timed_step(job.id, "stored") as fields, ThreadPoolExecutor(1, "mask") as beside:
        mask = beside.submit(_mask, context, job, staged, generated)
        pictures = (*_result(context, job, generated), *mask.result(), _before(staged))
        if job.asker.client:  # who cannot press a button for it
            pictures = (*pictures, *_cut_out(context, job, pictures))
        fields["bytes"] = pictures[0].size_bytes
    return context.ledger.write_step(job.id, Stored(pictures=pictures))


def _result(context: WorkerContext, job: Job, generated: Generated) -> tuple[Picture, Picture]:
    data = _answer(context, generated.at, key=generated.picture_key, url=generated.picture_url)
    with context.decode_lock:
        try:
            made = photos.previewed(data)
        except Refused as refused:
            raise BadPicture(ErrorCode.PICTURE_BROKEN) from refused
    ending = "jpg" if made.form == "jpeg" else made.form
    size = (made.width_px, made.height_px)
    with ThreadPoolExecutor(1, "picture") as beside:
        result = beside.submit(put_picture, context, job, f"picture.{ending}", data, size)
        shown = put_picture(context, job, "preview.jpg", made.preview, made.preview_size)
    return result.result(), shown


def _mask(
    context: WorkerContext, job: Job, staged: Staged, generated: Generated
) -> tuple[Picture, ...]:
    """Store the person's own mask, or aiart's. Trouble with aiart's is only logged."""
    size = (staged.width, staged.height)
    if staged.mask_key:
        data = context.ledger.bucket.get(staged.mask_key)
        return (put_picture(context, job, "mask.png", data, size),)
    if not generated.mask_url and not generated.mask_key:
        return ()
    try:
        data = _answer(context, generated.at, key=generated.mask_key, url=generated.mask_url)
        with context.decode_lock:
            form, width, height = photos.check_picture(data)
    except (BadPicture, Refused, RetryAt) as error:
        warn("no mask", job=job.id, error=type(error).__name__)
        return ()
    ending = "jpg" if form == "jpeg" else form
    return (put_picture(context, job, f"mask.{ending}", data, (width, height)),)


def _before(staged: Staged) -> Picture:
    """List the photo that the picture was made from, as it was staged."""
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


def _cut_out(context: WorkerContext, job: Job, pictures: Sequence[Picture]) -> tuple[Picture, ...]:
    """Cut the product out where there is a mask. Trouble is only logged."""
    mask, before = picture_named(pictures, "mask"), picture_named(pictures, "before")
    if not mask or not before:
        return ()
    bucket, decoder = context.ledger.bucket, DecodeGuard(context, job, CUTTING)
    try:
        with decoder.attempt():
            made = photos.cut_out(bucket.get(before.key), bucket.get(mask.key))
    except (Refused, JobFailed) as error:  # the picture itself is there
        warn("no cut-out", job=job.id, error=str(error))
        return ()
    finally:
        decoder.give_back()
    return (put_picture(context, job, "cutout.png", made.png, (made.width_px, made.height_px)),)


def _answer(context: WorkerContext, generated_at: float, *, key: str, url: str) -> bytes:
    """Read what aiart answered, from the bucket or from its address. Raises as ``store`` does."""
    if key:
        return context.ledger.bucket.get(key)
    now = context.ledger.clock()
    try:
        return fetch(
            url,
            rules=context.url_policy,
            max_bytes=PICTURE_MAX_BYTES,
            deadline_s=DOWNLOAD_LIMIT_S,
        )
    except UrlRefused as error:
        if now > generated_at + URL_LIFETIME_S:
            raise JobFailed(ErrorCode.PICTURE_GONE, perhaps_billed=True) from error
        if error.rule == "http-status" and int(error.facts.get("status", 500)) < 500:
            raise BadPicture(ErrorCode.PICTURE_GONE) from error
        raise RetryAt(now + DOWNLOAD_AGAIN_S) from error


def put_picture(
    context: WorkerContext, job: Job, name: str, data: bytes, size: tuple[int, int]
) -> Picture:
    """Put one of the job's files into the bucket. ``size`` is its width and height in px."""
    key = result_key(job.id, name)
    content_type = CONTENT_TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    context.ledger.bucket.put(key, data, content_type=content_type)
    return Picture(
        name=name,
        key=key,
        content_type=content_type,
        size_bytes=len(data),
        width=size[0],
        height=size[1],
    )
