"""Shapes as distance functions: how far each point is from the surface, negative inside.

Points are float32 arrays of shape (n, 3), x right, y up, z away from the camera, the floor at 0.
The formulas are the well-known ones for signed distances; each is exact or never too long.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Shape = Callable[[Array], Array]
Colour = tuple[float, float, float]


def unit(vectors: Array) -> Array:
    """Vectors of length one."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


def moved(shape: Shape, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Shape:
    """A shape somewhere else."""
    offset = np.array([x, y, z], np.float32)
    return lambda points: shape(points - offset)


def turned(shape: Shape, *, about: str, degrees: float) -> Shape:
    """A shape (or how it is painted) turned about an axis through the origin."""
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[about]
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))

    def shape_there(points: Array) -> Array:
        back = points.copy()
        back[:, first] = cos * points[:, first] + sin * points[:, second]
        back[:, second] = -sin * points[:, first] + cos * points[:, second]
        return shape(back)

    return shape_there


def box(x: float, y: float, z: float, *, round_by: float) -> Shape:
    """A box with these half sides and rounded edges."""
    half = np.array([x, y, z], np.float32) - round_by

    def shape(points: Array) -> Array:
        beyond = np.abs(points) - half
        outside = np.linalg.norm(np.maximum(beyond, 0), axis=1)
        return np.asarray(outside + np.minimum(beyond.max(axis=1), 0) - round_by, np.float32)

    return shape


def slab(x: float, y: float, z: float, *, corner: float, round_by: float) -> Shape:
    """A board with these half sides, corners as seen from above, and rounded edges."""

    def shape(points: Array) -> Array:
        flat = np.abs(points[:, [0, 2]]) - np.array([x - corner, z - corner], np.float32)
        outside = np.linalg.norm(np.maximum(flat, 0), axis=1)
        side = outside + np.minimum(flat.max(axis=1), 0) - corner + round_by
        ends = np.abs(points[:, 1]) - y + round_by
        beyond = np.hypot(np.maximum(side, 0), np.maximum(ends, 0))
        return np.asarray(beyond + np.minimum(np.maximum(side, ends), 0) - round_by, np.float32)

    return shape


def cone(bottom: float, top: float, half_height: float, *, round_by: float = 0.02) -> Shape:
    """An upright cylinder, or a cone cut off, by its two radii."""

    def shape(points: Array) -> Array:
        around = np.hypot(points[:, 0], points[:, 2])
        share = np.clip((points[:, 1] + half_height) / (2 * half_height), 0, 1)
        slope = np.hypot(1.0, (bottom - top) / (2 * half_height))
        side = (around - (bottom + (top - bottom) * share)) / slope + round_by
        ends = np.abs(points[:, 1]) - half_height + round_by
        outside = np.hypot(np.maximum(side, 0), np.maximum(ends, 0))
        return np.asarray(outside + np.minimum(np.maximum(side, ends), 0) - round_by, np.float32)

    return shape


def ellipsoid(x: float, y: float, z: float) -> Shape:
    """By its half axes."""
    axes = np.array([x, y, z], np.float32)

    def shape(points: Array) -> Array:
        near = np.linalg.norm(points / axes, axis=1)
        slope = np.linalg.norm(points / (axes * axes), axis=1) + 1e-6
        return np.asarray(near * (near - 1) / slope, np.float32)

    return shape


def rod(start: Colour, end: Colour, radius: float) -> Shape:
    """A rod with round ends."""
    from_, along = np.array(start, np.float32), np.subtract(end, start).astype(np.float32)

    def shape(points: Array) -> Array:
        share = np.clip((points - from_) @ along / (along @ along), 0, 1)
        beside = points - from_ - share[:, None] * along
        return np.asarray(np.linalg.norm(beside, axis=1) - radius, np.float32)

    return shape


def ring(x: float, y: float, thick: float) -> Shape:
    """An upright ring facing the camera, with these half axes."""

    def shape(points: Array) -> Array:
        flat = points[:, :2] / np.array([x, y], np.float32)
        around = (np.linalg.norm(flat, axis=1) - 1) * min(x, y)
        return np.asarray(np.hypot(around, points[:, 2]) - thick, np.float32)

    return shape


def joined(*shapes: Shape, soft: float = 0.0) -> Shape:
    """Several shapes as one, melted into each other by ``soft``."""

    def shape(points: Array) -> Array:
        distance = shapes[0](points)
        for other in shapes[1:]:
            more = other(points)
            melt = np.maximum(soft - np.abs(distance - more), 0) / (soft or 1)
            distance = np.minimum(distance, more) - melt * melt * soft * 0.25
        return np.asarray(distance, np.float32)

    return shape


def cut(shape: Shape, *others: Shape) -> Shape:
    """A shape without where the others are."""
    return lambda points: np.maximum.reduce([shape(points), *(-other(points) for other in others)])


def floor(points: Array) -> Array:
    """The floor."""
    return points[:, 1]


def studio_sweep(points: Array) -> Array:
    """A floor that bends up into a wall behind, as photographers use."""
    return joined(floor, lambda there: 3.2 - there[:, 2], soft=2.6)(points)
