"""Draw quick shapes for what is out of focus anyway, small and in units about the horizon."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from infra.local.aiart.paint.colour import Colour, linear
from infra.local.aiart.paint.field import Field, Planes, blur, resize
from infra.local.aiart.paint.view import View

COARSE_SIDE_PX = 420
"""The side of a sketch, about: it is blurred by more than one of its pixels anyway."""
REACH = 4.0
"""Units; nothing is sketched farther away from the centre."""


@dataclass(frozen=True)
class House:
    """Describe a house front: left edge and size in units, colour, how bright lit windows are."""

    x: float
    wide: float
    tall: float
    colour: Colour
    lit: float


class Sketch:
    """Draw a small picture in units: x from the middle to the right, y up from the horizon."""

    def __init__(self, view: View, ground: Planes | None = None) -> None:
        self.view = view
        self.scale = min(1.0, COARSE_SIDE_PX / view.unit)
        self.height = max(2, round(view.height * self.scale))
        self.width = max(2, round(view.width * self.scale))
        if ground is None:
            ground = np.zeros((3, self.height, self.width), np.float32)
        self.picture = np.array(resize(ground, self.height, self.width))

    def field(self) -> Field:
        """Make an empty field of the sketch's size."""
        return np.zeros((self.height, self.width), np.float32)

    def scaled(self, field: Field) -> Field:
        """Scale a field of the sketch's size to the view's."""
        return resize(field, self.view.height, self.view.width)

    def column(self, x: float) -> int:
        """Give the sketch's column at x, in units; no farther out than ``REACH``."""
        clipped = min(max(x, -REACH), REACH)
        return round((self.view.width / 2 + clipped * self.view.unit) * self.scale)

    def row(self, y: float) -> int:
        """Give the sketch's row at y, in units; no farther out than ``REACH``."""
        clipped = min(max(y, -REACH), REACH)
        return round((max(self.view.horizon, 0.0) - clipped * self.view.unit) * self.scale)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        """Fill a rectangle from (x0, y0) to (x1, y1)."""
        top, bottom = max(self.row(y1), 0), max(self.row(y0), 0)
        left, right = max(self.column(x0), 0), max(self.column(x1), 0)
        self.picture[:, top:bottom, left:right] = colour

    def disc(self, x: float, y: float, radius: float, colour: Colour, squash: float = 1.0) -> None:
        """Fill an ellipse, ``squash`` times as high as wide."""
        centre, (rx, ry) = (self.column(x), self.row(y)), (radius, radius * squash)
        axes = tuple(max(1, round(r * self.view.unit * self.scale)) for r in (rx, ry))
        mark = np.zeros((self.height, self.width), np.uint8)
        cv2.ellipse(mark, centre, axes, 0, 0, 360, 1, -1)
        self.picture[:, mark > 0] = colour[:, :, 0]

    def lamp(self, x: float, y: float, radius: float, light: Colour) -> None:
        """Add a disc of light to what is there."""
        pixels = max(1, round(radius * self.view.unit * self.scale))
        column, row = self.column(x), self.row(y)
        rows = slice(max(row - pixels, 0), max(row + pixels + 1, 0))
        columns = slice(max(column - pixels, 0), max(column + pixels + 1, 0))
        patch = self.picture[:, rows, columns]
        if patch.size:
            mark = np.zeros(patch.shape[1:], np.float32)
            cv2.circle(mark, (column - columns.start, row - rows.start), pixels, 1.0, -1)
            patch += light * mark

    def fir(self, cover: Field, x: float, tall: float) -> None:
        """Draw a fir's outline, which stands on the horizon, into ``cover``."""
        tiers = 5
        for i in range(tiers):
            top = tall * (1 - i / (tiers + 0.6))
            bottom = tall * (1 - (i + 1.7) / (tiers + 0.6))
            half = tall * 0.055 * (i + 1.3)
            corners = [(x, top), (x + half, max(bottom, -0.02)), (x - half, max(bottom, -0.02))]
            points = np.array([(self.column(a), self.row(b)) for a, b in corners], np.int32)
            cv2.fillPoly(cover, [points], 1.0)

    def trunk(self, cover: Field, x: float, lean: float, half: float) -> None:
        """Draw a tree trunk from the horizon up beyond the picture into ``cover``."""
        top = self.view.horizon / self.view.unit + 0.1
        corners = [(x - half, -0.02), (x + half, -0.02)]
        corners += [(x + lean + 0.8 * half, top), (x + lean - 0.8 * half, top)]
        points = np.array([(self.column(a), self.row(b)) for a, b in corners], np.int32)
        cv2.fillPoly(cover, [points], 1.0)

    def house(self, front: House, rng: np.random.Generator) -> None:
        """Draw a house front with rows of windows, some of them lit."""
        x, wide, tall, colour = front.x, front.wide, front.tall, front.colour
        self.box(x, -0.05, x + wide, tall, colour)
        pane, storey = 0.026, 0.048
        y = 0.03
        while y < tall - 0.03:
            for i in range(int(wide / 0.04)):
                at = x + 0.012 + i * 0.04
                is_lit = rng.random() < 0.2
                lamp = linear("#ffd9a0") * (front.lit * rng.uniform(0.3, 1.0))
                glass = lamp if is_lit else colour * 0.55
                self.box(at, y, at + pane, y + 0.026, glass)
            y += storey

    def finished(self, *, blur_px: float) -> Planes:
        """Give the picture at the view's size, out of focus by ``blur_px`` of the view's pixels."""
        small = blur(self.picture, max(blur_px * self.scale, 0.8))
        return resize(small, self.view.height, self.view.width)


@dataclass(frozen=True)
class Bokeh:
    """Describe lights far out of focus.

    ``radius`` is the smallest and the largest, in units; ``glow`` is the strength.
    """

    lights: Sequence[Colour]
    count: int
    radius: tuple[float, float]
    glow: float


def bokeh(picture: Planes, view: View, rng: np.random.Generator, kind: Bokeh) -> Planes:
    """Add lights to the upper part of the picture, as soft-edged discs."""
    sketch = Sketch(view)
    reach = 0.5 * view.width / view.unit
    least, most = kind.radius
    for _ in range(kind.count):
        x, y = rng.uniform(-reach, reach), rng.uniform(-0.01, view.horizon / view.unit)
        light = kind.lights[int(rng.integers(len(kind.lights)))]
        strength = kind.glow * rng.uniform(0.2, 0.9)
        sketch.lamp(x, y, least + (most - least) * rng.random() ** 2, light * strength)
    discs = sketch.finished(blur_px=1.2 / sketch.scale)
    return picture + discs + 0.35 * blur(discs, view.unit / 45)
