"""Paint what is behind a product indoors: walls and rooms, out of focus."""

import numpy as np

from infra.local.aiart.paint.cloth import curtain
from infra.local.aiart.paint.colour import Colour, darker, linear, paler
from infra.local.aiart.paint.field import Planes, blur, columns, mix, rows, spot
from infra.local.aiart.paint.mood import Mood
from infra.local.aiart.paint.noise import Noise
from infra.local.aiart.paint.sketch import Bokeh, Sketch, bokeh
from infra.local.aiart.paint.surfaces import concrete, dark_marble, marble
from infra.local.aiart.paint.view import View

GREENERY = ("#3d5a2a", "#5f8240", "#86a860", "#2c4526")


def lit_wall(view: View, colour: Colour, *, rest: float = 0.42) -> Planes:
    """Paint a seamless wall in the light of one large lamp from the upper left."""
    lamp = spot(view.size, at=(0.40, 0.30), radius=(0.52, 0.46))
    return colour * (rest + (1.24 - rest) * lamp)


def studio(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint a seamless backdrop in any colour."""
    mottled = noise.fractal(view.wall, cell=0.7, octaves=3)
    return lit_wall(view, mood.tint("#d9dbe0")) * (0.98 + 0.04 * mottled)


def white_studio(view: View, _noise: Noise, mood: Mood) -> Planes:
    """Paint pure white all around."""
    white = mood.tint("#ffffff")
    return lit_wall(view, white, rest=0.98) * (0.96 + 0.06 * rows(view.height))


def plaster(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint a plain plaster wall, warm white unless a colour is asked for."""
    plane = view.wall
    clouds = noise.fractal(plane, cell=0.5, octaves=5, gain=0.6)
    wall = lit_wall(view, mood.tint("#cbbfae"), rest=0.50) * (0.90 + 0.20 * clouds)
    return blur(wall, view.unit / 500)


def marble_wall(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint a wall of the same marble as the floor, a little out of focus."""
    slab = mix(marble(view.wall, noise, mood.colour).colour, mood.tint("#e9e6e1"), 0.45)
    return blur(slab * lit_wall(view, linear("#ffffff"), rest=0.5), view.unit / 300)


def dark_marble_wall(view: View, noise: Noise, _mood: Mood) -> Planes:
    """Paint a wall of black marble with one pool of light."""
    lamp = spot(view.size, at=(0.36, 0.24), radius=(0.36, 0.34))
    slab = mix(dark_marble(view.wall, noise, None).colour, linear("#17181b"), 0.68)
    return blur(slab * (0.30 + 2.1 * lamp), view.unit / 300)


def room(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint a bright room: a large window on the left, a plant, shelves on the right."""
    wall = lit_wall(view, mood.tint("#b7ab99"), rest=0.34)
    sketch = Sketch(view, wall)
    _window(sketch, noise.rng, mood, (-0.60, 0.02, -0.12, 0.72))
    _plant(sketch, noise.rng, x=-0.02, y=0.0, tall=0.34)
    wood, dark = linear("#6f4f36"), linear("#3b3631")
    for y in (0.22, 0.40):
        sketch.box(0.18, y, 0.62, y + 0.014, wood)
        x = 0.20
        while x < 0.50:
            wide, tall = noise.rng.uniform(0.012, 0.04), noise.rng.uniform(0.05, 0.11)
            tone = linear(str(noise.rng.choice(["#8a5a44", "#b9a58c", "#56616b", "#c9c2b5"])))
            sketch.box(x, y + 0.014, x + wide, y + 0.014 + tall, mix(tone, dark, 0.25))
            x += wide + noise.rng.uniform(0.0, 0.03)
    return sketch.finished(blur_px=view.unit / 48) * _day_strength(mood)


def _day_strength(mood: Mood) -> float:
    """Give the brightness of a room with windows at the hour, 1 by day."""
    return 0.35 + 0.65 * mood.light.power


def _window(
    sketch: Sketch,
    rng: np.random.Generator,
    mood: Mood,
    corners: tuple[float, float, float, float],
) -> None:
    """Draw a window full of sky, with greenery outside and bars, from (x, y) to (x, y)."""
    left, low, right, high = corners
    hour = mood.light
    sky = mix(linear(hour.low), linear(hour.light), 0.5) * (1.45 * hour.power)
    sketch.box(left, low, right, high, sky)
    for _ in range(26):
        green = linear(str(rng.choice(GREENERY))) * (1.5 * hour.power)
        x, y = rng.uniform(left + 0.04, right - 0.04), low + (high - low) * rng.beta(1, 3)
        sketch.disc(x, max(y, low + 0.04), rng.uniform(0.02, 0.05), mix(green, sky, 0.45))
    frame = linear("#e9e4da") * (0.75 * hour.power + 0.1)
    width, height = right - left, high - low
    for part in (0.0, 0.5, 1.0):
        x = left + part * width
        sketch.box(x - 0.010, low, x + 0.010, high, frame)
    for part in (0.0, 0.55, 1.0):
        y = low + part * height
        sketch.box(left, y - 0.010, right, y + 0.010, frame)


def _plant(sketch: Sketch, rng: np.random.Generator, *, x: float, y: float, tall: float) -> None:
    """Draw a pot plant: round leaves above a pot."""
    for _ in range(26):
        green = darker(linear(str(rng.choice(GREENERY))), rng.uniform(0.0, 0.4))
        at, up = x + rng.normal(0, tall * 0.20), y + tall * (0.35 + 0.65 * rng.random())
        sketch.disc(at, up, rng.uniform(0.012, 0.030), green, squash=0.7)
    sketch.box(x - 0.05, y - 0.05, x + 0.05, y + tall * 0.22, linear("#a9674a"))


def kitchen(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint a kitchen: pale tiles, a shelf with crockery, hanging lamps, a window."""
    sketch = Sketch(view, lit_wall(view, mood.tint("#d8d6cf"), rest=0.55))
    joint = linear("#a9a7a1")
    for i in range(-12, 13):
        sketch.box(i * 0.085, -0.05, i * 0.085 + 0.004, 0.28, joint)
    for i in range(6):
        sketch.box(-1.2, 0.04 + i * 0.05, 1.2, 0.043 + i * 0.05, joint)
    _window(sketch, noise.rng, mood, (-0.66, 0.10, -0.26, 0.60))
    sketch.box(-0.12, 0.30, 0.75, 0.318, linear("#8a6440"))
    x = -0.08
    while x < 0.66:
        half, tall = noise.rng.uniform(0.016, 0.036), noise.rng.uniform(0.05, 0.13)
        tone = linear(
            str(noise.rng.choice(["#efe9dd", "#5d7268", "#c98b5a", "#39434a", "#e4d3ae"]))
        )
        sketch.box(x - half, 0.318, x + half, 0.318 + tall, tone)
        x += 2 * half + noise.rng.uniform(0.01, 0.06)
    for x in (0.10, 0.38):
        sketch.box(x - 0.003, 0.58, x + 0.003, 1.2, linear("#2b2b2b"))
        sketch.disc(x, 0.56, 0.045, linear("#ffe3ad") * 1.6, squash=0.8)
    return sketch.finished(blur_px=view.unit / 60) * _day_strength(mood)


def cafe(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint a café in the evening: dark wood, warm lamps out of focus."""
    sketch = Sketch(view, lit_wall(view, mood.tint("#4a3526"), rest=0.30))
    for i in range(6):
        x = -0.7 + i * 0.25 + noise.rng.uniform(-0.04, 0.04)
        sketch.box(x, 0.0, x + 0.10, noise.rng.uniform(0.12, 0.30), linear("#20160f"))
    picture = sketch.finished(blur_px=view.unit / 50)
    lights = [linear(c) for c in ("#ffc36b", "#ffdf9f", "#ff9d4d")]
    return bokeh(picture, view, noise.rng, Bokeh(lights, 46, (0.010, 0.036), 0.9))


def office(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint an office: a wall of windows over a city, a screen, a plant."""
    sketch = Sketch(view, lit_wall(view, mood.tint("#c3c8cc"), rest=0.55))
    hour = mood.light
    sky = mix(linear(hour.middle), linear("#ffffff"), 0.45) * (1.25 * hour.power)
    sketch.box(-0.75, 0.06, 0.42, 0.80, sky)
    x = -0.75
    while x < 0.40:
        wide = min(noise.rng.uniform(0.05, 0.12), 0.42 - x)
        tower = mix(sky, linear("#6f7f8d"), noise.rng.uniform(0.25, 0.6))
        sketch.box(x, 0.06, x + wide, noise.rng.uniform(0.14, 0.42), tower)
        x += wide
    for i in range(7):
        at = -0.75 + i * 0.195
        sketch.box(at - 0.007, 0.06, at + 0.007, 0.80, linear("#e3e5e6"))
    sketch.box(0.14, 0.04, 0.50, 0.27, linear("#1b1f24"))
    sketch.box(0.155, 0.06, 0.485, 0.255, linear("#45627d"))
    sketch.box(0.30, -0.05, 0.34, 0.05, linear("#1b1f24"))
    _plant(sketch, noise.rng, x=-0.50, y=0.0, tall=0.30)
    return sketch.finished(blur_px=view.unit / 62) * _day_strength(mood)


def loft(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint a wall of cast concrete in an old factory."""
    wall = concrete(view.wall, noise, mood.colour).colour
    lamp = spot(view.size, at=(0.32, 0.30), radius=(0.60, 0.60))
    return blur(wall * (0.42 + 0.62 * lamp), view.unit / 700)


def curtained(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint a velvet curtain under a soft lamp."""
    lamp = spot(view.size, at=(0.38, 0.30), radius=(0.42, 0.50))
    cloth = curtain(view.wall, noise, mood.tint("#7d1224")).colour
    return blur(cloth * (0.30 + 1.15 * lamp), view.unit / 420)


def stage(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint a dark stage: a curtain far back, the cone of a spotlight and a fainter one."""
    tint = mood.tint("#5b0f1c")
    cloth = curtain(view.wall, noise, tint).colour * 0.16
    row, column = rows(view.height), columns(view.width) - 0.5
    column = column * (view.width / view.unit)
    dusty = noise.fractal(view.wall, cell=0.5, octaves=4)
    beam = np.zeros((view.height, view.width), np.float32)
    for start, strength in ((-0.42, 0.30), (0.50, 0.14)):
        axis, half = start * (1 - row / 0.75), 0.04 + 0.26 * row
        inside = np.exp(-(((column - axis) / half) ** 4))
        beam += strength * inside * (np.exp(-row * 1.6) + 0.10) * (0.65 + 0.7 * dusty)
    light = mix(linear("#fff1d6"), paler(tint, 0.6), 0.2)
    return blur(cloth, view.unit / 140) + light * beam
