"""Put a product on a ground of one colour, as shops ask for it, optionally with a shadow.

Outside the product and its shadow, every pixel has exactly that colour.
"""

import itertools
from collections.abc import Iterable, Sequence

import msgspec
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from functions.worker.photos.cutouts import encoded_png, freed, opened_with_mask
from functions.worker.photos.geometry import Size
from functions.worker.photos.masks import OPAQUE_FROM
from functions.worker.photos.pixels import PREVIEW_SIDE_PX, preview_jpeg

Box = tuple[int, int, int, int]  # left, top, right, bottom in px, as Pillow has them
Point = tuple[float, float]
Lowest = tuple[int, int]  # a column's x, and the y of the product's lowest point in it
Area = list[tuple[int, float, float]]  # for each column: x, upper y, lower y
Ground = dict[int, float]  # x: the y of the ground on which the product stands

FAINT = 10  # of 255: a lower alpha is noise of the mask, and would tint the pure ground
_UNTINTED = [alpha if alpha >= FAINT else 0 for alpha in range(256)]
_HARD = [255 * (alpha >= OPAQUE_FROM) for alpha in range(256)]
_LOOKED_AT_PX = 200  # longer side of the copy in which specks are found
_SPECK_SHARE = 0.002  # of the product's whole weight: a smaller part is a speck of dirt
_BESIDE_SHARE = 1 / 100  # of the longer side: how far beyond its box an edge may be soft

# The shadow is computed on a copy of so many columns. Shares are of the product's width.
_COLUMNS, _FINEST = 384, 0.5  # but at most at half the product's scale
_SLOPE = 0.42  # an underside that rises more steeply cannot touch the ground
_HIGHEST_SHARE = 0.22  # nor can one that is higher than this
_TOUCHING_SHARE = 0.012  # an underside nearer to the ground than this touches it
_GAP_SHARE = 0.08  # the shadow in the gap below the product is this high
_REACH = 3.5  # a blur fades out within so many of its radiuses
_FLAT = 0.6  # a shadow on the ground is seen at an angle: its blur is flatter than wide
# Each layer's depth, softness and darkness: where the product touches, and below all of it.
_TIGHT = (0.005, 0.006, 0.62)
_SHADES = ((0.010, 0.020, 0.40), (0.026, 0.050, 0.26))


class PackshotPicture(msgspec.Struct, frozen=True):
    """Hold the picture as a PNG of the size that was asked for, and a JPEG preview of it."""

    png: bytes
    preview: bytes
    preview_size: Size


class PackshotLook(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a packshot: its size in px, the ground's colour (``#rrggbb``), and its shadow.

    The product fills ``fill_percent`` of the width or of the height, whichever it reaches first.
    """

    size: Size
    ground: str = "#ffffff"
    fill_percent: int = 85
    shadow: bool = False


def packshot(
    photo: bytes, mask: bytes, look: PackshotLook, *, is_flattened: bool = False
) -> PackshotPicture:
    """Put the photo's product in the middle of a plain ground, cut out along ``mask``.

    The arguments and errors are those of ``cutouts.cut_out``.
    """
    size = look.size
    picture, alpha = opened_with_mask(photo, mask)
    box = _product_box(alpha)
    scale = min(size[0] / (box[2] - box[0]), size[1] / (box[3] - box[1])) * look.fill_percent / 100
    seen = (size[0] / scale, size[1] / scale)
    product, inner = _alone(picture, alpha, box, seen, is_flattened=is_flattened)
    del picture, alpha
    product, place = _scaled(product, inner, scale, size)
    made = Image.new("RGB", size, look.ground)
    if look.shadow:
        made = ImageChops.multiply(made, _light(product.getchannel("A"), place, size))
    made.paste(product, place, product.getchannel("A"))
    preview, preview_size = preview_jpeg(_shown(made))
    return PackshotPicture(encoded_png(made), preview, preview_size)


def _shown(made: Image.Image) -> Image.Image:
    share = PREVIEW_SIDE_PX / max(made.size)
    if share >= 1:
        return made
    width, height = (max(1, round(side * share)) for side in made.size)
    return made.resize((width, height), Image.Resampling.LANCZOS)


def _product_box(alpha: Image.Image) -> Box:
    """Find the box around all parts of the mask that are no specks."""
    whole = alpha.point(_HARD)
    factor = max(1, max(alpha.size) // _LOOKED_AT_PX)
    parts = _parts(whole.reduce(factor))
    least = _SPECK_SHARE * sum(weight for weight, _ in parts)
    boxes = [box for weight, box in parts if weight >= least]
    if not boxes:
        return alpha.getbbox() or (0, 0, *alpha.size)
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    near = (
        *(min(lefts) * factor, min(tops) * factor),
        *(min(alpha.width, max(rights) * factor), min(alpha.height, max(bottoms) * factor)),
    )
    inner = whole.crop(near).getbbox() or (0, 0, near[2] - near[0], near[3] - near[1])
    x, y = near[:2]
    return inner[0] + x, inner[1] + y, inner[2] + x, inner[3] + y


def _parts(mask: Image.Image) -> list[tuple[int, Box]]:
    """List the connected parts of a small mask, each with its weight and its box."""
    framed = Image.new("L", (mask.width + 2, mask.height + 2), 0)  # so that no part is at an edge
    framed.paste(mask, (1, 1))
    width, left_over = framed.width, bytearray(framed.tobytes())
    parts = []
    for start in range(len(left_over)):
        weight, points, reached = 0, [start], list[int]()
        while points:
            point = points.pop()
            if left_over[point]:
                weight += left_over[point]
                left_over[point] = 0
                reached.append(point)
                points += (point - 1, point + 1, point - width, point + width)
        if reached:
            columns = {point % width for point in reached}
            top, bottom = min(reached) // width, max(reached) // width
            parts.append((weight, (min(columns) - 1, top - 1, max(columns), bottom)))
    return parts


def _alone(
    picture: Image.Image, alpha: Image.Image, box: Box, seen: Point, *, is_flattened: bool
) -> tuple[Image.Image, Box]:
    """Cut the product out with its soft edge (RGBA); return it and its box within that.

    The crop is limited to ``seen`` (px across and down), the part that the packshot shows: around a
    tiny product, more would be enlarged to far more than the memory holds.
    """
    soft = round(max(picture.size) * _BESIDE_SHARE) + 2
    across = min(soft, int(seen[0] - (box[2] - box[0])) // 2)
    down = min(soft, int(seen[1] - (box[3] - box[1])) // 2)
    left, top = max(0, box[0] - across), max(0, box[1] - down)
    crop = (left, top, min(alpha.width, box[2] + across), min(alpha.height, box[3] + down))
    longest_px = max(picture.size)
    product = freed(picture.crop(crop), alpha.crop(crop), longest_px, is_flattened=is_flattened)
    return product, (box[0] - left, box[1] - top, box[2] - left, box[3] - top)


def _scaled(
    product: Image.Image, inner: Box, scale: float, size: Size
) -> tuple[Image.Image, tuple[int, int]]:
    """Scale the product; return it and the upper left corner that puts its box in the middle.

    It is scaled premultiplied (mode ``RGBa``), so that clear pixels add no colour to its edge.
    """
    scaled = (max(1, round(product.width * scale)), max(1, round(product.height * scale)))
    sharp = product.convert("RGBa").resize(scaled, Image.Resampling.LANCZOS).convert("RGBA")
    sharp.putalpha(sharp.getchannel("A").point(_UNTINTED))
    across, down = scaled[0] / product.width, scaled[1] / product.height
    middle = ((inner[0] + inner[2]) / 2 * across, (inner[1] + inner[3]) / 2 * down)
    return sharp, (round(size[0] / 2 - middle[0]), round(size[1] / 2 - middle[1]))


# --- the contact shadow


def _light(alpha: Image.Image, place: tuple[int, int], size: Size) -> Image.Image:
    """Draw the shadow as a picture to multiply the ground with (RGB): white where there is none.

    It is soft, so it is drawn on a small scale. It fades out before the picture's edge. A product
    that is nowhere visible has no shadow.
    """
    share = min(_COLUMNS / alpha.width, _FINEST)
    width, height = (max(1, round(side * share)) for side in alpha.size)
    undersides = _undersides(alpha.resize((width, height), Image.Resampling.BOX))
    if not undersides:
        return Image.new("RGB", size, "white")
    ground = _contact_line(undersides, width)
    bands = [
        (_runs_that_touch(undersides, ground, _TOUCHING_SHARE * width), *_TIGHT),
        *(([_gap(undersides, ground, _GAP_SHARE * width)], *shade) for shade in _SHADES),
    ]
    at = (place[0] * share, place[1] * share)
    room = _room_beside(ground, at, (size[0] * share, size[1] * share))
    light = Image.new("L", (max(1, round(size[0] * share)), max(1, round(size[1] * share))), 255)
    for areas, below, soft, dark in bands:
        shade = Image.new("L", light.size, 0)
        for area in areas:
            outline = _outline(area, at, below * width)
            ImageDraw.Draw(shade).polygon(outline, fill=round(255 * dark))
        across = min(soft * width, room[0] / _REACH)
        along = min(soft * width * _FLAT, max(0.0, room[1] - below * width) / _REACH)
        shade = shade.filter(ImageFilter.GaussianBlur((across, along)))
        light = ImageChops.multiply(light, ImageChops.invert(shade))
    return Image.merge("RGB", 3 * (light.resize(size, Image.Resampling.BICUBIC),))


def _room_beside(ground: Ground, at: Point, frame: Point) -> Point:
    """Give the free px beside and below the place where the product stands."""
    left, right = at[0] + min(ground), at[0] + max(ground)
    return max(0.0, min(left, frame[0] - right)), max(0.0, frame[1] - at[1] - max(ground.values()))


def _outline(area: Area, at: Point, depth: float) -> list[Point]:
    """Draw the outline of an area, extended by ``depth`` up and down and moved by ``at``."""
    left, top = at
    upper = [(x + left, y + top - depth) for x, y, _ in area]
    return upper + [(x + left, y + top + depth) for x, _, y in reversed(area)]


def _gap(undersides: Sequence[Lowest], ground: Ground, highest: float) -> Area:
    """Give the area between the product and the ground, at most ``highest`` above the ground."""
    return [(x, max(y, ground[x] - highest), ground[x]) for x, y in undersides if x in ground]


def _runs_that_touch(undersides: Sequence[Lowest], ground: Ground, nearly: float) -> list[Area]:
    """List the runs of columns in which the product is within ``nearly`` of the ground."""
    runs: list[Area] = [[]]
    for x, y in undersides:
        if x in ground and ground[x] - y <= nearly:
            runs[-1].append((x, y, y))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]


def _undersides(alpha: Image.Image) -> list[Lowest]:
    """List the lowest point of the product in each column of pixels.

    A pixel counts from half of the highest alpha on, because glass, or a thin wire on this scale,
    has no opaque one.
    """
    most = max(value for value, count in enumerate(alpha.histogram()) if count)
    least = max(1, min(OPAQUE_FROM, (most + 1) // 2))
    hard = alpha.point([255 * (value >= least) for value in range(256)])
    columns = hard.transpose(Image.Transpose.TRANSPOSE).tobytes()
    height = alpha.height
    lowest = ((x, columns.rfind(b"\xff", x * height, (x + 1) * height)) for x in range(alpha.width))
    return [(x, at - x * height) for x, at in lowest if at >= 0]


def _contact_line(undersides: Sequence[Lowest], width: int) -> Ground:
    """Find the ground: the lower hull of those undersides that can touch it."""
    base = max(y for _, y in undersides)
    stands = [x for x, y in undersides if y >= base - 1]
    left, right = stands[0], stands[-1]
    hull = _lower_hull(
        (x, y)
        for x, y in undersides
        if base - y <= min(_HIGHEST_SHARE * width, 2 + _SLOPE * max(left - x, x - right, 0))
    )
    ground: Ground = dict([hull[0]])
    for (x1, y1), (x2, y2) in itertools.pairwise(hull):
        ground |= {x: y1 + (y2 - y1) * (x - x1) / (x2 - x1) for x in range(x1 + 1, x2 + 1)}
    return ground


def _lower_hull(points: Iterable[Lowest]) -> list[Lowest]:
    """Compute the lower side of the points' convex hull, from left to right; y grows downwards."""
    hull: list[Lowest] = []
    for x, y in points:
        while len(hull) > 1:
            (x1, y1), (x2, y2) = hull[-2:]
            if (x2 - x1) * (y - y1) < (y2 - y1) * (x - x1):
                break
            hull.pop()
        hull.append((x, y))
    return hull
