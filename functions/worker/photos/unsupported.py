"""Recognise files that are sound but cannot be read here, so that they are not called damaged."""

from functions.jobs.errors import Facts
from functions.worker.photos import tiff_tags

_FORMS = {  # how a file begins: what people call it
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"8BPS": "Photoshop (PSD)",
    b"\x76\x2f\x31\x01": "OpenEXR",
    b"#?RADIANCE": "Radiance HDR",
    b"gimp xcf": "GIMP (XCF)",
    b"DDS ": "DDS",
    b"qoif": "QOI",
}
_WIDTH, _BITS, _COMPRESSION, _CHANNELS, _SAMPLE_FORMAT = 256, 258, 259, 277, 339
_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES = 273, 279, 324, 325
_FLOAT = 3
_JPEG_FRAMES = range(0xC0, 0xD0)
_NO_FRAMES = frozenset({0xC4, 0xC8, 0xCC})  # tables
_READABLE_FRAMES = frozenset({0xC0, 0xC1, 0xC2})


def facts(data: bytes) -> Facts | None:
    """Describe a file that no decoder could open; None if it is unknown or may be damaged."""
    for beginning, form in _FORMS.items():
        if data.startswith(beginning):
            return {"form": form}
    if data.startswith((b"II", b"MM")):
        return _of_tiff(data)
    return _of_jpeg(data) if data.startswith(b"\xff\xd8\xff") else None


def _of_tiff(data: bytes) -> Facts | None:
    tiff = tiff_tags.read(data)
    first = tiff.directories[0] if tiff.directories else {}
    starts = first.get(_STRIPS) or first.get(_TILES) or ()
    lengths = first.get(_STRIP_BYTES) or first.get(_TILE_BYTES) or ()
    ends = [start + length for start, length in zip(starts, lengths, strict=False)]
    if not tiff.is_whole or _WIDTH not in first or not ends or max(ends) > len(data):
        return None
    bits = first.get(_BITS, (1,))
    return {
        "form": "TIFF",
        "rule": "float" if first.get(_SAMPLE_FORMAT, (1,))[0] == _FLOAT else "tiff",
        "channels": first.get(_CHANNELS, (len(bits),))[0],
        "bits": bits[0],
        "compression": first.get(_COMPRESSION, (1,))[0],
    }


def _of_jpeg(data: bytes) -> Facts | None:
    """Describe a JPEG whose frame is lossless, arithmetic, or not of 8 bits; None for any other."""
    at = 2
    while at + 5 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _JPEG_FRAMES and marker not in _NO_FRAMES:
            is_rare = marker not in _READABLE_FRAMES or data[at + 4] != 8
            return {"form": "JPEG", "rule": "jpeg"} if is_rare else None
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None
