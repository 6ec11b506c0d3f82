"""Finish a picture: glow of the highlights, vignette, tone curve, grain, 8 bits."""

import cv2
import numpy as np
from numpy.typing import NDArray

from infra.local.aiart.paint.colour import GAMMA
from infra.local.aiart.paint.field import Field, Planes, blur, resize

BAND_ROWS = 256
"""The picture is finished in bands, so that a large one needs little more memory than itself."""
GRAIN = 0.006
GRAIN_SIDE_PX = 512
EXPOSURE = 0.97
SHOULDER = 0.78
"""Light above this is compressed towards white instead of clipped."""


def finished(picture: Planes, rng: np.random.Generator, *, vignette: float) -> NDArray[np.uint8]:
    """Finish linear planes (3, height, width) as a picture of bytes, (height, width, 3)."""
    _, height, width = picture.shape
    glow = _glow(picture)
    grain = rng.standard_normal((GRAIN_SIDE_PX, GRAIN_SIDE_PX), dtype=np.float32) * GRAIN
    across = (np.linspace(-1, 1, width, dtype=np.float32) ** 2)[None, :]
    down = (np.linspace(-1, 1, height, dtype=np.float32) ** 2)[:, None]
    out = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, BAND_ROWS):
        band = slice(top, min(top + BAND_ROWS, height))
        light = picture[:, band] + glow[:, band]
        corners = np.clip((across + down[band] - 0.55) / 1.45, 0, 1)
        light *= (1 - vignette * corners) * EXPOSURE
        out[band] = _encoded(light, grain)
    return out


def _glow(picture: Planes) -> Planes:
    """Give the light that highlights spill over what is near, (3, h, w), to be added."""
    _, height, width = picture.shape
    small = resize(picture, max(2, height // 8), max(2, width // 8))
    spill = blur(np.clip(small - 0.8, 0, 2), max(small.shape[1:]) / 50) * 0.06
    return resize(spill, height, width)


def _encoded(light: Planes, grain: Field) -> NDArray[np.uint8]:
    """Encode linear light through the tone curve as bytes, (h, w, 3), with grain."""
    room = 1 - SHOULDER
    over = np.clip(light - SHOULDER, 0, None)
    light = np.minimum(np.clip(light, 0, None), SHOULDER) + room * np.tanh(over / room)
    _, height, width = light.shape
    repeats = (-(-height // GRAIN_SIDE_PX), -(-width // GRAIN_SIDE_PX))
    speckle = np.tile(grain, repeats)[:height, :width]
    coded = light ** (1 / GAMMA) + speckle
    levels = np.clip(coded * 255 + 0.5, 0, 255).astype(np.uint8)
    return np.asarray(cv2.merge(list(levels)), dtype=np.uint8)
