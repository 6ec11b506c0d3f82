"""Paint a surface as the floor before a wall: perspective, focus, the wall's mirror image."""

from dataclasses import replace

import numpy as np

from infra.local.aiart.paint import reflection
from infra.local.aiart.paint.colour import Colour, linear
from infra.local.aiart.paint.field import Planes, blur, mix, resize, spot
from infra.local.aiart.paint.ground import wet
from infra.local.aiart.paint.material import Material
from infra.local.aiart.paint.mood import Mood
from infra.local.aiart.paint.noise import Noise
from infra.local.aiart.paint.scenes import SURFACES, Backdrop, Scene
from infra.local.aiart.paint.view import View

LEAST_HALVED_PX = 700
"""A picture whose sides are shorter is painted as a whole at its own size."""


def painted(
    scene: Scene, surface: str, view: View, noise: Noise, mood: Mood
) -> tuple[Planes, Material]:
    """Paint the scene without its product, (3, h, w); give the floor's material, too.

    The material's fields hold the picture's lower rows only, from ``first_row`` on.
    """
    first = first_row(scene, view)
    tint = _tint(scene, surface, mood)
    material = SURFACES[surface](view.floor.below(first), noise, tint)
    if mood.is_wet:
        material = wet(material, view.floor.below(first), noise)
    material = replace(material, gloss=material.gloss * scene.mirror)
    floor = _lit(material.colour, view, first)
    if scene.has_day:
        floor = floor * linear(mood.light.light) * mood.light.power
    if scene.backdrop is None:
        return _focused(floor, view, first), material
    wall = _wall(scene.backdrop, view, noise, mood, is_sharp=scene.is_sharp)
    if np.any(material.gloss):
        floor = reflection.of_wall(floor, wall, material, view)
    cover = view.below_horizon(scene.softness)[first:]
    if material.cover is not None:
        cover = cover * material.cover
    wall[:, first:] = mix(wall[:, first:], _focused(floor, view, first), cover)
    return _seamed(wall, scene, view), material


def _wall(backdrop: Backdrop, view: View, noise: Noise, mood: Mood, *, is_sharp: bool) -> Planes:
    """Paint what is behind, (3, h, w). Out of focus as it is, most is painted at half the size."""
    seen = view if is_sharp or view.unit < LEAST_HALVED_PX else view.halved()
    wall = np.broadcast_to(backdrop(seen, noise, mood), (3, seen.height, seen.width))
    return np.array(resize(wall, view.height, view.width))


def _tint(scene: Scene, surface: str, mood: Mood) -> Colour | None:
    """Choose the colour that the surface is asked to have, if any."""
    if mood.ground_colour is not None or surface != scene.surface:
        return mood.ground_colour
    if scene.tints_floor and mood.colour is not None:
        return mood.colour
    return linear(scene.floor) if scene.floor else None


def first_row(scene: Scene, view: View) -> int:
    """Give the highest row in which any floor shows."""
    if scene.backdrop is None:
        return 0
    return max(0, int(view.horizon - scene.softness * view.height / 2 - 1))


def _lit(colour: Planes, view: View, first: int) -> Planes:
    """Light the floor: brightest where the product stands, darker towards the horizon."""
    where = (view.base - 0.02 * view.height) / view.height
    pool = spot(view.size, at=(0.46, where), radius=(0.70, 0.62))[first:]
    near = np.clip(view.depth()[first:], 0, 1)
    lit: Planes = colour * ((0.58 + 0.50 * pool) * (0.86 + 0.20 * near))
    return lit


def _focused(floor: Planes, view: View, first: int) -> Planes:
    """Blur the far part of the floor, more with the distance."""
    depth = view.depth()[first:]
    last = int(np.searchsorted(depth[:, 0], 0.62))
    if last < 2:
        return floor
    t = np.clip(depth[:last] / 0.62, 0, 1)
    far = floor[:, :last]
    soft = mix(blur(far, view.unit / 150), blur(far, view.unit / 500), np.clip(t * 2 - 0.4, 0, 1))
    out = np.array(floor)
    out[:, :last] = mix(soft, far, np.clip(t * 2 - 1, 0, 1))
    return out


def _seamed(picture: Planes, scene: Scene, view: View) -> Planes:
    """Darken the corner between a room's wall and its floor, which less light reaches."""
    if view.kind != "room":
        return picture
    width = (scene.softness * 1.6 + 0.01) * view.height
    corner = np.exp(-(((view.row - view.horizon) / width) ** 2))
    shaded: Planes = picture * (1 - 0.18 * corner)
    return shaded
