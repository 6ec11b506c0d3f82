"""Download aiart's picture and mask into the bucket before their addresses expire (third step)."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal, NamedTuple

import msgspec

from bot.slack_api.files import Grown
from functions.jobs.bucket import KeyMissing
from functions.jobs.bucket_layout import CUTTING, result_key
from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.model import Job
from functions.jobs.steps import (
    Generated,
    Picture,
    Staged,
    Stored,
    mask_in_photos_frame,
    picture_named,
)
from functions.log import timed_step, warn
from functions.worker import photos
from functions.worker.context import HeldPhotos, WorkerContext
from functions.worker.errors import BadPicture, JobFailed, RetryAt
from functions.worker.photos.labels import Label, carried, labelled, own_label
from functions.worker.safe_http import KeptConnections, UrlRefused, fetch
from functions.worker.steps.decode_guard import DecodeGuard

URL_LIFETIME_S = 3600.0  # Tencent document 1668/107957
PICTURE_MAX_BYTES = 80_000_000
COPIES = 3  # of a file while its label is put in: the file, its parts, and the result
DOWNLOAD_LIMIT_S = 60.0
DOWNLOAD_AGAIN_S = 5.0
TO_PICTURES = KeptConnections()  # to the host of aiart's pictures, kept by a warm instance
CONTENT_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
}


def store(
    context: WorkerContext, job: Job, staged: Staged, generated: Generated, *, is_new: bool = False
) -> Stored:
    """Store the picture, its preview for Slack, the mask and the photo; return their record.

    ``is_new``: the picture was generated just now, so there can be no record yet. A client gets a
    cut-out as well, because it has no button for it. Raises ``RetryAt`` to have the download
    repeated, ``BadPicture`` if the answer is no picture, ``JobFailed`` if its address has expired,
    and ``Cancelled``.
    """
    stored = None if is_new else context.ledger.read_step(job.id, Stored)
    if stored:
        return stored
    context.gateway.ask()
    context.slack.open_ahead()  # painting may have taken longer than a connection is trusted
    with (
        timed_step(job.id, "stored") as fields,
        context.holding_photos() as held,
        ThreadPoolExecutor(3, "store") as beside,
    ):
        answer = beside.submit(_answered_picture, context, generated, held)
        mask_answer = beside.submit(_answered_mask, context, staged, generated, held)
        wanted = beside.submit(context.stop_if_deleted, job)
        picture, preview = _made(context, answer.result())
        wanted.result()  # checked before the first file is written
        photo = beside.submit(store_photo, context, job, staged)
        # The mask is decoded only now, while the picture, which people wait for, is uploaded.
        mask = beside.submit(_mask, context, job, staged, mask_answer)
        painted = hand_on(context, job, picture, preview, how="painted")
        pictures = (*painted, *mask.result(), *photo.result())
        if job.asker.client and mask_in_photos_frame(pictures, generated):
            pictures = (*pictures, *_cut_out(context, job, staged, pictures))
        fields["bytes"] = pictures[0].size_bytes
    return context.ledger.write_step(job.id, Stored(pictures=pictures))


def _made(context: WorkerContext, data: bytes) -> tuple["MadeFile", "MadeFile"]:
    """Make the files of the answer: the picture itself and its preview."""
    with context.decode_lock:
        try:
            made = photos.previewed(data)
        except Refused as refused:
            raise BadPicture(ErrorCode.PICTURE_BROKEN) from refused
    ending = "jpg" if made.form == "jpeg" else made.form
    picture = MadeFile(f"picture.{ending}", data, (made.width_px, made.height_px))
    return picture, MadeFile("preview.jpg", made.preview, made.preview_size)


def _mask(
    context: WorkerContext, job: Job, staged: Staged, answer: "Future[bytes]"
) -> tuple[Picture, ...]:
    """Store the person's own mask, or else aiart's. Errors with aiart's are only logged."""
    if staged.mask_key:
        size = (staged.width, staged.height)
        return hand_on(context, job, MadeFile("mask.png", answer.result(), size), how="given")
    try:
        data = answer.result()
        if not data:
            return ()
        with context.decode_lock:
            form, width, height = photos.check_picture(data)
    except (BadPicture, JobFailed, Refused, RetryAt) as error:
        warn("no mask", job=job.id, error=type(error).__name__)
        return ()
    ending = "jpg" if form == "jpeg" else form
    mask = MadeFile(f"mask.{ending}", data, (width, height))
    return hand_on(context, job, mask, how="given")


def store_photo(context: WorkerContext, job: Job, staged: Staged) -> tuple[Picture, ...]:
    """Describe the staged photo as one of the job's pictures.

    If the original had an AI label, that is put into a copy: the staged file has no metadata.
    """
    ending, size = staged.photo_key.rpartition(".")[2], (staged.width, staged.height)
    if staged.label:
        data = carried(context.ledger.bucket.get(staged.photo_key), staged.label)
        (copy,) = hand_on(context, job, MadeFile(f"before.{ending}", data, size), how="given")
        return (msgspec.structs.replace(copy, is_preview=staged.is_preview),)
    return (
        Picture(
            name=f"before.{ending}",
            key=staged.photo_key,
            content_type=CONTENT_TYPES[ending],
            size_bytes=staged.photo_bytes,
            width=size[0],
            height=size[1],
            is_preview=staged.is_preview,
        ),
    )


def _cut_out(
    context: WorkerContext, job: Job, staged: Staged, pictures: Sequence[Picture]
) -> tuple[Picture, ...]:
    """Cut the product out along the mask, if there is one. Errors are only logged."""
    mask, before = picture_named(pictures, "mask"), picture_named(pictures, "before")
    if not mask or not before:
        return ()
    bucket = context.ledger.bucket
    try:
        with DecodeGuard(context, job, CUTTING) as decoder, decoder.attempt():
            photo = bucket.get(before.key)
            cut_mask = bucket.get(mask.key)
            made = photos.cut_out(photo, cut_mask, is_flattened=staged.is_flattened)
    except (Refused, JobFailed) as error:  # the job succeeds without a cut-out
        warn("no cut-out", job=job.id, error=str(error))
        return ()
    png = carried(made.png, own_label(photo))
    cut_out = MadeFile("cutout.png", png, (made.width_px, made.height_px))
    return hand_on(context, job, cut_out, how="cut")


def _answered_picture(context: WorkerContext, generated: Generated, held: HeldPhotos) -> bytes:
    def grown(size_bytes: int) -> None:
        held.grown("picture", COPIES * size_bytes)

    key, url = generated.picture_key, generated.picture_url
    return _answer(context, generated.at, grown, key=key, url=url)


def _answered_mask(
    context: WorkerContext, staged: Staged, generated: Generated, held: HeldPhotos
) -> bytes:
    """Read the person's own mask, or aiart's; empty if there is none."""
    key = staged.mask_key or generated.mask_key
    if not key and not generated.mask_url:
        return b""

    def grown(size_bytes: int) -> None:
        held.grown("mask", COPIES * size_bytes)

    return _answer(context, generated.at, grown, key=key, url=generated.mask_url)


def _answer(
    context: WorkerContext, generated_at: float, grown: Grown, *, key: str, url: str
) -> bytes:
    """Read a file of aiart's answer, from the bucket or its address. Raises as ``store`` does."""
    if key:
        try:
            data = context.ledger.bucket.get(key)
        except KeyMissing as error:  # kept for a few days only
            raise JobFailed(ErrorCode.PICTURE_GONE, perhaps_billed=True) from error
        grown(len(data))
        return data
    now = context.ledger.clock()
    try:
        return fetch(
            url,
            rules=context.url_policy,
            max_bytes=PICTURE_MAX_BYTES,
            deadline_s=DOWNLOAD_LIMIT_S,
            grown=grown,
            kept=TO_PICTURES,
        )
    except UrlRefused as error:
        if now > generated_at + URL_LIFETIME_S:
            raise JobFailed(ErrorCode.PICTURE_GONE, perhaps_billed=True) from error
        if error.rule == "http-status" and int(error.facts.get("status", 500)) < 500:
            raise BadPicture(ErrorCode.PICTURE_GONE) from error
        raise RetryAt(now + DOWNLOAD_AGAIN_S) from error


# --- the only way for files to people


class MadeFile(NamedTuple):
    """Hold a file for people: its name in links, its bytes, and its width and height in px."""

    name: str
    data: bytes
    size: tuple[int, int]


def hand_on(
    context: WorkerContext, job: Job, *files: MadeFile, how: Literal["painted", "cut", "given"]
) -> tuple[Picture, ...]:
    """Label files and put them into the bucket for links, messages, callbacks and zips.

    All files for people go this way. ``how`` decides what their labels say (docs/labels.md): AI has
    ``painted`` them, we have ``cut`` them out, or they were ``given`` to us. Before a painted
    picture without its visible mark is put there, it is recorded who gets it.
    """
    if how == "painted" and not job.wish.is_marked:
        context.ledger.record_unmarked(job, got_by=job)
    label = None
    if how != "given":
        choices = context.choices
        names = (choices.label_producer, choices.label_propagator)
        label = Label(how == "painted", job.id, *names)
    with ThreadPoolExecutor(len(files), "files") as beside:
        return tuple(beside.map(lambda file: _put(context, job, file, label), files))


def _put(context: WorkerContext, job: Job, file: MadeFile, label: Label | None) -> Picture:
    key = result_key(job.id, file.name)
    content_type = CONTENT_TYPES.get(file.name.rpartition(".")[2], "application/octet-stream")
    try:
        data = labelled(file.data, label)
    except ValueError as error:
        warn("a file without a label", job=job.id, name=file.name, error=str(error))
        data = file.data
    context.ledger.bucket.put(key, data, content_type=content_type)
    return Picture(
        name=file.name,
        key=key,
        content_type=content_type,
        size_bytes=len(data),
        width=file.size[0],
        height=file.size[1],
    )
