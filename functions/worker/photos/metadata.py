"""Split JPEG, PNG and WebP files into their parts, metadata among them, and join them again.

Pixels are never decoded, and other parts stay byte for byte. Sources: XMP part 3 (ISO 16684, where
a packet lies), PNG 3rd edition (chunks), RFC 9649 (WebP).
"""

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import msgspec

XMP_SEGMENT, EXIF_SEGMENT = b"http://ns.adobe.com/xap/1.0/\0", b"Exif\0\0"
_MORE_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_SEGMENT_MOST = 65_533  # bytes behind a segment's length
_APP0, _APP1, _APP11, _COMMENT = 0xE0, 0xE1, 0xEB, 0xFE
_SCAN, _END = 0xDA, 0xD9
_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_XMP = b"XML:com.adobe.xmp"
_RAW_PROFILES = (
    b"Raw profile type exif",
    b"Raw profile type APP1",
)  # a second copy, by ImageMagick
_UNPACKED_MOST = 16 * 1024 * 1024
_VP8X_ALPHA, _VP8X_XMP = 0x10, 0x04

Kind = Literal["", "xmp", "more-xmp", "exif", "text", "copy", "signed"]


class Part(msgspec.Struct, frozen=True):
    """Hold a part of a file: its bytes in the file (``raw``), and ``content`` if it is metadata.

    ``kind``: ``xmp`` is a packet, ``more-xmp`` its extension, ``text`` other text, ``copy`` a copy
    of EXIF in a text, ``signed`` a C2PA signature; empty if it is no metadata.
    """

    raw: bytes | memoryview
    kind: Kind = ""
    content: bytes = b""


class Form(msgspec.Struct, frozen=True):
    """Hold one format's functions for metadata.

    ``parts`` splits a file, ``framed`` wraps content of a kind into the format's bytes, ``place``
    gives the index at which a new XMP packet is inserted, ``joined`` makes a file of parts. The
    second and the last raise ``ValueError`` for what the format cannot hold.
    """

    parts: Callable[[bytes], list[Part]]
    framed: Callable[[Kind, bytes], bytes]
    place: Callable[[Sequence[Part]], int]
    joined: Callable[[Sequence[Part]], bytes]


def form_of(data: bytes) -> Form | None:
    """Find a file's format by its first bytes; None if it is no JPEG, PNG or WebP."""
    if data.startswith(b"\xff\xd8\xff"):
        return _JPEG
    if data.startswith(_PNG_START):
        return _PNG
    return _WEBP if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def _as_they_lie(parts: Sequence[Part]) -> bytes:
    return b"".join(part.raw for part in parts)


# --- JPEG


def _jpeg_parts(data: bytes) -> list[Part]:
    """Split a JPEG into its start, the segments up to the first scan, and the rest in one part."""
    view, at, parts = memoryview(data), 2, [Part(memoryview(data)[:2])]
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if marker in {0xFF, _SCAN, _END} or length < 2 or end > len(data):
            break
        parts.append(_segment(marker, view[at:end]))
        at = end
    return [*parts, Part(view[at:])]


def _segment(marker: int, raw: memoryview) -> Part:
    content = bytes(raw[4:]) if marker in {_APP1, _APP11, _COMMENT} else b""
    if marker == _APP1 and content.startswith(XMP_SEGMENT):
        return Part(raw, "xmp", content[len(XMP_SEGMENT) :])
    if marker == _APP1 and content.startswith(EXIF_SEGMENT):
        return Part(raw, "exif", content[len(EXIF_SEGMENT) :])
    if marker == _APP1 and content.startswith(_MORE_XMP):
        return Part(raw, "more-xmp", content[len(_MORE_XMP) :])
    if marker == _COMMENT:
        return Part(raw, "text", content)
    return Part(raw, "signed" if marker == _APP11 and b"c2pa" in content else "")


def _jpeg_framed(kind: Kind, content: bytes) -> bytes:
    starts = {"xmp": XMP_SEGMENT, "more-xmp": _MORE_XMP}
    body = starts.get(kind, EXIF_SEGMENT) + content
    if len(body) > _SEGMENT_MOST:
        raise ValueError("too long for a segment")
    return struct.pack(">BBH", 0xFF, _APP1, len(body) + 2) + body


def _jpeg_place(parts: Sequence[Part]) -> int:
    """Find the index behind JFIF and EXIF, which have to come first."""
    is_first = (part.kind == "exif" or bytes(part.raw[:2]) == b"\xff\xe0" for part in parts[1:])
    return 1 + next((index for index, first in enumerate(is_first) if not first), 0)


# --- PNG


def _png_parts(data: bytes) -> list[Part]:
    """Split a PNG into its start, its chunks up to IEND, and whatever follows in one part."""
    view, at, parts = memoryview(data), len(_PNG_START), [Part(memoryview(data)[: len(_PNG_START)])]
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            break
        parts.append(_chunk(name, view[at:end]))
        at = end
        if name == b"IEND":
            break
    return [*parts, Part(view[at:])]


def _chunk(name: bytes, raw: memoryview) -> Part:
    content = bytes(raw[8:-4]) if name in {b"eXIf", b"iTXt", b"tEXt", b"zTXt"} else b""
    if name == b"eXIf":
        return Part(raw, "exif", content)
    if name == b"caBX":
        return Part(raw, "signed")
    if not content:
        return Part(raw)
    keyword, _, rest = content.partition(b"\0")
    if keyword.startswith(_RAW_PROFILES):
        return Part(raw, "copy")
    if name == b"iTXt":
        is_packed, (_, _, text) = rest[:1] == b"\1", (rest[2:].split(b"\0", 2) + [b""] * 2)[:3]
        text = _unpacked(text) if is_packed else text
        return Part(raw, "xmp" if keyword == _PNG_XMP else "text", text)
    text = keyword + b"\0" + (_unpacked(rest[1:]) if name == b"zTXt" else rest)
    return Part(raw, "text", text)


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, _UNPACKED_MOST)
    except zlib.error:
        return b""


def _png_framed(kind: Kind, content: bytes) -> bytes:
    name = b"iTXt" if kind == "xmp" else b"eXIf"
    body = name + (_PNG_XMP + b"\0" * 5 if kind == "xmp" else b"") + content
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


def _png_place(_: Sequence[Part]) -> int:
    """Give the index behind the start and IHDR."""
    return 2


# --- WebP


def _webp_parts(data: bytes) -> list[Part]:
    """Split a WebP into its start, its chunks with padding, and whatever follows in one part."""
    view, at, parts = memoryview(data), 12, [Part(memoryview(data)[:12])]
    kinds: dict[bytes, Kind] = {b"XMP ": "xmp", b"EXIF": "exif", b"C2PA": "signed"}
    within = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at + 8 <= within:
        name, length = struct.unpack_from("<4sI", data, at)
        end = min(at + 8 + length + (length & 1), len(data))
        kind = kinds.get(name, "")
        content = bytes(view[at + 8 : at + 8 + length]) if kind in {"xmp", "exif"} else b""
        parts.append(Part(view[at:end], kind, content.removeprefix(EXIF_SEGMENT)))
        at = end
    return [*parts, Part(view[at:])]


def _webp_framed(kind: Kind, content: bytes) -> bytes:
    return _webp_chunk(b"XMP " if kind == "xmp" else b"EXIF", content)


def _webp_chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) & 1)


def _webp_place(parts: Sequence[Part]) -> int:
    """Give the index behind all chunks."""
    return len(parts) - 1


def _webp_joined(parts: Sequence[Part]) -> bytes:
    """Join the parts, with their new length and the extended header that metadata needs.

    Raises ``ValueError`` if there is no image among them.
    """
    chunks, rest = list(parts[1:-1]), parts[-1]
    if not chunks:
        raise ValueError("no WebP image")
    if bytes(chunks[0].raw[:4]) == b"VP8X" and len(chunks[0].raw) >= 18:
        header = bytearray(chunks.pop(0).raw)
    else:
        header = bytearray(_vp8x(chunks[0].raw))
    if any(chunk.kind == "xmp" for chunk in chunks):
        header[8] |= _VP8X_XMP
    body = b"".join([b"WEBP", header, *(chunk.raw for chunk in chunks)])
    body += b"\0" * (len(body) & 1)  # in case the file lacks its last chunk's padding
    return b"".join([b"RIFF", struct.pack("<I", len(body)), body, rest.raw])


def _vp8x(image: bytes | memoryview) -> bytes:
    """Make the extended header for a file that has only an image chunk. Raises ``ValueError``."""
    name, bits = bytes(image[:4]), bytes(image[8:18])
    if name == b"VP8 " and bits[3:6] == b"\x9d\x01\x2a":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", bits, 6))
        alpha = 0
    elif name == b"VP8L" and bits[:1] == b"\x2f":
        packed = int.from_bytes(bits[1:5], "little")
        width, height = 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
        alpha = _VP8X_ALPHA if packed >> 28 & 1 else 0
    else:
        raise ValueError("no WebP image")
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return _webp_chunk(b"VP8X", bytes((alpha, 0, 0, 0)) + sides)


_JPEG = Form(_jpeg_parts, _jpeg_framed, _jpeg_place, _as_they_lie)
_PNG = Form(_png_parts, _png_framed, _png_place, _as_they_lie)
_WEBP = Form(_webp_parts, _webp_framed, _webp_place, _webp_joined)


def metadata_of(data: bytes) -> Iterator[Part]:
    """Give the parts of a file that are metadata; none for an unknown format."""
    form = form_of(data)
    return (part for part in (form.parts(data) if form else ()) if part.kind)
