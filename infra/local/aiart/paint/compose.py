"""Make a picture of words and a cut-out: paint the scene, put the product in, finish."""

import hashlib
import math

import numpy as np
from numpy.typing import NDArray

from infra.local.aiart.paint import floor, grade, light, product, reflection, shadow
from infra.local.aiart.paint.colour import Colour, linear
from infra.local.aiart.paint.contact import contact_of, pitch_of
from infra.local.aiart.paint.field import Field, Planes, resize, spot
from infra.local.aiart.paint.mood import Mood
from infra.local.aiart.paint.noise import Noise
from infra.local.aiart.paint.product import Place, Product
from infra.local.aiart.paint.reflection import Standing
from infra.local.aiart.paint.scenes import SCENES, Scene
from infra.local.aiart.paint.view import View
from infra.local.aiart.paint.window import window_light
from infra.local.aiart.paint.words import Wish, wish_of

SCENE_PIXELS = 1280 * 1280
"""The scene is painted on about this many pixels at most and enlarged: most is out of focus."""
DIM = 0.42
"""Brightness of the scene, away from the product, where dim light is asked for."""


def compose(  # noqa: PLR0913  # what aiart's own call takes
    cutout: NDArray[np.uint8],
    *,
    words: str,
    avoid: str = "",
    template: str | None = None,
    width: int = 1280,
    height: int = 1280,
    variation: int = 0,
) -> NDArray[np.uint8]:
    """Paint the scene that ``words`` describe and put the product into it.

    ``cutout`` is (h, w, 4), RGB and straight alpha; the result is (height, width, 3), RGB. A
    ``template`` (one of ``TEMPLATES``) decides the scene instead of the words; a scene that
    ``avoid`` names is not chosen. Another ``variation`` gives another picture. The same arguments
    give the same bytes. Raises ``ValueError`` when the cut-out's alpha is empty.
    """
    asked = f"{words}\0{template or ''}" + (f"\0{variation}" if variation else "")
    seed = hashlib.sha256(asked.encode()).digest()
    rng = np.random.default_rng(int.from_bytes(seed[:8], "big"))
    wish = wish_of(words, avoid=avoid, template=template)
    lift = SCENES[wish.scene].lift
    made = product.prepare(cutout, width=width, height=height, lift=lift, variation=variation)
    # All scenes are lit from the left: a product lit from the right is painted in a mirror.
    turned = product.is_lit_from_right(made)
    if turned:
        made = made.turned(width)
    picture = _painted(made, wish, rng, size=(height, width))
    done = grade.finished(picture, rng, vignette=SCENES[wish.scene].vignette)
    return np.ascontiguousarray(done[:, ::-1]) if turned else done


def _painted(
    made: Product, wish: Wish, rng: np.random.Generator, *, size: tuple[int, int]
) -> Planes:
    """Paint the scene with the product, in linear light: (3, height, width)."""
    scene, mood = SCENES[wish.scene], wish.mood
    unit_px = math.sqrt(size[0] * size[1])
    scale = min(1.0, math.sqrt(SCENE_PIXELS) / unit_px)
    alpha = _framed(made.alpha, made.place, size, scale)
    view = _view(alpha, scene)
    surface = wish.surface or scene.surface
    picture, material = floor.painted(scene, surface, view, Noise(rng), mood)
    picture = _in_light(picture, scene, mood, view)
    rgb = _lit(made, scene, mood, around=light.surroundings(picture, alpha), unit_px=unit_px)
    dark = shadow.darkness(alpha, view, lift=scene.lift)
    on_ground = np.maximum(view.below_horizon(scene.softness), 0.25)
    shadow.shade(picture, dark, strength=scene.shadow, on=on_ground)
    if np.any(material.gloss):
        small = np.stack([_framed(plane, made.place, size, scale) for plane in rgb])
        stands = Standing(small, alpha, contact_of(alpha).lowered(scene.lift * view.height))
        picture = reflection.of_product(picture, stands, material, view)
    picture = resize(picture, *size)
    _put(picture, rgb, made, unit_px=unit_px)
    return picture


def _framed(x: Field, place: Place, size: tuple[int, int], scale: float) -> Field:
    """Put a field of the product's size at its place in the picture's frame, both scaled down.

    ``size`` is the picture's (height, width); outside of the product the frame is 0.
    """
    small = place.scaled(scale)
    frame = np.zeros([max(2, round(side * scale)) for side in size], np.float32)
    frame[small.rows, small.columns] = resize(x, small.height, small.width)
    return frame


def _view(alpha: Field, scene: Scene) -> View:
    """Place the camera for a product whose alpha (h, w) has the picture's size."""
    opaque = alpha > 0.5 * float(alpha.max())
    rows = np.flatnonzero(opaque.any(axis=1))
    return View(
        height=alpha.shape[0],
        width=alpha.shape[1],
        top=float(rows[0]),
        base=float(rows[-1] + 1) + scene.lift * alpha.shape[0],
        pitch=pitch_of(alpha),
        kind=scene.kind,
    )


def _in_light(ground: Planes, scene: Scene, mood: Mood, view: View) -> Planes:
    """Add light through a window; if dim light is asked for, darken all but the product's place."""
    if scene.sunlight != "none" and mood.light.power > 0.6 and not mood.is_dim:
        on = 1.0 if scene.sunlight == "all" else view.below_horizon(0.06)
        ground = window_light(ground, view, linear(mood.light.light), on=on)
    if mood.is_dim:
        middle = (view.top + view.base) / 2 / view.height
        pool = spot(view.size, at=(0.45, middle), radius=(0.42, 0.40))
        ground = ground * (DIM + (0.75 - DIM) * pool)
    return ground


def _lit(made: Product, scene: Scene, mood: Mood, *, around: Colour, unit_px: float) -> Planes:
    """Bring the product's colours into the scene's light."""
    power = mood.light.power if scene.has_day else 1.0
    exposure = scene.exposure * (0.45 + 0.55 * power) * (0.86 if mood.is_dim else 1.0)
    key = linear(scene.key)
    if mood.hour and scene.has_day:
        key = key * linear(mood.light.light)
    rgb = light.harmonised(made.rgb, around=around, key=key, exposure=exposure)
    return light.rim_lit(rgb, made.alpha, scene.rims, unit_px=unit_px)


def _put(picture: Planes, rgb: Planes, made: Product, *, unit_px: float) -> None:
    """Put the product into the picture, in place."""
    behind = picture[:, made.place.rows, made.place.columns]
    seen = light.wrapped(rgb, made.alpha, behind, unit_px=unit_px)
    behind += (seen - behind) * made.alpha
