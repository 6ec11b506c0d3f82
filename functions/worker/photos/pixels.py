"""Decode pictures upright in 8-bit sRGB, and encode them as JPEGs and as previews for Slack."""

import io

import msgspec
from PIL import Image

from functions.jobs.errors import ErrorCode
from functions.worker.photos import colours, decoding, geometry, side_data
from functions.worker.photos.geometry import Size
from functions.worker.photos.limits import MAX_PICTURE_BYTES, PICTURE, PictureRefused

PREVIEW_SIDE_PX = 1280
PREVIEW_BYTES = 1_000_000
SHRINKING = (1.0, 0.75, 0.5, 0.25)  # of the sides, if no quality makes a JPEG small enough

_QUALITIES = ((95, "4:4:4"), (90, "4:4:4"), (85, "4:2:0"), (75, "4:2:0"))


class PreviewedPicture(msgspec.Struct, frozen=True):
    """Hold a sound picture's format (``png``, ``jpeg``, ...) and size, and a small JPEG of it."""

    form: str
    width_px: int
    height_px: int
    preview: bytes
    preview_size: Size


def upright(source: decoding.Source, size: Size) -> Image.Image:
    """Decode a picture as a person sees it, scaled to ``size``, in 8-bit sRGB (mode RGB)."""
    decoded = source.decode(geometry.oriented(size, source.orientation))
    convert = colours.srgb_converter(decoded)
    picture = colours.scaled(decoded, geometry.oriented(size, source.pending), convert, mode="RGB")
    return geometry.orient(picture, source.pending)


def resized(picture: Image.Image, size: Size) -> Image.Image:
    """Scale a picture to ``size``; return one of that size as it is."""
    return picture if picture.size == size else picture.resize(size, Image.Resampling.BICUBIC)


def jpeg_within(picture: Image.Image, limit_bytes: int) -> bytes | None:
    """Encode the best JPEG of at most ``limit_bytes``; None if even the worst is larger."""
    for quality, subsampling in _QUALITIES:
        encoded = io.BytesIO()
        picture.save(encoded, "JPEG", quality=quality, subsampling=subsampling)
        if encoded.tell() <= limit_bytes:
            return encoded.getvalue()
    return None


def preview_jpeg(shown: Image.Image) -> tuple[bytes, Size]:
    """Encode a JPEG of at most 1,000,000 bytes, scaled down if need be; return it and its size."""
    sizes = (geometry.fit(shown.size, round(max(shown.size) * share)) for share in SHRINKING)
    encoded = ((jpeg_within(resized(shown, size), PREVIEW_BYTES), size) for size in sizes)
    return next((data, size) for data, size in encoded if data is not None)


def previewed(picture: bytes) -> PreviewedPicture:
    """Decode a picture that aiart returned, to its end, and make a preview for Slack.

    The preview is a JPEG of at most 1,000,000 bytes and 1280 px on the longest side. Raises
    ``PictureRefused`` (``PICTURE_BROKEN``).
    """
    with decoding.opened(decoding.as_stream(picture), PICTURE) as source:
        upright_size = geometry.oriented(source.stored, source.orientation)
        shown = upright(source, geometry.fit(upright_size, PREVIEW_SIDE_PX))
        form = str(source.image.format).lower()
    preview, preview_size = preview_jpeg(shown)
    return PreviewedPicture(form, *source.stored, preview, preview_size)


class FittedPicture(msgspec.Struct, frozen=True):
    """Hold a picture in another size, as JPEG, and its preview."""

    jpeg: bytes
    preview: bytes
    preview_size: Size


def fitted(picture: bytes, size: Size) -> FittedPicture:
    """Scale a picture to a size of about its shape, and crop what is too much.

    It is cropped at the left or the top, because the visible mark is in the lower right corner.
    Raises ``PictureRefused`` (``PICTURE_BROKEN``).
    """
    with decoding.opened(decoding.as_stream(picture), PICTURE) as source:
        whole = upright(source, geometry.oriented(source.stored, source.orientation))
    share = min(whole.width / size[0], whole.height / size[1])
    box = (whole.width - size[0] * share, whole.height - size[1] * share, whole.width, whole.height)
    made = whole.resize(size, Image.Resampling.LANCZOS, box=box)
    jpeg = jpeg_within(made, MAX_PICTURE_BYTES)
    if jpeg is None:
        raise PictureRefused(ErrorCode.PICTURE_BROKEN)
    return FittedPicture(jpeg, *preview_jpeg(resized(made, geometry.fit(size, PREVIEW_SIDE_PX))))


def check_picture(data: bytes) -> tuple[str, int, int]:
    """Check that a picture from aiart is whole, by a PNG's checksums or else by decoding it.

    Returns its format (``png``, ``jpeg``, ...), its width and its height in px. Raises
    ``PictureRefused`` (``PICTURE_BROKEN``).
    """
    with decoding.opened(decoding.as_stream(data), PICTURE) as source:
        if not side_data.is_whole_png(data):
            source.decode(decoding.ANY_SIZE)
        return str(source.image.format).lower(), *source.stored
