"""Let sunlight fall into a room through a window."""

import cv2
import numpy as np

from infra.local.aiart.paint.colour import Colour, hue_of
from infra.local.aiart.paint.field import Field, Planes, blur, mix
from infra.local.aiart.paint.view import View

SHADE, LIT = 0.72, 1.26
"""Brightness beside and within the light."""
PANES = 3
COOL = np.array([0.95, 0.985, 1.05], np.float32).reshape(3, 1, 1)
"""Beside the sunlight, the room is lit by the sky."""


def window_light(picture: Planes, view: View, sun: Colour, *, on: Field | float) -> Planes:
    """Lay slanted panes of sunlight on wall and floor, where ``on`` is 1."""
    panes = _panes(view)
    tint = mix(COOL, hue_of(sun), panes)
    lit = picture * (SHADE + (LIT - SHADE) * panes) * tint
    return mix(picture, lit, on)


def _panes(view: View) -> Field:
    """Draw the light's shape: 1 within it, 0 beside it, soft, as the window is far.

    Bars run from the upper left to the lower right, with a crossbar's shadow.
    """
    shrink = 4
    height, width = view.height // shrink + 1, view.width // shrink + 1
    light = np.zeros((height, width), np.float32)
    for i in range(PANES):
        x = width * (0.02 + 0.29 * i)
        corners = [
            (x, -0.05 * height),
            (x + 0.20 * width, -0.05 * height),
            (x + 0.52 * width, 1.05 * height),
            (x + 0.32 * width, 1.05 * height),
        ]
        cv2.fillPoly(light, [np.array(corners).round().astype(np.int32)], 1.0)
    bar = [(0, 0.24 * height), (width, 0.14 * height), (width, 0.17 * height), (0, 0.27 * height)]
    cv2.fillPoly(light, [np.array(bar).round().astype(np.int32)], 0.0)
    soft = blur(light, width / 60)
    scaled = cv2.resize(soft, (view.width, view.height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(scaled, dtype=np.float32)
