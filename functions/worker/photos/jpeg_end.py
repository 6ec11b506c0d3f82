"""Decide whether a cut JPEG lacks only its end marker, or a part of its picture.

libjpeg fills in missing pixels without saying so. So the file is decoded several times, each time
with other bytes added at its end: if all results are the same, no pixel came from those bytes.
"""

import hashlib
import io
import re
import struct
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from functions.worker.photos import side_data
from functions.worker.photos.geometry import Size

_TAILS = tuple(pattern * 64 + side_data.JPEG_END for pattern in (b"\x55", b"\xaa", b"\x00"))
_MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
_START_OF_SCAN, _PROGRESSIVE = 0xDA, 0xC2
_FRAMES = frozenset({0xC0, 0xC1, _PROGRESSIVE})
_BAND_ROWS = 256
_COEFFICIENTS = 64


def whole_picture(stream: BinaryIO, reach: Size) -> Image.Image | None:
    """Decode a JPEG without its end marker; None if a part of the picture is missing.

    It is decoded at the smallest scale whose sides are at least ``reach`` (px).
    """
    data = side_data.everything(stream).rstrip(b"\xff")
    if not _has_every_scan(data):
        return None
    fingerprints, picture = set[bytes](), None
    for tail in _TAILS:
        picture = None  # one at a time in memory
        picture = _decoded(data + tail, reach)
        if picture is None:
            return None
        fingerprints.add(_fingerprint(picture))
        if len(fingerprints) > 1:
            return None
    return picture


def _decoded(data: bytes, reach: Size) -> Image.Image | None:
    try:
        picture = Image.open(io.BytesIO(data), formats=("JPEG",))
        picture.draft(None, reach)
        picture.load()
    except (OSError, SyntaxError, UnidentifiedImageError):
        return None
    return picture


def _fingerprint(picture: Image.Image) -> bytes:
    digest = hashlib.sha256()
    for top in range(0, picture.height, _BAND_ROWS):
        band = (0, top, picture.width, min(top + _BAND_ROWS, picture.height))
        digest.update(picture.crop(band).tobytes())
    return digest.digest()


def _has_every_scan(data: bytes) -> bool:
    """Say whether the scans hold each channel's coefficients to the last bit (T.81, annex G)."""
    channels, progressive, missing = set[int](), False, set[tuple[int, int]]()
    at = 2
    while found := _MARKER.search(data, at):
        marker, at = found[1][0], found.end()
        if at + 2 > len(data):
            break
        (length,) = struct.unpack_from(">H", data, at)
        content = data[at + 2 : at + length]
        if marker in _FRAMES and len(content) > 5:
            progressive = marker == _PROGRESSIVE
            channels = set(content[6 : 6 + 3 * content[5] : 3])
            missing = {(channel, k) for channel in channels for k in range(_COEFFICIENTS)}
        elif marker == _START_OF_SCAN and content and len(content) >= 4 + 2 * content[0]:
            missing -= _sent(content, progressive=progressive)
        at += length
    return bool(channels) and not missing


def _sent(scan: bytes, *, progressive: bool) -> set[tuple[int, int]]:
    """List the coefficients that a scan completes, by its header, as (channel, index)."""
    many = scan[0]
    first, last, approximation = scan[1 + 2 * many : 4 + 2 * many]
    if not progressive:
        first, last = 0, _COEFFICIENTS - 1
    elif approximation & 0x0F:
        return set()
    return {(channel, k) for channel in scan[1 : 1 + 2 * many : 2] for k in range(first, last + 1)}
