"""Make small real pictures of every format, and damage them as may happen on their way."""

import io
import struct
import zlib
from functools import cache

import numpy as np
import pillow_heif
from hypothesis import strategies as st
from PIL import Image

from tests.worker.pictures import card, encoded

HEADER_BYTES = 200
PNG_BEGIN = b"\x89PNG\r\n\x1a\n"
SIZES = (0, 1, 49, 0x7FFF, 0x8000, 0xFFFF, 10_000, 0x7FFF_FFFF, 0xFFFF_FFFF)
SIZE_FORMS = (">H", "<H", ">I", "<I")


class Damaged(bytes):
    """Hold a file's bytes; a report shows only their number and beginning."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes: {bytes(self[:40])!r}...>"


@cache
def pictures() -> dict[str, bytes]:
    """Make one picture for each way of storing one, 96 px wide."""
    pillow_heif.register_heif_opener()
    plain = card((96, 64))  # copied for each: Pillow leaves a JPEG's settings on what it saved
    other = plain.transpose(Image.Transpose.ROTATE_180)

    def two(form: str) -> bytes:
        more = [other.copy()]
        return encoded(plain.copy(), form, save_all=True, append_images=more)

    exif = Image.Exif()
    exif[274] = 6
    clear = plain.convert("RGBA")
    clear.putalpha(128)
    deep = np.asarray(plain.convert("L")).astype(np.uint16) * 257
    return {
        "jpeg": encoded(plain.copy(), "JPEG", exif=exif, icc_profile=b"\0" * 128),
        "progressive": encoded(plain.copy(), "JPEG", progressive=True),
        "four inks": encoded(plain.convert("CMYK"), "JPEG"),
        "two in one jpeg": two("MPO"),
        "png": encoded(clear, "PNG", exif=exif),
        "palette": encoded(plain.convert("P"), "PNG", transparency=0),
        "16 bits": encoded(Image.fromarray(deep), "PNG"),
        "black and white": encoded(plain.convert("1"), "PNG"),
        "webp": encoded(clear, "WEBP", exif=exif),
        "lossless": encoded(clear, "WEBP", lossless=True),
        "moving webp": two("WEBP"),
        "gif": encoded(
            plain.convert("P"), "GIF", save_all=True, append_images=[other.convert("P")]
        ),
        "bmp": encoded(plain.copy(), "BMP"),
        "bmp palette": encoded(plain.convert("P"), "BMP"),
        "tiff": encoded(plain.copy(), "TIFF", exif=exif),
        "tiff lzw": encoded(clear, "TIFF", compression="tiff_lzw"),
        "tiff jpeg": encoded(plain.copy(), "TIFF", compression="jpeg"),
        "tiff pages": two("TIFF"),
        "avif": encoded(clear, "AVIF"),
        "heic": encoded(plain.copy(), "HEIF"),
    }


@st.composite
def spoilt(draw: st.DrawFn) -> Damaged:
    """Draw a picture with one to four kinds of damage, most of it near the beginning."""
    data = bytearray(pictures()[draw(st.sampled_from(sorted(pictures())))])
    for _ in range(draw(st.integers(1, 4))):
        _spoil(draw, data)
    return Damaged(with_right_checksums(bytes(data)) if draw(st.booleans()) else data)


def _spoil(draw: st.DrawFn, data: bytearray) -> None:
    most = len(data) if draw(st.integers(0, 3)) == 0 else min(HEADER_BYTES, len(data))
    at = draw(st.integers(0, most))
    match draw(st.sampled_from(["cut", "change", "put in", "take out", "size", "other", "twice"])):
        case "cut":
            del data[at:]
        case "change":
            new = draw(st.binary(min_size=1, max_size=4))
            data[at : at + len(new)] = new
        case "put in":
            data[at:at] = draw(st.binary(min_size=1, max_size=20))
        case "take out":
            del data[at : at + draw(st.integers(1, 20))]
        case "size":
            form = draw(st.sampled_from(SIZE_FORMS))
            most_held = 0xFFFF if form[1] == "H" else 0xFFFF_FFFF
            held = struct.pack(form, min(draw(st.sampled_from(SIZES)), most_held))
            data[at : at + len(held)] = held
        case "other":
            other = pictures()[draw(st.sampled_from(sorted(pictures())))]
            data[at:] = other[min(at, len(other)) :]
        case _:
            data += data[at:]


def with_right_checksums(data: bytes) -> bytes:
    """Correct the checksums of a PNG's chunks, so that their contents are read at all."""
    if not data.startswith(PNG_BEGIN):
        return data
    into, rest = io.BytesIO(), data[len(PNG_BEGIN) :]
    into.write(PNG_BEGIN)
    while len(rest) >= 12:
        (length,) = struct.unpack(">I", rest[:4])
        if length > len(rest) - 12:
            break
        body = rest[4 : 8 + length]
        into.write(rest[:4] + body + struct.pack(">I", zlib.crc32(body)))
        rest = rest[12 + length :]
    into.write(rest)
    return into.getvalue()
