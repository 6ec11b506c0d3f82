"""Judge what a picture's transparency shows: nothing, an empty picture, or the product."""

import enum

from PIL import Image

from functions.worker.photos import colours

CLEAR_BELOW = 128  # of 255: a background's alpha is below, glass's may be above
VISIBLE_FROM = 32  # of 255
CLEAR_SHARE = 0.005  # of the pixels: the rounded corners of a screenshot are less
VISIBLE_SHARE = 0.001  # of the pixels

_BAND_PX = 2_000_000


class Transparency(enum.Enum):
    """Name what a picture's transparency shows."""

    NOTHING = "nothing"  # all pixels are equally transparent, or nearly all
    PRODUCT = "product"  # the pixels that are not clear are the product
    EMPTY = "empty"  # no pixel is visible


def transparency(picture: Image.Image) -> Transparency:
    """Judge what the alpha of a decoded picture shows."""
    if not colours.has_alpha(picture):
        return Transparency.NOTHING
    counts = _alphas(picture)
    pixels = sum(counts)
    present = [alpha for alpha, count in enumerate(counts) if count]
    if present[-1] == 0:
        return Transparency.EMPTY
    tells = (
        present[-1] - present[0] >= VISIBLE_FROM
        and sum(counts[:CLEAR_BELOW]) >= CLEAR_SHARE * pixels
        and sum(counts[VISIBLE_FROM:]) >= VISIBLE_SHARE * pixels
    )
    return Transparency.PRODUCT if tells else Transparency.NOTHING


def _alphas(picture: Image.Image) -> list[int]:
    """Count the pixels of each alpha (0 to 255), band by band to save memory."""
    to_eight_bits = colours.eight_bit_converter(picture)
    counts = [0] * 256
    rows = max(1, _BAND_PX // picture.width)
    for top in range(0, picture.height, rows):
        band = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        alphas = to_eight_bits(band).convert("RGBA").getchannel("A").histogram()
        counts = [one + more for one, more in zip(counts, alphas, strict=True)]
    return counts
