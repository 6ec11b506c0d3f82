"""Paint what is behind a product outdoors: sea, hills, woods, a garden, snow, a street."""

from dataclasses import dataclass, replace

import numpy as np

from infra.local.aiart.paint.colour import Colour, darker, linear, paler
from infra.local.aiart.paint.field import Field, Planes, blur, columns, mix, rows, smooth, spot
from infra.local.aiart.paint.mood import Mood
from infra.local.aiart.paint.noise import Noise
from infra.local.aiart.paint.plane import Plane
from infra.local.aiart.paint.sketch import Bokeh, House, Sketch, bokeh
from infra.local.aiart.paint.sky import clear_sky, clouds, cloudy_sky
from infra.local.aiart.paint.view import View


def lit_land(colour: Colour, mood: Mood) -> Colour:
    """Light a colour of the land as the hour does."""
    lit: Colour = colour * linear(mood.light.light) * mood.light.power
    return lit


def open_sea(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint the sea from the horizon down: deep far away, clear and shallow near the shore."""
    sky = clouds(clear_sky(view, mood.light), view, noise, cover=0.8, hour=mood.light)
    floor = view.floor
    depth = view.depth()
    waters = replace(floor.sideways, px=floor.px * 0.3)
    waves = noise.fractal(waters, cell=0.20, octaves=4, stretch=4)
    deep, shallow = lit_land(linear("#1d6a9c"), mood), lit_land(linear("#74c9c4"), mood)
    sea = mix(deep, shallow, smooth(depth, 0.0, 0.40)) * (0.62 + 0.7 * waves)
    sea = mix(sea, linear(mood.light.low), 0.30 * np.exp(-depth * 6))
    if mood.light.sun:
        path = np.exp(-(((columns(view.width) - 0.22) / (0.05 + 0.12 * depth)) ** 2))
        glitter = smooth(waves, 0.50, 0.85) * path
        sea = sea + linear(mood.light.sun) * glitter * 0.9
    return mix(sky, sea, view.below_horizon(0.004))


@dataclass(frozen=True)
class Hills:
    """Describe a chain of hills.

    ``rise`` is how high they rise and ``length`` how long they are, in units; ``rough`` is how
    much rougher each finer detail makes them; with ``is_sharp`` they have sharp crests.
    """

    rise: float
    length: float
    rough: float
    is_sharp: bool = False


def _cover(hills: Hills, view: View, noise: Noise) -> Field:
    """Give the cover of the hills: 1 below their outline, 0 above it."""
    path = _line(view.column / view.unit + noise.rng.uniform(0, 50), px=1 / view.unit)
    line = noise.fractal(path, cell=hills.length, octaves=7, gain=hills.rough, stretch=1.0)
    if hills.is_sharp:
        line = 1 - np.abs(2 * line - 1)
    return smooth(view.row - view.horizon + line * (hills.rise * view.unit), -1.0, 1.0)


def _line(u: Field, *, px: float) -> Plane:
    """Make a plane that has only one direction."""
    return Plane(u=u, v=np.zeros((1, 1), np.float32), px=np.full((1, 1), px, np.float32))


def mountains(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint ranges of mountains, the farther the bluer, under a wide sky."""
    picture = cloudy_sky(view, noise, mood)
    haze = mix(linear(mood.light.low), linear(mood.light.middle), 0.5)
    near = lit_land(linear("#3c5138"), mood)
    for i, rise in enumerate((0.40, 0.26, 0.12)):
        colour = mix(haze, near, 0.25 + 0.34 * i)
        hills = Hills(rise, length=0.55 - 0.1 * i, rough=0.50, is_sharp=i < 2)
        texture = noise.fractal(view.wall, cell=0.12, octaves=4)
        mist = smooth(view.row, view.horizon - 0.2 * view.unit, view.horizon)
        land = mix(colour * (0.75 + 0.5 * texture), haze, (0.40 - 0.15 * i) * mist)
        picture = mix(picture, land, _cover(hills, view, noise))
    return picture


def dunes(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint dunes against the sky, in soft light and shade."""
    picture = clear_sky(view, mood.light)
    haze = linear(mood.light.low)
    sand = lit_land(linear("#d99f5f"), mood)
    for i, rise in enumerate((0.20, 0.13, 0.06)):
        hills = Hills(rise, length=1.1 - 0.2 * i, rough=0.22)
        shade = noise.fractal(view.wall, cell=0.5, octaves=2, stretch=0.3)
        land = mix(haze, sand, 0.45 + 0.25 * i) * (0.55 + 0.65 * smooth(shade, 0.3, 0.7))
        picture = mix(picture, land, _cover(hills, view, noise))
    return picture


def foliage(view: View, noise: Noise, *, dark: Colour, bright: Colour, cell: float) -> Planes:
    """Paint leaves far out of focus: clumps of several greens, lit from the upper left."""
    plane = view.wall
    clumps = noise.fractal(plane, cell=cell, octaves=4, gain=0.6)
    leaves = noise.fractal(plane, cell=cell / 4, octaves=3, gain=0.7)
    light = spot(view.size, at=(0.25, 0.08), radius=(0.75, 0.55))
    t = np.clip(clumps * 0.75 + (leaves - 0.5) * 0.5 + 0.45 * (light - 0.3), 0, 1)
    return mix(dark, bright, t**1.6)


def garden(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint a sunny garden out of focus, with flowers of the asked colour."""
    dark, bright = lit_land(linear("#1f3d16"), mood), lit_land(linear("#b7d274"), mood)
    picture = blur(foliage(view, noise, dark=dark, bright=bright, cell=0.4), view.unit / 70)
    petal = mood.tint("#f2d7e0")
    lights = [paler(petal, 0.2), petal, linear("#fdf6c9"), linear("#e9f7c8")]
    return bokeh(picture, view, noise.rng, Bokeh(lights, 46, (0.008, 0.034), 0.55))


@dataclass(frozen=True)
class Woods:
    """Describe the leaves of a wood, in their shade and in the light.

    ``mist`` is the colour between the trunks, ``lights`` are what shines through the leaves.
    """

    dark: str
    bright: str
    mist: str
    lights: tuple[str, ...]


GREEN_WOODS = Woods("#0d1d10", "#8fb56a", "#b9cda6", ("#f4ffd0", "#d7efa0"))
AUTUMN_WOODS = Woods("#3d1206", "#e08a26", "#e6c48f", ("#ffdf8a", "#ffa63d", "#e8602c"))


def forest(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint deep woods: trunks in mist, light through the leaves, rays from the upper left."""
    return _woods(GREEN_WOODS, view, noise, mood)


def autumn(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint the woods of ``forest`` when their leaves have turned."""
    return _woods(AUTUMN_WOODS, view, noise, mood)


def _woods(woods: Woods, view: View, noise: Noise, mood: Mood) -> Planes:
    dark, bright = lit_land(linear(woods.dark), mood), lit_land(linear(woods.bright), mood)
    picture = foliage(view, noise, dark=dark, bright=bright, cell=0.3)
    mist = lit_land(linear(woods.mist), mood)
    picture = mix(picture, mist, 0.65 * spot(view.size, at=(0.4, 0.4), radius=(0.5, 0.4)))
    for layer in range(3):
        bark = mix(mist, lit_land(linear("#241d15"), mood), 0.22 + 0.32 * layer)
        picture = mix(picture, bark, _trunks(view, noise.rng, layer))
        picture = blur(picture, view.unit / (100 + 20 * layer))
    lights = [linear(colour) for colour in woods.lights]
    picture = bokeh(picture, view, noise.rng, Bokeh(lights, 26, (0.006, 0.022), 0.5))
    return picture + linear("#fff1c4") * (_rays(view, noise) * (0.34 * mood.light.power))


def _trunks(view: View, rng: np.random.Generator, layer: int) -> Field:
    """Draw the cover of one layer of tree trunks, thicker and fewer the nearer it is."""
    sketch = Sketch(view)
    cover = sketch.field()
    reach = 0.5 * view.width / view.unit
    for _ in range(int((14 - 4 * layer) * max(2 * reach, 0.6))):
        x, lean = rng.uniform(-reach, reach), rng.normal(0, 0.025)
        sketch.trunk(cover, x, lean, rng.uniform(0.004, 0.010) * (1 + 0.9 * layer))
    return sketch.scaled(blur(cover, 0.8))


def _rays(view: View, noise: Noise) -> Field:
    """Give shafts of light that fan out from beyond the upper left corner, (h, w)."""
    x, y = view.column / view.unit + 0.25, view.row / view.height + 0.35
    fan = _line(np.arctan2(y, x), px=0.004)
    shafts = smooth(noise.fractal(fan, cell=0.10, octaves=3, stretch=1.0), 0.48, 0.8)
    return blur(shafts * np.exp(-(x**2 + y**2) / 1.3), view.unit / 150)


def winter(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint snowy firs in the mist, and falling flakes."""
    light = lit_land(linear("#e6eef7"), mood)
    picture = np.broadcast_to(light, (3, view.height, view.width)) * (
        0.72 + 0.35 * rows(view.height)
    )
    for layer in range(3):
        fir = lit_land(mix(linear("#a9bccb"), linear("#33504a"), 0.25 + 0.3 * layer), mood)
        cover, snow = _firs(view, noise, layer)
        picture = mix(picture, mix(fir, light, snow * 0.75), cover)
        picture = blur(picture, view.unit / (100 + 30 * layer))
    white = [linear("#ffffff")]
    return bokeh(picture, view, noise.rng, Bokeh(white, 110, (0.002, 0.008), 0.7))


def _firs(view: View, noise: Noise, layer: int) -> tuple[Field, Field]:
    """Draw one layer of firs: its cover, and the snow on the branches."""
    sketch = Sketch(view)
    cover = sketch.field()
    for _ in range(int((12 - 2 * layer) * max(view.width / view.unit, 0.6))):
        tall = noise.rng.uniform(0.26, 0.50) * (0.7 + 0.30 * layer)
        sketch.fir(cover, noise.rng.uniform(-0.5, 0.5) * view.width / view.unit, tall)
    plane = view.wall
    clumps = noise.fractal(plane, cell=0.035, octaves=3, gain=0.7)
    return sketch.scaled(cover), smooth(clumps, 0.50, 0.90)


def christmas(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint a dark room with lit trees out of focus."""
    wall = mood.tint("#3a0f12")
    glow = spot(view.size, at=(0.3, 0.25), radius=(0.6, 0.5))
    picture = darker(wall, 0.35) * (0.35 + 1.0 * glow)
    sketch = Sketch(view)
    tree = sketch.field()
    for x, tall in ((-0.42, 0.85), (0.46, 0.62)):
        sketch.fir(tree, x, tall)
    needles = noise.fractal(view.wall, cell=0.06, octaves=3)
    picture = mix(picture, linear("#1d3d22") * (0.35 + 1.1 * needles), sketch.scaled(tree))
    picture = blur(picture, view.unit / 60)
    lights = [linear(c) for c in ("#ffd27a", "#ffb347", "#fff0c9", "#ff6b4a")]
    return bokeh(picture, view, noise.rng, Bokeh(lights, 80, (0.007, 0.028), 0.9))


def street(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint a street of houses out of focus, with the sky between them."""
    picture = clouds(clear_sky(view, mood.light), view, noise, cover=0.5, hour=mood.light)
    sketch = Sketch(view, picture)
    reach = 0.5 * view.width / view.unit
    lit = 1.6 if mood.hour in ("dusk", "night") else 0.45
    for depth in range(3):
        x = -reach - 0.1
        while x < reach + 0.1:
            wide = noise.rng.uniform(0.10, 0.24)
            off_centre = min(abs(x + wide / 2) / 0.5, 1.0)
            tall = noise.rng.uniform(0.10, 0.22) + (0.10 + 0.12 * depth) * off_centre
            stone = linear(str(noise.rng.choice(["#b7a491", "#8f8a86", "#a9765c", "#7f8791"])))
            haze = mix(linear(mood.light.low), lit_land(stone, mood), 0.45 + 0.25 * depth)
            sketch.house(House(x, wide, tall, haze, lit), noise.rng)
            x += wide
    return sketch.finished(blur_px=view.unit / 64)
