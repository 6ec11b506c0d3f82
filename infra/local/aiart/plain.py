"""Make a cheap result for load tests: an ellipse of the photo on a flat background."""

import zlib

import cv2
import numpy as np

from infra.local.aiart.pixels import Pixels

PRODUCT_TO_WIDTH = 0.8


def ellipse(width: int, height: int) -> Pixels:
    """Draw an alpha (height, width) that keeps the middle of a photo."""
    alpha = np.zeros((height, width), np.uint8)
    axes = (int(width * 0.4), int(height * 0.4))
    cv2.ellipse(alpha, (width // 2, height // 2), axes, 0, 0, 360, 255, -1)
    return alpha


def compose(cutout: Pixels, *, words: str, size: tuple[int, int], stays: bool = False) -> Pixels:
    """Put the cut-out (RGBA) in the middle of a colour that follows from ``words``.

    Returns (height, width, 3) for a ``size`` of (width, height).

    The product takes 80 % of the width, or less where it would be too tall; its edge is hard. If
    it ``stays``, it is not moved: it stands where it stands in the photo.
    """
    width, height = size
    colour = np.frombuffer(zlib.crc32(words.encode()).to_bytes(4, "big")[:3], np.uint8) // 2 + 96
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = colour
    if stays:
        whole = cv2.resize(cutout, size)
        np.copyto(picture, whole[..., :3], where=whole[..., 3:] > 127)
        return picture
    left, top, wide, tall = cv2.boundingRect((cutout[..., 3] > 127).astype(np.uint8))
    if not wide or not tall:
        return picture
    scale = min(width * PRODUCT_TO_WIDTH / wide, height * PRODUCT_TO_WIDTH / tall)
    fitted = (max(1, int(wide * scale)), max(1, int(tall * scale)))
    product = cv2.resize(cutout[top : top + tall, left : left + wide], fitted)
    x, y = (width - fitted[0]) // 2, (height - fitted[1]) // 2
    place = picture[y : y + fitted[1], x : x + fitted[0]]
    np.copyto(place, product[..., :3], where=product[..., 3:] > 127)
    return picture
