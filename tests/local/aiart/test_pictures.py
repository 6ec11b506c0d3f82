"""Photos, masks, cut-outs and marks, without a server."""

import contextlib
import importlib.util
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from infra.local.aiart import mark, photos, plain, segment
from infra.local.aiart.limits import Rect
from infra.local.aiart.pixels import Pixels
from infra.local.vendor_error import Refused
from tests.local.aiart.conftest import PHOTO_SIZE, bottle, bottle_file, encoded

DECODE_FAILED = "FailedOperation.ImageDecodeFailed"
TOO_MANY_PIXELS = "FailedOperation.ImageResolutionExceed"
BAD_VALUE = "InvalidParameterValue.ParameterValueError"


def blank(width: int, height: int, mode: str = "RGB", colour: Any = "white") -> Image.Image:
    return Image.new(mode, (width, height), colour)


def refusal_of_photo(data: bytes) -> str:
    with pytest.raises(Refused) as caught:
        photos.decode_photo(data)
    return caught.value.code


def refusal_of_mask(data: bytes) -> str:
    with pytest.raises(Refused) as caught:
        photos.decode_mask(data, width=40, height=30)
    return caught.value.code


def overlap(one: Pixels, other: Pixels) -> float:
    """Intersection over union of two alphas, each from its half up."""
    a, b = one > 127, other > 127
    return float((a & b).sum() / (a | b).sum())


@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "TIFF", "WEBP"])
def test_every_documented_format_is_read(form: str) -> None:
    photo = photos.decode_photo(encoded(blank(50, 40, colour="red"), form))
    assert photo.shape == (40, 50, 3)
    assert photo[20, 25].tolist() == pytest.approx([255, 0, 0], abs=3)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_pixel_becomes_rgb(mode: str) -> None:
    form = "TIFF" if mode in ("CMYK", "I;16") else "PNG"
    data = encoded(blank(50, 40, mode, 0), form)
    assert photos.decode_photo(data).shape == (40, 50, 3)


def test_what_is_transparent_in_a_photo_becomes_white() -> None:
    photo = photos.decode_photo(encoded(blank(50, 40, "RGBA", (9, 9, 9, 0))))
    assert photo.min() == 255


@pytest.mark.parametrize(("width", "height"), [(3999, 1600), (50, 20), (20, 50), (1, 1)])
def test_a_photo_at_the_border_is_read(width: int, height: int) -> None:
    assert photos.decode_photo(encoded(blank(width, height))).shape == (height, width, 3)


@pytest.mark.parametrize(("width", "height"), [(4000, 1600), (1600, 4000), (51, 20), (20, 51)])
def test_a_photo_beyond_the_border_is_refused(width: int, height: int) -> None:
    assert refusal_of_photo(encoded(blank(width, height))) == TOO_MANY_PIXELS


def test_a_photo_that_would_fill_the_memory_is_refused_by_its_header() -> None:
    header = bytearray(encoded(blank(10, 10), "BMP"))
    header[18:26] = (60_000).to_bytes(4, "little") * 2
    assert refusal_of_photo(bytes(header)) == TOO_MANY_PIXELS


@pytest.mark.parametrize(
    "data",
    [
        b"<html>",
        encoded(blank(50, 40), "GIF"),
        encoded(blank(50, 40), "ICO"),
    ],
    ids=["html", "gif", "ico"],
)
def test_what_is_no_picture_of_a_documented_format_is_refused(data: bytes) -> None:
    assert refusal_of_photo(data) == DECODE_FAILED


def test_a_picture_that_was_cut_off_is_refused() -> None:
    assert refusal_of_photo(bottle_file()[:5000]) == DECODE_FAILED


@pytest.mark.filterwarnings("ignore::UserWarning")  # how Pillow remarks on damage it reads past
@given(
    st.sampled_from(["JPEG", "PNG", "BMP", "TIFF", "WEBP"]),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=12),
)
def test_a_damaged_file_is_read_or_refused(form: str, damage: list[tuple[int, int]]) -> None:
    data = bytearray(encoded(blank(33, 27, colour="teal"), form))
    for at, value in damage:
        data[at % len(data)] = value
    with contextlib.suppress(Refused):
        assert photos.decode_photo(bytes(data)).shape[2] == 3


@pytest.mark.parametrize("size_bytes", [0, 1, 4_499_997])
def test_a_file_under_6_mb_as_base64_is_taken(size_bytes: int) -> None:
    photos.check_bytes(size_bytes, "ProductUrl")


def test_a_file_of_6_mb_as_base64_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        photos.check_bytes(4_499_998, "ProductUrl")
    assert caught.value.code == "FailedOperation.ImageSizeExceed"


def test_a_masks_alpha_is_used_as_it_is() -> None:
    mask = blank(40, 30, "RGBA", (0, 0, 0, 0))
    mask.paste((1, 2, 3, 200), (10, 5, 30, 25))
    alpha = photos.decode_mask(encoded(mask), width=40, height=30)
    assert np.array_equal(alpha, np.asarray(mask.getchannel("A")))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (encoded(blank(40, 31, "RGBA", (0, 0, 0, 0))), BAD_VALUE),
        (encoded(blank(40, 30)), BAD_VALUE),
        (encoded(blank(40, 30, "RGBA", (0, 0, 0, 255))), BAD_VALUE),
        (encoded(blank(40, 30, "RGBA", (0, 0, 0, 0))), BAD_VALUE),
        (encoded(blank(40, 30, "RGBA", (0, 0, 0, 0)), "WEBP"), BAD_VALUE),
        (b"<html>", DECODE_FAILED),
    ],
    ids=["size", "no alpha", "all opaque", "all transparent", "not png", "no picture"],
)
def test_a_mask_that_is_none_is_refused(data: bytes, code: str) -> None:
    assert refusal_of_mask(data) == code


@pytest.mark.parametrize("text", ["not base64!", "AAAA"])
def test_a_logo_that_is_no_picture_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        photos.decode_base64_logo(text)
    assert caught.value.code == DECODE_FAILED


def test_the_product_is_cut_out_along_its_outline_by_the_weights_alone() -> None:
    photo, outline = bottle()
    alpha = segment.cut_out(np.asarray(photo))
    assert alpha is not None
    assert alpha.shape == outline.shape
    assert overlap(alpha, outline) > 0.95
    assert importlib.util.find_spec("rembg") is not None
    assert "rembg" not in sys.modules, "the package that the weights come in"


@pytest.mark.parametrize("colour", ["white", "black"])  # grey is evened out to white
def test_an_empty_photo_has_no_product(colour: str) -> None:
    assert segment.cut_out(np.asarray(blank(300, 200, colour=colour))) is None


def test_a_plain_result_has_the_product_at_80_percent_of_the_width() -> None:
    photo = np.full((400, 500, 3), 7, np.uint8)
    cutout = np.dstack([photo, plain.ellipse(500, 400)])
    picture = plain.compose(cutout, words="a beach", size=(1000, 900))
    assert picture.shape == (900, 1000, 3)
    columns = np.flatnonzero((picture == 7).all(axis=(2,)).any(axis=0))
    assert columns[-1] - columns[0] == pytest.approx(800, abs=4)


def test_a_plain_background_follows_the_words() -> None:
    cutout = np.zeros((40, 40, 4), np.uint8)
    corners = {
        plain.compose(cutout, words=words, size=(600, 600))[0, 0].tobytes()
        for words in ("a beach", "a forest", "a kitchen")
    }
    assert len(corners) == 3


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("size", [PHOTO_SIZE, (3000, 1300), (510, 1200)])
def test_the_words_stand_small_at_the_bottom_right(level: int, size: tuple[int, int]) -> None:
    width, height = size
    picture = np.full((height, width, 3), level, np.uint8)
    changed = np.argwhere((mark.with_words(picture) != picture).any(axis=2))
    top, left = changed.min(axis=0)
    bottom, right = changed.max(axis=0)
    assert top > height * 0.92
    assert left > width * 0.6
    assert (height - bottom, width - right) > (4, 4)
    assert right - left > 60


def test_a_logo_is_stretched_to_its_rectangle() -> None:
    picture = np.zeros((600, 600, 3), np.uint8)
    rect = Rect(x=10, y=20, width=100, height=30)
    marked = mark.with_logo(picture, blank(8, 8, "RGBA", (255, 0, 0, 255)), rect)
    red = np.argwhere(marked[..., 0] == 255)
    assert red.min(axis=0).tolist() == [20, 10]
    assert red.max(axis=0).tolist() == [49, 109]


def test_a_logo_without_a_rectangle_goes_to_the_bottom_right() -> None:
    picture = np.zeros((600, 800, 3), np.uint8)
    marked = mark.with_logo(picture, blank(900, 300, "RGBA", (255, 0, 0, 255)), None)
    top, left = np.argwhere(marked[..., 0] == 255).min(axis=0)
    assert (top, left) > (500, 600)
