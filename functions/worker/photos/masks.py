"""Make a mask that a person uploaded fit its product photo, and acceptable for aiart.

aiart takes a PNG of the photo's size that is transparent where the background is, < 6 MB as
Base64 (Tencent document 1668/107957). People have cut-outs, which are that already, and black
and white pictures: there **white is the product**, whatever lies in the middle. (An inverted one
cannot be told from a product that fills the edges, and guessing wrong would cost a call.)
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

NEARLY = 32  # of 255: this near to black or white counts as such
BLACK_AND_WHITE_SHARE = 0.98  # of the pixels; the rest is the soft edge between them
VISIBLE_SHARE = 0.0002  # of the pixels: less is a speck, and everything else is hidden
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
    """Say where the mask's pixels go: turned (after the mask's own EXIF), scaled, offset (px)."""

    orientation: int
    size: Size
    offset: Size


def fit_mask(original: bytes, photo: ProductPhoto) -> MaskPicture:
    """Turn, scale and pad (transparent) a mask exactly as ``photo`` was.

    ``original`` is a file's bytes, of the size of the original photo (as a person sees it, or as
    its file stores it) or of the staged one. Raises ``PictureRefused`` with one of the ``MASK_``
    codes, or ``PHOTO_TOO_LARGE`` or ``PHOTO_TOO_MANY_PIXELS``.
    """
    with decoding.opened(decoding.as_stream(original), MASK) as source:
        placement = _placement(source, photo.geometry)
        picture = _pixels(source, placement)
        had_alpha = colours.has_alpha(source.image)
    del source  # and with it the original's pixels
    shape = _shape(picture, had_alpha=had_alpha)
    # A cut-out whose file is too large will hardly get small enough: then its shape must do.
    keeps_colours = (
        len(original) <= MAX_STAGED_BYTES and had_alpha and _is_colourful(picture, shape)
    )
    masks = _from_best_to_smallest(shape, picture if keeps_colours else None)
    return _smallest_enough(masks, placement, photo)


def own_mask(original: bytes, photo: ProductPhoto) -> MaskPicture:
    """Make a mask of the photo's own transparency, for a photo that ``has_shape``.

    ``original`` is the file that ``photo`` was made of. Whatever is half transparent, glass for
    example, stays so.
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
    """Find the photo's size in the mask's. Raises ``PictureRefused`` for another size.

    A mask that looks like the photo's file lying on its side was made by a tool that ignores
    EXIF orientation: it is turned like the photo. In the orientations that keep width and
    height nothing tells, and a mask is taken to be drawn on what people see.
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
    """Say how much of each pixel is product (mode L), by the alpha or by black and white."""
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
    """Give the white of a black and white picture; what is nearly so is set right (JPEG noise)."""
    grey = picture.convert("L")
    counts = grey.histogram()
    extreme = sum(counts[: NEARLY + 1]) + sum(counts[255 - NEARLY :])
    if extreme < BLACK_AND_WHITE_SHARE * sum(counts):
        raise PictureRefused(otherwise)
    return cleaned_grey(picture)


def cleaned_grey(picture: Image.Image) -> Image.Image:
    """Say how white a picture is (mode L); what is nearly black or white counts as such."""
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
    """Give the mask as RGBA in its product's colours, in white, with hard, with simple edges.

    In white, brightness equals alpha, so that it is the same mask to a reader of either.
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
