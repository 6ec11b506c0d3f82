"""Paint canvases: oil with thick strokes, watercolour with bleeding washes."""

import cv2
import numpy as np

from infra.local.aiart.paint.colour import Colour, decode, linear
from infra.local.aiart.paint.field import Field, Planes, look_up, resize, smooth
from infra.local.aiart.paint.material import Material, lit_relief
from infra.local.aiart.paint.noise import Noise
from infra.local.aiart.paint.plane import Plane

OIL = ["#2f4858", "#3f6c78", "#7d9c95", "#c9bfa4", "#ece0c8", "#e0b98a", "#c98559"]
WASHES = ["#6fa3c9", "#8fb9a8", "#d99aa5", "#e3c07f", "#5f7fae"]
STROKES = 1500


def oil(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint thick strokes of oil paint that follow each other, with the relief of the bristles."""
    flow = noise.fractal(plane, cell=1.0, octaves=2, gain=0.3)
    shade = noise.fractal(plane, cell=0.7, octaves=3, gain=0.5)
    angle = (flow - 0.5) * 4
    strokes = _strokes(noise.rng, angle, shade, _palette(tint, OIL))
    bristles = _smeared(noise.rng.random(angle.shape, dtype=np.float32), angle, reach_px=16)
    strokes = np.stack([_smeared(plane, angle, reach_px=6) for plane in strokes])
    relief = strokes.mean(axis=0) * 0.03 + bristles * 0.012
    light = lit_relief(relief, plane, 0.5)
    return Material(strokes * (0.45 + 0.55 * light) * (0.90 + 0.20 * bristles), gloss=0.05)


def _palette(tint: Colour | None, usual: list[str]) -> list[str]:
    """Choose the usual colours, or tones of the one asked for."""
    if tint is None:
        return usual
    tones = [np.clip(tint * f + g, 0, 1) for f, g in ((1, 0), (0.5, 0), (0.8, 0.1), (0.6, 0.35))]
    levels = [np.round((t.reshape(3) ** (1 / 2.2)) * 255).astype(int) for t in tones]
    return ["#" + "".join(f"{level:02x}" for level in one) for one in levels]


def _strokes(rng: np.random.Generator, angle: Field, shade: Field, palette: list[str]) -> Planes:
    """Paint overlapping strokes along ``angle``, in the palette's colours as ``shade`` goes up."""
    height, width = angle.shape
    scale = (height * width) ** 0.5
    rgb = [np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)], np.float32) for c in palette]
    canvas = np.empty((height, width, 3), np.uint8)
    canvas[:] = rgb[len(rgb) // 2].astype(np.uint8)
    for i in range(STROKES):
        big = 1.5 - i / STROKES
        x, y = rng.integers(width), rng.integers(height)
        way = float(angle[y, x]) + rng.normal(0, 0.16)
        half = scale * 0.06 * big * rng.uniform(0.6, 1.3)
        dx, dy = np.cos(way) * half, np.sin(way) * half
        place = float(shade[y, x]) * 1.5 - 0.25 + rng.normal(0, 0.09)
        pick = round(min(max(place, 0), 1) * (len(rgb) - 1))
        tone = np.clip(rgb[pick] * rng.uniform(0.90, 1.10), 0, 255)
        ends = ((round(x - dx), round(y - dy)), (round(x + dx), round(y + dy)))
        thick = max(2, round(scale * 0.026 * big))
        cv2.line(canvas, *ends, tone.tolist(), thick, cv2.LINE_AA)
    return np.moveaxis(decode(canvas), 2, 0)


def _smeared(x: Field, angle: Field, *, reach_px: int) -> Field:
    """Draw a field out along ``angle``, as bristles do."""
    row, column = np.indices(x.shape, dtype=np.float32, sparse=True)
    dx, dy = np.cos(angle), np.sin(angle)
    step = 1
    while step <= reach_px:
        x = (x + look_up(x, column + dx * step, row + dy * step)) * 0.5
        step *= 2
    return x


def watercolour(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint washes of watercolour and ink on rough white paper; pigment gathers at their edges."""
    tooth = noise.fractal(plane, cell=0.014, octaves=3, gain=0.7)
    coarse = plane.thinned(2)  # washes have soft edges
    light: Planes = np.ones((3, 1, 1), np.float32)
    for i, pigment in enumerate(_palette(tint, WASHES)):
        light = light * linear(pigment) ** _wash(coarse, noise, level=0.56 + 0.04 * (i % 3))
    light = light * linear("#4a5568") ** _wash(coarse, noise, level=0.74)
    # Pigment settles in the paper's hollows.
    stained = np.maximum(resize(light, *tooth.shape), 0) ** (0.8 + 0.4 * tooth)
    return Material(stained * linear("#f6f2ea") * lit_relief(tooth, plane, 0.0025))


def _wash(plane: Plane, noise: Noise, *, level: float) -> Field:
    """Give how much pigment lies where, for one wash of wet paint."""
    shape = noise.fractal(plane, cell=0.75, octaves=6, gain=0.48)
    pools = noise.fractal(plane, cell=0.35, octaves=4, gain=0.55)
    inside = smooth(shape, level, level + 0.02)
    fades = smooth(pools, 0.15, 0.85)
    edge = np.exp(-(((shape - (level + 0.012)) / 0.012) ** 2))
    wash: Field = inside * (0.12 + 0.60 * fades) + edge * 0.40 * fades
    return wash
