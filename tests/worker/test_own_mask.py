"""A photo's own transparency: the best mask there is, unless the person attached one."""

import io
import itertools
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageChops

from functions.jobs.steps import Staged
from functions.worker.photos import make_acceptable, own_mask
from tests.worker.conftest import WorkerHarness
from tests.worker.pictures import card, decoded, encoded, exif, png_chunk, stored

SIZE = (320, 240)
PRODUCT = (100, 60, 220, 200)


def cut_out(alpha: int = 255, size: tuple[int, int] = SIZE) -> Image.Image:
    """A white mug on nothing: on a white ground nobody would find it again."""
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    picture.paste((255, 255, 255, alpha), PRODUCT)
    return picture


def alpha_of(data: bytes) -> Image.Image:
    """The alpha of the mask that is made of a photo."""
    photo = make_acceptable(data)
    assert photo.has_shape
    made = decoded(own_mask(data, photo).data)
    assert (made.format, made.mode) == ("PNG", "RGBA")
    return made.getchannel("A")


FORMS: list[tuple[str, dict[str, Any]]] = [
    ("PNG", {}),
    ("WEBP", {"lossless": True}),
    ("GIF", {}),
    ("AVIF", {}),
    ("HEIF", {}),
    ("TIFF", {}),
]


@pytest.mark.parametrize(("form", "options"), FORMS, ids=[form for form, _ in FORMS])
def test_a_white_product_keeps_its_shape(form: str, options: dict[str, Any]) -> None:
    alpha = alpha_of(encoded(cut_out(), form, **options)).point(lambda v: 255 * (v >= 128))
    assert alpha.getbbox() == PRODUCT


def bmp(alpha: int, around: int) -> bytes:
    """A BMP of 32 bits with an alpha mask in its header (BITMAPV4HEADER), written here."""
    picture = card(SIZE).convert("RGBA")
    picture.putalpha(around)
    picture.paste((255, 255, 255, alpha), PRODUCT)
    pixels = picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM).tobytes("raw", "BGRA")
    sizes = b"".join(n.to_bytes(4, "little") for n in (108, *SIZE))
    depth = b"\1\0\x20\0" + b"".join(n.to_bytes(4, "little") for n in (3, len(pixels), 0, 0, 0, 0))
    masks = b"".join(n.to_bytes(4, "little") for n in (0xFF0000, 0xFF00, 0xFF, 0xFF000000))
    info = (sizes + depth + masks + b"BGRs").ljust(108, b"\0")
    start = b"BM" + (122 + len(pixels)).to_bytes(4, "little") + bytes(4) + b"\x7a\0\0\0"
    return start + info + pixels


def test_a_bmp_may_have_transparency_too() -> None:
    assert alpha_of(bmp(255, 0)).getbbox() == PRODUCT


def test_a_bmp_whose_alpha_is_zero_everywhere_is_opaque() -> None:
    photo = make_acceptable(bmp(0, 0))
    assert not photo.has_shape
    assert decoded(photo.data).getpixel((20, 20)) != (255, 255, 255)


@pytest.mark.parametrize("alpha", [60, 128, 200])
def test_glass_stays_half_transparent(alpha: int) -> None:
    assert alpha_of(encoded(cut_out(alpha))).getpixel((150, 100)) == alpha


def test_a_palette_with_transparency_is_a_mask_too() -> None:
    picture = Image.new("P", SIZE, 0)
    picture.putpalette([9, 9, 9, 255, 255, 255])
    picture.paste(1, PRODUCT)
    assert alpha_of(encoded(picture, transparency=0)).getbbox() == PRODUCT


def test_a_clear_shade_of_sixteen_bits_is_a_mask_too() -> None:
    """Written by hand: of two shades that are the same in 8 bits only one is clear."""
    width, height = SIZE
    left, top, right, bottom = PRODUCT
    clear, product = b"\x80\x01", b"\x80\x02"
    inside = clear * left + product * (right - left) + clear * (width - right)
    rows = b"".join(b"\0" + (inside if top <= y < bottom else clear * width) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)
    chunks = {b"IHDR": header, b"tRNS": clear, b"IDAT": zlib.compress(rows), b"IEND": b""}
    data = b"\x89PNG\r\n\x1a\n" + b"".join(itertools.starmap(png_chunk, chunks.items()))
    assert alpha_of(data).getbbox() == PRODUCT


def nearly_opaque() -> Image.Image:
    """Round corners, as a window has them."""
    picture = card(SIZE).convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 6, 6))
    return picture


@pytest.mark.parametrize(
    "picture",
    [card(SIZE), card(SIZE).convert("RGBA"), nearly_opaque()],
    ids=["no alpha", "opaque", "round corners"],
)
def test_alpha_that_tells_nothing_is_no_mask(picture: Image.Image) -> None:
    data = encoded(picture)
    assert not make_acceptable(data).has_shape


def test_the_same_transparency_everywhere_tells_nothing() -> None:
    picture = card(SIZE).convert("RGBA")
    picture.putalpha(100)
    data = encoded(picture)
    assert not make_acceptable(data).has_shape


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_the_mask_is_turned_scaled_and_padded_like_its_photo(orientation: int) -> None:
    upright = Image.new("RGBA", (6000, 1000), (0, 0, 0, 0))
    upright.paste((255, 255, 255, 255), (1000, 300, 3000, 800))
    data = encoded(stored(upright, orientation), exif=exif(orientation))
    photo = make_acceptable(data)
    assert photo.geometry.product == (3999, 1600)
    found = alpha_of(data).point(lambda v: 255 * (v >= 128)).getbbox()
    top = (1600 - 667) // 2
    expected = (667, top + 200, 2000, top + 533)
    assert found is not None
    assert all(abs(a - b) <= 2 for a, b in zip(found, expected, strict=True)), found


def staged(worker: WorkerHarness, job_id: str) -> tuple[Image.Image, Image.Image]:
    """The photo and the alpha of the mask that aiart got."""
    found = worker.ledger.read_step(job_id, Staged)
    assert found is not None
    photo, mask = (worker.ledger.bucket.get(key) for key in (found.photo_key, found.mask_key))
    return decoded(photo), decoded(mask).getchannel("A")


def test_aiart_gets_the_photos_own_mask_and_so_do_the_jobs_that_follow(
    worker: WorkerHarness,
) -> None:
    (parent,) = worker.ask(data=encoded(cut_out()))
    worker.run()
    (again,) = worker.press(parent, "again")
    worker.run()
    for job in (parent, again):
        photo, alpha = staged(worker, job.id)
        assert alpha.getbbox() == PRODUCT
        assert photo.size == SIZE
        assert worker.outcome(job).state == "succeeded"
    calls = worker.calls("aiart", "ReplaceBackground")
    assert [call["detail"]["has_mask"] for call in calls] == [True, True]


def test_a_mask_that_the_person_attached_wins(worker: WorkerHarness) -> None:
    drawn = Image.new("L", SIZE, 0)
    drawn.paste(255, (10, 10, 90, 90))
    (job,) = worker.ask(data=encoded(cut_out()), mask=encoded(drawn))
    worker.run()
    assert staged(worker, job.id)[1].getbbox() == (10, 10, 90, 90)


def test_a_white_product_can_be_cut_out_of_its_own_photo(worker: WorkerHarness) -> None:
    (parent,) = worker.ask(data=encoded(cut_out()))
    worker.run()
    (child,) = worker.press(parent, "cutout")
    worker.run()
    with Image.open(io.BytesIO(worker.ledger.bucket.get(f"results/{child.id}/cutout.png"))) as png:
        white = Image.new("RGB", SIZE, "white")
        assert png.getchannel("A").getbbox() == PRODUCT
        visible = ImageChops.difference(png.convert("RGB"), white).crop(PRODUCT)
        assert visible.getbbox() is None
