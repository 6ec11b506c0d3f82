"""Paint backdrops made of light: neon, gold, smoke, bubbles."""

import cv2
import numpy as np

from infra.local.aiart.paint.colour import Colour, darker, linear, paler
from infra.local.aiart.paint.field import (
    Planes,
    blur,
    gradient,
    mix,
    resize,
    rows,
    smooth,
    spot,
)
from infra.local.aiart.paint.mood import Mood
from infra.local.aiart.paint.noise import Noise
from infra.local.aiart.paint.plane import Plane
from infra.local.aiart.paint.sketch import Bokeh, House, Sketch, bokeh
from infra.local.aiart.paint.view import View

NEON = ("#ff2bd6", "#22d3ff", "#8a4dff")
BUBBLES = 34


def neon(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint a street at night: dark houses, far lights, neon tubes on both sides."""
    names = [linear(c) for c in NEON]
    if mood.colour is not None:
        names = [mood.colour, paler(mood.colour, 0.3), linear(NEON[1])]
    sky = gradient(rows(view.height), [(0, linear("#05060f")), (0.6, linear("#1c1440"))])
    sketch = Sketch(view, np.broadcast_to(sky, (3, view.height, view.width)))
    reach = 0.5 * view.width / view.unit
    x = -reach - 0.05
    while x < reach:
        wide, tall = noise.rng.uniform(0.12, 0.26), noise.rng.uniform(0.18, 0.60)
        tone = linear(str(noise.rng.choice(["#0d0f1f", "#13122a", "#0a0c18"])))
        sketch.house(
            House(x, wide, tall * (0.35 + min(abs(x) / reach, 1)), tone, lit=0.5), noise.rng
        )
        x += wide
    picture = sketch.finished(blur_px=view.unit / 85)
    lights = [*names, linear("#ff7a18")]
    picture = bokeh(picture, view, noise.rng, Bokeh(lights, 44, (0.006, 0.026), 0.8))
    return picture + _tubes(view, noise.rng, names)


def _tubes(view: View, rng: np.random.Generator, names: list[Colour]) -> Planes:
    """Draw upright neon tubes and their glow on black, to be added to the picture."""
    sketch = Sketch(view)
    size = (sketch.height, sketch.width)
    tubes = np.zeros((3, *size), np.float32)
    reach = 0.5 * view.width / view.unit
    for i, part in enumerate((-0.84, -0.55, 0.58, 0.87)):
        x, low = part * reach + rng.uniform(-0.02, 0.02), rng.uniform(0.06, 0.16)
        high, lean = low + rng.uniform(0.20, 0.36), rng.uniform(-0.008, 0.008)
        mark = np.zeros(size, np.uint8)
        ends = ((sketch.column(x), sketch.row(low)), (sketch.column(x + lean), sketch.row(high)))
        thick = max(1, round(view.unit * sketch.scale / 150))
        cv2.line(mark, *ends, 255, thick, cv2.LINE_AA)
        tubes += names[i % len(names)] * (mark.astype(np.float32) / 255)
    glow = 2.6 * blur(tubes, 1.1) + 2.0 * blur(tubes, 7) + 2.8 * blur(tubes, 26)
    core = 0.9 * blur(tubes.max(axis=0), 1.0)
    return resize(glow + core, view.height, view.width)


def gold(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint black and gold: a dark wall, golden lights out of focus, a shimmer of dust."""
    shine = mood.tint("#d9a441")
    lamp = spot(view.size, at=(0.45, 0.42), radius=(0.42, 0.36))
    picture = linear("#0d0b09") + shine * (0.16 * lamp)
    plane = view.wall
    swirl = noise.fractal(plane, cell=0.7, octaves=4) - 0.5
    ribbon = np.exp(-(((plane.v - 0.38 - swirl * 0.55 - plane.u * 0.25) / 0.10) ** 2))
    dust = noise.fractal(plane, cell=0.008, octaves=2, gain=0.9)
    picture = picture + shine * (ribbon * (0.10 + 2.2 * smooth(dust, 0.72, 0.98)))
    lights = [shine, paler(shine, 0.35), paler(shine, 0.7)]
    return bokeh(picture, view, noise.rng, Bokeh(lights, 70, (0.006, 0.032), 0.75))


def smoke(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint billows of coloured smoke, pink unless asked otherwise, before black cloth."""
    tint = mood.tint("#f07aa8")
    plane = view.wall.thinned(2)
    warp = noise.fractal(plane, cell=0.6, octaves=4) - 0.5
    warp2 = noise.fractal(plane, cell=0.6, octaves=4) - 0.5
    u, v = plane.u + warp * 0.62, plane.v * 1.15 + warp2 * 0.62
    warped = Plane(u=u, v=v, px=plane.px)
    billow = noise.fractal(warped, cell=0.42, octaves=6, gain=0.52)
    wisps = 1 - np.abs(2 * noise.fractal(warped, cell=0.30, octaves=5) - 1)
    height, width = billow.shape
    horizon = max(view.horizon / view.height, 0.3)
    around = spot((height, width), at=(0.5, horizon * 0.92), radius=(0.56, 0.46))
    dense = smooth(billow * 0.75 + wisps * 0.25, 0.34, 0.92) * around
    light = spot((height, width), at=(0.25, 0.25), radius=(0.7, 0.6))
    colour = mix(darker(tint, 0.5), paler(tint, 0.25), np.clip(dense * 0.7 + 0.3 * light, 0, 1))
    return resize(
        linear("#040305") + colour * (1.15 * dense * (0.5 + 0.6 * light)), view.height, view.width
    )


def bubbles(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint soap bubbles before a bright pastel sky."""
    top, low = mood.tint("#b9d7f7"), linear("#fdeef4")
    picture = gradient(rows(view.height), [(0, top), (0.75, low)])
    plane = view.wall
    drift = noise.fractal(plane, cell=0.8, octaves=3)
    picture = mix(picture, linear("#f9d3e6"), 0.7 * smooth(drift, 0.35, 0.85))
    lights = [linear("#ffffff"), linear("#ffe9f4"), linear("#e3f6ff")]
    picture = bokeh(picture, view, noise.rng, Bokeh(lights, 40, (0.01, 0.05), 0.22))
    picture = np.array(np.broadcast_to(picture, (3, view.height, view.width)))
    for i in range(BUBBLES):
        size = (0.012 + 0.095 * noise.rng.random() ** 2.2) * view.unit
        centre = (
            noise.rng.random() * view.width,
            noise.rng.random() * (view.horizon + 0.04 * view.unit),
        )
        _bubble(picture, centre, size, blur_px=view.unit / 260 if i % 3 else 0.0, rng=noise.rng)
    return picture


def _bubble(
    picture: Planes,
    centre: tuple[float, float],
    radius: float,
    *,
    blur_px: float,
    rng: np.random.Generator,
) -> None:
    """Paint one bubble into the picture, in place: a film whose colours turn with its thickness."""
    x0, y0 = max(int(centre[0] - radius - 2), 0), max(int(centre[1] - radius - 2), 0)
    patch = picture[:, y0 : int(centre[1] + radius + 3), x0 : int(centre[0] + radius + 3)]
    if not patch.size:
        return
    row, column = np.indices(patch.shape[1:], dtype=np.float32)
    x, y = (column + x0 - centre[0]) / radius, (row + y0 - centre[1]) / radius
    r = np.sqrt(x**2 + y**2)
    inside = smooth(r, 1.0 + 1.0 / radius, 1.0 - 1.0 / radius)
    rim = np.clip(r, 0, 1) ** 6
    film = (y * 0.9 + x * 0.5 + r**3 * 2.2) * 2.2 + rng.uniform(0, 6)
    colours = np.stack([0.5 + 0.5 * np.cos(film + shift) for shift in (0.0, 2.1, 4.2)])
    lens = np.exp(-(((x + 0.45) / 0.20) ** 2) - ((y + 0.50) / 0.13) ** 2)
    counter = np.exp(-(((x - 0.48) / 0.14) ** 2) - ((y - 0.52) / 0.09) ** 2)
    painted = patch * (1 - 0.30 * rim) + colours * (0.10 + 0.62 * rim) * 0.75
    painted = painted + 1.1 * lens + 0.6 * counter
    patch += blur(inside * 1.0, blur_px) * (blur(painted, blur_px) - patch)
