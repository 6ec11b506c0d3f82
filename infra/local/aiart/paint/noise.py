"""Make fractal noise at any coordinates, so that it can lie on a floor in perspective."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from infra.local.aiart.paint.field import Field, resize
from infra.local.aiart.paint.plane import Plane

SPREAD = 0.21
"""Standard deviation of the result, about its mean of 0.5."""
CELL_DEVIATION = 0.247
"""Standard deviation of one interpolated octave of uniform numbers, measured."""
SKIPS = ((8, 160), (4, 56), (2, 24))
"""(step, pixels): an octave whose blobs are longer than that is computed at every step-th pixel."""


@dataclass(frozen=True)
class Lattice:
    """Hold random numbers -0.5..0.5, interpolated cubically to ``finer`` samples per cell.

    It repeats after ``cells``; its first row and column follow again after the last.
    """

    samples: Field
    cells: int
    finer: int

    @classmethod
    def of(cls, rng: np.random.Generator, *, cells: int, finer: int) -> "Lattice":
        """Draw a lattice of new random numbers from ``rng``."""
        numbers = rng.random((cells, cells), dtype=np.float32) - 0.5
        framed = np.pad(numbers, 2, mode="wrap")
        fine = cv2.resize(framed, None, fx=finer, fy=finer, interpolation=cv2.INTER_CUBIC)
        own = slice(2 * finer, (2 + cells) * finer + 1)
        return cls(np.asarray(fine[own, own], dtype=np.float32), cells, finer)

    def read(self, x: Field, y: Field) -> Field:
        """Read the numbers at (x, y), in cells, both (h, w)."""
        found = cv2.remap(self.samples, self._wrapped(x), self._wrapped(y), cv2.INTER_LINEAR)
        return np.asarray(found, dtype=np.float32)

    def _wrapped(self, x: Field) -> Field:
        """Bring coordinates inside, in samples: OpenCV's own wrapping is seven times slower."""
        turns = x * (1 / self.cells)
        inside: Field = (turns - np.floor(turns)) * (self.cells * self.finer)
        return inside


class Noise:
    """Make noise from a random generator; the same generator state gives the same noise."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def fractal(
        self,
        plane: Plane,
        *,
        cell: float,
        octaves: int = 4,
        gain: float = 0.5,
        stretch: float | None = None,
    ) -> Field:
        """Give noise 0..1 (mean 0.5) on a plane, (h, w); what is finer than its pixels fades out.

        ``cell`` is the size of the largest blobs; every octave halves it and multiplies the
        strength by ``gain``. Without ``stretch`` every octave is turned by some angle, so that no
        grid shows; with it, blobs are that many times longer along v.
        """
        height, width = plane.size
        typical_px = float(np.median(plane.px))
        total = np.zeros((height, width), np.float32)
        power = 0.0
        for i in range(octaves):
            size, amount = cell / 2**i, gain**i
            step = next((s for s, blob_px in SKIPS if size > blob_px * typical_px), 1)
            thin = plane.thinned(step)
            octave = self._octave(
                thin.u * (1 / size),
                thin.v * (1 / size / (stretch or 1)),
                large=step > 1,
                turned=stretch is None,
            )
            octave *= amount * np.clip(1.6 - thin.px * (1.4 / size / step), 0, 1)
            total += resize(octave, height, width)
            power += amount**2
        total *= SPREAD / (CELL_DEVIATION * power**0.5)
        total += 0.5
        return np.clip(total, 0, 1, out=total)

    def _octave(self, x: Field, y: Field, *, large: bool, turned: bool) -> Field:
        """Give one octave, x and y in cells. ``turned`` by some angle, so that no grid shows."""
        # Large blobs need many samples to a cell, or facets show; small ones many cells.
        lattice = Lattice.of(self.rng, cells=24 if large else 96, finer=16 if large else 4)
        if turned:
            angle = self.rng.uniform(0, math.pi)
            cos, sin = math.cos(angle), math.sin(angle)
            x, y = x * cos - y * sin, x * sin + y * cos
        shape = np.broadcast_shapes(x.shape, y.shape)
        return lattice.read(np.broadcast_to(x, shape), np.broadcast_to(y, shape))
