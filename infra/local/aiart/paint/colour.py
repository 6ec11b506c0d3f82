"""Decode and change colours in linear light.

Everything is painted in linear light (gamma 2.2 removed), where mixing, blurring and lighting add
up as light does, and encoded once at the end.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

GAMMA = 2.2

Colour = NDArray[np.floating[Any]]
"""One colour: (3, 1, 1), float32, linear RGB, 0..1; a light may be brighter."""

_DECODED = ((np.arange(256) / 255) ** GAMMA).astype(np.float32)


def linear(hexadecimal: str) -> Colour:
    """Decode an sRGB ``#rrggbb`` to a linear colour."""
    digits = hexadecimal.removeprefix("#")
    levels = [int(digits[i : i + 2], 16) for i in (0, 2, 4)]
    return _DECODED[levels].reshape(3, 1, 1)


def decode(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Decode 8-bit levels of any shape to linear light, 0..1."""
    return _DECODED[levels]


def luminance(rgb: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Give the luminance (h, w) of linear planes (3, h, w), Rec. 709 weights."""
    seen: NDArray[np.floating[Any]] = rgb[0] * 0.2126 + rgb[1] * 0.7152 + rgb[2] * 0.0722
    return seen


def hue_of(colour: Colour) -> Colour:
    """Scale a colour to a mean of 1, so that it tints what it multiplies without brightening it."""
    tint: Colour = colour / max(float(colour.mean()), 1e-4)
    return tint


def darker(colour: Colour, by: float) -> Colour:
    """Darken a colour to the fraction ``1 - by`` of its light."""
    shade: Colour = colour * (1 - by)
    return shade


def paler(colour: Colour, by: float) -> Colour:
    """Move a colour towards white by the fraction ``by``."""
    pale: Colour = colour + (1 - colour) * by
    return pale
