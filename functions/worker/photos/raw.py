"""Find the preview that a camera has put into its raw file.

DNG, NEF, ARW, PEF, CR2, SRW, ORF and RW2 are built like a TIFF, whose first picture is often a tiny
thumbnail; RAF, CR3 and others have formats of their own. All hold their previews as JPEGs. The
largest one is what a person sees in a viewer.
"""

import re

import msgspec

from functions.worker.photos import tiff_tags
from functions.worker.photos.geometry import Size
from functions.worker.photos.tiff_tags import Tags

MIN_PREVIEW_PX = 1000  # of the longer side: a smaller one is a thumbnail for lists

CANON = b"ftypcrx "  # behind the first four bytes of a CR3
_TIFF = (b"II*\0", b"MM\0*")
_OTHERS = (b"FUJIFILM", b"FOVb", b"\0MRM", b"II\x1a\0", b"IIU\0", b"IIRO", b"IIRS", b"MMOR")
BEGINNINGS = (*_TIFF, *_OTHERS)  # of files that may be raw files
_SUBFILE_TYPE, _SUB_DIRECTORIES = 254, 330
_COMPRESSION, _PHOTOMETRIC, _STRIPS, _TILES, _DNG_VERSION = 259, 262, 273, 324, 50706
_SENSOR = frozenset({32803, 34892})  # of 262: a colour filter array, linear raw
_SENSOR_PACKING = frozenset({32767, 32769, 32770, 34713, 65000, 65535})  # Sony, Samsung, Nikon...

_JPEG_START = re.compile(rb"\xff\xd8\xff")
_SEGMENT = re.compile(rb"\xff+([\xc0-\xfe])")
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # others are lossless: they hold the sensor's data
_MOST_JPEGS, _MOST_SEGMENTS = 10_000, 100


class RawPreview(msgspec.Struct, frozen=True):
    """Hold a JPEG within a raw file: its offset, its size in px, and its EXIF orientation."""

    at: int
    size: Size
    orientation: int


def is_raw(data: bytes) -> bool:
    """Say whether a file is a camera's raw file, by its content."""
    if data.startswith(_OTHERS) or data[4:12] == CANON:
        return True
    directories = tiff_tags.read(data).directories
    begins_with_stamp = bool(directories) and _is_stamp(directories[0])
    return (
        data[8:10] == b"CR"
        or begins_with_stamp
        or any(_DNG_VERSION in tags or _is_of_a_sensor(tags) for tags in directories)
    )


def largest_preview(data: bytes) -> RawPreview | None:
    """Find the JPEG of the most pixels; None if it is below ``MIN_PREVIEW_PX``."""
    tiff = tiff_tags.read(data if data[4:12] != CANON else _canon_tags(data))
    numbers = {
        at
        for tags in tiff.directories
        if _is_of_a_sensor(tags)
        for at in (*tags.get(_STRIPS, ()), *tags.get(_TILES, ()))
    }
    found = [
        RawPreview(match.start(), size, tiff.orientation)
        for match, _ in zip(_JPEG_START.finditer(data), range(_MOST_JPEGS), strict=False)
        if match.start() not in numbers and (size := _jpeg_size(data, match.start()))
    ]
    best = max(found, key=lambda each: each.size[0] * each.size[1], default=None)
    return best if best and max(best.size) >= MIN_PREVIEW_PX else None


def _is_stamp(first: Tags) -> bool:
    """Say whether a file's first picture is a thumbnail of one in a subdirectory."""
    return bool(first.get(_SUBFILE_TYPE, (0,))[0] & 1) and _SUB_DIRECTORIES in first


def _is_of_a_sensor(tags: Tags) -> bool:
    return (
        tags.get(_PHOTOMETRIC, (0,))[0] in _SENSOR
        or tags.get(_COMPRESSION, (0,))[0] in _SENSOR_PACKING
    )


def _canon_tags(data: bytes) -> bytes:
    """Give the tags of a CR3's picture: a TIFF in the box CMT1."""
    return data[data.find(b"CMT1") + 4 :][: 1 << 16] if b"CMT1" in data else b""


def _jpeg_size(data: bytes, at: int) -> Size | None:
    """Read the size of the JPEG at an offset; None if it is no preview.

    A preview has 8 bits and one or three channels, and is not lossless.
    """
    at += 2
    for _ in range(_MOST_SEGMENTS):
        segment = _SEGMENT.match(data, at)
        if not segment or segment.end() + 8 > len(data):
            return None
        marker, at = segment[1][0], segment.end()
        if marker in _FRAMES:
            height, width = (int.from_bytes(data[at + n : at + n + 2], "big") for n in (3, 5))
            usable = data[at + 2] == 8 and data[at + 7] in {1, 3} and width and height
            return (width, height) if usable else None
        if marker in {0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xDB)}:
            return None
        at += int.from_bytes(data[at : at + 2], "big")
    return None
