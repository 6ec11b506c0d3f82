"""Place the camera: where the product stands, where the horizon is, floors in perspective."""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from infra.local.aiart.paint.field import Field, smooth
from infra.local.aiart.paint.plane import Plane

FOCAL = 2.0
"""Focal length of the camera in picture sides: 50 mm for a picture of 25 x 25 mm."""
NEARLY_FLAT = 0.012
"""How near to its vanishing line the floor is painted, in units."""

Kind = Literal["room", "open", "filled"]
"""A room's floor ends at a wall, an open one at the horizon, a filled one not in the picture."""


@dataclass(frozen=True)
class View:
    """Hold the picture's size and the product's place in it, all in pixels of this picture.

    ``pitch`` is how far the camera looks down, in radians.
    """

    height: int
    width: int
    top: float
    base: float
    pitch: float
    kind: Kind = "room"

    @property
    def size(self) -> tuple[int, int]:
        """Give (height, width), as arrays have it."""
        return self.height, self.width

    @property
    def unit(self) -> float:
        """Give the pixels of one unit of length: the side of a square picture of the same area."""
        return math.sqrt(self.height * self.width)

    @cached_property
    def row(self) -> Field:
        """Number every row, (h, 1)."""
        return np.arange(self.height, dtype=np.float32)[:, None]

    @cached_property
    def column(self) -> Field:
        """Number every column, (1, w)."""
        return np.arange(self.width, dtype=np.float32)[None, :]

    @cached_property
    def horizon(self) -> float:
        """Give the row where the floor ends.

        It follows the product's height, and rises when the camera looks down. A filled
        picture has none (a negative row).
        """
        tall = self.base - self.top
        if self.kind == "filled":
            return self.vanishing
        down = min(max((self.pitch - 0.25) / 0.5, 0.0), 1.0)
        row = self.top + (0.30 - 0.10 * down) * tall
        return min(max(row, 0.20 * self.height), 0.64 * self.height)

    @cached_property
    def vanishing(self) -> float:
        """Give the row where parallels on the floor would meet; a room's wall may hide it."""
        row = self.base - FOCAL * math.tan(self.pitch) * self.unit
        if self.kind == "filled":
            return min(row, -0.30 * self.height)
        return self.horizon if self.kind == "open" else min(row, self.horizon)

    @cached_property
    def floor(self) -> Plane:
        """Lay out the floor of the whole picture; above the horizon it stands still."""
        drop = np.maximum((self.row + 0.5 - self.vanishing) / self.unit, NEARLY_FLAT)
        distance = (self.base - self.vanishing) / self.unit / drop
        u = (self.column + 0.5 - self.width / 2) / self.unit * distance
        v = FOCAL * distance
        across, along = distance / self.unit, v / drop / self.unit
        return Plane(u=u, v=v, px=np.maximum(across, along * 0.5))

    @cached_property
    def wall(self) -> Plane:
        """Lay out an upright surface at the product's distance, v upwards."""
        u, v = (self.column - self.width / 2) / self.unit, (self.base - self.row) / self.unit
        return Plane(u=u, v=v, px=np.full((1, 1), 1 / self.unit, np.float32))

    def halved(self) -> "View":
        """Give the same view at half the pixels a side."""
        height, width = max(2, self.height // 2), max(2, self.width // 2)
        places = {name: getattr(self, name) / 2 for name in ("top", "base")}
        return replace(self, height=height, width=width, **places)

    def depth(self) -> Field:
        """Give the rows' nearness, (h, 1): 0 at the horizon, 1 at the product's base, 2 at most."""
        top = max(self.horizon, 0.0)
        depth: Field = (self.row - top) / max(self.base - top, 1.0)
        return np.clip(depth, 0, 2)

    def below_horizon(self, softness: float) -> Field:
        """Part floor from wall, (h, 1): 0 on the wall, 1 on the floor.

        ``softness`` is the width of the seam, in fractions of the height.
        """
        half = max(softness * self.height / 2, 0.75)
        return smooth((self.row - self.horizon) / half, -1.0, 1.0)
