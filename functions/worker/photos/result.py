"""Checks what aiart returned, and makes it small enough to be shown in a message."""

import msgspec

from functions.worker.photos import decoding, geometry
from functions.worker.photos.geometry import Size
from functions.worker.photos.limits import PICTURE
from functions.worker.photos.pixels import PREVIEW_SIDE_PX, preview_jpeg, upright


class PreviewedPicture(msgspec.Struct, frozen=True):
    """A sound picture's format (``png``, ``jpeg``, ...) and size, and a small JPEG of it."""

    form: str
    width_px: int
    height_px: int
    preview: bytes
    preview_size: Size


def previewed(picture: bytes) -> PreviewedPicture:
    """Decode a picture that aiart returned, to its end, and make it small.

    The JPEG has at most 1,000,000 bytes and 1280 px on the longest side, for Slack. Raises
    ``Refused`` (``PICTURE_BROKEN``).
    """
    with decoding.opened(decoding.as_stream(picture), PICTURE) as source:
        upright_size = geometry.turned(source.stored, source.orientation)
        shown = upright(source, geometry.fit(upright_size, PREVIEW_SIDE_PX))
        form = str(source.image.format).lower()
    preview, preview_size = preview_jpeg(shown)
    return PreviewedPicture(form, *source.stored, preview, preview_size)


def check_picture(data: bytes) -> tuple[str, int, int]:
    """Decode a picture that aiart returned, to its end.

    Returns its format (``png``, ``jpeg``, ...), its width and its height in px. Raises
    ``Refused`` (``PICTURE_BROKEN``).
    """
    with decoding.opened(decoding.as_stream(data), PICTURE) as source:
        source.decode(decoding.ANY_SIZE)
        return str(source.image.format).lower(), *source.stored
