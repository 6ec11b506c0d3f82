"""Provide the few array operations that all painting is made of.

A field is (h, w) float32; planes are (3, h, w) float32, channel first, because numpy then
multiplies a field into them at full speed (interleaved pixels take three times as long).
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from infra.local.aiart.paint.colour import Colour

# Floats of any size, as numpy's stubs don't know that Python's numbers keep an array at float32.
Field = NDArray[np.floating[Any]]
"""(h, w), float32."""

Planes = NDArray[np.floating[Any]]
"""(3, h, w), float32, linear RGB; 1 is white, lights may exceed it."""

WIDE_BLUR_PX = 8.0
"""Blurs wider than this run on a quarter-size picture: the same to the eye, and 10x faster."""


def smooth(x: Field, low: float, high: float) -> Field:
    """Ease ``x`` by smoothstep: 0 up to ``low``, 1 from ``high`` on.

    If ``high`` is less than ``low``, it is 1 from ``high`` downwards.
    """
    t = np.clip((x - low) / (high - low), 0, 1)
    eased: Field = t * t * (3 - 2 * t)
    return eased


def mix(
    a: NDArray[np.floating[Any]], b: NDArray[np.floating[Any]], t: Field | float
) -> NDArray[np.floating[Any]]:
    """Blend ``a``, where t is 0, into ``b``, where t is 1; shapes broadcast."""
    mixed: NDArray[np.floating[Any]] = a + (b - a) * t
    return mixed


def rows(height: int) -> Field:
    """Number the rows, (height, 1): 0 at the top of the picture, 1 at its bottom."""
    return np.linspace(0, 1, height, dtype=np.float32)[:, None]


def columns(width: int) -> Field:
    """Number the columns, (1, width): 0 at the left, 1 at the right."""
    return np.linspace(0, 1, width, dtype=np.float32)[None, :]


def gradient(y: Field, stops: Sequence[tuple[float, Colour]]) -> Planes:
    """Blend colours along a field; gives (3, *y.shape).

    ``stops`` are (value, colour), ascending by value.
    """
    at = [value for value, _ in stops]
    channels = [np.interp(y, at, [float(c[i, 0, 0]) for _, c in stops]) for i in range(3)]
    return np.stack(channels).astype(np.float32)


def spot(size: tuple[int, int], *, at: tuple[float, float], radius: tuple[float, float]) -> Field:
    """Paint a soft round light of (height, width), 1 in its middle.

    ``at`` (x, y) and the two radii are fractions of width and height.
    """
    height, width = size
    across = np.exp(-(((columns(width) - at[0]) / radius[0]) ** 2))
    down = np.exp(-(((rows(height) - at[1]) / radius[1]) ** 2))
    light: Field = down * across
    return light


def resize(x: NDArray[np.floating[Any]], height: int, width: int) -> NDArray[np.floating[Any]]:
    """Bring a field or planes to another size; averages when shrinking, smooth when growing."""
    if x.shape[-2:] == (height, width):
        return x
    shrinks = height < x.shape[-2]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    if x.ndim == 3:
        return np.stack([resize(plane, height, width) for plane in x])
    scaled = cv2.resize(np.ascontiguousarray(x), (width, height), interpolation=method)
    return np.asarray(scaled, dtype=np.float32)


def blur(x: NDArray[np.floating[Any]], sigma_px: float) -> NDArray[np.floating[Any]]:
    """Blur a field or planes (Gaussian); a sigma under 0.3 px changes nothing."""
    if sigma_px < 0.3:
        return x
    if x.ndim == 3:
        return np.stack([blur(plane, sigma_px) for plane in x])
    height, width = x.shape
    shrink = 4 if sigma_px > WIDE_BLUR_PX and min(height, width) >= 32 else 1
    if shrink > 1:
        small = blur_plain(resize(x, height // shrink, width // shrink), sigma_px / shrink)
        return resize(small, height, width)
    return blur_plain(x, sigma_px)


def blur_plain(x: Field, sigma_px: float) -> Field:
    """Blur a field (Gaussian) at its own size, however wide the blur is."""
    blurred = cv2.GaussianBlur(np.ascontiguousarray(x), (0, 0), sigma_px)
    return np.asarray(blurred, dtype=np.float32)


def look_up(
    x: NDArray[np.floating[Any]], column_px: Field, row_px: Field
) -> NDArray[np.floating[Any]]:
    """Read ``x`` (field or planes) at other places; outside of it, the nearest edge."""
    if x.ndim == 3:
        return np.stack([look_up(plane, column_px, row_px) for plane in x])
    found = cv2.remap(
        np.ascontiguousarray(x),
        column_px,
        row_px,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(found, dtype=np.float32)
