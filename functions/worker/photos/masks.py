"""Make an uploaded mask fit its product photo, in the form that aiart takes.

aiart takes a PNG of the photo's size that is transparent where the background is, < 6 MB as Base64
(Tencent document 1668/107957). People upload cut-outs, which are that already, or black and white
pictures. In these **white is the product**, always: an inverted mask looks the same as that of a
product that reaches the edges, and a wrong guess would cost a call.
"""

import io
from collections.abc import Iterator

import msgspec
from PIL import Image, ImageFilter, ImageStat

from functions.jobs.errors import ErrorCode, Facts
from functions.worker.photos import colours, decoding, geometry
from functions.worker.photos.geometry import UPRIGHT, Geometry, Size
from functions.worker.photos.limits import MASK, PHOTO, PictureRefused
from functions.worker.photos.product import MAX_STAGED_BYTES, ProductPhoto

NEARLY = 32  # of 255: this near to black or white counts as black or white
BLACK_AND_WHITE_SHARE = 0.98  # of the pixels; the rest is the soft edge between them
VISIBLE_SHARE = 0.0002  # of the pixels: a mask that shows less shows only a speck
OPAQUE_FROM = 128  # of 255: the alpha from which a pixel belongs to the product

_SMOOTHING_PX = 8
_PNG_LEVEL = 3  # somewhat larger files than by the usual 6, in half the time or less
_CLEAR = (0, 0, 0, 0)
_HARD = [255 * (alpha >= OPAQUE_FROM) for alpha in range(256)]
_ANY = [255 * (alpha > 0) for alpha in range(256)]


class MaskPicture(msgspec.Struct, frozen=True):
    """Hold a mask as aiart takes it: an RGBA PNG of its photo's size, clear around the product."""

    data: bytes
    width_px: int
    height_px: int


class _Placement(msgspec.Struct, frozen=True):
    """Describe how a mask is placed: orientation (besides its own EXIF), size, offset (px)."""

    orientation: int
    size: Size
    offset: Size


def fit_mask(original: bytes, photo: ProductPhoto) -> MaskPicture:
    """Turn, scale and pad a mask exactly as ``photo`` was; its padding is transparent.

    ``original`` is the mask's file. Its size must be that of the original photo (as a person sees
    it, or as its file stores it) or of the staged one. Raises ``PictureRefused`` with one of the
    ``MASK_`` codes, or ``PHOTO_TOO_LARGE`` or ``PHOTO_TOO_MANY_PIXELS``.
    """
    with decoding.opened(decoding.as_stream(original), MASK) as source:
        placement = _placement(source, photo.geometry)
        picture = _pixels(source, placement)
        had_alpha = colours.has_alpha(source.image)
    del source  # and with it the original's pixels
    shape = _shape(picture, had_alpha=had_alpha)
    # A cut-out whose file is too large will hardly get small enough in colour: use only its shape.
    keeps_colours = (
        len(original) <= MAX_STAGED_BYTES and had_alpha and _is_colourful(picture, shape)
    )
    masks = _from_best_to_smallest(shape, picture if keeps_colours else None)
    return _smallest_enough(masks, placement, photo)


def own_mask(original: bytes, photo: ProductPhoto) -> MaskPicture:
    """Make a mask of the photo's own transparency, for a photo that ``has_shape``.

    ``original`` is the file that ``photo`` was made of. Half transparent parts, such as glass, stay
    half transparent.
    """
    with decoding.opened(decoding.as_stream(original), PHOTO) as source:
        placement = _Placement(UPRIGHT, photo.geometry.scaled, photo.geometry.offset)
        shape = _pixels(source, placement).getchannel("A")
    del source
    return _smallest_enough(_from_best_to_smallest(shape, None), placement, photo)


def _smallest_enough(
    masks: Iterator[Image.Image], placement: _Placement, photo: ProductPhoto
) -> MaskPicture:
    """Give the first mask whose file aiart takes."""
    product = photo.geometry.product
    encoded = (_png(_padded(mask, placement, product)) for mask in masks)
    data = next(data for data in encoded if len(data) <= MAX_STAGED_BYTES)
    return MaskPicture(data, *product)


def _placement(source: decoding.Source, photo: Geometry) -> _Placement:
    """Find which of the photo's sizes the mask has. Raises ``PictureRefused`` if it has none.

    A mask with the size of the photo's stored, unturned pixels was made by a tool that ignores
    EXIF orientation, so it is turned like the photo. In orientations that keep width and height
    the size does not show that; then the mask is taken as drawn on the upright photo.
    """
    width, height = seen = geometry.oriented(source.stored, source.orientation)
    if seen == photo.upright:
        return _Placement(UPRIGHT, photo.scaled, photo.offset)
    if seen == photo.stored:
        return _Placement(photo.orientation, photo.scaled, photo.offset)
    if seen == photo.product:
        return _Placement(UPRIGHT, photo.product, (0, 0))
    sizes: Facts = {"mask_width": width, "mask_height": height}
    sizes |= {"width": photo.upright[0], "height": photo.upright[1]}
    raise PictureRefused(ErrorCode.MASK_OTHER_SIZE, sizes)


def _pixels(source: decoding.Source, placement: _Placement) -> Image.Image:
    """Decode the mask as RGBA, turned and scaled but not padded."""
    as_seen = geometry.oriented(placement.size, placement.orientation)
    decoded = source.decode(geometry.oriented(as_seen, source.orientation))
    to_eight_bits = colours.eight_bit_converter(decoded)
    picture = colours.scaled(
        decoded,
        geometry.oriented(as_seen, source.pending),
        lambda band: to_eight_bits(band).convert("RGBA"),
        mode="RGBA",
    )
    return geometry.orient(geometry.orient(picture, source.pending), placement.orientation)


def _shape(picture: Image.Image, *, had_alpha: bool) -> Image.Image:
    """Find how much of each pixel is product (mode L), by alpha or else by black and white.

    Raises ``PictureRefused`` for a mask that shows everything or nothing.
    """
    shape = picture.getchannel("A")
    if _is_opaque(shape):
        shape = _white_of(
            picture,
            otherwise=ErrorCode.MASK_ALL_OPAQUE if had_alpha else ErrorCode.MASK_NO_TRANSPARENCY,
        )
    if _is_opaque(shape):
        raise PictureRefused(ErrorCode.MASK_ALL_OPAQUE)
    counts = shape.histogram()
    if sum(counts[OPAQUE_FROM:]) < VISIBLE_SHARE * sum(counts):
        raise PictureRefused(ErrorCode.MASK_ALL_TRANSPARENT)
    return shape


def _is_opaque(shape: Image.Image) -> bool:
    return sum(shape.histogram()[:OPAQUE_FROM]) == 0


def _white_of(picture: Image.Image, *, otherwise: ErrorCode) -> Image.Image:
    """Give the brightness of a black and white picture (mode L), cleaned of JPEG noise.

    Raises ``PictureRefused`` with ``otherwise`` for a picture that has other colours.
    """
    grey = picture.convert("L")
    counts = grey.histogram()
    extreme = sum(counts[: NEARLY + 1]) + sum(counts[255 - NEARLY :])
    if extreme < BLACK_AND_WHITE_SHARE * sum(counts):
        raise PictureRefused(otherwise)
    return cleaned_grey(picture)


def cleaned_grey(picture: Image.Image) -> Image.Image:
    """Give a picture's brightness (mode L); nearly black and white become black and white."""
    return picture.convert("L").point([_stretched(value) for value in range(256)])


def _stretched(value: int) -> int:
    return min(255, max(0, round((value - NEARLY) * 255 / (255 - 2 * NEARLY))))


def _is_colourful(picture: Image.Image, shape: Image.Image) -> bool:
    """Say whether the product is more than a filled outline."""
    product = ImageStat.Stat(picture.convert("RGB"), shape.point(_HARD))
    return any(high - low > NEARLY for low, high in product.extrema)


def _from_best_to_smallest(
    shape: Image.Image, cut_out: Image.Image | None
) -> Iterator[Image.Image]:
    """Yield ever smaller RGBA masks: in the cut-out's colours, white, with hard, with simple edges.

    In the white ones each colour channel equals alpha, so a reader of brightness and a reader of
    alpha see the same mask.
    """
    if cut_out is not None:
        anywhere = shape.point(_ANY)
        yield Image.composite(cut_out, Image.new("RGBA", shape.size, _CLEAR), anywhere)
    yield Image.merge("RGBA", 4 * (shape,))
    yield Image.merge("RGBA", 4 * (shape.point(_HARD),))
    # Even pure noise of 3999 x 3999 px, smoothed by this much, takes 3 MB.
    simple = shape.filter(ImageFilter.BoxBlur(_SMOOTHING_PX)).point(_HARD)
    yield Image.merge("RGBA", 4 * (simple,))


def _padded(mask: Image.Image, placement: _Placement, product: Size) -> Image.Image:
    if mask.size == product:
        return mask
    padded = Image.new("RGBA", product, _CLEAR)
    padded.paste(mask, placement.offset)
    return padded


def _png(mask: Image.Image) -> bytes:
    encoded = io.BytesIO()
    mask.save(encoded, "PNG", compress_level=_PNG_LEVEL)
    return encoded.getvalue()
