"""Describe how a surface takes light: its colour, its gloss, its relief."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from infra.local.aiart.paint.colour import Colour
from infra.local.aiart.paint.field import Field, Planes
from infra.local.aiart.paint.noise import Noise
from infra.local.aiart.paint.plane import Plane


@dataclass(frozen=True)
class Material:
    """Describe a painted surface.

    ``gloss`` is the share of light it mirrors (0..1, a field where it differs from place to
    place), ``rough`` how blurred the mirror image is (1 is satin, 0 a mirror), ``ripple`` shifts
    the mirror image, in units. ``cover`` is where the surface is at all, 0..1; elsewhere what is
    behind shows.
    """

    colour: Planes
    gloss: Field | float = 0.0
    rough: float = 1.0
    ripple: Field | None = None
    cover: Field | None = None


Surface = Callable[[Plane, Noise, Colour | None], Material]
"""A function that paints a surface on a plane, in the colour asked for if there is one."""


def lit_relief(height: Field, plane: Plane, strength: float) -> Field:
    """Give the light from the left on a relief: about 1, more on slopes that face it.

    ``height`` and ``strength`` in units; a slope of 1 is 45 degrees at a strength of 1.
    """
    run = np.empty_like(height)
    run[:, 1:-1] = height[:, 2:] - height[:, :-2]
    run[:, 0], run[:, -1] = run[:, 1], run[:, -2]
    slope = run * ((strength / 2) / plane.px)
    return np.clip(1 + slope, 0.25, 1.9)


def line(distance: Field, half_width: Field | float, px: Field) -> Field:
    """Draw a line: 1 on it, 0 off it, its edge one pixel soft; all in units."""
    inside: Field = np.clip((half_width - np.abs(distance)) / px + 0.5, 0, 1)
    return inside
