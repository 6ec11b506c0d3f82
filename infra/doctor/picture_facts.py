"""Find out from one painted picture how aiart works: pure functions over the files' bytes.

The photo has the picture's shape but is smaller. So the mask's size shows whether it belongs to the
photo or to the picture, and scaling and shifting is enough to search for the product.
"""

import io
from collections.abc import Callable
from functools import cache
from itertools import product
from operator import mul
from typing import Literal, NamedTuple

import msgspec
from PIL import Image, ImageChops

LOOK_PX = 96  # longer side of the copies that are compared
SCALES = tuple(percent / 100 for percent in range(60, 145, 5))
SHIFTS = tuple(range(-16, 17, 4))  # in px of the copies
FINER = (-0.04, -0.02, 0.0, 0.02, 0.04)
CANDIDATES = 5
STAYS_WITHIN = 0.02  # of a side: two px of the copies
LEVELS = 3 * tuple(range(256))
ALIKE = 24.0  # of 255: up to this mean difference, light and compression explain it
PRODUCT = 128  # a pixel with a higher alpha belongs to the product
LABEL_MARKS = (b"TC260", b"AIGC", b"DigitalSourceType", b"c2pa")
Frame = Literal["photo", "result", "neither"]
Size = tuple[int, int]
At = tuple[float, int, int]  # scale and shift


class Item(NamedTuple):
    """Hold the photo and its product's outline at one scale.

    ``least`` is how much of the outline must lie within the picture, as a sum of its alpha.
    """

    picture: Image.Image
    outline: Image.Image
    least: float


class Place(msgspec.Struct, frozen=True):
    """Say where the product was found: its scale, and its shift in shares of the photo's sides.

    ``difference`` is the mean difference there, of 255; ``stays``: it has not moved.
    """

    stays: bool
    scale: float
    shift_x: float
    shift_y: float
    difference: float


def labels_in(data: bytes) -> list[str]:
    """List the signs of an implicit label that a file's bytes hold (GB 45438-2025, IPTC, C2PA)."""
    return [mark.decode() for mark in LABEL_MARKS if mark in data]


def frame_of(mask: Size, *, photo: Size, result: Size) -> Frame:
    """Say by a mask's size whether it fits the photo or the result, which differ in size."""
    if mask == photo:
        return "photo"
    return "result" if mask == result else "neither"


def corner(picture: bytes) -> bytes:
    """Cut out the corner with aiart's visible mark, as a PNG, for a person to measure."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    out = io.BytesIO()
    image.crop((image.width * 6 // 10, image.height * 85 // 100, *image.size)).save(out, "PNG")
    return out.getvalue()


def size_of(data: bytes) -> Size:
    """Read a picture's size in pixels."""
    return Image.open(io.BytesIO(data)).size


def place_of(photo: bytes, mask: bytes, result: bytes) -> Place | None:
    """Find where the photo's product is in the result; None if it is not found.

    ``mask``, of either size, only separates the product from its background in the photo. Small
    copies are compared at every scale and shift, so the place is exact to 1 or 2 %.
    """
    staged = _small(photo)
    alpha = _product_of(mask).resize(staged.size)
    painted = _small(result).resize(staged.size)
    found = _best(staged, alpha, painted)
    if found is None or found.difference > ALIKE:
        return None
    return found


def _small(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data)).convert("RGB")
    image.thumbnail((LOOK_PX, LOOK_PX))
    return image


def _product_of(mask: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(mask))
    channel = image.getchannel("A") if "A" in image.getbands() else image.convert("L")
    return channel.point(lambda value: 255 if value > PRODUCT else 0)


def _best(staged: Image.Image, alpha: Image.Image, painted: Image.Image) -> Place | None:
    """Search everywhere in big steps, then around the best places in small ones."""

    @cache
    def item(scale: float) -> Item:
        size = (max(1, round(staged.width * scale)), max(1, round(staged.height * scale)))
        outline = alpha.resize(size)
        return Item(staged.resize(size), outline, _sum(outline.histogram()) * 0.9)

    coarse = [_tried(item, painted, at) for at in product(SCALES, SHIFTS, SHIFTS)]
    around = [
        (scale + by, x + along, y + down)
        for _, (scale, x, y) in sorted(one for one in coarse if one)[:CANDIDATES]
        for by, along, down in product(FINER, range(-3, 4), range(-3, 4))
    ]
    found = sorted(
        one for one in (_tried(item, painted, at) for at in dict.fromkeys(around)) if one
    )
    if not found:
        return None
    difference, (scale, x, y) = found[0]
    shift_x, shift_y = round(x / staged.width, 3), round(y / staged.height, 3)
    off = max(abs(scale - 1), abs(shift_x), abs(shift_y))
    return Place(off <= STAYS_WITHIN, round(scale, 2), shift_x, shift_y, round(difference, 1))


def _tried(item: Callable[[float], Item], painted: Image.Image, at: At) -> tuple[float, At] | None:
    """Measure the difference at a scale and shift; ``painted`` has the photo's size at scale 1."""
    scale, x, y = at
    scaled = item(scale)
    width, height = scaled.picture.size
    corner_at = ((painted.width - width) // 2 + x, (painted.height - height) // 2 + y)
    difference = _difference(scaled, painted, corner_at)
    return None if difference is None else (difference, at)


def _difference(item: Item, painted: Image.Image, at: Size) -> float | None:
    """Average the difference over the product; None if too little of it is in the picture."""
    box = (at[0], at[1], at[0] + item.picture.width, at[1] + item.picture.height)
    inside = (
        max(0, box[0]),
        max(0, box[1]),
        min(painted.width, box[2]),
        min(painted.height, box[3]),
    )
    if inside[0] >= inside[2] or inside[1] >= inside[3]:
        return None
    own = (inside[0] - at[0], inside[1] - at[1], inside[2] - at[0], inside[3] - at[1])
    seen = item.outline.crop(own)
    if seen.size != item.outline.size and _sum(seen.histogram()) < item.least:
        return None
    apart = ImageChops.difference(item.picture.crop(own), painted.crop(inside))
    counts = apart.histogram(seen)
    return _sum(counts) / sum(counts) if any(counts) else None


def _sum(counts: list[int]) -> int:
    """Sum a histogram's values, of one band or of three. ImageStat takes four times as long."""
    return sum(map(mul, LEVELS, counts))
