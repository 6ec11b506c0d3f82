"""Cut a product out of its photo along a mask.

The result has the photo's colours, the mask's transparency and the photo's size, so that it fits
exactly on top of the photo.
"""

import io

import msgspec
from PIL import Image, ImageChops, ImageFilter

from functions.jobs.errors import ErrorCode
from functions.worker.photos import colours, decoding, geometry
from functions.worker.photos.geometry import Size
from functions.worker.photos.limits import MASK, PICTURE, PictureRefused
from functions.worker.photos.masks import OPAQUE_FROM, cleaned_grey
from functions.worker.photos.pixels import PREVIEW_SIDE_PX, preview_jpeg, upright

SQUARE_PX = 16
LIGHT, LESS_LIGHT = (255, 255, 255), (232, 232, 232)

_CLEAR = (0, 0, 0, 0)
_PNG_LEVEL = 3
_INSIDE = [255 * (alpha >= 250) for alpha in range(256)]
_ANY = [255 * (alpha > 0) for alpha in range(256)]
_REACHED = [255 * (alpha >= 16) for alpha in range(256)]  # below, 8 bits hold no exact colour
_RIM_SHARE = 1 / 800  # width of a soft edge, as a share of the longest side


class CutOutPicture(msgspec.Struct, frozen=True):
    """Hold a cut-out: ``png`` is RGBA in the photo's size, ``preview`` a JPEG on light chequers."""

    png: bytes
    preview: bytes
    width_px: int
    height_px: int


def cut_out(photo: bytes, mask: bytes, *, is_flattened: bool = False) -> CutOutPicture:
    """Cut the product out of a photo; both arguments are files' bytes.

    ``mask`` is transparent around the product, or, if it has no transparency, black there; one of
    another size is scaled. ``is_flattened``: the mask is the photo's own transparency, which was
    laid on white. Raises ``PictureRefused``: ``MASK_MISSING`` for a mask that shows nothing or
    everything, ``PICTURE_BROKEN`` or ``MASK_NOT_AN_IMAGE`` for a file that cannot be read.
    """
    picture, alpha = opened_with_mask(photo, mask)
    size = picture.size
    box = alpha.getbbox()
    picture, alpha = picture.crop(box), alpha.crop(box)
    free = Image.new("RGBA", size, _CLEAR)
    free.paste(freed(picture, alpha, max(size), is_flattened=is_flattened), box)
    return CutOutPicture(encoded_png(free), _preview(free), *size)


def opened_with_mask(photo: bytes, mask: bytes) -> tuple[Image.Image, Image.Image]:
    """Decode a photo (RGB), and from its mask how much of each pixel is product (mode L).

    Raises ``PictureRefused`` as ``cut_out`` does.
    """
    with decoding.opened(decoding.as_stream(photo), PICTURE) as source:
        picture = upright(source, geometry.oriented(source.stored, source.orientation))
    del source  # and with it the original's pixels
    return picture, _alpha(mask, picture.size)


def _alpha(mask: bytes, size: Size) -> Image.Image:
    """Decode a mask into how much of each pixel is product (mode L), scaled to ``size``."""
    with decoding.opened(decoding.as_stream(mask), MASK) as source:
        decoded = source.decode(size)
        had_alpha = colours.has_alpha(source.image)
        to_eight_bits = colours.eight_bit_converter(decoded)
        picture = to_eight_bits(decoded).convert("RGBA")
    alpha = picture.getchannel("A")
    if not had_alpha or _is_everything(alpha):
        alpha = cleaned_grey(picture)
    if _is_everything(alpha) or not alpha.getbbox():
        raise PictureRefused(ErrorCode.MASK_MISSING)
    return alpha if alpha.size == size else alpha.resize(size, Image.Resampling.BICUBIC)


def _is_everything(alpha: Image.Image) -> bool:
    return sum(alpha.histogram()[:OPAQUE_FROM]) == 0


def freed(
    picture: Image.Image, alpha: Image.Image, longest_px: int, *, is_flattened: bool
) -> Image.Image:
    """Give the picture this alpha, and remove the old background's tint at soft edges.

    A white background (``is_flattened``) can be taken out exactly. With any other, a pixel on a
    soft edge gets the colour that the product has just inside the edge. For that, the opaque pixels
    are blurred in Pillow's premultiplied mode ``RGBa``, where clear ones add no colour. Changes
    ``picture``. ``longest_px`` is the whole photo's longest side.
    """
    if is_flattened:
        return _without_white(picture, alpha)
    inside = alpha.point(_INSIDE)
    opaque = picture.convert("RGBA")
    opaque.putalpha(inside)
    opaque = opaque.convert("RGBa")
    radius_px = max(1.5, longest_px * _RIM_SHARE)
    for reach_px in (3 * radius_px, radius_px):  # the nearer colour is the better one
        spread = opaque.filter(ImageFilter.GaussianBlur(reach_px)).convert("RGBA")
        rim = ImageChops.subtract(spread.getchannel("A").point(_REACHED), inside)
        picture.paste(spread.convert("RGB"), mask=rim)
    del opaque, spread  # as large as the picture, each
    picture.putalpha(alpha)
    picture.paste(_CLEAR, mask=ImageChops.invert(alpha.point(_ANY)))
    return picture


def _without_white(picture: Image.Image, alpha: Image.Image) -> Image.Image:
    """Undo laying a picture on white with this alpha.

    The inverted picture is the inverted original, premultiplied by alpha; Pillow undoes that (mode
    ``RGBa``).
    """
    dark = ImageChops.invert(picture)
    undone = Image.merge("RGBa", (*dark.split(), alpha)).convert("RGBA")
    free = ImageChops.invert(undone.convert("RGB"))
    free.putalpha(alpha)
    free.paste(_CLEAR, mask=ImageChops.invert(alpha.point(_ANY)))
    return free


def encoded_png(picture: Image.Image) -> bytes:
    """Encode a PNG, quickly rather than as small as possible."""
    encoded = io.BytesIO()
    picture.save(encoded, "PNG", compress_level=_PNG_LEVEL)
    return encoded.getvalue()


def _preview(free: Image.Image) -> bytes:
    size = geometry.fit(free.size, PREVIEW_SIDE_PX)
    shown = free if free.size == size else free.resize(size, Image.Resampling.BICUBIC)
    ground = _chequered(size)
    ground.paste(shown, mask=shown.getchannel("A"))
    data, _ = preview_jpeg(ground)
    return data


def _chequered(size: Size) -> Image.Image:
    """Draw the light chequers that stand for transparency."""
    tile = Image.new("RGB", (2 * SQUARE_PX, 2 * SQUARE_PX), LIGHT)
    for corner in ((0, 0), (SQUARE_PX, SQUARE_PX)):
        tile.paste(LESS_LIGHT, (*corner, corner[0] + SQUARE_PX, corner[1] + SQUARE_PX))
    ground = Image.new("RGB", size)
    for left in range(0, size[0], tile.width):
        for top in range(0, size[1], tile.height):
            ground.paste(tile, (left, top))
    return ground
