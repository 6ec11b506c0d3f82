"""Remove from a PNG, JPEG, WebP or HEIF file what its pixels do not need, before it is decoded.

Text, XMP, thumbnails, makers' segments and physical sizes may be damaged or huge, which is no
reason to refuse a photo that every browser shows. Colours and orientation are read here, from the
places that browsers read; other metadata is not read.
"""

import io
import re
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from functions.worker.photos import heif, tiff_tags

PNG_START = b"\x89PNG\r\n\x1a\n"
JPEG_START = b"\xff\xd8\xff"
JPEG_END = b"\xff\xd9"
AVIF = (b"ftypavif", b"ftypavis")  # behind the first four bytes

_PNG_PIXELS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"tRNS"})
_PNG_COLOURS = frozenset({b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM"})
_PNG_READ = _PNG_COLOURS | {b"eXIf"}
_PNG_HARMLESS: dict[bytes, int | None] = {  # says nothing about people; its length in bytes
    b"cICP": 4,
    b"sRGB": 1,
    b"gAMA": 4,
    b"cHRM": 32,
    b"pHYs": 9,
    b"IEND": 0,
    b"iCCP": None,
    b"sBIT": None,
}
_PNG_TAIL = b"\0\0\0\0IEND\xae\x42\x60\x82"
_MOST_PROFILE_BYTES = 8 * 1024 * 1024

_WEBP_STILL = frozenset({b"VP8 ", b"VP8L"})
_WEBP_PIXELS = _WEBP_STILL | {b"VP8X", b"ALPH", b"ICCP", b"ANIM", b"ANMF"}
_MOST_PARTS = 200_000  # of a file: millions of empty ones take seconds, and none of them is a photo

# Encoders make about ten scans for a JPEG. Each costs the decoder time by the picture's size, even
# if it has only a few bytes: 200 KB of scans took 9 s, and decoding cannot be interrupted.
_MOST_SCANS = 40

_EXIF = b"Exif\0"
_EXIF_ITEM, _NO_ITEM = b"Exif", b"none"  # the type of an item (ISO/IEC 23008-12, A.2.1)
_ICC = b"ICC_PROFILE\0"
_SECOND_PICTURES = b"MPF\0"
_START_OF_SCAN, _APP1, _APP2 = 0xDA, 0xE1, 0xE2
_PIXEL_SEGMENTS = frozenset({*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD})  # SOFn, DHT, DAC, DQT, DNL, DRI
_KEPT_APPS = {0xE0: (b"JFIF\0", 14), 0xEE: (b"Adobe", 12)}  # they decide between RGB and YCbCr
_MARKER = re.compile(rb"\xff+[\x02-\xcf\xda-\xfe]")
_MARKER_OR_END = re.compile(rb"\xff+[\x02-\xcf\xd9-\xfe]")


class CleanedFile(msgspec.Struct, frozen=True):
    """Hold a cleaned file with the original's pixels, and what was read from the original.

    ``orientation``: EXIF's, 0 if it was not looked for or not found. ``colours``: the PNG chunks or
    the ICC profile (as ``iCCP``) that define the colours. ``left_out``: the original holds more
    than pixels and colours. ``more_pictures``: it is an animation, or holds a second picture.
    """

    stream: BinaryIO
    orientation: int = 0
    colours: dict[bytes, bytes] = {}
    left_out: bool = False
    more_pictures: bool = False


def png_parts(stream: BinaryIO) -> CleanedFile:
    """Clean a PNG, and complete its end if that is missing. Damage raises nothing."""
    data = everything(stream)
    kept: list[bytes | memoryview] = [PNG_START]
    found = dict[bytes, bytes]()
    left_out, name, last = False, b"", len(PNG_START)
    for name, at, last in _chunks(data):
        content = memoryview(data)[at + 8 : last - 4]
        if name in _PNG_PIXELS:
            kept += _kept_chunk(data, name, at, last)
        elif _PNG_HARMLESS.get(name) in {None, len(content)} and _is_sound(data, at, last):
            found.setdefault(name, bytes(content) if name in _PNG_READ else b"")
        else:
            left_out = True
    if b"iCCP" in found:
        found[b"iCCP"] = _unpacked_profile(found[b"iCCP"])
    return CleanedFile(
        stream=io.BytesIO(b"".join([*kept, _PNG_TAIL])),
        orientation=orientation_of(found.get(b"eXIf", b"")),
        colours={name: found[name] for name in _PNG_COLOURS & found.keys()},
        left_out=left_out
        or found.get(b"iCCP") == b""
        or not found.keys() <= _PNG_HARMLESS.keys()
        or (name, last) != (b"IEND", len(data)),
        more_pictures=b"acTL" in found,
    )


def is_whole_png(data: bytes) -> bool:
    """Say whether a file is a complete PNG whose chunks' checksums are all right."""
    chunks = list(_chunks(data)) if data.startswith(PNG_START) else []
    if not chunks or chunks[-1][0] != b"IEND" or chunks[-1][2] != len(data):
        return False
    return all(_is_sound(data, at, end) for _, at, end in chunks)


def orientation_of(exif: bytes) -> int:
    """Read EXIF tag 274; 0 where it is absent, damaged or out of range."""
    return tiff_tags.read(exif[6:] if exif.startswith(_EXIF) else exif).orientation


def everything(stream: BinaryIO) -> bytes:
    """Read all bytes of a file, from its start."""
    stream.seek(0)
    return stream.read()


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of each chunk up to IEND; a cut one ends where the file does."""
    at = len(PNG_START)
    for _ in range(_MOST_PARTS):
        if at + 8 > len(data):
            return
        length, name = struct.unpack_from(">I4s", data, at)
        if not name.isalpha():
            return
        end = min(at + 12 + length, len(data))
        yield name, at, end
        if name == b"IEND":
            return
        at = end


def _is_sound(data: bytes, at: int, end: int) -> bool:
    """Say whether a chunk is whole, by its length and checksum."""
    (length,) = struct.unpack_from(">I", data, at)
    if end - at != 12 + length:
        return False
    return zlib.crc32(memoryview(data)[at + 4 : end - 4]) == int.from_bytes(
        data[end - 4 : end], "big"
    )


def _kept_chunk(data: bytes, name: bytes, at: int, end: int) -> list[bytes | memoryview]:
    """Give the bytes of a chunk for the decoder: a cut one gets a new length and checksum.

    A tRNS chunk with a wrong checksum is left out.
    """
    (length,) = struct.unpack_from(">I", data, at)
    if end - at == 12 + length:
        return [memoryview(data)[at:end]] if name != b"tRNS" or _is_sound(data, at, end) else []
    content = data[at + 8 : end]
    return [
        struct.pack(">I", len(content)),
        name,
        content,
        struct.pack(">I", zlib.crc32(name + content)),
    ]


def _unpacked_profile(content: bytes) -> bytes:
    """Unpack the ICC profile in an iCCP chunk (name, 0, method, deflated); empty if damaged."""
    _, _, packed = content.partition(b"\0")
    try:
        return zlib.decompressobj().decompress(packed[1:], _MOST_PROFILE_BYTES)
    except zlib.error:
        return b""


def jpeg_parts(stream: BinaryIO) -> CleanedFile:
    """Clean a JPEG. Its scans and what follows them stay as they are.

    Only the scans beyond ``_MOST_SCANS``, which add nothing visible, are cut off.
    """
    data = everything(stream)
    kept: list[bytes | memoryview] = [JPEG_START[:2]]
    exif, profile = list[bytes](), dict[int, bytes]()
    left_out = more_pictures = False
    at, scans = 2, len(data)
    for _ in range(_MOST_PARTS):
        found = _MARKER.search(data, at)
        if found is None:
            break
        left_out |= found.start() != at
        marker, at = data[found.end() - 1], found.end()
        if marker == _START_OF_SCAN:
            scans = found.end() - 2
            break
        length = int.from_bytes(data[at : at + 2], "big")
        content = data[at + 2 : at + length]
        if marker in _PIXEL_SEGMENTS or _is_kept(marker, content):
            kept += [bytes((0xFF, marker)), data[at : at + length]]
        elif marker == _APP2 and content.startswith(_ICC) and len(content) > len(_ICC) + 2:
            profile.setdefault(content[len(_ICC)], content[len(_ICC) + 2 :])
        else:
            left_out = True
            more_pictures |= marker == _APP2 and content.startswith(_SECOND_PICTURES)
            if marker == _APP1 and content.startswith(_EXIF):
                exif.append(content)
        at += max(length, 2)
    end = _end_of_scans(data, scans)
    kept += [memoryview(data)[scans:end], JPEG_END if end < len(data) else b""]
    return CleanedFile(
        stream=io.BytesIO(b"".join(kept)),
        orientation=orientation_of(exif[0]) if exif else 0,
        colours={b"iCCP": b"".join(profile[part] for part in sorted(profile))} if profile else {},
        left_out=left_out or end < len(data) or data.find(JPEG_END, scans) != len(data) - 2,
        more_pictures=more_pictures,
    )


def _end_of_scans(data: bytes, at: int) -> int:
    """Find where the scans beyond ``_MOST_SCANS`` begin; usually that is the file's end."""
    scans = 0
    for _ in range(_MOST_PARTS):
        found = _MARKER_OR_END.search(data, at)
        if found is None or data[found.end() - 1] == JPEG_END[1]:
            return len(data)
        scans += data[found.end() - 1] == _START_OF_SCAN
        if scans > _MOST_SCANS:
            return found.start()
        at = found.end() + max(2, int.from_bytes(data[found.end() : found.end() + 2], "big"))
    return at


def webp_parts(stream: BinaryIO) -> CleanedFile:
    """Clean a WebP: keep the image, even a cut one, and EXIF; leave out all other metadata."""
    data = everything(stream)
    kept, dropped, at = list[bytes](), False, 12
    for _ in range(_MOST_PARTS):
        if at + 8 > len(data):
            break
        name, length = struct.unpack_from("<4sI", data, at)
        content = data[at + 8 : at + 8 + length]
        if name == b"EXIF" and len(content) == length:
            kept.append(data[at : at + 8] + content + b"\0" * (length & 1))
        elif name in _WEBP_PIXELS and (len(content) == length or name in _WEBP_STILL):
            kept.append(name + struct.pack("<I", length) + content + b"\0" * (length & 1))
        else:
            dropped = True
        at += 8 + length + (length & 1)
    body = b"WEBP" + b"".join(kept)
    cleaned = io.BytesIO(b"RIFF" + struct.pack("<I", len(body)) + body)
    return CleanedFile(cleaned, left_out=dropped or at != len(data))


def avif_parts(stream: BinaryIO) -> CleanedFile:
    """Clean an AVIF: hide its EXIF, because the container's own rotation is the one that counts.

    Metadata that is cut off at the end becomes zeros.
    """
    data = everything(stream)
    hidden = data.replace(_EXIF_ITEM, _NO_ITEM, 1)
    missing = heif.missing_metadata_bytes(hidden)
    return CleanedFile(io.BytesIO(hidden + bytes(missing)), left_out=hidden != data or missing > 0)


def heif_parts(stream: BinaryIO) -> CleanedFile:
    """Clean a HEIF: fill metadata that is cut off at its end with zeros."""
    data = everything(stream)
    missing = heif.missing_metadata_bytes(data)
    return CleanedFile(
        io.BytesIO(data + bytes(missing)) if missing else stream, left_out=missing > 0
    )


def _is_kept(marker: int, content: bytes) -> bool:
    start, least = _KEPT_APPS.get(marker, (b"", 1 << 16))
    return content.startswith(start) and len(content) >= least
