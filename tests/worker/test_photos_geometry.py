"""Sides, ratio and orientation of uploaded photos."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from functions.worker.photos import geometry, make_acceptable
from tests.worker.pictures import (
    GREY_BORDER,
    card,
    decoded,
    difference,
    encoded,
    exif,
    marked,
    stored,
)
from tests.worker.test_photos import assert_acceptable

ORIENTATIONS = range(1, 9)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_a_photo_taken_sideways_stands_upright(form: str, orientation: int) -> None:
    laid = stored(card(), orientation)
    tags = exif(orientation)
    photo = make_acceptable(encoded(laid, form, exif=tags.tobytes() if form == "HEIF" else tags))
    assert difference(decoded(photo.data), card()) < 12
    assert decoded(photo.data).getexif().get(ExifTags.Base.Orientation, 1) == 1
    if form != "HEIF":  # libheif turns a HEIC before anybody sees how it lies
        assert ("oriented" in photo.changes) == (orientation != 1)
        assert photo.geometry.stored == laid.size
    assert photo.geometry.upright == card().size


def test_an_orientation_that_does_not_exist_is_none() -> None:
    for nonsense in (0, 9, 255):
        photo = make_acceptable(encoded(card(), "JPEG", exif=exif(nonsense)))
        assert difference(decoded(photo.data), card()) < 12


@pytest.mark.parametrize("orientation", [1, 3, 6, 7])  # each turn by itself: the test above
def test_large_photos_are_scaled_and_turned_alike(orientation: int) -> None:
    upright = card((4100, 1650))
    photo = make_acceptable(
        encoded(stored(upright, orientation), "JPEG", exif=exif(orientation), quality=60)
    )
    assert (photo.width_px, photo.height_px) == (3999, 1609)
    assert difference(decoded(photo.data), card((3999, 1609))) < 12


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((3999, 3999), (3999, 3999)),
        ((4000, 3000), (3999, 2999)),
        ((3000, 4000), (2999, 3999)),
        ((9000, 4000), (3999, 1777)),
        ((2500, 1000), (2500, 1001)),  # whether 5:2 itself is allowed, nobody says
        ((1000, 2500), (1001, 2500)),
        ((2499, 1000), (2499, 1000)),
        ((5000, 50), (3999, 1600)),  # 100:1
        ((50, 5000), (1600, 3999)),
        ((2000, 20), (2000, 801)),
    ],
)
def test_sides_and_ratio_come_inside_the_limits(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert geometry.plan(size, geometry.UPRIGHT).product == expected
    if min(size) > 2000:  # the others are made, too
        return
    photo = make_acceptable(encoded(marked(Image.new("L", size, 90), 0), "PNG"))
    assert (photo.width_px, photo.height_px) == expected
    assert_acceptable(photo)


def test_padding_has_the_colour_of_the_edge_it_continues() -> None:
    strip = Image.new("RGB", (900, 90), GREY_BORDER)
    strip.paste("white", (0, 45, 900, 90))
    strip.paste("red", (300, 0, 400, 90))  # the product touches the edges
    photo = make_acceptable(encoded(strip))
    assert photo.changes == ("padded", "re-encoded")
    assert photo.geometry.offset == (0, (361 - 90) // 2)
    padded = decoded(photo.data)
    above = Image.new("RGB", (900, 130), GREY_BORDER)
    assert difference(padded.crop((0, 0, 900, 130)), above) < 4
    assert difference(padded.crop((0, 231, 900, 361)), Image.new("RGB", (900, 130), "white")) < 4
    assert difference(padded.crop((0, 135, 900, 225)), strip) < 12


def test_padding_goes_to_both_sides_of_a_column() -> None:
    photo = make_acceptable(encoded(card((60, 600))))
    padded = decoded(photo.data)
    left, top = photo.geometry.offset
    assert (padded.size, left, top) == ((241, 600), 90, 0)
    assert difference(padded.crop((90, 0, 150, 600)), card((60, 600))) < 12


sides = st.tuples(st.integers(1, 9000), st.integers(1, 300)).flatmap(
    lambda pair: st.sampled_from([pair, pair[::-1]])
)


@given(
    size=st.tuples(st.integers(1, 200_000), st.integers(1, 200_000)), orientation=st.integers(1, 8)
)
def test_every_plan_is_within_the_limits(size: tuple[int, int], orientation: int) -> None:
    planned = geometry.plan(size, orientation)
    width, height = planned.product
    assert max(width, height) < 4000
    assert 2 * height < 5 * width
    assert 2 * width < 5 * height
    assert all(a <= b for a, b in zip(planned.scaled, planned.product, strict=True))
    assert min(planned.scaled) >= 1
    assert planned.product == planned.scaled or planned.offset != planned.product
    assert planned.upright == geometry.oriented(size, orientation)


@given(size=sides, orientation=st.integers(1, 8), form=st.sampled_from(["JPEG", "PNG"]))
def test_every_outcome_is_within_the_limits(
    size: tuple[int, int], orientation: int, form: str
) -> None:
    original = encoded(marked(Image.new("L", size, 120), 0), form, exif=exif(orientation))
    planned = geometry.plan(size, orientation)
    if min(planned.product) < 50 or min(planned.scaled) < 16:
        return
    assert_acceptable(make_acceptable(original))
