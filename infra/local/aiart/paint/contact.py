"""Find where the product touches the ground, as far as its outline tells.

The outline also tells from how high above the product is seen.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from infra.local.aiart.paint.field import Field

STEEPEST = 0.8
"""An outline steeper than this leaves the ground: a goblet's bowl does not stand on the table."""
GAP = 0.10
"""A part this far above the ground, in product widths, casts a third of the contact shadow."""
LEAST_PITCH, MOST_PITCH = math.radians(9), math.radians(42)


@dataclass(frozen=True)
class Contact:
    """Describe the ground line under a product.

    ``ground`` (w,) is the row of the ground in every column, ``belly`` (w,) the product's lowest
    row there (the ground itself where there is no product), ``touch`` (w,) how much the product
    touches, 0..1; ``left`` and ``right`` are the columns between which it stands.
    """

    ground: Field
    belly: Field
    touch: Field
    left: int
    right: int

    def lowered(self, by_px: float) -> "Contact":
        """Lower the ground by ``by_px`` pixels; the product stays where it is."""
        return replace(self, ground=self.ground + by_px)


def contact_of(alpha: Field) -> Contact:
    """Find where a product of this alpha (h, w) stands: on the lower convex hull of its outline."""
    solid = alpha > 0.5 * float(alpha.max())
    columns = np.flatnonzero(solid.any(axis=0))
    lowest = alpha.shape[0] - 1 - np.argmax(solid[::-1, columns], axis=0)
    hull = _standing(_lower_hull(columns, lowest))
    x, y = (np.array(side, np.float32) for side in zip(*hull, strict=True))
    width = alpha.shape[1]
    ground = np.interp(np.arange(width), x, y).astype(np.float32)
    belly, touch = ground.copy(), np.zeros(width, np.float32)
    belly[columns] = np.minimum(lowest, ground[columns])
    reach = GAP * (columns[-1] - columns[0] + 1) + 2
    touch[columns] = np.exp(-(ground[columns] - belly[columns]) / reach)
    touch[: int(x[0])] = touch[int(x[-1]) + 1 :] = 0
    return Contact(ground, belly, touch, int(x[0]), int(x[-1]))


def pitch_of(alpha: Field) -> float:
    """Guess from the product's outline how far the camera looks down on it, in radians.

    The more the line on which it stands bends, the more its round base is seen from above; a flat
    product's line bends only because it is seen at an angle.
    """
    solid = alpha > 0.5 * float(alpha.max())
    columns, rows = np.flatnonzero(solid.any(axis=0)), np.flatnonzero(solid.any(axis=1))
    found = contact_of(alpha)
    line = found.ground[found.left : found.right + 1]
    bend = float(line.max() - line.min()) / max(found.right - found.left, 1)
    aspect = (rows[-1] - rows[0] + 1) / (columns[-1] - columns[0] + 1)
    sine = min(4.2 * bend * min(1.0, 1.2 * aspect), 0.9)
    return min(max(math.asin(sine), LEAST_PITCH), MOST_PITCH)


def _lower_hull(columns: NDArray[np.intp], rows: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Find the lower side of the convex hull (Andrew's chain; rows grow downwards)."""
    hull: list[tuple[int, int]] = []
    for x, y in zip(columns.tolist(), rows.tolist(), strict=True):
        while len(hull) > 1 and _turns_down(hull[-2], hull[-1], (x, y)):
            hull.pop()
        hull.append((x, y))
    return hull


def _turns_down(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> bool:
    """Tell whether b lies on or above the line from a to c."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) >= 0


def _standing(hull: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Take the part of a hull about its lowest point that is flat enough to stand on."""
    low = max(range(len(hull)), key=lambda i: hull[i][1])
    first = last = low
    while first > 0 and _steepness(hull[first - 1], hull[first]) <= STEEPEST:
        first -= 1
    while last < len(hull) - 1 and _steepness(hull[last], hull[last + 1]) <= STEEPEST:
        last += 1
    return hull[first : last + 1]


def _steepness(a: tuple[int, int], b: tuple[int, int]) -> float:
    """Give the slope of the line from a to b, without its sign; they lie in different columns."""
    return abs(b[1] - a[1]) / (b[0] - a[0])
