"""Keep the logos of scenes: pictures of a known form, stored once under what they contain.

A logo's key is the hash of its bytes, so no later upload changes what an accepted job names. The
page of aiart does not say which formats a logo may have; its example is a .jpg. Accepted are PNG
and JPEG, checked without decoding them, for which the bot has not enough memory.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator

from functions.jobs.bucket import Bucket
from functions.jobs.bucket_layout import logo_key
from functions.jobs.errors import ErrorCode, Facts, Problem, Refused
from functions.jobs.wish import Corner, Logo

LOGO_BYTES = 500_000
LOGO_SIDE_MIN_PX, LOGO_SIDE_MAX_PX = 16, 2000
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # of JPEG: markers with the size


def logo_unusable(rule: str) -> Refused:
    """Make the refusal of a picture that cannot be a logo."""
    facts: Facts = {"rule": rule, "max_kb": LOGO_BYTES // 1000}
    facts |= {"min": LOGO_SIDE_MIN_PX, "max": LOGO_SIDE_MAX_PX}
    return Refused(Problem(ErrorCode.LOGO_UNUSABLE, "logo", facts))


def logo_of(data: bytes, *, corner: Corner, share: int) -> Logo:
    """Check an uploaded picture, and make the logo that a scene holds. Raises ``Refused``.

    ``share`` is in per cent of the result's width and height.
    """
    if len(data) > LOGO_BYTES:
        raise logo_unusable("bytes")
    try:
        size = _png_size(data) if data.startswith(PNG) else _jpeg_size(data)
    except (struct.error, IndexError):
        size = None
    if size is None:
        raise logo_unusable("form")
    if not all(LOGO_SIDE_MIN_PX <= side <= LOGO_SIDE_MAX_PX for side in size):
        raise logo_unusable("size")
    ending = ".png" if data.startswith(PNG) else ".jpg"
    key = logo_key(hashlib.sha256(data).hexdigest(), ending)
    return Logo(url="", key=key, width=size[0], height=size[1], corner=corner, share=share)


def store_logo(bucket: Bucket, logo: Logo, data: bytes) -> None:
    """Write the logo's bytes, even if they are there already: they count as new then."""
    kind = "image/png" if logo.key.endswith(".png") else "image/jpeg"
    bucket.put(logo.key, data, content_type=kind)


def _png_size(data: bytes) -> tuple[int, int] | None:
    """Give width and height in px of a PNG whose chunks are all whole; None for anything else."""
    kinds = [*_png_chunks(data)]
    if not kinds or kinds[0] != b"IHDR" or kinds[-1] != b"IEND" or b"IDAT" not in kinds:
        return None
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _png_chunks(data: bytes) -> Iterator[bytes]:
    """Give the names of the chunks, up to the first that is damaged or to the end."""
    at = len(PNG)
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        named = data[at + 4 : at + 8 + length]
        (checksum,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        if zlib.crc32(named) != checksum:
            return
        yield named[:4]
        at += 12 + length


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Give width and height in px of a JPEG that has an end; None for anything else."""
    if not data.startswith(JPEG) or not data.rstrip(b"\0").endswith(b"\xff\xd9"):
        return None
    at = len(JPEG)
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        if marker in _SIZES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
