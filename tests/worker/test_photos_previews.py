"""Previews for Slack, the check of what aiart returned, and files damaged in any way."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from functions.jobs.errors import ErrorCode
from functions.worker.photos import PictureRefused, check_picture, make_acceptable, previewed
from functions.worker.photos.decoding import Source
from tests.worker.pictures import (
    card,
    decoded,
    difference,
    encoded,
    exif,
    srgb_profile,
    stored,
    swapped_profile,
)


def test_a_preview_is_a_small_jpeg_of_the_same_picture() -> None:
    picture = card((2000, 1500))
    made = previewed(encoded(picture))
    shown = decoded(made.preview)
    assert (made.form, made.width_px, made.height_px) == ("png", 2000, 1500)
    assert (shown.format, shown.size) == ("JPEG", (1280, 960))
    assert difference(shown, card((1280, 960))) < 12


def test_a_small_picture_is_not_blown_up() -> None:
    assert decoded(previewed(encoded(card())).preview).size == card().size


@pytest.mark.parametrize("size", [(1280, 1280), (1900, 1900), (1900, 761)])
def test_a_preview_is_never_longer_than_slack_shows(size: tuple[int, int]) -> None:
    noise = Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3))
    made = previewed(encoded(noise, compress_level=0))
    assert len(made.preview) <= 1_000_000
    assert 600 <= max(decoded(made.preview).size) <= 1280
    assert made.preview_size == decoded(made.preview).size


def test_a_preview_stands_upright_on_white() -> None:
    cut_out = card().convert("RGBA")
    cut_out.paste((0, 0, 0, 0), (0, 0, 120, 160))
    on_white = card()
    on_white.paste("white", (0, 0, 120, 160))
    data = previewed(encoded(stored(cut_out, 6), exif=exif(6))).preview
    assert difference(decoded(data), on_white) < 12


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF", "BMP"])
def test_a_sound_picture_is_known_by_its_format_and_size(form: str) -> None:
    assert check_picture(encoded(card(), form)) == (form.lower(), 240, 160)


def test_the_noisiest_picture_that_aiart_can_return_is_sound() -> None:
    """Noise cannot be packed, so its file is as long as one that is not packed."""
    unpacked = encoded(Image.new("RGBA", (3999, 3999)), compress_level=0)
    assert len(unpacked) > 3999 * 3999 * 4
    assert check_picture(unpacked) == ("png", 3999, 3999)


def test_a_mask_that_has_come_whole_by_its_checksums_need_not_be_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(Source, "decode")
    assert check_picture(encoded(card())) == ("png", 240, 160)


def test_a_single_bit_that_is_wrong_breaks_a_mask() -> None:
    data = bytearray(encoded(card()))
    for at in (len(data) // 2, len(data) - 20):
        data[at] ^= 1
        with pytest.raises(PictureRefused):
            check_picture(bytes(data))
        data[at] ^= 1


def test_a_mask_without_its_last_part_is_broken() -> None:
    data = encoded(Image.effect_noise((400, 400), 90))
    last = data.rindex(b"IDAT") - 4
    assert data.index(b"IDAT") < last
    with pytest.raises(PictureRefused):
        check_picture(data[:last])


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_lost_its_end_is_broken(form: str) -> None:
    data = encoded(Image.effect_noise((200, 150), 90).convert("RGB"), form)
    for broken in (b"", b"<html>gone</html>", data[:10], data[: len(data) * 9 // 10]):
        for read in (check_picture, previewed):
            with pytest.raises(PictureRefused) as refused:
                read(broken)
            assert refused.value.code is ErrorCode.PICTURE_BROKEN


FORMS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")


def sound() -> list[bytes]:
    return [
        *(encoded(card(), form) for form in FORMS),
        encoded(card(), "JPEG", exif=exif(6, gps=True)),
        encoded(card(), "JPEG", icc_profile=srgb_profile()),
        encoded(card(), "WEBP", icc_profile=swapped_profile()),
    ]


@given(
    original=st.deferred(lambda: st.sampled_from(sound())),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    kept=st.floats(0.5, 1),
)
def test_whatever_is_damaged_is_taken_or_refused_and_nothing_else(
    original: bytes, changes: list[tuple[float, int]], kept: float
) -> None:
    damaged = bytearray(original)
    for place, value in changes:
        damaged[int(place * len(damaged))] = value
    data = bytes(damaged[: int(len(damaged) * kept)])
    try:
        photo = make_acceptable(data)
    except PictureRefused:
        return
    assert max(photo.width_px, photo.height_px) < 4000
