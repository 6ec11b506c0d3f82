"""What a painted picture tells: the product's place, the mask's frame, the labels."""

import io

import pytest
from PIL import Image

from infra.doctor.live import SAMPLE
from infra.doctor.picture_facts import corner, frame_of, labels_in, place_of, size_of
from infra.local.aiart.label import labelled

PHOTO, RESULT = (900, 900), (1280, 1280)


def encoded(image: Image.Image, form: str) -> bytes:
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


@pytest.fixture(scope="module")
def mask() -> bytes:
    """As aiart gives it: what is no product is transparent."""
    solid = Image.new("L", PHOTO, 0)
    solid.paste(255, (250, 250, 650, 650))
    image = Image.new("RGBA", PHOTO)
    image.putalpha(solid)
    return encoded(image, "PNG")


def painted(mask: bytes, scale: float, along: int, down: int) -> bytes:
    """The sample's product on another background, at that scale and shift."""
    sample, alpha = Image.open(SAMPLE).convert("RGB"), Image.open(io.BytesIO(mask)).getchannel("A")
    side = round(RESULT[0] * scale)
    corner_at = ((RESULT[0] - side) // 2 + along, (RESULT[1] - side) // 2 + down)
    picture = Image.new("RGB", RESULT, "#a05030")
    picture.paste(sample.resize((side, side)), corner_at, alpha.resize((side, side)))
    return encoded(picture, "JPEG")


def test_a_product_that_stays_is_found_where_it_was(mask: bytes) -> None:
    found = place_of(SAMPLE.read_bytes(), mask, painted(mask, 1.0, 0, 0))
    assert found
    assert found.stays
    assert (found.scale, found.shift_x, found.shift_y) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("scale", "along", "down"), [(0.8, 128, 0), (1.2, -64, 64), (1.0, 0, -100)]
)
def test_a_product_that_was_moved_is_found_elsewhere(
    mask: bytes, scale: float, along: int, down: int
) -> None:
    found = place_of(SAMPLE.read_bytes(), mask, painted(mask, scale, along, down))
    assert found
    assert not found.stays
    assert found.scale == pytest.approx(scale, abs=0.04)
    assert found.shift_x == pytest.approx(along / RESULT[0], abs=0.02)
    assert found.shift_y == pytest.approx(down / RESULT[1], abs=0.02)


def test_a_product_that_is_not_there_is_not_found(mask: bytes) -> None:
    empty = encoded(Image.new("RGB", RESULT, "#a05030"), "JPEG")
    assert place_of(SAMPLE.read_bytes(), mask, empty) is None


def test_where_the_mask_shows_no_product_none_is_found() -> None:
    nothing = encoded(Image.new("RGBA", PHOTO), "PNG")
    assert place_of(SAMPLE.read_bytes(), nothing, encoded(Image.new("RGB", RESULT), "JPEG")) is None


def test_a_masks_size_says_whose_frame_it_has() -> None:
    assert frame_of(PHOTO, photo=PHOTO, result=RESULT) == "photo"
    assert frame_of(RESULT, photo=PHOTO, result=RESULT) == "result"
    assert frame_of((100, 100), photo=PHOTO, result=RESULT) == "neither"


def test_the_sample_and_the_picture_that_is_asked_for_differ_in_size_and_not_in_shape() -> None:
    assert size_of(SAMPLE.read_bytes()) == PHOTO
    assert PHOTO[0] * RESULT[1] == PHOTO[1] * RESULT[0]


def test_an_implicit_label_is_read_from_the_file_and_leaves_the_pixels(mask: bytes) -> None:
    plain = painted(mask, 1.0, 0, 0)
    marked = labelled(plain)
    assert labels_in(plain) == []
    assert labels_in(marked) == ["TC260", "AIGC"]
    before, after = Image.open(io.BytesIO(plain)), Image.open(io.BytesIO(marked))
    assert before.tobytes() == after.tobytes()
    assert b"TC260:AIGC" in after.info["xmp"]


def test_the_corner_with_the_mark_is_cut_out(mask: bytes) -> None:
    assert size_of(corner(painted(mask, 1.0, 0, 0))) == (512, 192)
