"""Check a picture against shops' rules, and record what they would refuse."""

from collections.abc import Iterator
from functools import partial

from functions.jobs.bucket import KeyMissing
from functions.jobs.bucket_layout import CUTTING
from functions.jobs.errors import ErrorCode, Facts, Refused
from functions.jobs.model import Job, PicturesOf
from functions.jobs.report import shown_report_of
from functions.jobs.shops import BY_KEY, SHOPS, Shop, have_same_shape
from functions.jobs.steps import Checked, Finding, Stored
from functions.jobs.wish import Resolution
from functions.log import timed_step
from functions.worker import photos
from functions.worker.context import HeldPhotos, WorkerContext, failed_by
from functions.worker.errors import JobFailed
from functions.worker.steps.decode_guard import DecodeGuard

# What a shop asks of a background: the rule's name in findings, and the backgrounds that pass.
BACKGROUNDS = {
    "white": ("not_white", {"white"}),
    "light": ("not_light", {"white", "light"}),
    "plain": ("not_plain", {"white", "light", "plain"}),
    "any": ("", {"white", "light", "plain", "busy", "transparent"}),
}


def check_picture(context: WorkerContext, job: Job) -> Stored:
    """Check a job's picture for the shops of its wish, or for all; return the record of findings.

    Raises ``JobFailed`` for a picture that is gone or cannot be read, ``RetryAt`` and
    ``Cancelled``.
    """
    stored = context.ledger.read_step(job.id, Stored)
    if stored:
        return stored
    context.stop_if_cancelled(job)
    with timed_step(job.id, "stored"):
        measured, is_marked = _measured(context, job)
    keys = [key for key in job.wish.shop.split(",") if key in BY_KEY]
    shops = [BY_KEY[key] for key in keys] or [*SHOPS]
    checked = tuple(
        Checked(shop=shop.key, findings=tuple(findings(measured, shop, is_marked=is_marked)))
        for shop in shops
    )
    return context.ledger.write_step(job.id, Stored(pictures=(), checked=checked))


def _measured(context: WorkerContext, job: Job) -> "tuple[photos.Measured, bool | None]":
    """Measure the picture, and say whether the visible mark is on it; None if unknown."""
    decoder = DecodeGuard(context, job, CUTTING)
    try:
        with decoder, context.holding_photos() as held:
            data, is_marked = _picture(context, job, held)
            with decoder.attempt():
                return photos.measured(data), is_marked
    except Refused as refused:
        raise failed_by(refused) from refused


def _picture(context: WorkerContext, job: Job, held: HeldPhotos) -> tuple[bytes, bool | None]:
    """Read the picture, and say whether the visible mark is on it; None if that is unknown."""
    if not isinstance(job.photo, PicturesOf):
        return context.sources.photo(job.photo, partial(held.grown, "photo")).data, None
    report = shown_report_of(job.photo.jobs[0], context.ledger) if job.photo.jobs else None
    if report is None or not report.pictures:
        raise JobFailed(ErrorCode.PHOTO_GONE)
    picture, wish = report.pictures[0], report.job.wish
    if report.job.gesture == "zip":
        raise JobFailed(ErrorCode.PHOTO_NOT_AN_IMAGE)
    held.grown("photo", picture.size_bytes)
    is_painted = report.generated is not None or report.job.gesture == "fit"
    try:
        data = context.ledger.bucket.get(picture.key)
    except KeyMissing as error:
        raise JobFailed(ErrorCode.PHOTO_GONE) from error
    has_logo = is_painted and wish.watermark and wish.logo is not None  # is a logo a mark?
    return data, None if has_logo else is_painted and wish.watermark


def findings(
    measured: "photos.Measured", shop: Shop, *, is_marked: bool | None
) -> Iterator[Finding]:
    """List what a shop would refuse of a picture, each with its figures."""
    width, height = measured.size
    sizes: Facts = {"width": width, "height": height}
    sizes |= {"want_width": shop.width, "want_height": shop.height}
    if not have_same_shape(Resolution(width=width, height=height), shop.resolution):
        yield Finding(rule="shape", facts=sizes)
    elif width < shop.width or height < shop.height:
        yield Finding(rule="small", facts=sizes)
    rule, allowed = BACKGROUNDS[shop.background]
    if measured.background not in allowed:
        rule = "transparent" if measured.background == "transparent" else rule
        yield Finding(rule=rule, facts={"share": f"{measured.not_white:g}"})
    if shop.fill and measured.fill and measured.fill < shop.fill:
        yield Finding(rule="fill", facts={"fill": measured.fill, "want": shop.fill})
    if not shop.marks and is_marked:
        yield Finding(rule="mark")
    if not shop.marks and is_marked is None:
        yield Finding(rule="mark_unknown", refused=False)
    if shop.fill and not measured.fill:
        yield Finding(rule="fill_unknown", refused=False, facts={"want": shop.fill})
