"""Recognise HEIC, teach Pillow to decode it, and read the boxes of HEIF and AVIF files.

Boxes: ISO/IEC 14496-12 and 23008-12.
"""

import base64
import io
import struct
from collections.abc import Iterator

from PIL import Image

Span = tuple[int, int]  # start and end of a box's content

FORMAT = "HEIF"  # Pillow's word
STILL_BRANDS = frozenset({b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"})
_SMALL_HEIC = (  # 16 by 16 pixels of one colour, written by libheif itself
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAXxtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA"
    "AAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoAABAAAAAAAAACoAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAA"
    "AAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/GlwcnAAAADcaXBjbwAAAHVodmNDAQNwAAAAkAAAAAAAHvAA/P34"
    "+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQApQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqrprm"
    "4CGgwIAAAAyAAAADAIRiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAA"
    "AChjbGFwAAAAEAAAAAEAAAAQAAAAAf///9AAAAAC////0AAAAAIAAAAQcGl4aQAAAAADCAgIAAAAGGlwbWEAAAAA"
    "AAAAAQABBYECAwWEAAAAMm1kYXQAAAAmKAGvGSFeQkDvXaW//1YwjdQ36FbfKZKAppcE14iZCwOBgI2RnTg="
)

_MOST_BOXES = 4096
_FULL_BOX = 4  # bytes: version and flags, before what a box holds
_METADATA_ITEMS = frozenset({b"Exif", b"mime", b"none"})
_MOST_MISSING_BYTES = 8 * 1024 * 1024


def is_unreadable_heic(original: bytes) -> bool:
    """Say whether a file is a HEIC, by its first bytes, and libheif cannot be loaded here."""
    return is_heic(original[:16]) and not register()


def is_heic(prefix: bytes) -> bool:
    """Say whether a file is a HEIC, by its first 12 bytes; an AVIF is none."""
    return prefix[4:8] == b"ftyp" and prefix[8:12] in STILL_BRANDS - {b"avif", b"avis"}


def reads_heic() -> bool:
    """Say whether HEIC can be read here, by decoding one of 16 by 16 pixels."""
    if not register():
        return False
    try:
        with Image.open(io.BytesIO(base64.b64decode(_SMALL_HEIC)), formats=[FORMAT]) as image:
            image.load()
    except (OSError, ValueError, RuntimeError):
        return False
    return True


def register() -> bool:
    """Teach Pillow HEIC; return False if libheif cannot be loaded.

    Call it only when such a file comes, because loading takes time. It fails if the system's C
    library is too old: wheels with a libheif that is safe for untrusted files (1.23.4 and later)
    need glibc 2.27, and SCF's version is not documented.
    """
    try:
        import pillow_heif  # noqa: PLC0415 - see above
    except ImportError:
        return False
    pillow_heif.register_heif_opener()
    return True


def nclx(data: bytes) -> tuple[int, int] | None:
    """Read the main picture's primaries and transfer (H.273); None without nclx, or for damage.

    An ICC profile (``prof``) is not read here: the decoders return it.
    """
    try:
        return _nclx(data)
    except (struct.error, IndexError):
        return None


def missing_metadata_bytes(data: bytes) -> int:
    """Count the bytes missing at a file's end, if they hold only EXIF and XMP; else 0."""
    try:
        ends = _ends(data)
    except (struct.error, IndexError):
        return 0
    pixels = [end for kind, end in ends if kind not in _METADATA_ITEMS]
    if not pixels or max(pixels) > len(data):
        return 0
    missing = max(end for _, end in ends) - len(data)
    return missing if 0 < missing <= _MOST_MISSING_BYTES else 0


def _ends(data: bytes) -> list[tuple[bytes, int]]:
    """List the type of each item's extent, and the offset of its end in the file."""
    start, end = _first(data, (0, len(data)), b"meta")
    meta = (start + _FULL_BOX, end)
    kinds = _item_kinds(data, _first(data, meta, b"iinf"))
    at, _ = _first(data, meta, b"iloc")
    version, sizes = data[at], struct.unpack_from(">H", data, at + _FULL_BOX)[0]
    offset_bytes, length_bytes, base_bytes, index_bytes = (
        sizes >> bits & 15 for bits in (12, 8, 4, 0)
    )
    number_bytes = 4 if version == 2 else 2  # of an item, and of their count
    reader = _Reader(data, at + _FULL_BOX + 2)
    found = []
    for _ in range(min(reader.number(number_bytes), _MOST_BOXES)):
        item = reader.number(number_bytes)
        method = reader.number(2) & 15 if version else 0
        reader.number(2)  # which file: this one
        base = reader.number(base_bytes)
        for _ in range(min(reader.number(2), _MOST_BOXES)):
            reader.number(index_bytes if version else 0)
            last = base + reader.number(offset_bytes) + reader.number(length_bytes)
            if method == 0:  # not within the boxes themselves
                found.append((kinds.get(item, b""), last))
    return found


class _Reader:
    """Read big-endian numbers one after the other."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at

    def number(self, size: int) -> int:
        """Read the next number, of ``size`` bytes. Raises ``IndexError`` at the file's end."""
        self._at += size
        if self._at > len(self._data):
            raise IndexError
        return int.from_bytes(self._data[self._at - size : self._at], "big")


def _item_kinds(data: bytes, span: Span) -> dict[int, bytes]:
    """Give the type of each item by its number."""
    at, end = span
    entries = (at + _FULL_BOX + (4 if data[at] else 2), end)
    kinds = {}
    for name, (start, _) in inside(data, entries):
        if name == b"infe" and data[start] >= 2:
            shape = ">HH4s" if data[start] == 2 else ">IH4s"
            item, _, kind = struct.unpack_from(shape, data, start + _FULL_BOX)
            kinds[item] = kind
    return kinds


def inside(data: bytes, span: Span) -> Iterator[tuple[bytes, Span]]:
    """Yield the name and content of each box in a stretch of the file."""
    at, end = span
    for _ in range(_MOST_BOXES):
        if at + 8 > end:
            return
        size, name = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1 and start + 8 <= end:
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        size = size or end - at
        if at + size < start:
            return
        yield name, (start, min(at + size, end))
        at += size


def _nclx(data: bytes) -> tuple[int, int] | None:
    start, end = _first(data, (0, len(data)), b"meta")
    meta = (start + _FULL_BOX, end)
    properties = _first(data, meta, b"iprp")
    held = list(inside(data, _first(data, properties, b"ipco")))
    colours = {
        number: struct.unpack_from(">HH", data, at + 4)
        for number, (name, (at, _)) in enumerate(held, 1)
        if name == b"colr" and data[at : at + 4] == b"nclx"
    }
    main = _of_main(data, meta, properties)
    of_main = [colours[number] for number in main if number in colours]
    found = of_main or list(colours.values())  # a grid's may stand at its tiles alone
    return (found[0][0], found[0][1]) if found else None


def _of_main(data: bytes, meta: Span, properties: Span) -> list[int]:
    """List the indexes (from 1) of the main picture's properties."""
    at, _ = _first(data, meta, b"pitm")
    (main,) = struct.unpack_from(">I" if data[at] else ">H", data, at + 4)
    at, end = _first(data, properties, b"ipma")
    item_shape, wide = (">I" if data[at] else ">H"), data[at + 3] & 1
    (count,) = struct.unpack_from(">I", data, at + 4)
    at += 8
    for _ in range(min(count, _MOST_BOXES)):
        (item,) = struct.unpack_from(item_shape, data, at)
        at += struct.calcsize(item_shape)
        many, at = data[at], at + 1
        shape = f">{many}{'H' if wide else 'B'}"
        numbers = [
            each & (0x7FFF if wide else 0x7F) for each in struct.unpack_from(shape, data, at)
        ]
        if item == main:
            return numbers
        at += struct.calcsize(shape)
        if at >= end:
            break
    return []


def _first(data: bytes, span: Span, wanted: bytes) -> Span:
    """Give the content of the first box of that name; an empty stretch where there is none."""
    return next((content for name, content in inside(data, span) if name == wanted), (0, 0))
