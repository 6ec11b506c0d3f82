"""Find the product in its cut-out, scale it to its place, clean its rim of the old background."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from infra.local.aiart.paint.colour import decode, luminance
from infra.local.aiart.paint.field import Field, Planes, blur, blur_plain, mix, resize

WIDTH_SHARE, HEIGHT_SHARE = 0.80, 0.62
"""The largest part of the picture's width and height that a product takes."""
COMPOSITIONS = ((1.0, 0.0), (0.84, -0.05), (0.90, 0.05), (0.76, 0.0))
"""(Share of that size, distance from the middle in widths): the next pair for each further picture
of the same wish."""
BASE = 0.81
"""Where the product stands, in heights from the top."""
MARGIN_PX = 2
"""Pixels of the cut-out kept around what is opaque: the soft edge."""
LEAST_SIDE_PX = 64
"""A smaller product is enlarged before its margin is cut, so that the margin stays narrow."""
SPECK = 0.001
"""A separate part smaller than this share of the product is an error of the segmentation."""
FILL_PIXELS = 250_000
"""The rim's new colours are found on a picture of about this size: they are smooth."""


@dataclass(frozen=True)
class Place:
    """Say where the product goes: its corner and size in pixels of the result."""

    x: int
    y: int
    width: int
    height: int

    def scaled(self, scale: float) -> "Place":
        """Give the same place in a picture scaled down."""
        x, y = int(self.x * scale), int(self.y * scale)
        width, height = int(self.width * scale), int(self.height * scale)
        return Place(x, y, max(1, width), max(1, height))

    @property
    def rows(self) -> slice:
        """Give the place's rows in the picture."""
        return slice(self.y, self.y + self.height)

    @property
    def columns(self) -> slice:
        """Give the place's columns in the picture."""
        return slice(self.x, self.x + self.width)


@dataclass(frozen=True)
class Product:
    """Hold the product at its final size.

    ``rgb`` (3, h, w) is in linear light, ``alpha`` is (h, w), ``place`` is where it goes.
    """

    rgb: Planes
    alpha: Field
    place: Place

    def turned(self, picture_width: int) -> "Product":
        """Turn the product as in a mirror, in a picture of that width, px."""
        x = picture_width - self.place.x - self.place.width
        return Product(self.rgb[:, :, ::-1], self.alpha[:, ::-1], replace(self.place, x=x))


def prepare(
    cutout: NDArray[np.uint8], *, width: int, height: int, lift: float, variation: int = 0
) -> Product:
    """Make the product of a cut-out (h, w, 4) ready for a picture of width x height.

    ``lift`` raises it above its usual place, in heights. Raises ``ValueError`` for an empty alpha.
    """
    found = _found(cutout)
    composition = COMPOSITIONS[variation % len(COMPOSITIONS)]
    place, scale = _place(found.solid, composition, width=width, height=height, lift=lift)
    planes = decode(np.moveaxis(_scaled(found.rgb, place, scale), 2, 0))
    cover: Field = _scaled(found.alpha, place, scale).astype(np.float32) / 255
    rgb = _cleaned(planes, cover, max(1, round(scale)))
    if scale > 1.05:  # an enlarged edge is a ramp many pixels wide
        cover = np.clip((cover - 0.5) * min(1.3 * scale, 4.0) + 0.5, 0, 1)
        cover = blur_plain(cover, 0.7)
    return Product(rgb, cover, place)


def is_lit_from_right(product: Product) -> bool:
    """Tell whether the product's own light comes clearly from the right."""
    light = luminance(product.rgb)
    x = np.linspace(-1, 1, light.shape[1], dtype=np.float32)[None, :]
    weight = product.alpha / max(float(product.alpha.sum()), 1e-6)
    mean_x, mean = float((x * weight).sum()), float((light * weight).sum())
    lean = float(((x - mean_x) * (light - mean) * weight).sum())
    spread = math.sqrt(float((((light - mean) ** 2) * weight).sum())) + 1e-6
    return lean / spread > 0.10


@dataclass(frozen=True)
class _Found:
    """Hold the part of a cut-out that holds the product, with a margin around it.

    ``solid`` is the (width, height) of what is opaque, in the middle of it.
    """

    rgb: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    solid: tuple[int, int]


def _found(cutout: NDArray[np.uint8]) -> _Found:
    """Find the product in its cut-out, without specks.

    Raises ``ValueError`` when no pixel is opaque.
    """
    alpha = cutout[..., 3]
    peak = int(alpha.max(initial=0))
    if peak == 0:
        raise ValueError("the cut-out is empty: no pixel of it is opaque")
    alpha, solid = _without_specks(alpha, (alpha >= max(1, peak // 2)).astype(np.uint8))
    left, top, wide, tall = cv2.boundingRect(solid)
    rows, above, below = _with_margin(top, tall, alpha.shape[0])
    columns, before, behind = _with_margin(left, wide, alpha.shape[1])
    around = (above, below), (before, behind)
    rgb = np.pad(cutout[rows, columns, :3], (*around, (0, 0)), mode="edge")
    alpha = np.pad(alpha[rows, columns], around)
    if max(wide, tall) < LEAST_SIDE_PX:
        times = -(-LEAST_SIDE_PX // max(wide, tall))
        larger = np.dstack([rgb, alpha]).repeat(times, axis=0).repeat(times, axis=1)
        return _found(larger)
    return _Found(rgb, alpha, (wide, tall))


def _with_margin(start: int, length: int, limit: int) -> tuple[slice, int, int]:
    """Add the margin to a stretch, as far as the cut-out reaches.

    Returns the slice and how much of the margin is missing before and behind it.
    """
    low, high = start - MARGIN_PX, start + length + MARGIN_PX
    return slice(max(low, 0), min(high, limit)), max(-low, 0), max(high - limit, 0)


def _without_specks(
    alpha: NDArray[np.uint8], solid: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Drop parts too small to be meant from the alpha and from its opaque part."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid)
    areas = stats[:, cv2.CC_STAT_AREA]
    is_kept = areas >= SPECK * areas[1:].sum()
    if is_kept[1:count].all():
        return alpha, solid
    is_kept[0] = False
    kept = is_kept[labels]
    dust = cv2.dilate((solid > 0).astype(np.uint8) * ~kept, np.ones((5, 5), np.uint8)) > 0
    return np.where(dust & ~kept, np.uint8(0), alpha), kept.astype(np.uint8)


def _place(
    solid: tuple[int, int],
    composition: tuple[float, float],
    *,
    width: int,
    height: int,
    lift: float,
) -> tuple[Place, float]:
    """Place the product with its margin, and give its scale.

    It is as large as the composition lets it be and stands on the base line.
    """
    wide, tall = solid
    share, aside = composition
    scale = share * min(WIDTH_SHARE * width / wide, HEIGHT_SHARE * height / tall)
    # In an upright picture a flat product would stand at the bottom of an empty sheet.
    base = BASE - 0.35 * max(0.0, 0.30 - tall * scale / height) - lift
    w, h = (max(1, round((side + 2 * MARGIN_PX) * scale)) for side in solid)
    bottom = round(base * height + MARGIN_PX * scale)
    return Place(x=(width - w) // 2 + round(aside * width), y=bottom - h, width=w, height=h), scale


def _scaled(x: NDArray[np.uint8], place: Place, scale: float) -> NDArray[np.uint8]:
    """Scale bytes to the product's final size."""
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(x, (place.width, place.height), interpolation=method)
    return np.asarray(scaled, dtype=np.uint8)


def _cleaned(rgb: Planes, alpha: Field, rim_px: int) -> Planes:
    """Grow the rim's colours from inside the product, so that no old background shines through.

    Parts too thin to have an inside grow theirs from where they are most opaque.
    """
    shrink = min(1.0, math.sqrt(FILL_PIXELS / alpha.size))
    height, width = (max(1, round(side * shrink)) for side in alpha.shape)
    inside = _inside(alpha, rim_px)
    small, cover = resize(rgb, height, width), resize(alpha, height, width)
    known = np.clip(resize(inside, height, width), 0, 1) * _inside(cover, 1)
    fill, found = small, known
    sources = [(known, sigma_px) for sigma_px in (1.5, 3.0, 6.0, 12.0)]
    for source, sigma_px in (*sources, (np.clip(cover, 0, 1) ** 8, 2.0)):
        weight = blur(source, sigma_px)
        spread = blur(small * source, sigma_px) / np.maximum(weight, 1e-6)
        reached = np.clip(weight * 40, 0, 1) * (1 - found)
        fill = mix(fill, spread, reached)
        found = found + reached
    return mix(resize(fill, *alpha.shape), rgb, blur_plain(inside, 0.8))


def _inside(alpha: Field, rim_px: int) -> Field:
    """Mark with 1 the pixels that are opaque and have only opaque ones within ``rim_px``."""
    opaque = (alpha > 0.96).astype(np.uint8)
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim_px + 1, 2 * rim_px + 1))
    kept = cv2.erode(opaque, element, borderType=cv2.BORDER_CONSTANT, borderValue=1)
    return np.asarray(kept, dtype=np.float32)
