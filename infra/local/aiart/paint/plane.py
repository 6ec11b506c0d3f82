"""Describe a flat surface as the camera sees it."""

from dataclasses import dataclass

import numpy as np

from infra.local.aiart.paint.field import Field


@dataclass(frozen=True)
class Plane:
    """Hold which place of a flat surface each pixel shows.

    ``u`` (to the right) and ``v`` (away from the viewer) are the place in units, a unit being the
    side of the picture at the product's distance; ``px`` is the length of a pixel there: no finer
    detail is painted. Each may have an axis of length 1; together they are (h, w).
    """

    u: Field
    v: Field
    px: Field

    @property
    def sideways(self) -> "Plane":
        """Turn the plane by a right angle, for what runs from left to right."""
        return Plane(u=self.v, v=self.u, px=self.px)

    def thinned(self, step: int) -> "Plane":
        """Keep every ``step``-th pixel, for what is smooth enough."""
        u, v, px = (_every(step, x) for x in (self.u, self.v, self.px))
        return Plane(u=u, v=v, px=px * step)

    @property
    def size(self) -> tuple[int, ...]:
        """Give the size that ``u`` and ``v`` have together, (h, w)."""
        return np.broadcast_shapes(self.u.shape, self.v.shape)

    def below(self, row: int) -> "Plane":
        """Cut off all above ``row``."""
        return Plane(u=self.u[row:], v=self.v[row:], px=self.px[row:])


def _every(step: int, x: Field) -> Field:
    """Take every ``step``-th row and column; an axis of length 1 stays."""
    return x[:: step if x.shape[0] > 1 else 1, :: step if x.shape[1] > 1 else 1]
