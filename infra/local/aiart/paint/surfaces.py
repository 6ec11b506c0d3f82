"""Paint indoor surfaces: wood, stone, concrete, metal, paper, plain."""

from dataclasses import dataclass

import numpy as np

from infra.local.aiart.paint.colour import Colour, darker, linear, paler
from infra.local.aiart.paint.field import Field, mix, smooth
from infra.local.aiart.paint.material import Material, line, lit_relief
from infra.local.aiart.paint.noise import Noise
from infra.local.aiart.paint.plane import Plane

PLANK = 0.27  # width of a board, in units
JOINT = 0.0035  # half of the gap between two boards


def plain(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint a seamless satin surface."""
    colour = linear("#d9dbe0") if tint is None else tint
    cloud = noise.fractal(plane, cell=0.5, octaves=3)
    return Material(colour * (0.98 + 0.04 * cloud), gloss=0.20, rough=1.2)


def mirror(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint a polished dark floor that mirrors more than half of the light."""
    base = linear("#15161a") if tint is None else darker(tint, 0.75)
    worn = noise.fractal(plane, cell=0.4, octaves=4)
    return Material(base * (0.85 + 0.3 * worn), gloss=0.62 - 0.10 * worn, rough=0.45)


def wood(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint oiled boards that run away from the viewer, oak unless a colour is asked for."""
    light = linear("#c8935c") if tint is None else np.clip(tint * 1.3 + 0.01, 0, 1)
    dark = linear("#6a3f20") if tint is None else darker(tint, 0.62)
    board = np.floor(plane.u / PLANK + 0.5)
    within = plane.u / PLANK + 0.5 - board
    pick = board.astype(np.int32) & 63
    offset = noise.rng.random(64, dtype=np.float32)[pick]
    tone = noise.rng.random(64, dtype=np.float32)[pick] - 0.5
    across = within * PLANK + offset * 9
    along = plane.v + offset * 23
    grain = _grain(Plane(u=across, v=along, px=plane.px), noise)
    colour = mix(light, dark, np.clip(grain + tone * 0.16, 0, 1))
    gap = line(np.minimum(within, 1 - within) * PLANK, JOINT, plane.px)
    return Material(colour * (1 - 0.72 * gap), gloss=0.13, rough=1.4)


def _grain(board: Plane, noise: Noise) -> Field:
    """Give the darkness 0..1 of wood, v along its fibres: rings that wander, streaks, pores."""
    wander = noise.fractal(board, cell=0.16, octaves=3, gain=0.4, stretch=9)
    turn = 2 * np.pi
    rings = 0.5 + 0.5 * np.sin((board.u * 16 + wander * 9) * turn)
    rings *= np.clip(1.3 - 40 * board.px, 0, 1)
    streaks = noise.fractal(board, cell=0.035, octaves=4, gain=0.6, stretch=22)
    pores = noise.fractal(board, cell=0.007, octaves=3, gain=0.9, stretch=30)
    dark: Field = (
        0.02 + 0.34 * streaks + 0.34 * rings * streaks + 0.60 * (pores - 0.35) * (0.4 + wander)
    )
    return dark


def marble(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint polished white marble with grey veins."""
    base = linear("#f0eeea") if tint is None else tint
    stone = _Stone(base, vein=linear("#77757a"), cloud=linear("#cfccca"), strength=0.9, halo=0.28)
    return _veined(plane, noise, stone)


def dark_marble(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint polished black marble with pale, warm veins."""
    base = linear("#1a1b1f") if tint is None else darker(tint, 0.5)
    stone = _Stone(base, vein=linear("#cfc6b6"), cloud=linear("#26282d"), strength=0.55, halo=0.03)
    return _veined(plane, noise, stone)


@dataclass(frozen=True)
class _Stone:
    """Hold a marble's colours, how clearly its veins show, how far they bleed into it, 0..1."""

    base: Colour
    vein: Colour
    cloud: Colour
    strength: float
    halo: float


def _veined(plane: Plane, noise: Noise, stone: _Stone) -> Material:
    """Paint veins: the lines of slanted stripes, bent by noise and broken by other noise."""
    bend = noise.fractal(plane, cell=1.1, octaves=6, gain=0.46) - 0.5
    cross = noise.fractal(plane, cell=0.6, octaves=5, gain=0.5) - 0.5
    broken = noise.fractal(plane, cell=0.4, octaves=3)
    first = _stripes(plane.u * 1.15 + plane.v * 0.62 + bend * 1.25 + 0.2)
    second = _stripes(plane.u * -1.3 + plane.v * 1.0 + cross * 0.9 + bend * 0.6)
    third = _stripes(plane.u * 2.9 + plane.v * 1.3 + cross * 1.6)
    soft = plane.px * 1.3
    strong = _profile(first, 0.006 + soft + 0.034 * broken**2, stone.halo) * smooth(
        broken, 0.15, 0.55
    )
    thin = _profile(second, 0.004 + soft * 1.4, stone.halo) * smooth(1 - broken, 0.30, 0.75) * 0.8
    hair = _profile(third, 0.008 + soft * 3, stone.halo) * smooth(broken, 0.35, 0.8) * 0.4
    haze = np.exp(-first / 0.12) * (0.15 + 0.75 * broken) * (0.2 + 2.8 * stone.halo)
    colour = mix(stone.base, stone.cloud, np.clip(haze + 0.45 * (cross + 0.15), 0, 1))
    colour = mix(colour, stone.vein, np.clip(stone.strength * (strong + thin + hair), 0, 0.95))
    return Material(colour, gloss=0.32, rough=0.35)


def _stripes(t: Field) -> Field:
    """Give the distance from the nearest stripe, 0..0.5; one stripe per 1 of t."""
    distance: Field = np.abs(t - np.floor(t) - 0.5)
    return distance


def _profile(distance: Field, width: Field, halo: float) -> Field:
    """Give a vein's strength across its width: a clear core in a faint halo."""
    ratio = distance / width
    profile: Field = (1 - halo) * np.exp(-(ratio**2)) + halo * np.exp(-ratio * 0.4)
    return profile


def concrete(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint smooth cast concrete: clouds, pores, joints of the formwork."""
    base = linear("#a3a19d") if tint is None else tint
    clouds = noise.fractal(plane, cell=0.6, octaves=6, gain=0.58)
    grit = noise.fractal(plane, cell=0.006, octaves=2, gain=0.8)
    holes = noise.fractal(plane, cell=0.018, octaves=1)
    pores = smooth(holes, 0.90, 0.98) * 0.45
    joint = line(_stripes(plane.u / 0.9 + 0.36) * 0.9, 0.002, plane.px) * 0.30
    shade = (0.70 + 0.42 * clouds + 0.16 * (grit - 0.5)) * (1 - pores) * (1 - joint)
    return Material(base * shade, gloss=0.12, rough=1.6)


def metal(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint aluminium brushed from left to right."""
    base = linear("#b4b8bd") if tint is None else tint
    coarse = noise.fractal(plane.sideways, cell=0.02, octaves=4, gain=0.75, stretch=60)
    fine = noise.fractal(plane.sideways, cell=0.003, octaves=2, gain=0.8, stretch=110)
    brushed = 0.76 + 0.22 * coarse + 0.30 * (fine - 0.3) * np.clip(1.2 - 90 * plane.px, 0.25, 1)
    sheen = 0.55 * np.exp(-(((plane.u + 0.18 * plane.v - 0.1) / 0.30) ** 2))
    sheen = sheen + 0.30 * np.exp(-(((plane.u + 0.18 * plane.v - 0.95) / 0.20) ** 2))
    return Material(base * brushed * (0.62 + sheen), gloss=0.30, rough=0.9)


def paper(plane: Plane, noise: Noise, tint: Colour | None) -> Material:
    """Paint rough handmade paper: a relief, pulp clouds and long fibres."""
    base = linear("#efe8d9") if tint is None else paler(tint, 0.1)
    tooth = noise.fractal(plane, cell=0.011, octaves=3, gain=0.6)
    pulp = noise.fractal(plane, cell=0.30, octaves=5, gain=0.6)
    fibre = _fibres(plane, noise)
    light = lit_relief(tooth, plane, 0.0024) * (0.86 + 0.20 * pulp)
    return Material(base * light * (1 - 0.20 * fibre))


def _fibres(plane: Plane, noise: Noise) -> Field:
    """Draw hair-thin lines that wander in all directions."""
    fibre = np.zeros(np.broadcast_shapes(plane.u.shape, plane.v.shape), np.float32)
    for _ in range(2):
        way = noise.fractal(plane, cell=0.22, octaves=3, gain=0.6)
        there = noise.fractal(plane, cell=0.07, octaves=2)
        hair = np.exp(-_stripes(way * 5) / (0.012 + 9 * plane.px))
        fibre = np.maximum(fibre, hair * smooth(there, 0.55, 0.75))
    return fibre
