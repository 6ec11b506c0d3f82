"""Renders the sample photos: ``python -m infra.local.page.render_samples`` (seven minutes).

The products exist nowhere: they are made of formulas, so no one's rights are touched.
"""

import sys
from pathlib import Path

import cv2

from infra.local.page.rendering import products
from infra.local.page.rendering.raymarching import render

SAMPLES = Path(__file__).parent / "samples"
SIDE_PX = 900
JPEG_QUALITY = 86
PRODUCTS = {
    "perfume": products.perfume,
    "mug": products.mug,
    "shoe": products.shoe,
    "lamp": products.lamp,
}


def main(names: list[str]) -> None:
    """Write the named samples, or all of them."""
    for name in names or PRODUCTS:
        picture = render(PRODUCTS[name](), side_px=SIDE_PX)
        blue_first = picture[..., ::-1]
        _, jpeg = cv2.imencode(".jpg", blue_first, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        (SAMPLES / f"{name}.jpg").write_bytes(jpeg.tobytes())


if __name__ == "__main__":
    main(sys.argv[1:])
