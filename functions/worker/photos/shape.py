"""Judge a picture's own transparency: it means nothing, it hides everything, or it is the mask."""

import enum

from PIL import Image

from functions.worker.photos import colours

CLEAR_BELOW = 128  # of 255: glass may let so much through, a background lets more through
VISIBLE_FROM = 32
CLEAR_SHARE = 0.005  # of the pixels; the rounded corners of a window are less
VISIBLE_SHARE = 0.001

_BAND_PX = 2_000_000


class Transparency(enum.Enum):
    """Say what it means that some of the pixels are clear."""

    NOTHING = "nothing"  # all of them are alike, or next to all
    PRODUCT = "product"  # what is not clear is the product
    EMPTY = "empty"  # none can be seen


def transparency(picture: Image.Image) -> Transparency:
    """Judge the alpha of a decoded picture."""
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
    """Count how many pixels have each alpha, band by band to save memory."""
    to_eight_bits = colours.eight_bit_converter(picture)
    counts = [0] * 256
    rows = max(1, _BAND_PX // picture.width)
    for top in range(0, picture.height, rows):
        band = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        alphas = to_eight_bits(band).convert("RGBA").getchannel("A").histogram()
        counts = [one + more for one, more in zip(counts, alphas, strict=True)]
    return counts
