"""Measure what shops have rules about: a picture's size, its background, how much is filled."""

from typing import Literal

import msgspec
from PIL import Image, ImageChops, ImageStat

from functions.worker.photos import colours, decoding, geometry
from functions.worker.photos.geometry import Size
from functions.worker.photos.limits import PHOTO
from functions.worker.photos.pixels import upright
from functions.worker.photos.shape import Transparency, transparency

Background = Literal["transparent", "white", "light", "plain", "busy"]

_EDGE_SHARE = 0.02  # width of the measured edge, as a share of each side
_WHITE_FROM = 254  # of 255: pure white, as a JPEG has it, is no darker
_LIGHT_FROM = 225
_ALIKE = 10  # of 255: how far a plain background differs from its median
_MOST = 0.995  # share of the edge's pixels that must be white, or plain
_PRODUCT_FROM = 24  # of 255: a larger difference from the background is product, not shadow
_LOOKED_AT_PX = 1000  # longer side of the copy that is measured: enough, and without noise


class Measured(msgspec.Struct, frozen=True):
    """Hold a picture's size in px, its background, and how much of it the product fills.

    ``background`` is judged by the picture's edge; ``not_white`` is the percentage of the edge that
    is not pure white. ``fill`` is the percentage of the width or of the height that the product
    takes, whichever is more; 0 if unknown, because the background is busy or nothing stands out.
    """

    size: Size
    background: Background
    not_white: float
    fill: int


def measured(picture: bytes) -> Measured:
    """Measure a picture. Raises ``PictureRefused`` with one of the ``PHOTO_`` codes."""
    with decoding.opened(decoding.as_stream(picture), PHOTO) as source:
        size = geometry.oriented(source.stored, source.orientation)
        shown = upright(source, size)
        is_cut_out = colours.has_alpha(source.image)
        is_cut_out = is_cut_out and transparency(source.image) is not Transparency.NOTHING
    edge = _edge(shown)
    white = _share(ImageChops.invert(edge), 255 - _WHITE_FROM)
    median = tuple(ImageStat.Stat(edge).median)
    plain = Image.new("RGB", edge.size, median)
    is_plain = _share(ImageChops.difference(edge, plain), _ALIKE) >= _MOST
    background: Background = "busy"
    if is_cut_out:
        background = "transparent"
    elif white >= _MOST:
        background = "white"
    elif is_plain:
        background = "light" if min(median) >= _LIGHT_FROM else "plain"
    fill = 0 if background == "busy" else _fill(shown, median)
    return Measured(size, background, round(100 * (1 - white), 1), fill)


def _edge(shown: Image.Image) -> Image.Image:
    """Paste the four edges below each other into one picture, to be judged as background."""
    width, height = shown.size
    wide, high = max(1, round(width * _EDGE_SHARE)), max(1, round(height * _EDGE_SHARE))
    sides = [
        shown.crop((0, 0, width, high)),
        shown.crop((0, height - high, width, height)),
        shown.crop((0, 0, wide, height)).transpose(Image.Transpose.TRANSPOSE),
        shown.crop((width - wide, 0, width, height)).transpose(Image.Transpose.TRANSPOSE),
    ]
    length = min(width, height)
    edge = Image.new("RGB", (length, 2 * (high + wide)))
    top = 0
    for side in sides:
        edge.paste(side.resize((length, side.height), Image.Resampling.NEAREST), (0, top))
        top += side.height
    return edge


def _share(difference: Image.Image, most: int) -> float:
    """Give the share of the pixels in which no channel of ``difference`` is above ``most``."""
    red, green, blue = difference.split()
    counts = ImageChops.lighter(ImageChops.lighter(red, green), blue).histogram()
    return sum(counts[: most + 1]) / sum(counts)


def _fill(shown: Image.Image, background: tuple[int, ...]) -> int:
    """Give the percentage of the width or of the height that the product takes, the larger one."""
    small = shown.reduce(max(1, max(shown.size) // _LOOKED_AT_PX))
    plain = Image.new("RGB", small.size, background)
    red, green, blue = ImageChops.difference(small, plain).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    box = most.point([255 * (value >= _PRODUCT_FROM) for value in range(256)]).getbbox()
    if box is None:
        return 0
    across, down = (box[2] - box[0]) / small.width, (box[3] - box[1]) / small.height
    return round(100 * max(across, down))
