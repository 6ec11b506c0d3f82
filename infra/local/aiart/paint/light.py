"""Light the product as the scene is lit, only as far as it takes to look part of the scene."""

from collections.abc import Sequence

import numpy as np

from infra.local.aiart.paint.colour import Colour, hue_of, linear
from infra.local.aiart.paint.field import Field, Planes, blur, columns, mix, resize, rows

OWN, AROUND, KEY = 0.76, 0.12, 0.12
"""Shares of the product's own white balance, of its surroundings' and of the lamp's."""
AROUND_SIDE_PX = 160


def surroundings(picture: Planes, alpha: Field) -> Colour:
    """Average the colours about the product, which fall on it from all sides; gives one colour."""
    height, width = alpha.shape
    scale = min(1.0, AROUND_SIDE_PX / max(height, width))
    size = max(2, round(height * scale)), max(2, round(width * scale))
    small, cover = resize(picture, *size), resize(alpha, *size)
    weight = blur(cover, 0.06 * max(size)) * (1 - cover) + (1e-3)
    mean = (small * weight).sum(axis=(1, 2)) / weight.sum()
    return np.asarray(mean, dtype=np.float32).reshape(3, 1, 1)


def harmonised(rgb: Planes, *, around: Colour, key: Colour, exposure: float) -> Planes:
    """Bring the product (3, h, w) into the scene's exposure and, partly, its white balance.

    It is a little brighter on the left, where the light comes from, and near the ground it takes
    more of its surroundings' colour.
    """
    tint = OWN + AROUND * np.clip(hue_of(around), 0.4, 2.0) + KEY * hue_of(key)
    across = 1 + 0.06 * (1 - 2 * columns(rgb.shape[2]))
    low = rows(rgb.shape[1]) ** 2
    bounce = mix(np.ones((3, 1, 1), np.float32), np.clip(hue_of(around), 0.4, 2.0), 0.25) * 0.96
    lit: Planes = rgb * (tint * exposure) * across
    return mix(lit, lit * bounce, low)


def rim_lit(
    rgb: Planes, alpha: Field, rims: Sequence[tuple[str, int]], *, unit_px: float
) -> Planes:
    """Light the edges that face a coloured light; each rim is (colour, -1 left or 1 right)."""
    height, width = alpha.shape
    upper = np.clip(1.3 - 1.3 * rows(height), 0, 1)
    for colour, side in rims:
        aside, down = int(-side * unit_px / 110), int(unit_px / 260)
        inner = _moved(alpha, right=aside, down=down)
        rim = blur(np.clip(alpha - inner, 0, 1), unit_px / 240) * alpha * upper
        facing = np.clip(0.5 + side * (2 * columns(width) - 1) * 0.9, 0, 1) * upper
        glow = rgb * (facing * 0.35) * linear(colour)
        rgb = rgb + linear(colour) * (rim * 0.55) + glow
    return rgb


def _moved(x: Field, *, right: int, down: int) -> Field:
    """Move a field by whole pixels; what comes in is 0."""
    height, width = x.shape
    reach = max(abs(right), abs(down))
    framed = np.pad(x, reach)
    return framed[reach - down : reach - down + height, reach - right : reach - right + width]


def wrapped(rgb: Planes, alpha: Field, behind: Planes, *, unit_px: float) -> Planes:
    """Let a little of the light behind the product spill over its edge, as in any lens."""
    edge = alpha * np.clip(1 - blur(alpha, unit_px / 320), 0, 1)
    return rgb + np.clip(behind - rgb, 0, None) * (edge * 0.40)
