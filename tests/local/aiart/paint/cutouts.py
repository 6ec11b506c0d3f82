"""Draw cut-outs for the tests: RGBA, straight alpha, with magenta as the old background."""

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

MAGENTA = (255, 0, 255)


def blank(height: int, width: int) -> Pixels:
    """Draw a cut-out with nothing in it."""
    cutout = np.zeros((height, width, 4), np.uint8)
    cutout[..., :3] = MAGENTA
    return cutout


def box(height: int = 120, width: int = 200, *, margin: int = 20) -> Pixels:
    """Draw a grey box with a pattern of darker and lighter squares."""
    cutout = blank(height + 2 * margin, width + 2 * margin)
    rows, columns = np.indices((height, width)) // 20
    shade = (70 + 60 * ((rows + columns) % 2) + 40 * (columns % 3)).astype(np.uint8)
    inner = cutout[margin : margin + height, margin : margin + width]
    inner[..., :3] = shade[..., None]
    inner[..., 3] = 255
    return cutout


def green_box(height: int = 120, width: int = 200) -> Pixels:
    """Draw a box of one strong green that no test's background has."""
    cutout = box(height, width)
    cutout[cutout[..., 3] > 0, :3] = (20, 200, 40)
    return cutout


def soft_disc(diameter: int = 160) -> Pixels:
    """Draw a grey disc whose soft rim still has the old background's magenta in it."""
    side = diameter + 40
    cover = np.zeros((side, side), np.uint8)
    cv2.circle(cover, (side // 2, side // 2), diameter // 2, 255, -1)
    alpha = cv2.GaussianBlur(cover, (0, 0), 3)
    share = (alpha / 255.0)[..., None]
    colour = np.array([128, 128, 128]) * share + np.array(MAGENTA) * (1 - share)
    return np.dstack([colour.astype(np.uint8), alpha])
