"""What keeps an uploaded photo from going to aiart byte for byte."""

from PIL import Image, TiffImagePlugin

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
_HARMLESS_TAGS = frozenset(  # of a TIFF (TIFF 6.0): how the pixels lie, and the ICC profile
    {254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 282, 283, 284, 296, 317, 339}
    | {34675}
)
_STRIP_BYTES = 279
_TAGS_MOST_BYTES = 2048  # a TIFF's directory; where there is more, something hangs on behind
_PLAIN_TIFF = frozenset({"raw", "tiff_lzw", "tiff_adobe_deflate"})  # what every reader knows


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
    if isinstance(source.image, TiffImagePlugin.TiffImageFile):
        pixels = sum(source.image.tag_v2.get(_STRIP_BYTES, ()))
        beside = source.length_bytes - pixels - len(source.image.info.get("icc_profile", b""))
        return beside > _TAGS_MOST_BYTES or not set(source.image.tag_v2) <= _HARMLESS_TAGS
    return source.left_out
