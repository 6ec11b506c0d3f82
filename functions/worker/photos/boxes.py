"""Reads what the boxes of a HEIF or AVIF (ISO/IEC 14496-12 and 23008-12) say of its colours."""

import struct
from collections.abc import Iterator

Span = tuple[int, int]  # start and end of a box's content

_MOST_BOXES = 4096
_META_HEADER = 4  # version and flags, before the boxes within


def nclx(data: bytes) -> tuple[int, int] | None:
    """Primaries and transfer (H.273) of the main picture; None where nothing says so by numbers.

    Nothing is raised for damage. What lies in a profile (``prof``) the decoders hand over.
    """
    try:
        return _nclx(data)
    except (struct.error, IndexError):
        return None


def inside(data: bytes, span: Span) -> Iterator[tuple[bytes, Span]]:
    """Name and content of each box in a stretch of the file."""
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
    meta = (start + _META_HEADER, end)
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
    """The numbers of the properties (from 1) that belong to the main picture."""
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
    """The content of the first box of that name; an empty stretch where there is none."""
    return next((content for name, content in inside(data, span) if name == wanted), (0, 0))
