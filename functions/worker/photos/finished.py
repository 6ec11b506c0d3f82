"""Checks what aiart returned, and makes it small enough to be shown in a message."""

from functions.worker.photos import decoding, geometry
from functions.worker.photos.kinds import PICTURE
from functions.worker.photos.pixels import PREVIEW_SIDE_PX, preview_jpeg, upright


def preview(picture: bytes) -> bytes:
    """A JPEG of at most 1,000,000 bytes and 1280 px on the longest side, for Slack.

    Raises ``Refused`` (``PICTURE_BROKEN``).
    """
    with decoding.opened(decoding.as_stream(picture), PICTURE) as source:
        upright_size = geometry.turned(source.stored, source.orientation)
        shown = upright(source, geometry.fit(upright_size, PREVIEW_SIDE_PX))
    return preview_jpeg(shown)


def check_picture(data: bytes) -> tuple[str, int, int]:
    """Decode a picture that aiart returned, to its end.

    Returns its format (``png``, ``jpeg``, ...), its width and its height in px. Raises
    ``Refused`` (``PICTURE_BROKEN``).
    """
    with decoding.opened(decoding.as_stream(data), PICTURE) as source:
        source.decode(decoding.ANY_SIZE)
        return str(source.image.format).lower(), *source.stored
