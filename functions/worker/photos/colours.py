"""Convert decoded pictures (16 bits, palettes, alpha, CMYK, wide gamuts) to 8-bit sRGB.

Pictures are converted and scaled in bands of rows, so that only the decoded picture, the result and
one band are in memory. Bands are converted before they are scaled: transparent pixels are white by
then, so no dark fringe appears where they meet opaque ones. The filter is Pillow's antialiasing
bicubic, as in its ``thumbnail``: Lanczos takes 40 % more time for a sharpness that is lost anyway
when aiart repaints the picture.
"""

import functools
import io
import math
from collections.abc import Callable

from PIL import Image, ImageChops, ImageCms, ImageMath

from functions.worker.photos.geometry import Size

Convert = Callable[[Image.Image], Image.Image]

WHITE = (255, 255, 255)

_BAND_PX = 2_000_000
_BICUBIC_SUPPORT = 2  # rows that the filter reads to each side, at scale 1
_DEEP = frozenset({"I;16", "I;16B", "I;16L", "I;16N"})
_ANY_RANGE = frozenset({"I", "F"})
_LARGEST = 3.4e38  # of a 32-bit float; anything above is infinite
_SAME_COLOUR = 3  # of 255: a difference that rounding in a profile's curves explains
_PROFILE_MODES = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK"}  # ICC.1, header bytes 16 to 19


def scaled(picture: Image.Image, size: Size, convert: Convert | None, *, mode: str) -> Image.Image:
    """Convert ``picture`` to ``mode`` and scale it to ``size``, band by band.

    ``convert`` gets bands of the picture and returns them in ``mode``; None if the picture has that
    mode already. A picture that needs neither is returned itself, without its metadata.
    """
    if convert is None and picture.size == size:
        picture.info = {}  # else its metadata would be written with it
        return picture
    result = Image.new(mode, size, None)  # all of it is pasted over: no need to fill it first
    rows = max(1, _BAND_PX * size[1] // (picture.width * picture.height))
    for top in range(0, size[1], rows):
        bottom = min(top + rows, size[1])
        result.paste(_band(picture, size, (top, bottom), convert), (0, top))
    return result


def _band(
    picture: Image.Image, size: Size, rows: tuple[int, int], convert: Convert | None
) -> Image.Image:
    """Make the result's rows ``rows[0]`` to ``rows[1]`` from those that the filter reads."""
    ratio = picture.height / size[1]
    first, last = rows[0] * ratio, min(rows[1] * ratio, picture.height)
    if convert is None:  # no crop is needed: the filter reads beyond the box by itself
        return picture.resize(
            (size[0], rows[1] - rows[0]),
            Image.Resampling.BICUBIC,
            box=(0, first, picture.width, last),
        )
    margin = 0 if picture.size == size else math.ceil(_BICUBIC_SUPPORT * max(ratio, 1)) + 1
    top = max(0, math.floor(first) - margin)
    bottom = min(picture.height, math.ceil(last) + margin)
    band = convert(picture.crop((0, top, picture.width, bottom)))
    return band.resize(
        (size[0], rows[1] - rows[0]),
        Image.Resampling.BICUBIC,
        box=(0, first - top, picture.width, last - top),
    )


def srgb_converter(picture: Image.Image) -> Convert | None:
    """Make a converter of ``picture``'s bands to 8-bit sRGB on white; None if none is needed.

    It returns bands in mode RGB. An embedded ICC profile is applied (relative colorimetric, with
    black point compensation); one that is broken or for other channels is ignored. CMYK without a
    profile is converted by Pillow's plain formula. 32-bit and floating-point greys, which declare
    no range, are scaled so that their extremes become black and white.
    """
    to_eight_bits = eight_bit_converter(picture)
    to_srgb = None if is_srgb(picture) else _profile_converter(picture)
    if picture.mode == "RGB" and to_srgb is None and not has_alpha(picture):
        return None

    def convert(band: Image.Image) -> Image.Image:
        opaque = _on_white(to_eight_bits(band))
        if to_srgb is not None:
            return to_srgb(opaque)
        return opaque if opaque.mode == "RGB" else opaque.convert("RGB")

    return convert


def is_srgb(picture: Image.Image) -> bool:
    """Say whether there is no embedded profile, or one that leaves the colours as they are."""
    if not picture.info.get("icc_profile"):
        return picture.mode != "LAB"
    apply_profile = _profile_converter(picture)
    return apply_profile is not None and _changes_nothing(apply_profile)


def has_alpha(picture: Image.Image) -> bool:
    """Say whether there is an alpha channel, a transparent colour or palette entry."""
    return picture.has_transparency_data


def eight_bit_converter(picture: Image.Image) -> Convert:
    """Make a converter of greys of more than 8 bits to 8; others stay. Pillow would clip them."""
    if picture.mode in _DEEP:
        low, high = 0.0, 65535.0
    elif picture.mode in _ANY_RANGE:
        low, high = _extremes(picture)
    else:
        return lambda band: band
    factor = 255 / (high - low or 1)
    clear = picture.info.get("transparency")  # a 16-bit value, which means nothing in 8 bits

    def convert(band: Image.Image) -> Image.Image:
        wide = band if band.mode in _ANY_RANGE else band.convert("I")
        wide = _without_nonsense(wide, instead=low)
        grey = wide.point(lambda value: value * factor + (0.5 - low * factor)).convert("L")
        grey.info.pop("transparency", None)
        if not isinstance(clear, int):
            return grey
        seen = ImageMath.lambda_eval(lambda held: held["wide"] != clear, wide=wide)
        return Image.merge("LA", (grey, seen.convert("L").point([0] + 255 * [255])))

    return convert


def _extremes(picture: Image.Image) -> tuple[float, float]:
    """Find the lowest and the highest finite value; (0, 0) if there is none."""
    lows, highs = [_LARGEST], [-_LARGEST]
    rows = max(1, _BAND_PX // picture.width)
    for top in range(0, picture.height, rows):
        band = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        lows.append(_without_nonsense(band, instead=_LARGEST).getextrema()[0])  # type: ignore[arg-type]
        highs.append(_without_nonsense(band, instead=-_LARGEST).getextrema()[1])  # type: ignore[arg-type]
    return (min(lows), max(highs)) if min(lows) <= max(highs) else (0.0, 0.0)


def _without_nonsense(band: Image.Image, *, instead: float) -> Image.Image:
    """Replace NaN and infinite values in a band of floating-point greys by ``instead``."""
    if band.mode != "F":
        return band
    with_sense = ImageMath.lambda_eval(lambda held: abs(held["band"]) < _LARGEST, band=band)
    nonsense = with_sense.convert("L").point([255] + 255 * [0])
    if not nonsense.getbbox():
        return band
    band = band.copy()
    band.paste(instead, mask=nonsense)
    return band


def _on_white(band: Image.Image) -> Image.Image:
    if not has_alpha(band):
        return band
    colours = band.convert("RGBA")
    opaque = Image.new("RGB", band.size, WHITE)
    opaque.paste(colours, mask=colours.getchannel("A"))
    return opaque


def _profile_converter(picture: Image.Image) -> Convert | None:
    """Make a converter from the embedded profile; None if absent, broken or for other channels.

    LAB pictures, which need no embedded profile, get one of LAB.
    """
    if picture.mode == "LAB":
        return _transform(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")), "LAB")
    icc = picture.info.get("icc_profile")
    if not icc:
        return None
    mode = _PROFILE_MODES.get(icc[16:20], "")
    if mode != _ink_or_light(picture) and (mode, _ink_or_light(picture)) != ("RGB", "L"):
        return None
    return _transform_by(icc, mode)


@functools.lru_cache(maxsize=1)  # it is called three times for a photo
def _transform_by(icc: bytes, mode: str) -> Convert | None:
    """Make a converter that applies a profile to bands in ``mode``; None if it is broken."""
    try:
        return _transform(ImageCms.ImageCmsProfile(io.BytesIO(icc)), mode)
    except (OSError, ImageCms.PyCMSError):
        return None


def _transform(profile: ImageCms.ImageCmsProfile, mode: str) -> Convert:
    """Make a converter to sRGB of bands in ``mode`` whose colours ``profile`` defines."""
    transform = ImageCms.buildTransform(
        profile,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )

    def convert(band: Image.Image) -> Image.Image:
        return transform.apply(band if band.mode == mode else band.convert(mode))

    return convert


def _ink_or_light(picture: Image.Image) -> str:
    """Give the mode in which ``picture``'s profile is applied: CMYK, L or RGB."""
    if picture.mode == "CMYK":
        return "CMYK"
    greys = _DEEP | _ANY_RANGE | {"1", "L", "LA"}
    return "L" if picture.mode in greys else "RGB"


def _changes_nothing(convert: Convert) -> bool:
    """Say whether a profile leaves colours as they are. Its name says nothing: sRGB has a dozen."""
    probe = _probe()
    differences = ImageChops.difference(probe, convert(probe)).getextrema()
    return all(high <= _SAME_COLOUR for _, high in differences)  # type: ignore[misc]


@functools.cache
def _probe() -> Image.Image:
    """Make a picture of 4096 colours, spread evenly over the RGB cube."""
    steps = range(0, 256, 17)
    colours = bytes(channel for r in steps for g in steps for b in steps for channel in (r, g, b))
    return Image.frombytes("RGB", (len(colours) // 3, 1), colours)
