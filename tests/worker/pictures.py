"""Make pictures for the tests of photos and masks."""

import io
import struct
import zlib
from typing import Any

import pillow_heif
from PIL import ExifTags, Image, ImageChops, ImageCms

from functions.worker.photos.geometry import Size

RED, GREEN, BLUE, YELLOW = (200, 30, 30), (30, 180, 30), (30, 30, 200), (220, 200, 40)
GREY_BORDER = (90, 100, 110)

_LAID = {  # EXIF orientation: how an upright picture is laid before it is stored
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def card(size: Size = (240, 160)) -> Image.Image:
    """Draw four quadrants in four colours, different in each of the eight orientations."""
    width, height = size
    picture = Image.new("RGB", size, RED)
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    picture.paste(YELLOW, (width // 2, height // 2, width, height))
    return picture


def marked(picture: Image.Image, mark: float | tuple[int, ...]) -> Image.Image:
    """Put a mark into a picture's last corner: one of a single colour is refused as no photo."""
    width, height = picture.size
    picture.paste(mark, (width - max(width // 6, 8), height - max(height // 6, 8), width, height))
    return picture


def encoded(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """Encode a picture as a file; JPEG, WebP, AVIF and HEIF in their best quality."""
    if form == "HEIF":
        pillow_heif.register_heif_opener()
    if form in {"JPEG", "WEBP", "AVIF", "HEIF"}:
        options = {"quality": 95, **options}
    if form == "JPEG" and "subsampling" not in options:
        options["subsampling"] = "4:4:4"
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def decoded(data: bytes) -> Image.Image:
    """Decode a file to its pixels."""
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        return picture


def stored(upright: Image.Image, orientation: int) -> Image.Image:
    """Lay an upright picture as a camera with that EXIF orientation stores it."""
    return upright.transpose(_LAID[orientation]) if orientation in _LAID else upright


def exif(orientation: int = 1, *, gps: bool = False) -> Image.Exif:
    """Make EXIF with an orientation and, with ``gps``, the place where a photo was taken."""
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = orientation
    if gps:
        tags[ExifTags.Base.Make] = "Phone"
        tags.get_ifd(ExifTags.IFD.GPSInfo).update(
            {ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: (31.0, 13.0, 51.0)}
        )
    return tags


def difference(one: Image.Image, other: Image.Image) -> int:
    """Give the largest difference of a channel, 0 to 255, once fine detail is averaged away."""
    assert one.size == other.size
    small = [
        picture.convert("RGB").resize((12, 8), Image.Resampling.BOX) for picture in (one, other)
    ]
    extremes = ImageChops.difference(*small).getextrema()
    return max(int(high) for _, high in extremes)  # type: ignore[misc]  # RGB: three pairs


def png_chunk(name: bytes, content: bytes) -> bytes:
    """Make one chunk of a PNG."""
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def grey_png(size: Size, *, rows: int | None = None) -> bytes:
    """Make a black 8-bit PNG whose header says ``size``, with only ``rows`` rows (default: all)."""
    width, height = size
    packer = zlib.compressobj(1)
    packed = [packer.compress(bytes(width + 1)) for _ in range(height if rows is None else rows)]
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", b"".join(packed) + packer.flush())
        + png_chunk(b"IEND", b"")
    )


def srgb_profile() -> bytes:
    """Make an ICC profile that changes nothing (sRGB)."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """Make an RGB profile in which red and green change places, so that its use is easy to see."""
    profile = srgb_profile()
    for old, new in ((b"rXYZ", b"????"), (b"gXYZ", b"rXYZ"), (b"????", b"gXYZ")):
        profile = profile.replace(old, new)
    return profile


def cmyk_profile() -> bytes:
    """Make the profile of a press with white paper on which every ink gives ``INK_GREY``."""
    identity = struct.pack(">9i", *(65536 * (i % 4 == 0) for i in range(9)))
    ramp = bytes(range(256))
    corners = b"".join(bytes((255 if not ink else 128, 128, 128)) for ink in range(16))
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + identity + 4 * ramp + corners + 3 * ramp
    table += bytes(-len(table) % 4)
    offset = 128 + 4 + 12
    header = struct.pack(
        ">I4sI4s4s4s", offset + len(table), b"test", 0x02400000, b"prtr", b"CMYK", b"Lab "
    )
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    header += struct.pack(">3I", 63190, 65536, 54061) + bytes(48)
    return header + struct.pack(">I4sII", 1, b"A2B0", offset, len(table)) + table


INK_GREY = (119, 119, 119)  # L* = 50 in sRGB
