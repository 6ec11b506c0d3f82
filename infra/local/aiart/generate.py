"""Make the result's bytes for a request that keeps the limits. It blocks: run it in a thread."""

from functools import lru_cache
from io import BytesIO

import msgspec
import numpy as np
from PIL import Image

from infra.local.aiart import mark, photos, plain, segment
from infra.local.aiart.label import labelled
from infra.local.aiart.limits import Logo, Wish
from infra.local.aiart.pixels import Pixels
from infra.local.aiart.templates import TEMPLATES
from infra.local.vendor_error import Refused

JPEG_QUALITY = 95


class Made(msgspec.Struct, frozen=True):
    """Hold a task's files: the result as JPEG, and the mask as PNG if the request had none."""

    result: bytes
    mask: bytes | None


class Ways(msgspec.Struct, frozen=True):
    """Choose how the picture is made; see ``Settings`` of the account."""

    paint: bool = True
    mask_frame: str = "photo"
    product_stays: bool = False
    implicit_label: bool = False


def generate(wish: Wish, ways: Ways, *, variation: int = 0) -> Made:
    """Fetch what ``wish`` names, cut the product out and put it on its new background.

    ``variation`` counts the times that the same words were painted before. Without ``ways.paint``
    it is done the cheap way of ``plain``. Raises ``Refused``.
    """
    data = photos.fetch(wish.product_url, "ProductUrl")
    if ways.paint or wish.mask_url or wish.logo:
        return _generate(data, wish, ways, variation)
    return _generate_again(data, msgspec.structs.replace(wish, product_url=""), ways)


@lru_cache(maxsize=32)
def _generate_again(data: bytes, wish: Wish, ways: Ways) -> Made:
    """Make a flat picture, or return it from the cache: it depends on photo and wish alone."""
    return _generate(data, wish, ways, 0)


def _generate(data: bytes, wish: Wish, ways: Ways, variation: int) -> Made:
    photo = photos.decode_photo(data)
    logo = _logo(wish.logo) if wish.logo and wish.add_mark else None
    cutout = np.dstack([photo, _alpha(wish, photo, paint=ways.paint)])
    picture = _compose(wish, cutout, ways, variation=variation)
    if logo and wish.logo:
        picture = mark.with_logo(picture, logo, wish.logo.rect)
    elif wish.add_mark:
        picture = mark.with_words(picture)
    result = _encoded(picture, "JPEG", quality=JPEG_QUALITY)
    return Made(
        result=labelled(result) if ways.implicit_label else result,
        mask=None if wish.mask_url else _mask(_in_frame(wish, cutout, ways)),
    )


def halved(picture: bytes) -> bytes:
    """Shrink a picture to half its sides, as JPEG: a result that is not of the size asked for."""
    image = Image.open(BytesIO(picture))
    return _encoded(np.asarray(image.reduce(2)), "JPEG", quality=JPEG_QUALITY)


def _alpha(wish: Wish, photo: Pixels, *, paint: bool) -> Pixels:
    height, width = photo.shape[:2]
    if wish.mask_url:
        data = photos.fetch(wish.mask_url, "MaskUrl")
        return photos.decode_mask(data, width=width, height=height)
    if not paint:
        return plain.ellipse(width, height)
    alpha = segment.cut_out(photo)
    if alpha is None:
        # No code is documented for this. Of those that fit, this one uses up a try.
        raise Refused("FailedOperation.GenerateImageFailed", "No product was found in the photo.")
    return alpha


def _logo(asked: Logo) -> Image.Image:
    """Fetch or decode the logo; "if both are provided, URL prevails" (1238/64638).

    Raises ``Refused``.
    """
    if asked.url:
        return photos.decode_logo(photos.fetch(asked.url, "LogoParam.LogoUrl"))
    return photos.decode_base64_logo(asked.base64)


def _in_frame(wish: Wish, cutout: Pixels, ways: Ways) -> Pixels:
    if ways.mask_frame == "photo":
        return cutout
    return np.asarray(Image.fromarray(cutout).resize((wish.width, wish.height)))


def _compose(wish: Wish, cutout: Pixels, ways: Ways, *, variation: int) -> Pixels:
    words = TEMPLATES[wish.template].vendor_prompt if wish.template else wish.prompt
    if not ways.paint:
        size = (wish.width, wish.height)
        return plain.compose(cutout, words=words, size=size, stays=ways.product_stays)
    from infra.local.aiart.paint import compose  # noqa: PLC0415  # load tests never load the painter

    return compose(
        cutout,
        words=words,
        avoid=wish.negative_prompt,
        template=wish.template or None,
        width=wish.width,
        height=wish.height,
        variation=variation,
    )


def _mask(cutout: Pixels) -> bytes:
    """Encode the cut-out as PNG; where it is transparent, no colour of the background is left."""
    return _encoded(cutout * (cutout[..., 3:] > 0), "PNG", compress_level=1)


def _encoded(picture: Pixels, form: str, **options: int) -> bytes:
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, form, **options)
    return buffer.getvalue()
