"""Reads the directories of a TIFF, of EXIF and of the camera raws that are built like one."""

import struct

import msgspec

Tags = dict[int, tuple[int, ...]]

ORIENTATION = 274

_WIDTHS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I"}  # TIFF 6.0: whole numbers
_SUB_DIRECTORIES = 330
_MOST_DIRECTORIES, _MOST_TAGS, _MOST_VALUES = 32, 512, 100_000


class Tiff(msgspec.Struct, frozen=True):
    """The whole numbers of each directory, by tag; the first is that of the main picture.

    ``is_whole``: no directory is cut off by the file's end.
    """

    directories: list[Tags]
    is_whole: bool = True

    @property
    def orientation(self) -> int:
        """Tag 274 of the first directory, or 0 where it is absent, damaged or out of range."""
        first = self.directories[0] if self.directories else {}
        value = first.get(ORIENTATION, (0,))[0]
        return value if 1 <= value <= 8 else 0


def read(data: bytes) -> Tiff:
    """Whatever can be read: damage ends a directory, and nothing is raised."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    found: list[Tags] = []
    if order is None or len(data) < 8:
        return Tiff(found)
    (first,) = struct.unpack_from(order + "I", data, 4)
    to_read, seen, is_whole = [first], set[int](), True
    while to_read and len(found) < _MOST_DIRECTORIES:
        at = to_read.pop(0)
        if at in seen or not 8 <= at <= len(data) - 2:
            continue
        seen.add(at)
        tags, following = _directory(data, order, at)
        is_whole &= following is not None
        found.append(tags)
        to_read += [*tags.get(_SUB_DIRECTORIES, ()), following or 0]
    return Tiff(found, is_whole)


def _directory(data: bytes, order: str, at: int) -> tuple[Tags, int | None]:
    """One directory, and where the next one is: 0 for nowhere, None where the file ends before."""
    (count,) = struct.unpack_from(order + "H", data, at)
    tags: Tags = {}
    end = at + 2 + 12 * count
    for entry in range(at + 2, min(end, len(data) - 11, at + 2 + 12 * _MOST_TAGS), 12):
        tag, kind, values = struct.unpack_from(order + "HHI", data, entry)
        numbers = _numbers(data, order, entry + 8, kind=kind, count=values)
        if numbers:
            tags.setdefault(tag, numbers)
    if end + 4 > len(data):
        return tags, None
    (following,) = struct.unpack_from(order + "I", data, end)
    return tags, following


def _numbers(data: bytes, order: str, at: int, *, kind: int, count: int) -> tuple[int, ...]:
    if kind not in _WIDTHS or not 0 < count <= _MOST_VALUES:
        return ()
    shape = f"{order}{count}{_WIDTHS[kind]}"
    size = struct.calcsize(shape)
    if size > 4:
        (at,) = struct.unpack_from(order + "I", data, at)
    return struct.unpack_from(shape, data, at) if at + size <= len(data) else ()
