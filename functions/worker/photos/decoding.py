"""Open and decode an untrusted picture, within limits on bytes, pixels and formats.

The format is found by the file's content, never by its name. The limits are checked on the header,
before any pixel is decoded. Then the whole picture is decoded, so that a file whose end is missing
is refused here and not by aiart, after it was paid for.
"""

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from typing import BinaryIO

import msgspec
from msgspec.structs import replace
from PIL import ExifTags, Image, ImageFile, JpegImagePlugin, TiffImagePlugin, WebPImagePlugin

from functions.jobs.errors import ErrorCode
from functions.worker.photos import heif, jpeg_end, profiles, raw, side_data, unsupported
from functions.worker.photos.geometry import SIDEWAYS, UPRIGHT, Size
from functions.worker.photos.limits import MIB, Kind, PictureRefused
from functions.worker.photos.side_data import CleanedFile

# No decode may take much more than 600 MB: ``infra.bench.memory`` adds up what is held beside it.
# Measured, in bytes per pixel: Pillow 12.3 takes 4 (twice that for a TIFF that lies on its side),
# libheif 7, libavif 9, libwebp 16 (12 since its decoder goes early). A JPEG takes 4 only up to
# 8000 px a side (see ``Source.decode``), then 1; a progressive one its coefficients as well.
MAX_PIXELS = 120_000_000
MAX_PIXELS_OF = {
    "JPEG": 200_000_000,
    "MPO": 200_000_000,  # a phone's JPEG with a second picture in it
    "HEIF": 80_000_000,
    "AVIF": 64_000_000,
    "TIFF": 60_000_000,
    "WEBP": 40_000_000,
}
MAX_COEFFICIENT_BYTES = 360_000_000  # 120 million pixels as 4:2:0, 60 as 4:4:4, 45 of four inks

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")  # a phone's MPO opens as a JPEG
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
_METADATA = frozenset({"exif", "xmp", "XML:com.adobe.xmp"})
_XMP = ("xmp", "XML:com.adobe.xmp")
_READERS: tuple[tuple[int, bytes, Callable[[BinaryIO], CleanedFile]], ...] = (  # offset and bytes
    (0, side_data.PNG_START, side_data.png_parts),
    (0, side_data.JPEG_START, side_data.jpeg_parts),
    (8, b"WEBPVP8", side_data.webp_parts),
    *((4, brand, side_data.avif_parts) for brand in side_data.AVIF),
    (4, b"ftyp", side_data.heif_parts),
)
ANY_SIZE: Size = (1, 1)  # for ``Source.decode``, when only the file's soundness counts

# The limits above replace Pillow's own, which warns of 90 and refuses 179 million pixels.
Image.MAX_IMAGE_PIXELS = None


class Source(msgspec.Struct, frozen=True):
    """Hold an opened picture whose header is within the limits.

    ``stored`` is its size as the file stores it, before ``orientation`` (EXIF tag 274, 1 to 8)
    is applied. ``deep``: the file has 16 bits a channel, whatever Pillow's mode says. ``is_hdr``:
    its colours are HDR (PQ or HLG). ``more_pictures``: it is an animation, or holds further pages
    or frames. ``left_out``: the file holds more than the picture, such as metadata.
    """

    stream: BinaryIO
    image: ImageFile.ImageFile
    stored: Size
    orientation: int
    deep: bool
    is_hdr: bool
    more_pictures: bool
    left_out: bool
    length_bytes: int
    kind: Kind

    @property
    def pending(self) -> int:
        """Give the orientation to apply after decoding: none to a TIFF, which Pillow has turned."""
        return (
            UPRIGHT if isinstance(self.image, TiffImagePlugin.TiffImageFile) else self.orientation
        )

    def decode(self, reach: Size) -> Image.Image:
        """Decode the whole (first) picture.

        A JPEG is decoded at 1/2, 1/4 or 1/8 of its size if both sides stay at least ``reach`` (px,
        as stored), which bounds its memory. Raises ``PictureRefused``.
        """
        if not isinstance(self.image, JpegImagePlugin.JpegImageFile):
            _load(self.image, self.kind)
            _make_opaque_if_meant(self.image)
            return self.image
        self.image.draft(None, reach)
        try:
            _load(self.image, self.kind)
        except PictureRefused:
            whole = jpeg_end.whole_picture(self.stream, reach)
            if whole is None:
                raise
            whole.info["icc_profile"] = self.image.info["icc_profile"]
            return whole
        return self.image


def as_stream(original: bytes | BinaryIO) -> BinaryIO:
    """Give a seekable binary stream at its start; bytes are not copied."""
    stream = io.BytesIO(original) if isinstance(original, bytes) else original
    stream.seek(0)
    return stream


@contextlib.contextmanager
def opened(stream: BinaryIO, kind: Kind) -> Iterator[Source]:
    """Open a picture if its bytes and pixels are within the limits; close it after the block.

    Raises ``PictureRefused`` with the codes of ``kind``.
    """
    length = stream.seek(0, io.SEEK_END)
    if not length:
        raise PictureRefused(kind.empty)
    if length > kind.max_bytes:
        raise PictureRefused(kind.too_large, {"max_mb": kind.max_bytes // MIB})
    parts = _parts(stream, kind)
    with _identified(parts.stream, kind) as image:
        _check_pixels(image, kind)
        yield _source(image, parts, kind, length_bytes=length)


def _parts(stream: BinaryIO, kind: Kind) -> CleanedFile:
    """Clean a file for the decoder: leave out what pixels do not need; of a raw take the preview.

    Raises ``PictureRefused`` for a raw file without a preview that is large enough.
    """
    prefix = _prefix(stream)
    if prefix.startswith(raw.BEGINNINGS) or prefix[4:12] == raw.CANON:
        data = side_data.everything(stream)
        if raw.is_raw(data):
            return _preview(data, kind)
    reader = next((read for at, start, read in _READERS if prefix[at:].startswith(start)), None)
    if reader:
        return reader(stream)
    claimed_bytes = int.from_bytes(prefix[2:6], "little")
    is_longer = prefix.startswith(b"BM") and claimed_bytes != stream.seek(0, io.SEEK_END)
    return CleanedFile(stream, left_out=is_longer)


def _preview(data: bytes, kind: Kind) -> CleanedFile:
    """Give the picture within a raw file. Raises ``PictureRefused`` where none is large enough."""
    preview = raw.largest_preview(data)
    if preview is None:
        raise PictureRefused(kind.raw)
    parts = side_data.jpeg_parts(io.BytesIO(data[preview.at :]))
    orientation = parts.orientation or preview.orientation
    return replace(parts, orientation=orientation, left_out=True)


def _prefix(stream: BinaryIO) -> bytes:
    stream.seek(0)
    return stream.read(16)


def _identified(stream: BinaryIO, kind: Kind) -> ImageFile.ImageFile:
    """Read the header. Raises ``PictureRefused``, as damaged if the file begins like a picture."""
    prefix = _prefix(stream)
    formats: tuple[str, ...] = _FORMATS
    if prefix[4:8] == b"ftyp":  # an ISO base media file: HEIC, AVIF, or a video
        if heif.register():
            formats = (*_FORMATS, heif.FORMAT)
        elif heif.is_heic(prefix):
            raise PictureRefused(ErrorCode.PHOTO_HEIC)
    try:
        with _damage_as(kind.truncated if _looks_like_a_picture(prefix) else kind.not_an_image):
            image = Image.open(stream, formats=formats)
            if image.mode in {"P", "PA"} and image.palette is None and image.format != "GIF":
                raise ValueError("its palette is missing")
            return image
    except PictureRefused as refused:
        _refuse_by_name(stream, kind, refused)
        raise


def _refuse_by_name(stream: BinaryIO, kind: Kind, refused: Exception) -> None:
    """Raise ``PictureRefused`` with its format's name for a sound file that cannot be read here."""
    facts = unsupported.facts(side_data.everything(stream))
    if facts:
        raise PictureRefused(kind.unsupported, facts) from refused


def _looks_like_a_picture(prefix: bytes) -> bool:
    """Say whether a file begins like a picture. BMP does not count: many a text begins with BM."""
    return (
        prefix.startswith(_BEGINNINGS)
        or (prefix[:4] == b"RIFF" and prefix[8:12] == b"WEBP")
        or (prefix[4:8] == b"ftyp" and prefix[8:12] in heif.STILL_BRANDS)
    )


def _check_pixels(image: ImageFile.ImageFile, kind: Kind) -> None:
    pixels = image.width * image.height
    too_many = pixels > MAX_PIXELS_OF.get(str(image.format), MAX_PIXELS)
    if isinstance(image, JpegImagePlugin.JpegImageFile) and "progressive" in image.info:
        too_many |= pixels * _coefficient_bytes(image.layer) > MAX_COEFFICIENT_BYTES
    if too_many:
        raise PictureRefused(kind.too_many_pixels, {"width": image.width, "height": image.height})


def _coefficient_bytes(layers: list[tuple[int, int, int, int]]) -> float:
    """Give the bytes per pixel that libjpeg keeps until a progressive JPEG's last scan.

    That is 2 bytes a sample. ``layers`` are Pillow's: id, vertical and horizontal sampling factor,
    quantisation table.
    """
    samples = [vertical * horizontal for _, vertical, horizontal, _ in layers]
    return 2 * sum(samples) / max(*samples, 1)


def _source(
    image: ImageFile.ImageFile, parts: CleanedFile, kind: Kind, *, length_bytes: int
) -> Source:
    # Read this before decoding, which drops a tile's raw mode and moves a GIF off its frame.
    left_out = parts.left_out or not _METADATA.isdisjoint(image.info)
    deep = any(";16" in str(tile.args) for tile in image.tile)
    orientation = _orientation(image, parts)
    swapped = isinstance(image, TiffImagePlugin.TiffImageFile) and orientation in SIDEWAYS
    is_hdr = _take_over_colours(image, parts)
    return Source(
        stream=parts.stream,
        image=image,
        stored=(image.height, image.width) if swapped else image.size,
        orientation=orientation,
        deep=deep,
        is_hdr=is_hdr,
        more_pictures=parts.more_pictures or _more_pictures(image),
        left_out=left_out,
        length_bytes=length_bytes,
        kind=kind,
    )


def _more_pictures(image: ImageFile.ImageFile) -> bool:
    """Say whether it is an animation or has pages; damaged ones count."""
    try:
        with _quietly():
            return bool(getattr(image, "is_animated", False))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - damage raises anything; only the first picture counts
        return True


def _take_over_colours(image: ImageFile.ImageFile, parts: CleanedFile) -> bool:
    """Set the picture's ICC profile to the one that applies; return whether its colours are HDR."""
    found = profiles.of_icc(image.info.get("icc_profile") or b"")
    if parts.colours:
        found = profiles.of_png(parts.colours)
    elif not found.icc and image.format in {heif.FORMAT, "AVIF"}:
        numbers = heif.nclx(side_data.everything(parts.stream))
        found = profiles.of_nclx(*numbers) if numbers else found
    image.info["icc_profile"] = found.icc
    return found.is_hdr


def _orientation(image: ImageFile.ImageFile, parts: CleanedFile) -> int:
    """Read EXIF tag 274; 1 if it is absent, damaged or out of range. XMP's does not count.

    For a HEIC this is 1: libheif has turned it already, by the container's own rotation. For an
    AVIF, Pillow gives the container's rotation as EXIF.
    """
    for name in _XMP:  # Pillow would turn the picture by it
        image.info.pop(name, None)
    if parts.orientation:
        return parts.orientation
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return _orientation_of_tiff(image)
    return side_data.orientation_of(image.info.get("exif") or b"") or UPRIGHT


def _orientation_of_tiff(image: TiffImagePlugin.TiffImageFile) -> int:
    """Read tag 274, and drop the other tags, which Pillow would read again when it decodes."""
    try:
        with _quietly():
            exif = image.getexif()
            for tag in set(exif) - {ExifTags.Base.Orientation}:
                del exif[tag]
            value = image.tag_v2.get(ExifTags.Base.Orientation, UPRIGHT)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - damage raises anything; whether it decodes is seen later
        return UPRIGHT
    return value if isinstance(value, int) and 1 <= value <= 8 else UPRIGHT


def _load(image: ImageFile.ImageFile, kind: Kind) -> None:
    with _damage_as(kind.truncated), _freeing_decoder(image):
        image.load()


@contextlib.contextmanager
def _freeing_decoder(image: ImageFile.ImageFile) -> Iterator[None]:
    """Free a WebP's decoder, which holds two canvases and the file, as soon as it has decoded.

    Pillow (12.2) keeps it for an animation's next picture, beside two copies of the pixels.
    """
    if not isinstance(image, WebPImagePlugin.WebPImageFile):
        yield
        return
    decode = image._get_next  # noqa: SLF001

    def decode_once() -> tuple[bytes, int, int]:
        found = decode()
        del image._decoder  # noqa: SLF001
        return found

    vars(image)["_get_next"] = decode_once
    try:
        yield
    finally:
        del vars(image)["_get_next"]  # else picture and function would hold each other


def _make_opaque_if_meant(image: Image.Image) -> None:
    """Make a BMP opaque whose alpha is zero all over, as browsers do: it is unused padding."""
    is_clear_bmp = image.format == "BMP" and image.mode == "RGBA"
    if is_clear_bmp and image.getchannel("A").getextrema() == (0, 0):
        image.putalpha(255)


@contextlib.contextmanager
def _damage_as(code: ErrorCode) -> Iterator[None]:
    """Turn any error of a decoder into ``PictureRefused`` with ``code``: damage can raise anything.

    ``MemoryError`` is not the file's fault and is raised as it is.
    """
    try:
        with _quietly():
            yield
    except MemoryError:
        raise
    except Exception as damage:
        raise PictureRefused(code) from damage


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Silence Pillow's warnings about odd metadata, which is dropped anyway."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
