"""Checks what aiart returned, and makes it small enough to be shown in a message."""

from functions.worker.photos import decoding, geometry
from functions.worker.photos.kinds import PICTURE
from functions.worker.photos.pixels import SHRINKING, jpeg_within, resized, upright

PREVIEW_SIDE_PX = 1280
PREVIEW_BYTES = 1_000_000


def preview(picture: bytes) -> bytes:
    """A JPEG of at most 1,000,000 bytes and 1280 px on the longest side, for Slack.

    Raises ``Refused`` (``PICTURE_BROKEN``).
    """
    with decoding.opened(decoding.as_stream(picture), PICTURE) as source:
        upright_size = geometry.turned(source.stored, source.orientation)
        shown = upright(source, geometry.fit(upright_size, PREVIEW_SIDE_PX))
    sizes = (geometry.fit(shown.size, round(max(shown.size) * share)) for share in SHRINKING)
    encoded = (jpeg_within(resized(shown, size), PREVIEW_BYTES) for size in sizes)
    return next(data for data in encoded if data is not None)


def check_picture(data: bytes) -> tuple[str, int, int]:
    """Decode a picture that aiart returned, to its end.

    Returns its format (``png``, ``jpeg``, ...), its width and its height in px. Raises
    ``Refused`` (``PICTURE_BROKEN``).
    """
    with decoding.opened(decoding.as_stream(data), PICTURE) as source:
        source.decode(decoding.ANY_SIZE)
        return str(source.image.format).lower(), *source.stored
