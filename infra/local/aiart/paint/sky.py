"""Paint skies: gradients, clouds, the sun, stars."""

import math

import numpy as np

from infra.local.aiart.paint.colour import linear
from infra.local.aiart.paint.field import (
    Field,
    Planes,
    blur,
    columns,
    gradient,
    mix,
    resize,
    rows,
    smooth,
    spot,
)
from infra.local.aiart.paint.mood import HOURS, Hour, Mood
from infra.local.aiart.paint.noise import Noise
from infra.local.aiart.paint.plane import Plane
from infra.local.aiart.paint.view import View


def clear_sky(view: View, hour: Hour) -> Planes:
    """Paint the sky's gradient down to the horizon, with the sun's glow if it stands there."""
    below = max(view.horizon / view.height, 0.2)
    stops = [(0.0, linear(hour.zenith)), (0.60, linear(hour.middle)), (1.0, linear(hour.low))]
    ramp = gradient(rows(view.height) / below, stops)
    sky = np.broadcast_to(_eased(ramp, view.height * 0.06), (3, view.height, view.width))
    if hour.sun is None:
        return sky
    glow = spot(view.size, at=(0.22, below * 0.86), radius=(0.42, below * 0.50))
    near = spot(view.size, at=(0.22, below * 0.80), radius=(0.10, 0.10))
    return sky + linear(hour.sun) * (0.40 * glow + 0.75 * near)


def _eased(ramp: Planes, sigma_px: float) -> Planes:
    """Smooth a gradient (3, h, 1), so that its stops show no kinks."""
    around = math.ceil(3 * sigma_px)
    framed = np.pad(ramp, ((0, 0), (around, around), (0, 0)), mode="edge")
    bell = np.exp(-0.5 * (np.arange(-around, around + 1) / sigma_px) ** 2)
    bell /= bell.sum()
    eased = [np.convolve(channel[:, 0], bell, mode="valid") for channel in framed]
    return np.stack(eased).astype(np.float32)[:, :, None]


def clouds(sky: Planes, view: View, noise: Noise, *, cover: float, hour: Hour) -> Planes:
    """Paint heaped clouds on the sky, smaller towards the horizon, lit from the upper left."""
    up = (view.horizon - view.row) / view.unit
    away = 1 / (0.45 + 0.9 * np.clip(up, 0, 1.5))
    u, v = (view.column - view.width / 2) / view.unit * away, up * away * 2.1
    plane = Plane(u=u, v=v, px=away * (1.5 / view.unit))
    heap = noise.fractal(plane, cell=0.62, octaves=6, gain=0.52)
    dense = smooth(heap, 0.70 - 0.30 * cover, 0.92 - 0.20 * cover)
    aside, down = max(1, int(view.unit * 0.016)), max(1, int(view.unit * 0.022))
    framed = np.pad(heap, ((down, 0), (aside, 0)), mode="edge")
    towards_light = framed[: view.height, : view.width]
    shaded = np.clip((towards_light - heap) * 2.2 + 0.30, 0, 0.75)
    lit = mix(np.ones((3, 1, 1), np.float32), linear(hour.light), 0.7) * hour.power
    shadow = mix(linear(hour.middle), lit, 0.42) * 0.85
    thin_out = smooth(up, 0.0, 0.14)
    return mix(sky, mix(lit, shadow, shaded), dense * thin_out * 0.92)


def cloudy_sky(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint the sky of the hour with clouds; without an hour, a fine day's."""
    return clouds(clear_sky(view, mood.light), view, noise, cover=1.0, hour=mood.light)


def deep_sky(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint an empty sky that fades from deep blue to a pale horizon, or that of the hour."""
    hour = HOURS[mood.hour] if mood.hour else Hour("#0b2a66", "#2f66b0", "#b9d6f0", "#f2f6ff", 1.0)
    haze = noise.fractal(view.wall, cell=1.2, octaves=3)
    return clear_sky(view, hour) * (0.96 + 0.08 * haze)


def starry_sky(view: View, noise: Noise, mood: Mood) -> Planes:
    """Paint night: stars and the milky way above a glow at the horizon."""
    low = linear("#4a4f9a") if mood.colour is None else mood.colour
    night = Hour("#02040d", "#0a1438", "#2b3573", "#b9c6ff", 0.4)
    sky = clear_sky(view, night)
    sky = sky + low * 0.55 * spot(
        view.size, at=(0.6, view.horizon / view.height), radius=(0.7, 0.16)
    )
    plane = view.wall.thinned(2)
    slant = plane.u * 0.55 + plane.v * -0.85 + 0.42
    cloud = noise.fractal(plane, cell=0.45, octaves=6, gain=0.58)
    band = np.exp(-((slant / 0.20) ** 2)) * (0.25 + 1.3 * cloud**2)
    dust = smooth(noise.fractal(plane, cell=0.3, octaves=5), 0.5, 0.75)
    band = band * (1 - 0.75 * dust * np.exp(-((slant / 0.10) ** 2)))
    band = resize(band, *view.size)
    glow = linear("#5668a8") * (0.55 * band) + linear("#a37bb0") * (0.22 * band**2)
    night_sky: Planes = sky + glow + _stars(view, noise.rng, band)
    return night_sky


def _stars(view: View, rng: np.random.Generator, band: Field) -> Planes:
    """Draw many faint stars, some bright ones, a few with a halo; brighter in the milky way."""
    light = np.zeros((3, view.height, view.width), np.float32)
    hues = [linear(c) for c in ("#ffffff", "#cfdcff", "#ffe9d0", "#bcd0ff")]
    count = int(1900 * view.width / view.height) + 400
    row = (rng.random(count) * view.horizon).astype(int)
    column = rng.integers(0, view.width, count)
    bright = rng.pareto(1.6, count).astype(np.float32)
    bright = np.minimum(0.10 * (1 + bright) * (0.6 + band[row, column]), 5.0)
    for hue_index, hue in enumerate(hues):
        own = slice(hue_index, None, len(hues))
        light[:, row[own], column[own]] += hue[:, :, 0] * bright[own]
    fine = max(view.unit / 1600, 0.45)
    return blur(light, fine) * (5 * fine**2) + blur(np.minimum(light, 2), fine * 4) * 3


def rainbow_wall(view: View, noise: Noise, _mood: Mood) -> Planes:
    """Paint a wall sprayed in the colours of the rainbow, warm and bright."""
    names = ("#ff8f7d", "#ffb56b", "#ffe48a", "#b5e6a4", "#8fd9e8", "#9fb4f2", "#d3a5ea")
    drift = noise.fractal(view.wall, cell=0.9, octaves=2)
    spray = noise.rng.standard_normal((view.height, view.width), dtype=np.float32)
    along = columns(view.width) * 0.78 + rows(view.height) * 0.42 - 0.06
    t = along + (drift - 0.5) * 0.24 + spray * 0.010
    wall = gradient(t, [(i / (len(names) - 1), linear(c)) for i, c in enumerate(names)])
    return wall * (0.86 + 0.26 * spot(view.size, at=(0.32, 0.22), radius=(0.7, 0.6)))
