"""The products: each a scene of parts, with its paint."""

import numpy as np

from infra.local.page.rendering.raymarching import Paint, Part, Scene, turned_part
from infra.local.page.rendering.shapes import (
    Array,
    Colour,
    Shape,
    box,
    cone,
    cut,
    ellipsoid,
    floor,
    joined,
    moved,
    ring,
    rod,
    slab,
    studio_sweep,
    turned,
)


def plain(colour: Colour) -> Paint:
    """A backdrop of one colour."""
    return lambda rays: np.tile(np.array(colour, np.float32), (len(rays), 1))


def banded(base: Colour, band: Colour, *, low: float, high: float) -> Paint:
    """A colour with a band of another between two heights."""

    def paint(points: Array) -> Array:
        inside = (points[:, 1] > low) & (points[:, 1] < high)
        return np.where(inside[:, None], np.array(band), np.array(base)).astype(np.float32)

    return paint


def wood(points: Array) -> Array:
    """Boards along x with a grain."""
    board = np.floor(points[:, 2] / 0.55)
    along = points[:, 0] * 0.55 + board * 3.7
    grain = np.sin(points[:, 2] * 46 + 2.2 * np.sin(along * 3.1 + board) + np.sin(along * 9) * 0.5)
    fine = np.sin(points[:, 2] * 190 + along * 23)
    gap = np.abs(points[:, 2] / 0.55 - board - 0.5) > 0.485
    tone = 0.82 + 0.1 * grain + 0.04 * fine + 0.12 * np.sin(board * 5.1)
    tone = np.where(gap, 0.25, tone)
    return np.asarray(tone[:, None] * np.array([0.46, 0.25, 0.12]), np.float32)


def kitchen(rays: Array) -> Array:
    """A blurred wall with shelves and bright things on them."""
    x, y = rays[:, 0] / rays[:, 2], rays[:, 1] / rays[:, 2]
    colours = np.tile(np.array([0.36, 0.41, 0.42], np.float32), (len(rays), 1))
    colours *= (1.0 + 0.5 * (x + 0.3))[:, None]
    rng = np.random.default_rng(7)
    for row in (-0.16, 0.0):
        shelf = 1 / (1 + np.exp(np.clip((np.abs(y - row) - 0.009) * 500, -40, 40)))
        colours += shelf[:, None] * (np.array([0.3, 0.18, 0.09]) - colours)
        for centre in np.linspace(-0.3, 0.3, 9) + rng.uniform(-0.02, 0.02, 9):
            size, tall = rng.uniform(0.014, 0.026), rng.uniform(0.03, 0.058)
            far = np.maximum(np.abs(x - centre) / size, np.abs(y - row - 0.009 - tall) / tall)
            inside = 1 / (1 + np.exp(np.clip((far - 1) * 11, -40, 40)))
            colours += inside[:, None] * (rng.uniform(0.05, 0.75, 3) - colours) * 0.9
    return colours.astype(np.float32)


def perfume() -> Scene:
    """A bottle of rose glass with a golden cap, in front of pale pink."""

    def glass(points: Array) -> Array:
        x, y = points[:, 0], points[:, 1]
        inner = np.clip((np.abs(x) - 0.34) / 0.12, 0, 1)[:, None]
        full = np.where(y < 1.12, 1.0, 0.0)[:, None]
        liquid = np.array([0.86, 0.36, 0.42]) * (0.7 + 0.3 * y[:, None])
        body = full * liquid + (1 - full) * np.array([0.93, 0.78, 0.78])
        return np.asarray(body * (1 - inner) + np.array([0.97, 0.85, 0.84]) * inner, np.float32)

    def label(points: Array) -> Array:
        x, y = points[:, 0], points[:, 1]
        name = (np.abs(y - 0.78) < 0.022) & (np.abs(x) < 0.17)
        line = (np.abs(y - 0.68) < 0.008) & (np.abs(x) < 0.1)
        edge = (np.abs(x) > 0.255) | (np.abs(y - 0.72) > 0.185)
        ink = name | line | edge
        return np.where(ink[:, None], (0.55, 0.38, 0.14), (0.97, 0.94, 0.88)).astype(np.float32)

    bottle = moved(box(0.5, 0.66, 0.24, round_by=0.09), y=0.66)
    plate = moved(box(0.27, 0.2, 0.012, round_by=0.01), y=0.72, z=-0.238)
    cap = moved(box(0.2, 0.24, 0.19, round_by=0.035), y=1.72)
    gold = (0.83, 0.55, 0.2)
    product = [
        Part(bottle, glass, shine=0.9),
        Part(plate, label),
        Part(moved(cone(0.13, 0.13, 0.09), y=1.4), gold, shine=0.8, is_metal=True),
        Part(cap, gold, shine=0.9, is_metal=True),
    ]
    parts = [
        Part(studio_sweep, (0.86, 0.68, 0.66), shine=0.12),
        *(turned_part(part, about="y", degrees=-16) for part in product),
    ]
    return Scene(parts, plain((0.8, 0.66, 0.64)), target=(0.1, 0.92, 0), zoom=5.0)


def mug() -> Scene:
    """A glazed mug on a wooden table, in front of a kitchen."""
    body = cut(
        moved(cone(0.6, 0.66, 0.68, round_by=0.05), y=0.68),
        moved(cone(0.5, 0.57, 0.68, round_by=0.04), y=0.82),
    )
    handle = cut(
        moved(ring(0.33, 0.36, 0.085), x=0.72, y=0.7),
        moved(cone(0.56, 0.62, 0.7), y=0.68),
    )
    glaze = banded((0.08, 0.3, 0.36), (0.9, 0.86, 0.76), low=0.42, high=0.98)

    def pattern(points: Array) -> Array:
        colours = glaze(points)
        angle = np.arctan2(points[:, 2], points[:, 0])
        waves = np.abs(points[:, 1] - 0.7 - 0.1 * np.sin(angle * 10)) < 0.026
        colours[waves] = (0.78, 0.3, 0.12)
        return colours

    parts = [
        Part(floor, wood, shine=0.25),
        Part(body, pattern, shine=0.75),
        Part(turned(handle, about="y", degrees=-22), (0.08, 0.3, 0.36), shine=0.75),
        Part(moved(cone(0.56, 0.56, 0.02), y=1.1), (0.1, 0.045, 0.02), shine=0.6),
    ]
    eye = (0.0, 2.05, -6.0)
    return Scene(parts, kitchen, eye=eye, target=(0.2, 0.7, 0), zoom=4.6)


def shoe() -> Scene:
    """A running shoe from the side, in front of warm grey."""
    sole = moved(slab(1.32, 0.11, 0.43, corner=0.42, round_by=0.07), y=0.11)
    foam = moved(slab(1.3, 0.13, 0.41, corner=0.4, round_by=0.09), y=0.29)
    product = [
        Part(_on_last(sole), (0.9, 0.38, 0.1), shine=0.15),
        Part(_on_last(foam), (0.93, 0.92, 0.88), shine=0.2),
        Part(_on_last(_upper()), _bent(_cloth), shine=0.12),
    ]
    parts = [
        Part(studio_sweep, (0.62, 0.58, 0.53), shine=0.1),
        *(turned_part(part, about="y", degrees=24) for part in product),
    ]
    eye = (-0.4, 2.9, -6.0)
    return Scene(parts, plain((0.5, 0.47, 0.43)), eye=eye, target=(0.08, 0.55, 0), zoom=3.7)


def _bent(inner: Shape) -> Shape:
    """Slim in the middle, wider at the ball of the foot, toes turned up."""

    def bent(points: Array) -> Array:
        straight = points.copy()
        x = points[:, 0]
        straight[:, 2] = points[:, 2] / (0.86 + 0.16 * np.sin(x * 1.9 - 0.5))
        straight[:, 1] = points[:, 1] - 0.2 * np.clip(x - 0.55, 0, None) ** 2
        return inner(straight)

    return bent


def _on_last(inner: Shape) -> Shape:
    """A bent shape; bending stretches distances, so they are taken shorter."""
    bent = _bent(inner)
    return lambda points: np.asarray(bent(points) * 0.8, np.float32)


def _opening() -> Shape:
    """Where the foot goes in."""
    return moved(turned(ellipsoid(0.52, 0.5, 0.23), about="z", degrees=-14), x=-0.74, y=1.3)


def _upper() -> Shape:
    toes = moved(ellipsoid(0.66, 0.36, 0.37), x=0.62, y=0.5)
    instep = moved(turned(ellipsoid(0.85, 0.37, 0.34), about="z", degrees=-24), y=0.68)
    heel = moved(ellipsoid(0.44, 0.55, 0.35), x=-0.8, y=0.72)
    leather = turned(box(0.2, 0.34, 0.2, round_by=0.12), about="z", degrees=-16)
    tongue = moved(leather, x=-0.3, y=1.05)
    return cut(joined(toes, instep, heel, tongue, soft=0.34), _opening())


def _cloth(points: Array) -> Array:
    """Woven blue with darker ends, dots on the sides, laces on top and a light lining."""
    x, y, side = points[:, 0], points[:, 1], np.abs(points[:, 2])
    colours = np.tile(np.array([0.06, 0.2, 0.42], np.float32), (len(points), 1))
    toe, heel = (x - 0.9) ** 2 + (y - 0.3) ** 2 * 1.6 < 0.15, x < -0.92
    colours[toe | heel] = (0.03, 0.08, 0.16)
    for centre, radius in ((-0.5, 0.13), (-0.16, 0.1), (0.11, 0.07)):
        far = np.hypot(x - centre, y - 0.74 + 0.12 * (centre + 0.5))
        colours[(far < radius) & (side > 0.12)] = (0.95, 0.42, 0.1)
        colours[(far < radius * 0.5) & (side > 0.12)] = (0.95, 0.92, 0.86)
    laces = (side < 0.15) & (np.sin(x * 48) > 0.1) & (x > -0.2) & (x < 0.52) & (y > 0.6)
    colours[laces] = (0.95, 0.94, 0.9)
    colours[_opening()(points) < 0.02] = (0.75, 0.72, 0.66)
    weave = 0.88 + 0.12 * np.sin(x * 95) * np.sin(y * 95 + x * 20)
    return np.asarray(colours * weave[:, None], np.float32)


def lamp() -> Scene:
    """A desk lamp in front of pale green."""
    elbow, neck, foot = (-0.5, 1.15, 0.1), (0.1, 1.78, 0.0), (0.05, 0.1, 0.1)
    shell = cut(
        cone(0.5, 0.16, 0.3, round_by=0.02),
        moved(cone(0.47, 0.13, 0.3, round_by=0.02), y=-0.035),
    )
    place = {"x": 0.3, "y": 1.66, "z": -0.05}
    steel = (0.75, 0.76, 0.78)
    coral = (0.8, 0.2, 0.13)
    parts = [
        Part(studio_sweep, (0.42, 0.56, 0.53), shine=0.1),
        Part(moved(cone(0.42, 0.4, 0.055, round_by=0.03), x=0.05, y=0.06, z=0.1), coral, shine=0.5),
        Part(rod(foot, elbow, 0.035), steel, shine=0.8, is_metal=True),
        Part(rod(elbow, neck, 0.035), steel, shine=0.8, is_metal=True),
        Part(moved(ellipsoid(0.075, 0.075, 0.075), *elbow), coral, shine=0.5),
        Part(moved(turned(shell, about="z", degrees=24), **place), coral, shine=0.55),
        Part(
            moved(ellipsoid(0.13, 0.15, 0.13), x=0.36, y=1.5, z=-0.05), (1.0, 0.86, 0.6), glow=2.5
        ),
    ]
    return Scene(parts, plain((0.36, 0.5, 0.47)), target=(0.05, 1.0, 0), zoom=4.7, light=0.9)
