"""A small renderer: distance functions, sphere-traced with numpy (J. C. Hart, 1996).

Colours are linear RGB from 0 to 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from infra.local.page.rendering.shapes import Array, Colour, Shape, turned, unit

Paint = Callable[[Array], Array]

STEPS = 140
FAR = 14.0
CLOSE = 0.0006
KEY_LIGHT = (-0.55, 0.75, -0.45)  # towards the light


@dataclass(frozen=True)
class Part:
    """A shape and what it is made of. ``shine`` 0 to 1; ``glow`` is light of its own."""

    shape: Shape
    paint: Colour | Paint
    shine: float = 0.2
    is_metal: bool = False
    glow: float = 0.0


@dataclass(frozen=True)
class Scene:
    """Parts in front of a backdrop; ``behind`` colours rays that meet nothing."""

    parts: Sequence[Part]
    behind: Paint
    eye: Colour = (0.0, 1.35, -6.4)
    target: Colour = (0.0, 0.85, 0.0)
    zoom: float = 3.2
    light: float = 1.15


def turned_part(part: Part, *, about: str, degrees: float) -> Part:
    """A part turned with its paint."""
    paint = part.paint
    if callable(paint):
        paint = turned(paint, about=about, degrees=degrees)
    shape = turned(part.shape, about=about, degrees=degrees)
    return replace(part, shape=shape, paint=paint)


def render(scene: Scene, *, side_px: int, finer: int = 2) -> NDArray[np.uint8]:
    """A square sRGB picture, ``finer`` rays per pixel and side."""
    count = side_px * finer
    rows = [
        _shaded(scene, _rays(scene, count, rows=slice(start, start + 100)))
        for start in range(0, count, 100)
    ]
    fine = np.concatenate(rows).reshape(count, count, 3)
    linear = fine.reshape(side_px, finer, side_px, finer, 3).mean(axis=(1, 3))
    return np.asarray(_tone(linear) * 255 + 0.5, np.uint8)


def _tone(linear: Array) -> Array:
    """Colours a little deeper, bright parts rolled off as film does, then sRGB's curve."""
    grey = linear.mean(axis=-1, keepdims=True)
    linear = np.maximum(grey + 1.3 * (linear - grey), 0)
    rolled = linear * (1 + linear / 9.0) / (1 + linear * 0.7)
    return np.asarray(np.clip(rolled * 1.25, 0, 1) ** (1 / 2.2), np.float32)


def _rays(scene: Scene, count: int, *, rows: slice) -> Array:
    eye, target = np.array(scene.eye), np.array(scene.target)
    ahead = unit((target - eye).astype(np.float32))
    right = unit(np.cross((0, 1, 0), ahead).astype(np.float32))
    up = np.cross(ahead, right)
    steps = (np.arange(count, dtype=np.float32) + 0.5) / count * 2 - 1
    x, y = np.meshgrid(steps, -steps[rows])
    rays = x[..., None] * right + y[..., None] * up + scene.zoom * ahead
    return unit(rays.reshape(-1, 3).astype(np.float32))


def _shaded(scene: Scene, rays: Array) -> Array:
    eye = np.asarray(scene.eye, np.float32)
    far = _travelled(scene, np.broadcast_to(eye, rays.shape), rays)
    colours = scene.behind(rays)
    hit = far < FAR
    points = eye + rays[hit] * far[hit, None]
    if len(points):
        colours[hit] = _lit(scene, points, rays[hit])
    return colours


def _travelled(scene: Scene, starts: Array, rays: Array) -> Array:
    """How far each ray comes; ``FAR`` for one that meets nothing."""
    far = np.full(len(rays), 0.02, np.float32)
    going = np.arange(len(rays))
    for _ in range(STEPS):
        distance = _distance(scene, starts[going] + rays[going] * far[going, None])
        far[going] += distance * 0.85
        going = going[(distance > CLOSE) & (far[going] < FAR)]
        if not len(going):
            break
    return np.minimum(far, FAR)


def _distance(scene: Scene, points: Array) -> Array:
    nearest: Array = np.minimum.reduce([part.shape(points) for part in scene.parts])
    return nearest


def _normals(scene: Scene, points: Array) -> Array:
    normals = np.zeros_like(points)
    for corner in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        step = np.array(corner, np.float32)
        normals += step * _distance(scene, points + step * 0.0012)[:, None]
    return unit(normals)


def _lit(scene: Scene, points: Array, rays: Array) -> Array:
    """Key light with a soft shadow, sky, what the surroundings mirror."""
    normals = _normals(scene, points)
    paint, shine, metal, glow = _materials(scene, points)
    light = unit(np.array(KEY_LIGHT, np.float32))
    facing = np.clip(normals @ light, 0, 1) * _shadow(scene, points + normals * 0.01, light)
    open_sky = _openness(scene, points, normals) * (0.75 + 0.25 * normals[:, 1])
    warm, cool = np.array([1.0, 0.95, 0.88]), np.array([0.78, 0.88, 1.0])
    diffuse = paint * (facing[:, None] * warm * scene.light + open_sky[:, None] * cool * 0.5)
    mirrored = rays - 2 * np.sum(rays * normals, axis=1, keepdims=True) * normals
    grazing = (1 - np.clip(-np.sum(rays * normals, axis=1), 0, 1)) ** 5
    strength = (shine * (0.12 + 0.88 * grazing) + metal * 0.6)[:, None]
    studio = _studio(mirrored)[:, None] * np.where(metal[:, None] > 0, paint, 1.0)
    dull = 1 - 0.75 * metal[:, None]
    lit = diffuse * dull + studio * strength * (0.4 + 0.6 * open_sky[:, None])
    return np.asarray(lit + paint * glow[:, None], np.float32)


def _studio(rays: Array) -> Array:
    """What a glossy thing mirrors: two soft boxes over a grey room."""
    room = 0.25 + 0.35 * np.clip(rays[:, 1] + 0.3, 0, 1)
    left = _soft_box(rays, centre=(-0.75, 0.35, -0.55), width=0.42)
    right = _soft_box(rays, centre=(0.85, 0.3, -0.4), width=0.25)
    return np.asarray(room + 3.2 * left + 1.6 * right, np.float32)


def _soft_box(rays: Array, *, centre: Colour, width: float) -> Array:
    towards = rays @ unit(np.array(centre, np.float32))
    return np.asarray(np.clip((towards - 1 + width) / (width * 0.3), 0, 1), np.float32)


def _materials(scene: Scene, points: Array) -> tuple[Array, Array, Array, Array]:
    nearest = np.argmin([part.shape(points) for part in scene.parts], axis=0)
    paint = np.zeros_like(points)
    for n, part in enumerate(scene.parts):
        mine = nearest == n
        if mine.any():
            paint[mine] = part.paint(points[mine]) if callable(part.paint) else part.paint
    table = np.array([(p.shine, float(p.is_metal), p.glow) for p in scene.parts], np.float32)
    shine, metal, glow = table[nearest].T
    return paint, shine, metal, glow


def _shadow(scene: Scene, points: Array, light: Array) -> Array:
    """1 in the open, 0 in full shadow; softer with the distance to what throws it."""
    lit: Array = np.ones(len(points), np.float32)
    far = np.full(len(points), 0.02, np.float32)
    for _ in range(38):
        distance = _distance(scene, points + light * far[:, None])
        lit = np.asarray(np.minimum(lit, np.clip(7 * distance / far, 0, 1)), np.float32)
        far += np.clip(distance, 0.015, 0.25)
    return lit * lit * (3 - 2 * lit)


def _openness(scene: Scene, points: Array, normals: Array) -> Array:
    """How much of the sky a point sees, by how soon its normal meets something."""
    closed = np.zeros(len(points), np.float32)
    for n in range(1, 6):
        step = 0.07 * n
        closed += (step - _distance(scene, points + normals * step)) * 0.9**n
    return np.clip(1 - 1.1 * closed, 0.12, 1)
