"""Makes a photo that a person uploaded acceptable for aiart, and checks what aiart returned.

Limits: Tencent document 1668/107957 (``ReplaceBackground``): each side < 4000 px, ratio 2:5 to
5:2, < 6 MB as Base64; jpg, jpeg, png, bmp, tiff, webp. What already fits goes through byte for
byte; everything else becomes JPEG (4:4:4, quality 95 if that fits): a PNG of a photo of that size
rarely fits into 4.5 MB, aiart repaints most of the picture anyway, and one format for all is one
way for things to go wrong.

Decoding takes the memory of one picture: the caller sees to it that there is one at a time.
"""

import io
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from functions.jobs.errors import ErrorCode
from functions.worker import colours, decoding, geometry, masks, passing
from functions.worker.geometry import Geometry, Size
from functions.worker.kinds import PHOTO, PICTURE, Refused
from functions.worker.masks import MaskPicture
from functions.worker.passing import MAX_STAGED_BYTES

__all__ = [
    "Geometry",
    "MaskPicture",
    "ProductPhoto",
    "Refused",
    "check_picture",
    "fit_mask",
    "make_acceptable",
    "preview",
]

MIN_SIDE_PX = 50  # ours: aiart names none, but what it would paint is mush
PREVIEW_SIDE_PX = 1280
PREVIEW_BYTES = 1_000_000

_SHRINKING = (1.0, 0.75, 0.5, 0.25)  # of the sides, for what no quality makes small enough
_QUALITIES = ((95, "4:4:4"), (90, "4:4:4"), (85, "4:2:0"), (75, "4:2:0"))


@dataclass(frozen=True)
class ProductPhoto:
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
        picture = _upright(source, planned.scaled)
    del source  # and with it the original's pixels
    final, data = _within_limits(picture, planned)
    if final != planned:
        changes = (*changes, "scaled")
    changes = tuple(dict.fromkeys((*changes, "re-encoded")))
    return ProductPhoto(data, "image/jpeg", "jpg", *final.product, final, changes)


def fit_mask(original: bytes, photo: ProductPhoto) -> MaskPicture:
    """The mask turned, scaled and padded exactly as ``photo`` was.

    Raises ``Refused``: see ``masks.fit``.
    """
    return masks.fit(original, photo.geometry)


def preview(picture: bytes) -> bytes:
    """A JPEG of at most 1,000,000 bytes and 1280 px on the longest side, for Slack.

    Raises ``Refused`` (``PICTURE_BROKEN``).
    """
    with decoding.opened(decoding.as_stream(picture), PICTURE) as source:
        upright_size = geometry.turned(source.stored, source.orientation)
        shown = _upright(source, geometry.fit(upright_size, PREVIEW_SIDE_PX))
    sizes = (geometry.fit(shown.size, round(max(shown.size) * share)) for share in _SHRINKING)
    encoded = (_jpeg_within(_resized(shown, size), PREVIEW_BYTES) for size in sizes)
    return next(data for data in encoded if data is not None)


def check_picture(data: bytes) -> tuple[str, int, int]:
    """Decode a picture that aiart returned, to its end.

    Returns its format (``png``, ``jpeg``, ...), its width and its height in px. Raises
    ``Refused`` (``PICTURE_BROKEN``).
    """
    with decoding.opened(decoding.as_stream(data), PICTURE) as source:
        source.decode(decoding.ANY_SIZE)
        return str(source.image.format).lower(), *source.stored


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


def _upright(source: decoding.Source, size: Size) -> Image.Image:
    """The picture as a person sees it, scaled to ``size``, in 8-bit sRGB (mode RGB)."""
    decoded = source.decode(geometry.turned(size, source.orientation))
    convert = colours.srgb_converter(decoded)
    picture = colours.scaled(decoded, geometry.turned(size, source.pending), convert, mode="RGB")
    return geometry.turn(picture, source.pending)


def _within_limits(picture: Image.Image, planned: Geometry) -> tuple[Geometry, bytes]:
    """Padded and as JPEG, with the least loss that keeps it below aiart's size.

    Sides shrink only where quality 75 is not enough; a quarter of 3999 px always is.
    """
    stored, orientation, longest_px = planned.stored, planned.orientation, max(planned.scaled)
    plans = (geometry.plan(stored, orientation, round(longest_px * share)) for share in _SHRINKING)
    encoded = (
        (plan, _jpeg_within(geometry.pad(_resized(picture, plan.scaled), plan), MAX_STAGED_BYTES))
        for plan in plans
    )
    return next((plan, data) for plan, data in encoded if data is not None)


def _resized(picture: Image.Image, size: Size) -> Image.Image:
    return picture if picture.size == size else picture.resize(size, Image.Resampling.BICUBIC)


def _jpeg_within(picture: Image.Image, limit_bytes: int) -> bytes | None:
    """The best JPEG of at most ``limit_bytes``, or None."""
    for quality, subsampling in _QUALITIES:
        encoded = io.BytesIO()
        picture.save(encoded, "JPEG", quality=quality, subsampling=subsampling)
        if encoded.tell() <= limit_bytes:
            return encoded.getvalue()
    return None
