"""Measure of a picture what shops have rules about: its size, its background, what fills it."""

from typing import Literal

import msgspec
from PIL import Image, ImageChops, ImageStat

from functions.worker.photos import colours, decoding, geometry
from functions.worker.photos.geometry import Size
from functions.worker.photos.limits import PHOTO
from functions.worker.photos.pixels import upright
from functions.worker.photos.shape import Transparency, transparency

Background = Literal["transparent", "white", "light", "plain", "busy"]

_EDGE_SHARE = 0.02  # of each side: how wide the edge is that is looked at
_WHITE_FROM = 254  # of 255: a JPEG's white is that at the least
_LIGHT_FROM = 225
_ALIKE = 10  # of 255: so far a plain background goes from its median
_MOST = 0.995  # of the edge's pixels have to be so
_PRODUCT_FROM = 24  # of 255: what differs more from the background is no soft shadow of it
_LOOKED_AT_PX = 1000  # of the longer side: enough for a box, and noise is gone


class Measured(msgspec.Struct, frozen=True):
    """Hold a picture's size in px, its background, and what per cent of the longer side is filled.

    The edge's background says it; ``not_white`` is how many per cent of the edge are not pure
    white. ``fill`` is 0 where it cannot be told: the background is busy, or nothing stands out.
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
    """Lay the four edges below each other: what is there is background, if anything is."""
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
    """Say in what share of the pixels no channel differs by more than ``most``."""
    red, green, blue = difference.split()
    counts = ImageChops.lighter(ImageChops.lighter(red, green), blue).histogram()
    return sum(counts[: most + 1]) / sum(counts)


def _fill(shown: Image.Image, background: tuple[int, ...]) -> int:
    """Say what per cent of the width or the height is filled, whichever is more."""
    small = shown.reduce(max(1, max(shown.size) // _LOOKED_AT_PX))
    plain = Image.new("RGB", small.size, background)
    red, green, blue = ImageChops.difference(small, plain).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    box = most.point([255 * (value >= _PRODUCT_FROM) for value in range(256)]).getbbox()
    if box is None:
        return 0
    across, down = (box[2] - box[0]) / small.width, (box[3] - box[1]) / small.height
    return round(100 * max(across, down))
