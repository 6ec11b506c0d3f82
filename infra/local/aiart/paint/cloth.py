"""Paint cloth: silk in folds, velvet, a hanging curtain."""

import math

import numpy as np

from infra.local.aiart.paint.colour import Colour, darker, linear, paler
from infra.local.aiart.paint.field import Field, blur, mix, resize
from infra.local.aiart.paint.material import Material
from infra.local.aiart.paint.noise import Noise
from infra.local.aiart.paint.plane import Plane

LIGHT = np.array([-0.50, 0.42, 0.76], np.float32)
"""Direction towards the light, (right, away, up): it is on the left, behind and above."""
THINNED = 2
"""Silk is smooth: it is painted at every second pixel."""


def silk(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint silk laid in long soft folds, champagne unless a colour is asked for."""
    base = linear("#e8cfa6") if tint is None else tint
    height, width = plane.u.shape
    coarse = plane.thinned(THINNED)
    folds = blur(_folds(coarse, noise), math.sqrt(height * width) / THINNED / 160)
    nx, ny, nz = _normals(folds, coarse)
    lit = np.clip(nx * LIGHT[0] + ny * LIGHT[1] + nz * LIGHT[2], 0, 1)
    # Silk's threads throw light along a band, not into a point: two highlights, broad and narrow.
    half = np.clip(nx * -0.27 + ny * 0.22 + nz * 0.94, 0, 1)
    colour = base * (0.05 + 1.20 * lit**1.6) + paler(base, 0.14) * (0.48 * half**14)
    colour = colour + paler(base, 0.65) * (0.32 * half**70)
    # A blurred relief is flat at its very edge, which would shine: it is cut off.
    edge = 1 + min(height, width) // 100
    return Material(resize(colour[:, edge:-edge, edge:-edge], height, width))


def _folds(plane: Plane, noise: Noise) -> Field:
    """Give the height of the folds, in units: bent waves of two lengths that swell and die away."""
    u, v = plane.u, plane.v
    bend = noise.fractal(plane, cell=1.1, octaves=3, gain=0.35) - 0.5
    swell = noise.fractal(plane, cell=0.8, octaves=2, gain=0.4)
    side = noise.fractal(plane, cell=0.7, octaves=2, gain=0.35) - 0.5
    turn = 2 * np.pi
    long = np.sin((u * 1.25 + v * 0.75 + bend * 1.6) * turn)
    cross = np.sin((u * -1.0 + v * 0.85 + side * 1.3 + bend * 0.8) * turn)
    small = np.sin((u * 2.7 + v * 1.5 + bend * 3.4 + side * 1.0) * turn)
    large: Field = 0.070 * long * (0.35 + swell) + 0.042 * cross * (1.25 - swell)
    folds: Field = large + 0.013 * small * swell
    return folds


def _normals(height: Field, plane: Plane) -> tuple[Field, Field, Field]:
    """Give the unit normals (right, away, up) of a relief on a plane, all in units."""
    down_rows, across = np.gradient(height)
    u_down, u_across = np.gradient(plane.u)
    v_down = np.gradient(plane.v[:, 0])[:, None]
    slope_u = across / u_across
    slope_v = (down_rows - slope_u * u_down) / v_down
    length = 1 / np.sqrt(1 + slope_u**2 + slope_v**2)
    return -slope_u * length, -slope_v * length, length


def velvet(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint velvet: dark where one looks into the pile, bright where it is brushed or seen flat."""
    base = linear("#7d1224") if tint is None else tint
    drape = noise.fractal(plane, cell=0.55, octaves=3, gain=0.4)
    brushed = noise.fractal(plane, cell=0.20, octaves=4, gain=0.6)
    pile = noise.fractal(plane, cell=0.006, octaves=2, gain=0.8)
    light = 0.20 + 0.95 * drape**1.5 * (0.55 + 0.6 * brushed) + 0.22 * (pile - 0.5)
    return Material(mix(darker(base, 0.5), base, drape) * np.clip(light * 1.25, 0.05, 2))


def curtain(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint a heavy curtain in hanging folds, for a wall plane (v upwards)."""
    base = linear("#7d1224") if tint is None else tint
    sway = noise.fractal(plane, cell=0.5, octaves=3, stretch=5)
    turn = 2 * np.pi
    phase = plane.u * 8.5 + sway * 2.2
    fold = np.sin(phase * turn) * 0.7 + np.sin((phase * 0.43 + sway) * turn) * 0.3
    light = np.clip(0.42 + 0.5 * fold, 0.02, 1) ** 1.6
    return Material(blur(base * (0.10 + 1.0 * light), 1.5))
