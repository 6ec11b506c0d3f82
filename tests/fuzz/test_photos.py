"""Damaged pictures: each becomes a photo that aiart takes, or a refusal with a code."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.jobs.errors import ErrorCode
from functions.worker.photos import PictureRefused, cut_out, fit_mask, make_acceptable
from functions.worker.photos.pixels import check_picture, previewed
from tests.fuzz.budget import tries
from tests.fuzz.spoiling import pictures, spoilt
from tests.worker.pictures import card, encoded
from tests.worker.test_photos import assert_acceptable

MOST_MB = 700  # what is decoded beside all else, see infra.bench.memory
PROC = Path("/proc/self")


def peak_mb() -> int:
    return int(re.findall(r"VmHWM:\s+(\d+)", (PROC / "status").read_text())[0]) // 1024


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Fails when the process has needed much more meanwhile. Linux only."""
    try:
        (PROC / "clear_refs").write_text("5")  # begins the peak anew
        before = peak_mb()
    except OSError:
        yield
        return
    yield
    assert peak_mb() - before < MOST_MB


def begins(refused: PictureRefused, *codes: str) -> bool:
    return refused.code.name.startswith(codes) and isinstance(refused.code, ErrorCode)


@tries(150)
@given(spoilt() | st.binary(max_size=400))
def test_a_damaged_photo_is_made_acceptable_or_refused(data: bytes) -> None:
    photo = refused = None
    with bounded_memory():
        try:
            photo = make_acceptable(data)
        except PictureRefused as error:
            refused = error
    if photo:
        with warnings.catch_warnings():  # of what a TIFF says behind its picture, which is kept
            warnings.simplefilter("ignore")
            assert_acceptable(photo)
    assert refused is None or begins(refused, "PHOTO_")


@pytest.fixture(scope="module")
def product() -> object:
    return make_acceptable(encoded(card((96, 64))))


@tries(50)
@given(spoilt())
def test_a_damaged_mask_fits_or_is_refused(product: object, data: bytes) -> None:
    refused = None
    with bounded_memory():
        try:
            mask = fit_mask(data, product)  # type: ignore[arg-type]
            assert (mask.width_px, mask.height_px) == (96, 64)
        except PictureRefused as error:
            refused = error
    assert refused is None or begins(refused, "MASK_", "PHOTO_TOO_")


@tries(50)
@given(spoilt())
def test_a_damaged_picture_from_aiart_is_noticed(data: bytes) -> None:
    for look in (check_picture, previewed):
        refused = None
        with bounded_memory():
            try:
                look(data)
            except PictureRefused as error:
                refused = error
        assert refused is None or refused.code is ErrorCode.PICTURE_BROKEN


@tries(60)
@given(spoilt(), spoilt())
def test_a_cut_out_of_damaged_pictures_is_made_or_refused(photo: bytes, mask: bytes) -> None:
    refused = None
    with bounded_memory():
        try:
            cut_out(photo, mask)
        except PictureRefused as error:
            refused = error
    assert refused is None or isinstance(refused.code, ErrorCode)


@pytest.mark.parametrize("name", sorted(pictures()))
def test_each_of_them_is_a_sound_picture(name: str) -> None:
    assert_acceptable(make_acceptable(pictures()[name]))
