"""The product is found, cleaned and placed."""

import numpy as np
import pytest

from infra.local.aiart.paint.field import Field
from infra.local.aiart.paint.product import prepare
from tests.local.aiart.paint.cutouts import Pixels, blank, box


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
