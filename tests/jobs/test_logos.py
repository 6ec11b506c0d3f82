"""Logos: which pictures can be one, and where it stands in a result."""

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.logos import LOGO_BYTES, logo_of
from functions.jobs.wish import (
    LOGO_SHARES,
    RATIO_MAX,
    SIDE_MAX_PX,
    SIDE_MIN_PX,
    Logo,
    Resolution,
    Wish,
    check_wish,
)

CORNERS = ("bottom-right", "bottom-left", "top-right", "top-left")


def drawn(form: str, size: tuple[int, int] = (120, 40), mode: str = "RGB", **how: object) -> bytes:
    held = io.BytesIO()
    Image.new(mode, size, "red").save(held, form, **how)
    return held.getvalue()


def rule_of(data: bytes) -> object:
    with pytest.raises(Refused) as error:
        logo_of(data, corner="bottom-right", share=20)
    (problem,) = error.value.problems
    assert problem.code is ErrorCode.LOGO_UNUSABLE
    return problem.facts["rule"]


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (drawn("PNG"), ".png"),
        (drawn("PNG", mode="RGBA"), ".png"),
        (drawn("PNG", mode="P"), ".png"),
        (drawn("JPEG"), ".jpg"),
        (drawn("JPEG", progressive=True), ".jpg"),
        (drawn("JPEG", mode="L", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"), ".jpg"),
        (drawn("JPEG") + b"\0\0", ".jpg"),
    ],
)
def test_a_png_and_a_jpeg_are_known_with_their_size(data: bytes, ending: str) -> None:
    logo = logo_of(data, corner="top-left", share=10)
    assert (logo.width, logo.height) == (120, 40)
    assert (logo.corner, logo.share) == ("top-left", 10)
    assert logo.key.startswith("logos/")
    assert logo.key.endswith(ending)


def test_the_same_picture_has_the_same_key_and_another_has_another() -> None:
    first, again, other = (
        logo_of(data, corner="top-left", share=10)
        for data in (drawn("PNG"), drawn("PNG"), drawn("PNG", (120, 41)))
    )
    assert first.key == again.key != other.key


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"<svg/>",
        drawn("GIF"),
        drawn("WEBP"),
        drawn("PNG")[:-1],
        drawn("PNG")[:60],
        drawn("PNG")[:45] + bytes([drawn("PNG")[45] ^ 1]) + drawn("PNG")[46:],
        drawn("JPEG")[:-2],
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_another_form_and_a_damaged_file_are_refused(data: bytes) -> None:
    assert rule_of(data) == "form"


def test_a_logo_has_a_size_and_a_weight() -> None:
    assert rule_of(drawn("PNG", (15, 40))) == "size"
    assert rule_of(drawn("PNG", (40, 2001))) == "size"
    assert rule_of(drawn("PNG") + bytes(LOGO_BYTES)) == "bytes"


@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8", b"\x89PNG\r\n\x1a\n"]))
def test_no_bytes_make_it_fall_over(data: bytes, beginning: bytes) -> None:
    with suppress(Refused):
        logo_of(beginning + data, corner="top-left", share=10)


SIDES = st.integers(SIDE_MIN_PX, SIDE_MAX_PX)
SIZES = st.tuples(SIDES, SIDES).filter(lambda both: max(both) <= RATIO_MAX * min(both))
LOGO_SIDES = st.integers(16, 2000)


@given(SIZES, LOGO_SIDES, LOGO_SIDES, st.sampled_from(CORNERS), st.sampled_from(LOGO_SHARES))
def test_a_logo_stands_within_every_picture_that_aiart_paints(
    size: tuple[int, int], width: int, height: int, corner: str, share: int
) -> None:
    resolution = Resolution(width=size[0], height=size[1])
    logo = Logo(url="", key="k", width=width, height=height, corner=corner, share=share)  # type: ignore[arg-type]
    rect = logo.rect_in(resolution)
    assert 0 < rect.x < rect.x + rect.width < size[0]
    assert 0 < rect.y < rect.y + rect.height < size[1]
    assert rect.width <= size[0] * share / 100
    assert rect.height <= max(1, size[1] * share / 100)
    assert ("left" in corner) == (rect.x + rect.width / 2 < size[0] / 2)
    assert ("top" in corner) == (rect.y + rect.height / 2 < size[1] / 2)
    assert check_wish(Wish(prompt="a beach", resolution=resolution, logo=logo))


def test_a_picture_with_a_logo_is_not_marked() -> None:
    assert Wish(prompt="x").is_marked
    assert not Wish(prompt="x", watermark=False).is_marked
    assert not Wish(prompt="x", logo=Logo(url="", key="k")).is_marked
