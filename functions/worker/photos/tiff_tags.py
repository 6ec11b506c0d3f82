"""Read the directories of TIFF, EXIF and TIFF-like raw files, and remove private entries."""

import struct

import msgspec

Tags = dict[int, tuple[int, ...]]

ORIENTATION = 274

_WIDTHS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I"}  # TIFF 6.0: whole numbers
_SUB_DIRECTORIES = 330
_MOST_DIRECTORIES, _MOST_TAGS, _MOST_VALUES = 32, 512, 100_000


class Tiff(msgspec.Struct, frozen=True):
    """Hold the integer values of each directory, by tag; the first is the main picture's.

    ``is_whole``: no directory is cut off by the file's end.
    """

    directories: list[Tags]
    is_whole: bool = True

    @property
    def orientation(self) -> int:
        """Read tag 274 of the first directory; 0 where it is absent, damaged or out of range."""
        first = self.directories[0] if self.directories else {}
        value = first.get(ORIENTATION, (0,))[0]
        return value if 1 <= value <= 8 else 0


def read(data: bytes) -> Tiff:
    """Read the directories of ``data``. Damage ends a directory; it raises nothing."""
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
    """Read a directory and the offset of the next: 0 for none, None if the file ends before it."""
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


# --- private entries

_EXIF_DIRECTORY, _GPS_DIRECTORY = 0x8769, 0x8825
# MakerNote (which holds serial numbers in each maker's own way), CameraOwnerName, BodySerialNumber,
# LensSerialNumber (Exif 2.32, 4.6.5), CameraSerialNumber (DNG)
_PRIVATE = frozenset({_GPS_DIRECTORY, 0x927C, 0xA430, 0xA431, 0xA435, 0xC62F})
_VALUE_BYTES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}  # others: 1


def without_private(data: bytes) -> bytes:
    """Return the same EXIF without the place, the owner's name, serial numbers and MakerNote.

    Removed data becomes zeros, so that nothing else moves. Damage raises nothing.
    """
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:
        return data
    cleaned = bytearray(data)
    (first,) = struct.unpack_from(order + "I", data, 4)
    to_read, seen = [first], set[int]()
    while to_read and len(seen) < _MOST_DIRECTORIES:
        at = to_read.pop(0)
        if at not in seen and 8 <= at <= len(data) - 2:
            seen.add(at)
            to_read += _clean_directory(cleaned, order, at, private=_PRIVATE)
    return bytes(cleaned)


def _clean_directory(
    data: bytearray, order: str, at: int, *, private: frozenset[int] | None
) -> list[int]:
    """Remove a directory's private entries (None: all); return where the next directories are."""
    (count,) = struct.unpack_from(order + "H", data, at)
    end = min(at + 2 + 12 * count, len(data) - (len(data) - at - 2) % 12)
    entries = [bytes(data[entry : entry + 12]) for entry in range(at + 2, end, 12)]
    kept, following = list[bytes](), list[int]()
    for entry in entries:
        tag, kind, values = struct.unpack(order + "HHI", entry[:8])
        (value,) = struct.unpack(order + "I", entry[8:])
        if private is not None and tag not in private:
            kept.append(entry)
            if tag == _EXIF_DIRECTORY:
                following.append(value)
        elif tag == _GPS_DIRECTORY and private is not None and 8 <= value <= len(data) - 2:
            _clean_directory(data, order, value, private=None)
        elif values * _VALUE_BYTES.get(kind, 1) > 4:
            _blank(data, value, values * _VALUE_BYTES.get(kind, 1))
    if len(kept) < len(entries):
        rest = bytes(data[end : end + 4]) if private is not None else b""
        struct.pack_into(order + "H", data, at, len(kept))
        _write(data, at + 2, b"".join(kept) + rest)
        _blank(data, at + 2 + 12 * len(kept) + len(rest), 12 * (len(entries) - len(kept)))
        end = at + 2 + 12 * len(kept)
    if private is not None and end + 4 <= len(data):
        following += struct.unpack_from(order + "I", data, end)
    return following


def _blank(data: bytearray, at: int, length: int) -> None:
    _write(data, at, bytes(max(0, min(length, len(data) - at))))


def _write(data: bytearray, at: int, content: bytes) -> None:
    """Write as much of ``content`` as fits, without changing the length of ``data``."""
    content = content[: max(0, len(data) - at)]
    data[at : at + len(content)] = content
