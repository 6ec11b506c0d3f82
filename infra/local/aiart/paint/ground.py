"""Paint outdoor surfaces: sand, snow, grass, forest floor, rock, asphalt, water."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from infra.local.aiart.paint.colour import Colour, darker, decode, linear
from infra.local.aiart.paint.field import Field, Planes, mix, smooth
from infra.local.aiart.paint.material import Material, lit_relief
from infra.local.aiart.paint.noise import Noise
from infra.local.aiart.paint.plane import Plane

BLADES = 9000
FALLEN = 5000
FLATNESS = 0.45
"""Height : width of a leaf on the ground, as the camera sees it."""
LEAVES = ("#c8641e", "#e0922c", "#a83a18", "#d9b04a", "#7a4a20")
WATERLINE = 5.2
"""The distance at which the sea begins, in units; the product stands at 2."""


def sand(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint fine sand in wind ripples."""
    base = linear("#e2c48f") if tint is None else tint
    drift = noise.fractal(plane, cell=0.9, octaves=4)
    grains = noise.fractal(plane, cell=0.005, octaves=2, gain=0.9)
    phase = plane.v * 9 + plane.u * 3.5 + drift * 7
    ripples = np.sin(phase * (2 * np.pi / 2.2)) * smooth(drift, 0.15, 0.7)
    ripples *= np.clip(1.5 - 25 * plane.px, 0, 1)
    light = lit_relief(ripples * 0.016 + drift * 0.06 + grains * 0.0022, plane, 1.0)
    return Material(mix(darker(base, 0.14), base, drift) * (0.62 + 0.38 * light))


def shore(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint sand that ends, away from the viewer, at a foaming waterline."""
    dry = sand(plane, noise, tint)
    bay = noise.fractal(plane, cell=1.6, octaves=4, gain=0.45)
    distance = plane.v + (bay - 0.5) * 2.6 + plane.u * 0.25
    froth = noise.fractal(plane, cell=0.10, octaves=4, gain=0.7)
    cover = smooth(distance, WATERLINE + 0.25, WATERLINE - 0.05)
    dampness = smooth(distance, WATERLINE - 1.3, WATERLINE - 0.5)
    rim = np.exp(-(((distance - WATERLINE) / 0.28) ** 2)) * smooth(froth, 0.25, 0.6)
    colour = mix(dry.colour * (1 - 0.42 * dampness), linear("#fbfdfc"), np.clip(rim, 0, 0.9))
    return Material(colour, gloss=0.34 * dampness, rough=0.5, cover=np.maximum(cover, rim))


def snow(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint fresh snow: soft hollows in blue shade, crystals that catch the light."""
    base = linear("#f4f6fa") if tint is None else tint
    drift = noise.fractal(plane, cell=0.7, octaves=4, gain=0.42)
    crust = noise.fractal(plane, cell=0.02, octaves=4, gain=0.7)
    crystals = noise.fractal(plane, cell=0.008, octaves=1)
    light = lit_relief(drift * 0.26 + crust * 0.0035, plane, 1.0)
    colour = mix(base * linear("#a9bfe0"), base, np.clip(light * 0.75, 0, 1))
    return Material(colour * (0.86 + 0.12 * light) + 0.5 * smooth(crystals, 0.93, 1.0))


def earth(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint forest floor: moss over dark earth."""
    moss = linear("#66742f") if tint is None else tint
    patches = noise.fractal(plane, cell=0.45, octaves=5, gain=0.6)
    crumbs = noise.fractal(plane, cell=0.03, octaves=4, gain=0.75)
    shade = lit_relief(crumbs, plane, 0.020) * (0.45 + 0.75 * crumbs)
    shadowed = mix(linear("#39401f"), moss, smooth(patches, 0.3, 0.8) * (0.5 + 0.5 * crumbs))
    colour = mix(linear("#33251a"), shadowed, smooth(patches + 0.5 * (crumbs - 0.5), 0.30, 0.60))
    return Material(colour * shade)


def leaves(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint fallen leaves on dark earth: drawn one by one, the far ones first."""
    below = earth(plane, noise, linear("#4a2f16")).colour * 0.6
    turned = [linear(one) for one in LEAVES] if tint is None else [tint, darker(tint, 0.4)]
    drawn, cover = _fallen(plane, noise.rng, turned, below.shape[1:])
    light = lit_relief(noise.fractal(plane, cell=0.03, octaves=4, gain=0.7), plane, 0.012)
    heaps = noise.fractal(plane, cell=0.4, octaves=3)
    return Material(mix(below, drawn, cover) * light * (0.55 + 0.6 * heaps))


def _fallen(
    plane: Plane, rng: np.random.Generator, colours: list[Colour], shape: tuple[int, ...]
) -> tuple[Planes, Field]:
    """Draw pointed ovals that lie any way round; give their colour and their cover."""
    height, width = shape
    canvas = np.zeros((height, width, 3), np.float32)
    cover = np.zeros((height, width), np.uint8)
    around = np.linspace(0, 2 * np.pi, 13, endpoint=False)
    outline = np.stack([np.cos(around), 0.42 * np.sin(around) * np.abs(np.sin(around))], axis=1)
    for foot in np.sort(rng.random(FALLEN) ** 0.8) * height * 1.04:
        px = float(plane.px[min(int(foot), height - 1), 0])
        turn, long = rng.uniform(0, 2 * np.pi), rng.uniform(0.014, 0.030) / px
        turning = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        lying = (outline @ turning) * (long, long * FLATNESS)
        middle = np.array([rng.uniform(-0.02, 1.02) * width, foot])
        corners = (middle + lying).round().astype(np.int32)
        colour = colours[int(rng.integers(len(colours)))].ravel() * rng.uniform(0.55, 1.15)
        cv2.fillPoly(canvas, [corners], [float(level) for level in colour], cv2.LINE_AA)
        cv2.fillPoly(cover, [corners], 255.0, cv2.LINE_AA)
    return np.moveaxis(canvas, 2, 0), cover.astype(np.float32) / 255


def rock(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint a slab of rough grey stone."""
    base = linear("#85827d") if tint is None else tint
    layers = noise.fractal(plane, cell=0.5, octaves=7, gain=0.6)
    split = np.abs(noise.fractal(plane, cell=0.4, octaves=4) - 0.5)
    crack = np.exp(-split / (0.006 + plane.px)) * 0.55
    light = lit_relief(layers, plane, 0.10)
    return Material(base * (0.55 + 0.6 * layers) * light * (1 - crack), gloss=0.05, rough=2.0)


def asphalt(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint a road: dry asphalt with coarse grain."""
    base = linear("#5d5f63") if tint is None else darker(tint, 0.5)
    worn = noise.fractal(plane, cell=0.8, octaves=5, gain=0.55)
    grain = noise.fractal(plane, cell=0.010, octaves=3, gain=0.85)
    return Material(base * (0.70 + 0.35 * worn) * (0.55 + 0.9 * grain), gloss=0.06, rough=2.0)


def wet(dry: Material, plane: Plane, noise: Noise) -> Material:
    """Wet a surface as rain does: darker, a film of water, puddles that mirror clearly."""
    hollow = noise.fractal(plane, cell=0.75, octaves=4, gain=0.5)
    waves = noise.fractal(plane, cell=0.05, octaves=3, gain=0.6) - 0.5
    puddle = smooth(hollow, 0.46, 0.60)
    ripple = waves * (0.012 + 0.045 * (1 - puddle))
    colour, gloss = dry.colour * (0.42 - 0.18 * puddle), 0.50 + 0.38 * puddle
    return replace(dry, colour=colour, gloss=gloss, rough=0.55, ripple=ripple)


def water(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint calm water: it mirrors what is behind it, broken by small waves."""
    base = linear("#0d3f57") if tint is None else darker(tint, 0.55)
    swell = noise.fractal(plane.sideways, cell=0.16, octaves=4, gain=0.55, stretch=3)
    colour = base * (0.75 + 0.5 * swell)
    return Material(colour, gloss=0.72, rough=0.30, ripple=(swell - 0.5) * 0.16)


def grass(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint a lawn: blades drawn one by one, the far ones first."""
    base = linear("#6f9a37") if tint is None else tint
    patches = noise.fractal(plane, cell=0.35, octaves=4)
    crumbs = noise.fractal(plane.sideways, cell=0.008, octaves=3, gain=0.8)
    ground = base * (0.10 + 0.30 * patches * crumbs)
    blades, cover = _blades(plane, noise.rng, ground.shape[1:])
    lit = base * (0.35 + 0.8 * patches) * blades
    return Material(mix(ground, lit, cover))


def _blades(plane: Plane, rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[Planes, Field]:
    """Draw many short strokes, longer and thicker when nearer.

    Returns their brightness (3, h, w), one tint each, and their cover (h, w).
    """
    height, width = shape
    scale = np.sqrt(height * width) * 0.9
    canvas = np.zeros((height, width, 3), np.uint8)
    cover = np.zeros((height, width), np.uint8)
    feet = np.sort(rng.random(BLADES) ** 0.8) * height * 1.06
    near = 1 / (1 + 60 * plane.px[np.minimum(feet.astype(int), height - 1), 0])
    tall = scale * 0.075 * near * rng.uniform(0.5, 1.1, BLADES)
    x = rng.uniform(-0.02, 1.02, BLADES) * width
    lean = rng.normal(0, 0.42, BLADES) * tall
    bent = [(x, feet), (x + lean * 0.35, feet - tall * 0.6), (x + lean, feet - tall)]
    strokes = list[NDArray[np.int32]](np.array(bent).round().astype(np.int32).transpose(2, 0, 1))
    bright = rng.uniform(90, 235, BLADES)
    warm, cold = rng.uniform(0.8, 1.1, BLADES), rng.uniform(0.5, 0.9, BLADES)
    tints = np.stack([bright * warm, bright, bright * cold], axis=1).tolist()
    thick = np.maximum(1, (scale * 0.004 * near).round()).astype(int).tolist()
    for stroke, tint, width_px in zip(strokes, tints, thick, strict=True):
        cv2.polylines(canvas, [stroke], False, tint, width_px, cv2.LINE_AA)
        cv2.polylines(cover, [stroke], False, 255, width_px, cv2.LINE_AA)
    return np.moveaxis(decode(canvas), 2, 0) * 1.6, cover.astype(np.float32) / 255
