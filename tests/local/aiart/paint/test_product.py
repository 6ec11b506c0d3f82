"""The product is found, cleaned and placed."""

import numpy as np
import pytest

from infra.local.aiart.paint.contact import contact_of, pitch_of
from infra.local.aiart.paint.field import Field
from infra.local.aiart.paint.product import is_lit_from_right, prepare
from tests.local.aiart.paint.cutouts import Pixels, blank, box, goblet, soft_disc


def ready(cutout: Pixels, *, width: int = 300, height: int = 300) -> Field:
    """The product's alpha in the whole picture, 0..1."""
    made = prepare(cutout, width=width, height=height, lift=0)
    alpha = np.zeros((height, width), np.float32)
    alpha[made.place.rows, made.place.columns] = made.alpha
    return alpha


def test_separate_parts_all_stay() -> None:
    cutout = blank(100, 200)
    cutout[20:80, 10:50, 3] = cutout[40:80, 150:190, 3] = 255
    alpha = ready(cutout)
    assert np.diff((alpha.max(axis=0) > 0.5).astype(int)).tolist().count(1) == 2


def test_a_speck_of_the_segmentation_goes_and_does_not_count_as_the_product() -> None:
    with_speck = box()
    with_speck[1, 1, 3] = 255
    assert (ready(with_speck) == ready(box())).all()


def test_the_product_is_found_however_thin_its_alpha() -> None:
    faint = box()
    faint[..., 3] //= 4
    columns = np.flatnonzero(ready(faint).max(axis=0) > 0.1)
    assert columns[-1] - columns[0] == pytest.approx(0.8 * 300, abs=4)


def test_each_further_picture_of_a_wish_shows_the_whole_product_another_way() -> None:
    made = [prepare(box(), width=300, height=300, lift=0, variation=n) for n in range(4)]
    places = [one.place for one in made]
    assert len({(place.x, place.width) for place in places}) == 4
    assert len({place.y + place.height for place in places}) <= 2  # all stand on the same line
    assert all(place.x >= 0 and place.x + place.width <= 300 for place in places)


def test_a_single_pixel_is_a_product() -> None:
    dot = blank(9, 9)
    dot[4, 4] = (10, 20, 30, 255)
    made = prepare(dot, width=300, height=300, lift=0)
    assert made.alpha.max() == pytest.approx(1, abs=0.02)
    assert made.place.y > 0


def test_the_rims_colours_come_from_inside() -> None:
    made = prepare(soft_disc(), width=400, height=400, lift=0)
    seen = made.rgb[:, made.alpha > 0.3]
    assert np.abs(seen[0] - seen[1]).max() < 0.1  # of linear light; the rim itself has up to 0.5


def test_a_wire_without_an_inside_keeps_its_colour_and_nothing_of_the_background() -> None:
    wire = blank(200, 200)
    wire[20:180, 99:101] = (200, 30, 30, 255)
    made = prepare(wire, width=300, height=300, lift=0)
    red, _, blue = made.rgb[:, made.alpha > 0.5]
    assert (red > 5 * blue).all()


def test_light_from_the_right_is_noticed() -> None:
    cutout = box()
    cutout[20:-20, 20:-20, :3] = np.linspace(40, 220, 200).astype(np.uint8)[None, :, None]
    turned = np.ascontiguousarray(cutout[:, ::-1])
    assert is_lit_from_right(prepare(cutout, width=300, height=300, lift=0))
    assert not is_lit_from_right(prepare(turned, width=300, height=300, lift=0))


def test_a_box_touches_the_ground_along_its_whole_base() -> None:
    alpha = ready(box())
    found = contact_of(alpha)
    assert found.right - found.left == pytest.approx(0.8 * 300, abs=4)
    assert np.ptp(found.ground[found.left : found.right + 1]) <= 1


def test_a_goblet_stands_on_its_foot_alone() -> None:
    alpha = ready(goblet())
    foot = np.flatnonzero(alpha[int(0.80 * 300)] > 0.5)
    found = contact_of(alpha)
    assert (found.left, found.right) == pytest.approx((foot[0], foot[-1]), abs=3)
    assert (found.touch[: found.left] == 0).all()


def test_a_part_in_the_air_touches_less_than_one_on_the_ground() -> None:
    cutout = blank(200, 300)
    cutout[100:180, 20:100, 3] = 255
    cutout[20:110, 140:180, 3] = 255
    cutout[100:180, 220:290, 3] = 255
    found = contact_of(ready(cutout))
    middle = (found.left + found.right) // 2
    assert found.touch[middle] < 0.3
    assert found.touch[found.left + 5] > 0.9


def test_a_plate_is_seen_from_further_above_than_a_box() -> None:
    plate = blank(300, 300)
    rows, columns = np.indices((300, 300))
    plate[..., 3] = 255 * (((columns - 150) / 140) ** 2 + ((rows - 150) / 110) ** 2 < 1)
    assert pitch_of(ready(plate)) > 3 * pitch_of(ready(box()))
