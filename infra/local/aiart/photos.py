"""Fetch the pictures that a request names and check them against the page's limits.

Limits: the API's page (Tencent document 1668/107957). Pictures are taken as stored: whether the
vendor heeds an EXIF orientation is not documented, so a photo that relies on one lies on its side.
"""

import base64
import binascii
import struct
import time
import zlib
from io import BytesIO

import numpy as np
import requests
import urllib3
from PIL import Image

from infra.local.aiart.limits import SIDE_UNDER_PX, good_ratio
from infra.local.aiart.pixels import Pixels
from infra.local.vendor_error import Refused

# "under 6 MB as Base64": the page does not say which MB, so the smaller one
BASE64_UNDER_BYTES = 6_000_000
FETCH_LIMIT_S = 10.0
STALL_LIMIT_S = 5.0
PHOTO_FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP")  # a phone's MPO counts as JPEG

_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)
_TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def fetch(url: str, name: str) -> bytes:
    """Download the file at ``url``, which is the request's field ``name``.

    Reads no more than the limit and no longer than ``FETCH_LIMIT_S``; follows no redirect and
    uses no proxy. Raises ``Refused``.
    """
    failed = Refused("FailedOperation.ImageDownloadError", f"`{name}` cannot be downloaded.")
    deadline = time.monotonic() + FETCH_LIMIT_S
    body = bytearray()
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.get(
                url,
                headers={"Accept-Encoding": "identity"},
                stream=True,
                allow_redirects=False,
                timeout=STALL_LIMIT_S,
            ) as response:
                if response.status_code != 200:
                    raise failed
                while chunk := response.raw.read1(65536):
                    body += chunk
                    check_bytes(len(body), name)
                    if time.monotonic() > deadline:
                        raise failed
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
        raise failed from None
    if not body:
        raise Refused("InvalidParameterValue.ImageEmpty", f"`{name}` is an empty file.")
    return bytes(body)


def check_bytes(size_bytes: int, name: str) -> None:
    """Refuse a file that is too large as Base64 (4 characters for every 3 bytes begun).

    Raises ``Refused``.
    """
    if (size_bytes + 2) // 3 * 4 >= BASE64_UNDER_BYTES:
        raise Refused("FailedOperation.ImageSizeExceed", f"`{name}` must be under 6 MB as Base64.")


def decode_photo(data: bytes) -> Pixels:
    """Decode the product photo to (height, width, 3) RGB; transparent parts become white.

    Raises ``Refused``.
    """
    image = _opened(data, "ProductUrl")
    if not good_ratio(*image.size):
        raise Refused(
            "FailedOperation.ImageResolutionExceed",
            "`ProductUrl`: the ratio must be between 2:5 and 5:2.",
        )
    loaded = _rgba(image, "ProductUrl")
    if not image.has_transparency_data:
        return np.asarray(loaded.convert("RGB"))
    white = Image.new("RGBA", loaded.size, "white")
    return np.asarray(Image.alpha_composite(white, loaded).convert("RGB"))


def decode_mask(data: bytes, *, width: int, height: int) -> Pixels:
    """Decode a mask to its alpha (height, width); opaque is the product.

    ``width`` and ``height`` are the photo's, in px, and must be the mask's. Raises ``Refused``.
    """
    image = _opened(data, "MaskUrl")
    if image.format != "PNG":
        raise _bad_mask("must be a PNG")
    if image.size != (width, height):
        raise _bad_mask("must have the resolution of the product photo")
    alpha = np.asarray(_rgba(image, "MaskUrl").getchannel("A"))
    if alpha.min() == 255 or alpha.max() == 0:
        raise _bad_mask("must be transparent where the background is, and only there")
    return alpha


def decode_logo(data: bytes) -> Image.Image:
    """Decode a logo to RGBA. Raises ``Refused``."""
    return _rgba(_opened(data, "LogoParam"), "LogoParam")


def decode_base64_logo(text: str) -> Image.Image:
    """Decode a logo from the Base64 of ``LogoParam.LogoImage`` to RGBA. Raises ``Refused``."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise _undecodable("LogoParam") from None
    check_bytes(len(data), "LogoParam")
    return decode_logo(data)


def _opened(data: bytes, name: str) -> Image.Image:
    """Open a picture and check its sides; only its header is read yet. Raises ``Refused``."""
    large = Refused(
        "FailedOperation.ImageResolutionExceed", f"`{name}`: each side must be under 4000 px."
    )
    try:
        image = Image.open(BytesIO(data), formats=PHOTO_FORMATS)
    except _TOO_LARGE:
        raise large from None
    except _UNREADABLE:
        raise _undecodable(name) from None
    if max(image.size) >= SIDE_UNDER_PX:
        raise large
    return image


def _rgba(image: Image.Image, name: str) -> Image.Image:
    try:
        return image.convert("RGBA")
    except _UNREADABLE:
        raise _undecodable(name) from None


def _undecodable(name: str) -> Refused:
    return Refused(
        "FailedOperation.ImageDecodeFailed", f"`{name}` is not a picture that can be decoded."
    )


def _bad_mask(why: str) -> Refused:
    return Refused("InvalidParameterValue.ParameterValueError", f"`MaskUrl` {why}.")
