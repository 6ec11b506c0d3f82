"""Photos as large as cameras and people make them, and the memory that they take."""

import itertools
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from functions.worker.photos import colours, decoding, make_acceptable
from functions.worker.photos.limits import PHOTO
from tests.worker.pictures import card, decoded, encoded, grey_png, png_chunk
from tests.worker.test_photos import assert_acceptable

MEASURE = """
import sys
import zlib
from functions.worker.photos import colours
from functions.worker.photos import make_acceptable
with open(sys.argv[1], "rb") as stream:
    photo = make_acceptable(stream)
peak = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(photo.width_px, photo.height_px, int(peak[0].split()[1]) // 1024)
"""


@pytest.fixture(scope="module")
def huge() -> Callable[[str], bytes]:
    """The file of a kind, each written once.

    A JPEG is decoded at half its sides: it has 108 megapixels, as some phones take them, so that
    half of it is more than what comes of it. Of the others 48 are enough: a PNG is decoded whole,
    and of a progressive JPEG the whole numbers are kept.
    """

    @cache
    def file(kind: str) -> bytes:
        size = (12_000, 9_000) if kind == "jpeg" else (8000, 6000)
        picture = card((1200, 900)).resize(size, Image.Resampling.NEAREST)
        if kind == "png":
            return encoded(picture, "PNG", compress_level=1)
        progressive = kind == "progressive-jpeg"
        return encoded(picture, "JPEG", quality=90, subsampling="4:2:0", progressive=progressive)

    return file


def taken_in_by_a_process_of_its_own(path: Path) -> tuple[int, int, int]:
    """Width and height in px of the staged photo, and the process's peak memory in MB."""
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, check=True, text=True
    )
    width, height, peak_mb = map(int, run.stdout.split())
    return width, height, peak_mb


@pytest.mark.parametrize(
    ("kind", "most_mb"), [("jpeg", 256), ("progressive-jpeg", 300), ("png", 300)]
)
def test_a_huge_photo_is_made_acceptable_in_bounded_memory(
    huge: Callable[[str], bytes], tmp_path: Path, kind: str, most_mb: int
) -> None:
    path = tmp_path / "huge"
    path.write_bytes(huge(kind))
    width, height, peak_mb = taken_in_by_a_process_of_its_own(path)
    assert (width, height) == (3999, 2999)
    assert peak_mb < most_mb


@pytest.mark.parametrize(("kind", "most_mb"), [("jpeg", 300), ("progressive-jpeg", 300)])
def test_a_huge_photo_without_an_end_mark_is_taken_in_bounded_memory(
    huge: Callable[[str], bytes], tmp_path: Path, kind: str, most_mb: int
) -> None:
    path = tmp_path / "huge"
    path.write_bytes(huge(kind)[:-2])
    width, height, peak_mb = taken_in_by_a_process_of_its_own(path)
    assert (width, height) == (3999, 2999)
    assert peak_mb < most_mb


@pytest.mark.parametrize("form", ["jpeg", "progressive-jpeg", "png"])
def test_108_megapixels_as_some_phones_take_them_are_within_the_caps(form: str) -> None:
    data = grey_png((12_000, 9_000), rows=1)
    if form != "png":
        data = encoded(card(), "JPEG", subsampling="4:2:0", progressive=form != "jpeg")
        at = data.index(b"\xff\xc2" if form != "jpeg" else b"\xff\xc0") + 5
        data = data[:at] + struct.pack(">HH", 9_000, 12_000) + data[at + 4 :]
    with decoding.opened(decoding.as_stream(data), PHOTO) as source:
        assert source.stored == (12_000, 9_000)


def test_forty_megabytes_beside_the_pixels_are_left_out_in_bounded_memory(tmp_path: Path) -> None:
    text = png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + bytes(40_000_000))
    packed = png_chunk(
        b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(100_000_000), 1)
    )
    png = encoded(card((1200, 900)))
    path = tmp_path / "wordy"
    path.write_bytes(png[:33] + text + packed + png[33:])
    width, height, peak_mb = taken_in_by_a_process_of_its_own(path)
    assert (width, height) == (1200, 900)
    assert peak_mb < 150


def test_a_file_of_forty_megabytes_is_made_acceptable() -> None:
    original = encoded(card((4200, 3200)), "BMP")
    assert len(original) > 40_000_000
    assert_acceptable(make_acceptable(original))


def test_a_large_png_is_scaled_without_seams() -> None:
    """Large pictures are scaled in bands, this one in ten: nobody may see where one ends."""
    ramp = Image.linear_gradient("L").resize((2000, 10_000), Image.Resampling.BILINEAR)
    photo = make_acceptable(encoded(ramp, compress_level=1))
    assert photo.geometry.scaled == (800, 3999)
    column = decoded(photo.data).convert("L").crop((800, 0, 801, 3999))
    values = column.tobytes()
    assert all(-2 <= later - earlier <= 3 for earlier, later in itertools.pairwise(values))
    assert values[0] < 4
    assert values[-1] > 251


@pytest.mark.parametrize("size", [(600, 500), (900, 210), (45, 38), (900, 750)])
@pytest.mark.parametrize("convert", [None, lambda band: band], ids=["as-it-is", "converted"])
def test_scaling_in_bands_gives_what_scaling_at_once_gives(
    size: tuple[int, int], convert: colours.Convert | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(colours, "_BAND_PX", 150_000)
    noise = Image.frombytes("RGB", (900, 750), os.urandom(900 * 750 * 3))
    in_bands = colours.scaled(noise, size, convert, mode="RGB")
    at_once = noise.resize(size, Image.Resampling.BICUBIC)
    extremes = ImageChops.difference(in_bands, at_once).getextrema()
    assert max(int(high) for _, high in extremes) <= 1  # type: ignore[misc]  # RGB: three pairs
