"""A product cut out of its photo: aligned, transparent around it, and with a clean edge."""

import io

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from functions.jobs.errors import ErrorCode
from functions.worker.photos import CutOutPicture, PictureRefused, cut_out
from tests.worker.pictures import decoded, encoded

RED, BLUE = (220, 20, 20), (10, 10, 240)
SIZE = (400, 300)


def shape(size: tuple[int, int] = SIZE, *, soft_px: float = 2.0) -> Image.Image:
    """An ellipse with a soft edge, white on black."""
    width, height = size
    drawn = Image.new("L", size, 0)
    ImageDraw.Draw(drawn).ellipse((width // 4, height // 4, 3 * width // 4, 3 * height // 4), 255)
    return drawn.filter(ImageFilter.GaussianBlur(soft_px))


def photo(alpha: Image.Image) -> bytes:
    """A red product on blue, blended at its edge as a lens does it."""
    red, blue = Image.new("RGB", alpha.size, RED), Image.new("RGB", alpha.size, BLUE)
    return encoded(Image.composite(red, blue, alpha))


def as_alpha(alpha: Image.Image) -> bytes:
    """A mask in white that is transparent around the product."""
    return encoded(Image.merge("RGBA", 4 * (alpha,)))


def pixels(cut: CutOutPicture) -> Image.Image:
    return decoded(cut.png)


def test_the_product_is_there_and_nothing_else() -> None:
    alpha = shape()
    free = pixels(cut_out(photo(alpha), as_alpha(alpha)))
    assert (free.mode, free.size) == ("RGBA", SIZE)
    assert free.getpixel((200, 150)) == (*RED, 255)
    assert free.getpixel((5, 5)) == (0, 0, 0, 0)


def test_its_transparency_is_the_masks() -> None:
    alpha = shape()
    free = pixels(cut_out(photo(alpha), as_alpha(alpha)))
    assert free.getchannel("A").tobytes() == alpha.tobytes()


def test_the_edge_keeps_no_tint_of_the_old_background() -> None:
    alpha = shape(soft_px=1.5)
    free = pixels(cut_out(photo(alpha), as_alpha(alpha)))
    rim = [free.getpixel((x, y)) for x in range(400) for y in range(0, 300, 7)]
    seen = [pixel for pixel in rim if isinstance(pixel, tuple) and 16 < pixel[3] < 240]
    assert len(seen) > 50
    assert max(blue for _, _, blue, _ in seen) < 60


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_mask_in_black_and_white_does_as_well(form: str) -> None:
    alpha = shape()
    free = pixels(cut_out(photo(alpha), encoded(alpha.convert("RGB"), form)))
    assert free.getpixel((200, 150)) == (*RED, 255)
    assert free.getpixel((5, 5)) == (0, 0, 0, 0)


def test_an_opaque_rgba_mask_is_read_by_its_brightness() -> None:
    alpha = shape()
    opaque = Image.merge("RGBA", (alpha, alpha, alpha, Image.new("L", SIZE, 255)))
    free = pixels(cut_out(photo(alpha), encoded(opaque)))
    assert free.getpixel((5, 5)) == (0, 0, 0, 0)


def test_a_mask_that_is_a_cut_out_itself_gives_its_shape_only() -> None:
    alpha = shape()
    green = Image.new("RGBA", SIZE, (0, 200, 0, 255))
    green.putalpha(alpha)
    free = pixels(cut_out(photo(alpha), encoded(green)))
    assert free.getpixel((200, 150)) == (*RED, 255)


def test_a_mask_of_another_size_is_scaled_to_the_photo() -> None:
    alpha = shape()
    small = as_alpha(alpha.resize((200, 150)))
    free = pixels(cut_out(photo(alpha), small))
    assert free.size == SIZE
    assert free.getpixel((200, 150)) == (*RED, 255)


@pytest.mark.parametrize("level", [0, 255])
def test_a_mask_with_nothing_in_it_or_nothing_left_out_is_none(level: int) -> None:
    with pytest.raises(PictureRefused) as refused:
        cut_out(photo(shape()), as_alpha(Image.new("L", SIZE, level)))
    assert refused.value.code is ErrorCode.MASK_MISSING


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(PictureRefused) as refused:
        cut_out(photo(shape()), b"not a mask")
    assert refused.value.code is ErrorCode.MASK_NOT_AN_IMAGE


def test_the_preview_shows_light_squares_where_nothing_is() -> None:
    alpha = shape((2600, 1300))
    cut = cut_out(photo(alpha), as_alpha(alpha))
    with Image.open(io.BytesIO(cut.preview)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (1280, 640))
        less_light, light = shown.getpixel((8, 8)), shown.getpixel((24, 8))
        middle = shown.getpixel((640, 320))
    assert isinstance(light, tuple)
    assert isinstance(less_light, tuple)
    assert isinstance(middle, tuple)
    assert min(light) > 245
    assert 220 < min(less_light) < 240
    assert middle[0] > 200
    assert middle[2] < 60
    assert len(cut.preview) <= 1_000_000


@given(st.integers(1, 24), st.integers(1, 24), st.data())
def test_any_mask_keeps_the_frame_and_its_transparency(
    width: int, height: int, data: st.DataObject
) -> None:
    levels = data.draw(st.binary(min_size=width * height, max_size=width * height))
    assume(any(levels) and min(levels) < 128)
    alpha = Image.frombytes("L", (width, height), levels)
    free = pixels(cut_out(encoded(Image.new("RGB", alpha.size, RED)), as_alpha(alpha)))
    assert free.getchannel("A").tobytes() == alpha.tobytes()
