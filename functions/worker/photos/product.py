"""Make an uploaded photo acceptable for aiart.

Limits: Tencent document 1668/107957 (``ReplaceBackground``): each side < 4000 px, ratio 2:5 to
5:2, < 6 MB as Base64; jpg, jpeg, png, bmp, tiff, webp. A photo that already fits stays byte for
byte; any other becomes a JPEG (4:4:4, quality 95 if that fits). A PNG of a photo of that size
rarely fits into 4.5 MB, and aiart repaints most of the picture anyway.
"""

from typing import BinaryIO

import msgspec
from PIL import Image, TiffImagePlugin

from functions.jobs.errors import ErrorCode, Facts
from functions.worker.photos import colours, decoding, geometry
from functions.worker.photos.geometry import UPRIGHT, Geometry, Size
from functions.worker.photos.limits import PHOTO, PictureRefused
from functions.worker.photos.pixels import SHRINKING, jpeg_within, resized, upright
from functions.worker.photos.shape import Transparency, transparency

MAX_STAGED_BYTES = (6_000_000 // 4 - 1) * 3  # the most whose Base64 is below 6 MB

CONTENT_TYPES = {  # Pillow's format: content type, file name extension
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "BMP": ("image/bmp", "bmp"),
    "TIFF": ("image/tiff", "tiff"),
    "WEBP": ("image/webp", "webp"),
}

# Any other tag may say where, when or by whom a photo was taken.
_HARMLESS_TAGS = frozenset(  # of a TIFF (TIFF 6.0): how the pixels lie, and the ICC profile
    {254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 282, 283, 284, 296, 317, 339}
    | {34675}
)
_STRIP_BYTES = 279
_TAGS_MOST_BYTES = 2048  # a TIFF's directory; more bytes beside the pixels hold something else
_PLAIN_TIFF = frozenset({"raw", "tiff_lzw", "tiff_adobe_deflate"})  # what every reader knows

LEAST_PREVIEW_PX = 720  # of the shorter side: aiart's result is hardly larger
MIN_SIDE_PX = 50  # our own limit, as aiart names none: smaller photos give useless pictures
MIN_STRIP_PX = 16  # of a photo's side before padding: below, nothing in it can be recognised
ONE_COLOUR = 8  # of 255: JPEG changes a single colour by less


class ProductPhoto(msgspec.Struct, frozen=True):
    """Hold a photo as aiart takes it. ``changes`` tell the log what was done to the original.

    They are ``oriented``, ``scaled``, ``padded``, ``flattened`` (on white), ``first-frame``,
    ``converted`` (format or colours) and ``re-encoded``; without any, the file is unchanged.
    ``has_shape``: the original's own transparency shows the product, so it can serve as the mask.
    """

    data: bytes
    content_type: str
    extension: str
    width_px: int
    height_px: int
    geometry: Geometry
    changes: tuple[str, ...]
    has_shape: bool = False


def make_acceptable(original: bytes | BinaryIO, *, has_mask: bool = False) -> ProductPhoto:
    """Bring a photo within aiart's limits: upright, in sRGB, without metadata.

    ``original`` is a file's bytes or a seekable binary stream; it is always decoded to its end. A
    photo of one colour all over is refused, unless ``has_mask``: then the mask shows the product.
    Raises ``PictureRefused`` with one of the ``PHOTO_`` codes.
    """
    stream = decoding.as_stream(original)
    with decoding.opened(stream, PHOTO) as source:
        if source.is_hdr:
            raise PictureRefused(ErrorCode.PHOTO_HDR)
        planned = geometry.plan(source.stored, source.orientation)
        _check_not_tiny(planned)
        changes = _changes_needed(source, planned)
        if not changes:
            decoded = source.decode(decoding.ANY_SIZE)
            if not has_mask:
                _check_something_to_see(decoded)
            return _as_it_is(stream, source, planned)
        picture = upright(source, planned.scaled)
        seen_through = transparency(source.image)
    del source  # and with it the original's pixels
    if seen_through is Transparency.EMPTY:
        raise PictureRefused(ErrorCode.PHOTO_NOTHING_TO_SEE, {"rule": "clear"})
    has_shape = seen_through is Transparency.PRODUCT
    if not has_shape and not has_mask:
        _check_something_to_see(picture)
    final, data = _within_limits(picture, planned)
    if final != planned:
        changes = (*changes, "scaled")
    changes = tuple(dict.fromkeys((*changes, "re-encoded")))
    return ProductPhoto(data, "image/jpeg", "jpg", *final.product, final, changes, has_shape)


def _changes_needed(source: decoding.Source, planned: Geometry) -> tuple[str, ...]:
    """List what has to be done to the photo, in the words of ``ProductPhoto.changes``."""
    image = source.image
    needed = {
        "oriented": source.orientation != UPRIGHT,
        "scaled": planned.scaled != planned.upright,
        "padded": planned.product != planned.scaled,
        "flattened": colours.has_alpha(image),
        "first-frame": source.more_pictures,
        "converted": _other_colours(source) or not _known_everywhere(image),
        "re-encoded": source.length_bytes > MAX_STAGED_BYTES or _tells_more(source),
    }
    return tuple(change for change, is_needed in needed.items() if is_needed)


def _other_colours(source: decoding.Source) -> bool:
    """Say whether the pixels are anything but 8-bit sRGB; alpha is counted elsewhere."""
    plain = source.image.mode in {"RGB", "RGBA"} and not source.deep
    return not plain or not colours.is_srgb(source.image)


def _known_everywhere(image: Image.Image) -> bool:
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return image.info.get("compression") in _PLAIN_TIFF
    return image.format in CONTENT_TYPES


def _tells_more(source: decoding.Source) -> bool:
    """Say whether the file holds anything beside the picture: EXIF, XMP, GPS, comments, a video."""
    if isinstance(source.image, TiffImagePlugin.TiffImageFile):
        pixels = sum(source.image.tag_v2.get(_STRIP_BYTES, ()))
        beside = source.length_bytes - pixels - len(source.image.info.get("icc_profile", b""))
        return beside > _TAGS_MOST_BYTES or not set(source.image.tag_v2) <= _HARMLESS_TAGS
    return source.left_out


def as_preview(photo: ProductPhoto, original: Size) -> ProductPhoto:
    """Mark a photo as made from Slack's preview of an ``original`` of that size (px).

    The size may be upright or not. If it has the preview's ratio, a mask of the original's size is
    accepted, too. Raises ``PictureRefused`` if the preview is below ``LEAST_PREVIEW_PX``.
    """
    seen = photo.geometry.upright
    if min(seen) < LEAST_PREVIEW_PX:
        raise PictureRefused(ErrorCode.PHOTO_HEIC)
    sizes = (original, (original[1], original[0]))
    whole = next((size for size in sizes if _is_scaled_to(seen, size)), seen)
    planned = msgspec.structs.replace(photo.geometry, stored=whole, orientation=UPRIGHT)
    return msgspec.structs.replace(photo, geometry=planned)


def _is_scaled_to(seen: Size, original: Size) -> bool:
    """Say whether ``seen`` is ``original`` scaled down, but for the rounding of a side."""
    scaled = geometry.fit(original, max(seen))
    return all(abs(one - other) <= 1 for one, other in zip(scaled, seen, strict=True))


def _check_not_tiny(planned: Geometry) -> None:
    """Refuse a photo that is too small for aiart after padding, or too narrow before it."""
    width, height = planned.upright
    if min(planned.product) < MIN_SIDE_PX:
        raise PictureRefused(
            ErrorCode.PHOTO_TOO_SMALL, {"width": width, "height": height, "min": MIN_SIDE_PX}
        )
    if min(planned.scaled) < MIN_STRIP_PX:
        facts: Facts = {"rule": "strip", "width": width, "height": height}
        raise PictureRefused(ErrorCode.PHOTO_NOTHING_TO_SEE, facts)


def _check_something_to_see(picture: Image.Image) -> None:
    """Refuse a picture of one colour all over: it shows no product, and a call would cost money."""
    extremes = picture.getextrema()
    if all(high - low <= ONE_COLOUR for low, high in extremes):  # type: ignore[misc]  # RGB: three pairs
        raise PictureRefused(ErrorCode.PHOTO_NOTHING_TO_SEE)


def _as_it_is(stream: BinaryIO, source: decoding.Source, planned: Geometry) -> ProductPhoto:
    content_type, extension = CONTENT_TYPES[str(source.image.format)]
    stream.seek(0)
    return ProductPhoto(stream.read(), content_type, extension, *planned.product, planned, ())


def _within_limits(picture: Image.Image, planned: Geometry) -> tuple[Geometry, bytes]:
    """Pad the picture and encode the best JPEG within aiart's limit; return its plan, too.

    Sides are shrunk only if quality 75 is still too large; at a quarter of 3999 px it never is.
    """
    stored, orientation, longest_px = planned.stored, planned.orientation, max(planned.scaled)
    plans = (geometry.plan(stored, orientation, round(longest_px * share)) for share in SHRINKING)
    encoded = (
        (plan, jpeg_within(geometry.pad(resized(picture, plan.scaled), plan), MAX_STAGED_BYTES))
        for plan in plans
    )
    return next((plan, data) for plan, data in encoded if data is not None)
