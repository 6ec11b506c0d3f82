"""Colours of uploaded photos: profiles, inks, 16 bits, palettes, transparency."""

from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from functions.worker.photos import ProductPhoto, make_acceptable
from tests.worker.pictures import (
    BLUE,
    GREEN,
    INK_GREY,
    RED,
    card,
    cmyk_profile,
    decoded,
    difference,
    encoded,
    marked,
    srgb_profile,
    swapped_profile,
)

Colour = tuple[int, ...]

PAPER = (0, 0, 0, 0)  # no ink


def colour_of(photo: ProductPhoto, at: tuple[int, int] = (60, 40)) -> Colour:
    """One pixel; by default in the middle of the card's red quadrant."""
    pixel = decoded(photo.data).convert("RGB").getpixel(at)
    assert isinstance(pixel, tuple)
    return tuple(int(channel) for channel in pixel)


def assert_near(colour: Colour, expected: Colour, within: int = 4) -> None:
    """Equal up to what JPEG and rounding do."""
    assert all(abs(a - b) <= within for a, b in zip(colour, expected, strict=True)), colour


FORMS = ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"]


@pytest.mark.parametrize("form", FORMS)
def test_an_embedded_profile_is_applied_and_dropped(form: str) -> None:
    photo = make_acceptable(encoded(card(), form, icc_profile=swapped_profile()))
    assert "converted" in photo.changes
    assert_near(colour_of(photo), (RED[1], RED[0], RED[2]))
    assert "icc_profile" not in decoded(photo.data).info


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_an_srgb_profile_changes_nothing(form: str) -> None:
    original = encoded(card(), form, icc_profile=srgb_profile())
    assert make_acceptable(original).data == original


UNREADABLE = srgb_profile().replace(b"RGB ", b"RG\xff ")


@pytest.mark.parametrize("profile", [b"rubbish", srgb_profile()[:200], cmyk_profile(), UNREADABLE])
def test_a_broken_or_foreign_profile_is_ignored_and_dropped(profile: bytes) -> None:
    photo = make_acceptable(encoded(card(), icc_profile=profile))
    assert_near(colour_of(photo), RED)
    assert b"ICC_PROFILE" not in photo.data


def test_a_profile_is_applied_under_transparency_too() -> None:
    picture = card().convert("RGBA")
    photo = make_acceptable(encoded(picture, icc_profile=swapped_profile()))
    assert_near(colour_of(photo), (RED[1], RED[0], RED[2]))


def test_grey_with_an_rgb_profile_stays_as_grey_as_it_is() -> None:
    grey = marked(Image.new("L", (120, 80), 100), 0)
    photo = make_acceptable(encoded(grey, "JPEG", icc_profile=srgb_profile()))
    assert_near(colour_of(photo), (100, 100, 100))


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_inks_without_a_profile_become_their_plain_colours(form: str) -> None:
    for ink, colour in (((255, 0, 0, 0), (0, 255, 255)), ((0, 0, 0, 200), (55, 55, 55))):
        photo = make_acceptable(encoded(marked(Image.new("CMYK", (120, 80), ink), PAPER), form))
        assert photo.changes == ("converted", "re-encoded")
        assert decoded(photo.data).mode == "RGB"
        assert_near(colour_of(photo), colour)


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_inks_with_a_profile_look_as_on_that_press(form: str) -> None:
    for ink, mark, colour in (
        ((255, 0, 0, 0), PAPER, INK_GREY),
        (PAPER, (255, 0, 0, 0), (255, 255, 255)),
    ):
        picture = marked(Image.new("CMYK", (120, 80), ink), mark)
        photo = make_acceptable(encoded(picture, form, icc_profile=cmyk_profile()))
        assert_near(colour_of(photo), colour)


@pytest.mark.parametrize("ending", [".png", ".tiff"])
def test_sixteen_bits_a_channel_are_scaled_to_eight(ending: str) -> None:
    """OpenCV writes such files; Pillow cannot."""
    deep = np.asarray(card()).astype(np.uint16)[:, :, ::-1] * 257
    written, data = cv2.imencode(ending, deep)
    assert written
    photo = make_acceptable(data.tobytes())
    assert "converted" in photo.changes
    assert difference(decoded(photo.data), card()) < 12


@pytest.mark.parametrize("ending", [".png", ".tiff"])
def test_sixteen_bits_of_grey_are_scaled_and_not_clipped(ending: str) -> None:
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (120, 1))
    _, data = cv2.imencode(ending, ramp)
    photo = make_acceptable(data.tobytes())
    for x in (10, 128, 245):
        assert_near(colour_of(photo, (x, 60)), (x, x, x))


def test_sixteen_bits_with_transparency_are_flattened() -> None:
    deep = np.zeros((120, 120, 4), np.uint16)
    deep[:, 60:] = (0, 0, 65535, 65535)  # blue, green, red, alpha
    _, data = cv2.imencode(".png", deep)
    photo = make_acceptable(data.tobytes())
    assert_near(colour_of(photo, (20, 60)), (255, 255, 255))
    assert_near(colour_of(photo, (100, 60)), (255, 0, 0))


def test_big_endian_greys_of_a_tiff_are_scaled() -> None:
    grey = Image.new("I;16B", (120, 80), 0x8000)
    grey.paste(0, (100, 60, 120, 80))
    assert_near(colour_of(make_acceptable(encoded(grey, "TIFF"))), (128, 128, 128))


@pytest.mark.parametrize(("mode", "low", "high"), [("F", -2.0, 6.0), ("I", -5000, 90_000)])
def test_greys_without_a_range_are_stretched_between_their_extremes(
    mode: str, low: float, high: float
) -> None:
    picture = Image.new(mode, (120, 80), low)
    picture.paste(high, (60, 0, 120, 80))
    photo = make_acceptable(encoded(picture, "TIFF"))
    assert_near(colour_of(photo, (20, 40)), (0, 0, 0))
    assert_near(colour_of(photo, (100, 40)), (255, 255, 255))


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "PA", "RGBA"])
def test_every_mode_of_a_picture_keeps_its_looks(mode: str) -> None:
    picture = card().convert("L").point(lambda v: 255 * (v > 100)) if mode == "1" else card()
    expected = picture.convert("L") if mode in {"1", "L", "LA"} else picture
    form = "TIFF" if mode == "PA" else "PNG"
    photo = make_acceptable(encoded(picture.convert("P").convert(mode), form))
    assert decoded(photo.data).mode == "RGB"
    assert difference(decoded(photo.data), expected) < 20


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_transparent_parts_become_white(form: str) -> None:
    picture = card().convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 120, 160))
    lossless = {"lossless": True} if form == "WEBP" else {}
    photo = make_acceptable(encoded(picture, form, **lossless))
    assert photo.changes == ("flattened", "re-encoded")
    assert_near(colour_of(photo), (255, 255, 255))
    assert_near(colour_of(photo, (180, 40)), GREEN)


def in_a_palette() -> Image.Image:
    """Nearly all of it in the palette's second colour."""
    picture = marked(Image.new("P", (120, 80), 1), 0)
    picture.putpalette([*RED, *GREEN, *BLUE])
    return picture


@pytest.mark.parametrize(
    ("picture", "options"),
    [
        (in_a_palette(), {"transparency": 1}),
        (in_a_palette(), {"transparency": bytes([255, 0, 255])}),
        (marked(Image.new("L", (120, 80), 7), 90), {"transparency": 7}),
        (marked(Image.new("RGB", (120, 80), (1, 2, 3)), RED), {"transparency": (1, 2, 3)}),
    ],
    ids=["palette-entry", "palette-alphas", "grey", "colour"],
)
def test_a_transparent_colour_becomes_white(picture: Image.Image, options: dict[str, Any]) -> None:
    photo = make_acceptable(encoded(picture, **options))
    assert "flattened" in photo.changes
    assert_near(colour_of(photo), (255, 255, 255))


def test_a_transparent_gif_becomes_white() -> None:
    picture = Image.new("P", (120, 80), 0)
    picture.paste(1, (60, 0, 120, 80))
    picture.putpalette([0, 0, 0, *RED])
    photo = make_acceptable(encoded(picture, "GIF", transparency=0))
    assert_near(colour_of(photo, (20, 40)), (255, 255, 255))
    assert_near(colour_of(photo, (100, 40)), RED)


def test_no_dark_fringe_appears_where_a_large_cut_out_is_scaled_down() -> None:
    """Transparent pixels are black inside; were they scaled first, the edge would darken."""
    picture = Image.new("RGBA", (6000, 120), (0, 0, 0, 0))
    picture.paste((255, 255, 255, 255), (3001, 0, 6000, 120))
    scaled = decoded(make_acceptable(encoded(picture)).data).convert("L")
    assert sum(scaled.histogram()[:245]) == 0


def test_half_transparent_edges_mix_with_white() -> None:
    picture = marked(Image.new("RGBA", (120, 80), (0, 0, 0, 127)), (0, 0, 0, 255))
    assert_near(colour_of(make_acceptable(encoded(picture))), (128, 128, 128))
