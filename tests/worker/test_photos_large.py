"""Photos as large as cameras and people make them, and the memory that they take."""

import itertools
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from functions.worker.photos import colours, make_acceptable
from tests.worker.pictures import card, decoded, encoded, png_chunk
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
    """108 megapixels, as some phones take them: the file of a kind, each written once."""
    picture = card((1200, 900)).resize((12_000, 9_000), Image.Resampling.NEAREST)
    jpeg = {"quality": 90, "subsampling": "4:2:0"}

    @cache
    def file(kind: str) -> bytes:
        if kind == "png":
            return encoded(picture, "PNG", compress_level=1)
        return encoded(picture, "JPEG", **jpeg, progressive=kind == "progressive-jpeg")

    return file


def taken_in_by_a_process_of_its_own(path: Path) -> tuple[int, int, int]:
    """Width and height in px of the staged photo, and the process's peak memory in MB."""
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, check=True, text=True
    )
    width, height, peak_mb = map(int, run.stdout.split())
    return width, height, peak_mb


@pytest.mark.parametrize(
    ("kind", "most_mb"), [("jpeg", 256), ("progressive-jpeg", 700), ("png", 700)]
)
def test_108_megapixels_are_made_acceptable_in_bounded_memory(
    huge: Callable[[str], bytes], tmp_path: Path, kind: str, most_mb: int
) -> None:
    path = tmp_path / "huge"
    path.write_bytes(huge(kind))
    width, height, peak_mb = taken_in_by_a_process_of_its_own(path)
    assert (width, height) == (3999, 2999)
    assert peak_mb < most_mb


@pytest.mark.parametrize(("kind", "most_mb"), [("jpeg", 300), ("progressive-jpeg", 700)])
def test_108_megapixels_without_an_end_mark_are_taken_in_bounded_memory(
    huge: Callable[[str], bytes], tmp_path: Path, kind: str, most_mb: int
) -> None:
    path = tmp_path / "huge"
    path.write_bytes(huge(kind)[:-2])
    width, height, peak_mb = taken_in_by_a_process_of_its_own(path)
    assert (width, height) == (3999, 2999)
    assert peak_mb < most_mb


def test_forty_megabytes_beside_the_pixels_are_left_out_in_bounded_memory(tmp_path: Path) -> None:
    text = png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + bytes(40_000_000))
    packed = png_chunk(
        b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(400_000_000), 1)
    )
    png = encoded(card((1200, 900)))
    path = tmp_path / "wordy"
    path.write_bytes(png[:33] + text + packed + png[33:])
    width, height, peak_mb = taken_in_by_a_process_of_its_own(path)
    assert (width, height) == (1200, 900)
    assert peak_mb < 200


def test_a_file_of_forty_megabytes_is_made_acceptable() -> None:
    noise = Image.frombytes("RGB", (4200, 3200), os.urandom(4200 * 3200 * 3))
    original = encoded(noise, "BMP")
    assert len(original) > 40_000_000
    assert_acceptable(make_acceptable(original))


def test_a_png_at_the_cap_is_scaled_without_seams() -> None:
    """Large pictures are scaled in bands: nobody may see where one ends."""
    ramp = Image.linear_gradient("L").resize((6000, 20_000), Image.Resampling.BILINEAR)
    photo = make_acceptable(encoded(ramp, compress_level=1))
    assert photo.geometry.scaled == (1200, 3999)
    column = decoded(photo.data).convert("L").crop((800, 0, 801, 3999))
    values = column.tobytes()
    assert all(-2 <= later - earlier <= 3 for earlier, later in itertools.pairwise(values))
    assert values[0] < 4
    assert values[-1] > 251


@pytest.mark.parametrize("size", [(2000, 1667), (3000, 700), (150, 125), (3000, 2500)])
@pytest.mark.parametrize("convert", [None, lambda band: band], ids=["as-it-is", "converted"])
def test_scaling_in_bands_gives_what_scaling_at_once_gives(
    size: tuple[int, int], convert: colours.Convert | None
) -> None:
    noise = Image.frombytes("RGB", (3000, 2500), os.urandom(3000 * 2500 * 3))
    in_bands = colours.scaled(noise, size, convert, mode="RGB")
    at_once = noise.resize(size, Image.Resampling.BICUBIC)
    extremes = ImageChops.difference(in_bands, at_once).getextrema()
    assert max(int(high) for _, high in extremes) <= 1  # type: ignore[misc]  # RGB: three pairs
