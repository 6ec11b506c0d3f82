"""Shop sizes: data with sources, read by name, and which of several are painted."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.shops import (
    BY_KEY,
    SHOPS,
    fitted_sizes,
    for_shop,
    have_same_shape,
    parse_shops,
)
from functions.jobs.wish import Packshot, Resolution, Wish

SIZES = st.builds(Resolution, width=st.integers(600, 2000), height=st.integers(600, 1400))


def test_each_size_can_be_painted_and_says_where_it_is_from() -> None:
    for shop in SHOPS:
        assert shop.resolution.is_in_range
        assert shop.source
        assert datetime.date.fromisoformat(shop.read_on).year >= 2026


def test_no_two_shops_have_a_name_in_common() -> None:
    names = [name.casefold() for shop in SHOPS for name in {shop.key, shop.en, shop.zh, *shop.also}]
    assert len({*names}) == len({(name, names.count(name)) for name in names})
    for shop in SHOPS:
        for name in (shop.key, shop.en, shop.zh, *shop.also):
            assert parse_shops(name) == [shop]


@pytest.mark.parametrize(
    "typed",
    [
        "Amazon, Instagram, Stories",
        "amazon，instagram，stories",
        "AMAZON / ig / reels",
        "amazon and instagram and stories",
        "亚马逊、Instagram、限时动态",
        "amazon, instagram, stories, amazon",
    ],
)
def test_several_are_read_with_whatever_stands_between_them(typed: str) -> None:
    assert [shop.key for shop in parse_shops(typed)] == ["amazon", "instagram", "stories"]


@pytest.mark.parametrize("typed", ["amazonia", "amazon, mum", ",", "a," * 40])
def test_an_unknown_shop_is_refused_by_its_name(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_shops(typed)
    (problem,) = refused.value.problems
    assert problem.code is ErrorCode.SHOP_UNKNOWN


def test_a_packshot_fills_what_the_shop_asks_unless_it_was_said() -> None:
    wish = Wish(packshot=Packshot(fill=50))
    amazon = BY_KEY["amazon"]
    assert for_shop(wish, amazon).packshot == Packshot(fill=85)
    assert for_shop(wish, amazon, keeps_fill=True).packshot == Packshot(fill=50)
    assert for_shop(wish, BY_KEY["etsy"]).packshot == Packshot(fill=50)


def test_of_about_the_same_shape_only_the_largest_is_painted() -> None:
    keys = ["ebay", "amazon", "instagram", "stories", "douyin", "etsy"]
    fitted = fitted_sizes([BY_KEY[key].resolution for key in keys])
    assert {keys[one]: keys[other] for one, other in fitted.items()} == {
        "ebay": "amazon",
        "etsy": "amazon",
        "douyin": "stories",
    }


@given(st.lists(SIZES, min_size=1, max_size=6))
def test_what_is_fitted_is_fitted_from_a_painted_one_of_its_shape_that_is_no_smaller(
    sizes: list[Resolution],
) -> None:
    fitted = fitted_sizes(sizes)
    assert len(fitted) < len(sizes)
    for one, other in fitted.items():
        assert other not in fitted
        assert have_same_shape(sizes[one], sizes[other])
        area = [sizes[n].width * sizes[n].height for n in (one, other)]
        assert area[0] <= area[1]
