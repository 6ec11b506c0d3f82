"""Turn, scale and pad an uploaded picture to the sides and ratio that aiart takes.

Limits: Tencent document 1668/107957: each side < 4000 px, ratio between 2:5 and 5:2. The ratio is
kept strictly between the two, because the document does not say whether they are allowed.
"""

import msgspec
from PIL import Image, ImageStat

Size = tuple[int, int]  # width and height in px

MAX_SIDE_PX = 3999
UPRIGHT = 1
SIDEWAYS = frozenset({5, 6, 7, 8})  # EXIF orientations that swap width and height

_TRANSPOSES = {  # EXIF orientation (tag 274): what makes it upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Geometry(msgspec.Struct, frozen=True):
    """Describe how an original becomes the product photo, so that its mask is treated the same.

    It is turned upright, then scaled, then centred in ``product`` by padding. Sizes in px.
    """

    stored: Size  # as the file stores it
    orientation: int  # EXIF, 1 to 8
    scaled: Size  # upright and scaled
    product: Size  # with its padding

    @property
    def upright(self) -> Size:
        """Give the original's size as a person sees it."""
        return oriented(self.stored, self.orientation)

    @property
    def offset(self) -> Size:
        """Give the upper left corner of the scaled picture in the product photo, in px."""
        return (
            (self.product[0] - self.scaled[0]) // 2,
            (self.product[1] - self.scaled[1]) // 2,
        )


def plan(stored: Size, orientation: int, longest_px: int = MAX_SIDE_PX) -> Geometry:
    """Plan to scale sides down to ``longest_px``, then to pad a ratio that is out of range."""
    scaled = fit(oriented(stored, orientation), longest_px)
    return Geometry(stored, orientation, scaled, _with_allowed_ratio(scaled))


def oriented(size: Size, orientation: int) -> Size:
    """Apply an EXIF orientation to a size (or take it back: it is its own inverse)."""
    return (size[1], size[0]) if orientation in SIDEWAYS else size


def fit(size: Size, longest_px: int) -> Size:
    """Scale a size down so that its longest side is at most ``longest_px``; no side gets 0."""
    longest = max(size)
    if longest <= longest_px:
        return size
    width, height = (max(1, round(side * longest_px / longest)) for side in size)
    return width, height


def _with_allowed_ratio(size: Size) -> Size:
    """Give the smallest size around ``size`` whose ratio is strictly between 2:5 and 5:2."""
    width, height = size
    return max(width, 2 * height // 5 + 1), max(height, 2 * width // 5 + 1)


def orient(picture: Image.Image, orientation: int) -> Image.Image:
    """Apply an EXIF orientation to a picture; return an upright one as it is."""
    return picture.transpose(_TRANSPOSES[orientation]) if orientation in _TRANSPOSES else picture


def pad(picture: Image.Image, geometry: Geometry) -> Image.Image:
    """Centre the scaled picture in the product's size.

    The padding at each edge has that edge's median colour, which is the least visible one.
    """
    if picture.size == geometry.product:
        return picture
    width, height = picture.size
    left, top = geometry.offset
    all_width, all_height = geometry.product
    if all_width > width:
        edges = ((0, 0, 1, height), (width - 1, 0, width, height))
        beyond = ((0, 0, left, height), (left + width, 0, all_width, height))
    else:
        edges = ((0, 0, width, 1), (0, height - 1, width, height))
        beyond = ((0, 0, width, top), (0, top + height, width, all_height))
    padded = Image.new(picture.mode, geometry.product)
    padded.paste(picture, geometry.offset)
    for edge, outside in zip(edges, beyond, strict=True):
        padded.paste(tuple(ImageStat.Stat(picture.crop(edge)).median), outside)
    return padded
