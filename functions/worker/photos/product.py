"""Makes a photo that a person uploaded acceptable for aiart.

Limits: Tencent document 1668/107957 (``ReplaceBackground``): each side < 4000 px, ratio 2:5 to
5:2, < 6 MB as Base64; jpg, jpeg, png, bmp, tiff, webp. What already fits goes through byte for
byte; everything else becomes JPEG (4:4:4, quality 95 if that fits): a PNG of a photo of that size
rarely fits into 4.5 MB, aiart repaints most of the picture anyway, and one format for all is one
way for things to go wrong.
"""

from typing import BinaryIO

import msgspec
from PIL import Image

from functions.jobs.errors import ErrorCode
from functions.worker.photos import decoding, geometry, passing
from functions.worker.photos.geometry import Geometry, Size
from functions.worker.photos.kinds import PHOTO, Refused
from functions.worker.photos.passing import MAX_STAGED_BYTES
from functions.worker.photos.pixels import SHRINKING, jpeg_within, resized, upright

LEAST_PREVIEW_PX = 720  # of the shorter side: aiart's result is hardly larger
MIN_SIDE_PX = 50  # ours: aiart names none, but what it would paint is mush


class ProductPhoto(msgspec.Struct, frozen=True):
    """A photo as aiart takes it. ``changes`` are for the log: what was done to the original.

    They are ``oriented``, ``scaled``, ``padded``, ``flattened`` (on white), ``first-frame``,
    ``converted`` (format or colours) and ``re-encoded``; none means: byte for byte.
    """

    data: bytes
    content_type: str
    extension: str
    width_px: int
    height_px: int
    geometry: Geometry
    changes: tuple[str, ...]


def make_acceptable(original: bytes | BinaryIO) -> ProductPhoto:
    """The photo within aiart's limits, upright, in sRGB and without metadata.

    ``original`` is a file's bytes or a seekable binary stream; it is decoded to its end in any
    case. Raises ``Refused`` with one of the ``PHOTO_`` codes.
    """
    stream = decoding.as_stream(original)
    with decoding.opened(stream, PHOTO) as source:
        planned = geometry.plan(source.stored, source.orientation)
        _check_not_tiny(planned)
        changes = passing.changes_needed(source, planned)
        if not changes:
            source.decode(decoding.ANY_SIZE)
            return _as_it_is(stream, source, planned)
        picture = upright(source, planned.scaled)
    del source  # and with it the original's pixels
    final, data = _within_limits(picture, planned)
    if final != planned:
        changes = (*changes, "scaled")
    changes = tuple(dict.fromkeys((*changes, "re-encoded")))
    return ProductPhoto(data, "image/jpeg", "jpg", *final.product, final, changes)


def as_preview(photo: ProductPhoto, original: Size) -> ProductPhoto:
    """The photo as made from a preview of an ``original`` of that size in px, upright or not.

    Its mask may then be of the original's size too, where that has the preview's ratio. Raises
    ``Refused`` where the preview is smaller than was said.
    """
    seen = photo.geometry.upright
    if min(seen) < LEAST_PREVIEW_PX:
        raise Refused(ErrorCode.PHOTO_HEIC)
    sizes = (original, (original[1], original[0]))
    whole = next((size for size in sizes if _is_scaled_to(seen, size)), seen)
    planned = msgspec.structs.replace(photo.geometry, stored=whole, orientation=geometry.UPRIGHT)
    return msgspec.structs.replace(photo, geometry=planned)


def _is_scaled_to(seen: Size, original: Size) -> bool:
    """But for the rounding of a side."""
    scaled = geometry.fit(original, max(seen))
    return all(abs(one - other) <= 1 for one, other in zip(scaled, seen, strict=True))


def _check_not_tiny(planned: Geometry) -> None:
    """By the sides that aiart will see: a strip of 2000 x 30 px gets its padding first."""
    if min(planned.product) < MIN_SIDE_PX:
        width, height = planned.upright
        raise Refused(
            ErrorCode.PHOTO_TOO_SMALL, {"width": width, "height": height, "min": MIN_SIDE_PX}
        )


def _as_it_is(stream: BinaryIO, source: decoding.Source, planned: Geometry) -> ProductPhoto:
    content_type, extension = passing.CONTENT_TYPES[str(source.image.format)]
    stream.seek(0)
    return ProductPhoto(stream.read(), content_type, extension, *planned.product, planned, ())


def _within_limits(picture: Image.Image, planned: Geometry) -> tuple[Geometry, bytes]:
    """Padded and as JPEG, with the least loss that keeps it below aiart's size.

    Sides shrink only where quality 75 is not enough; a quarter of 3999 px always is.
    """
    stored, orientation, longest_px = planned.stored, planned.orientation, max(planned.scaled)
    plans = (geometry.plan(stored, orientation, round(longest_px * share)) for share in SHRINKING)
    encoded = (
        (plan, jpeg_within(geometry.pad(resized(picture, plan.scaled), plan), MAX_STAGED_BYTES))
        for plan in plans
    )
    return next((plan, data) for plan, data in encoded if data is not None)
