"""What keeps an uploaded photo from going to aiart byte for byte."""

from PIL import Image, JpegImagePlugin, PngImagePlugin, TiffImagePlugin

from functions.worker.photos import colours
from functions.worker.photos.decoding import Source
from functions.worker.photos.geometry import UPRIGHT, Geometry

MAX_STAGED_BYTES = (6_000_000 // 4 - 1) * 3  # the most whose Base64 is below 6 MB

# Tencent document 1668/107957 takes jpg, jpeg, png, bmp, tiff and webp.
CONTENT_TYPES = {  # Pillow's format: content type, file name extension
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "BMP": ("image/bmp", "bmp"),
    "TIFF": ("image/tiff", "tiff"),
    "WEBP": ("image/webp", "webp"),
}

# Anything else in a file may say where, when or by whom a photo was taken.
_HARMLESS_SEGMENTS = (b"JFIF\0", b"Adobe", b"ICC_PROFILE\0")  # of a JPEG; JFXX is a thumbnail
_HARMLESS_CHUNKS = {"aspect", "chromaticity", "dpi", "gamma", "icc_profile", "interlace", "srgb"}
_HARMLESS_TAGS = frozenset(  # of a TIFF (TIFF 6.0): how the pixels lie, and the ICC profile
    {254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 282, 283, 284, 296, 317, 339}
    | {34675}
)
_PLAIN_TIFF = frozenset({"raw", "tiff_lzw", "tiff_adobe_deflate"})  # what every reader knows
_ENDS = {"JPEG": b"\xff\xd9", "PNG": b"\0\0\0\0IEND\xae\x42\x60\x82"}  # nothing may hang on behind


def changes_needed(source: Source, planned: Geometry) -> tuple[str, ...]:
    """What has to be done to the photo, in ``ProductPhoto.changes``'s words; empty: nothing."""
    image = source.image
    needed = {
        "oriented": source.orientation != UPRIGHT,
        "scaled": planned.scaled != planned.upright,
        "padded": planned.product != planned.scaled,
        "flattened": colours.has_alpha(image),
        "first-frame": source.more_pictures,
        "converted": _other_colours(source) or not _known_everywhere(image),
        "re-encoded": source.length_bytes > MAX_STAGED_BYTES or _tells_more(source),
    }
    return tuple(change for change, is_needed in needed.items() if is_needed)


def _other_colours(source: Source) -> bool:
    """Whether the pixels are anything but 8-bit sRGB; alpha is counted elsewhere."""
    plain = source.image.mode in {"RGB", "RGBA"} and not source.deep
    return not plain or not colours.is_srgb(source.image)


def _known_everywhere(image: Image.Image) -> bool:
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return image.info.get("compression") in _PLAIN_TIFF
    return image.format in CONTENT_TYPES


def _tells_more(source: Source) -> bool:
    """Whether the file holds anything beside the picture: EXIF, XMP, GPS, comments, a video."""
    image = source.image
    if not source.ending.endswith(_ENDS.get(str(image.format), b"")):
        return True
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        return not all(content.startswith(_HARMLESS_SEGMENTS) for _, content in image.applist)
    if isinstance(image, PngImagePlugin.PngImageFile):
        return not set(image.info) <= _HARMLESS_CHUNKS or bool(image.private_chunks)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return not set(image.tag_v2) <= _HARMLESS_TAGS
    return "exif" in image.info or "xmp" in image.info
