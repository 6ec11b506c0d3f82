"""Read what shops ask of pictures from ``shops.json``, which gives the sources."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from functions.jobs.characters import fold, trimmed
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.records import prepared
from functions.jobs.wish import Resolution, Wish

SAME_SHAPE = 0.03  # of the ratio: a picture is fitted into so near a shape without a call
BETWEEN = r"\s*(?:[,;/+&\uff0c\u3001]|\band\b|[和与])\s*"  # names, folded or not


class Shop(msgspec.Struct, frozen=True):
    """Hold what a shop asks of a product's main picture; sizes in px.

    ``fill`` is in per cent of the longer side (0: not said), ``marks`` says whether letters or
    marks may be on it.
    """

    key: str
    en: str
    zh: str
    also: tuple[str, ...]
    width: int
    height: int
    fill: int
    background: Literal["white", "plain", "light", "any"]
    marks: bool
    source: str
    read_on: str

    @property
    def resolution(self) -> Resolution:
        """Give its size as a wish has it."""
        return Resolution(width=self.width, height=self.height)


SHOPS: tuple[Shop, ...] = tuple(
    msgspec.convert(
        json.loads(Path(__file__).with_name("shops.json").read_text("utf-8"))["shops"],
        prepared(list[Shop]),
    )
)
BY_KEY = {shop.key: shop for shop in SHOPS}


def _folded(name: str) -> str:
    return " ".join(trimmed(fold(name).text).split())


NAMES = {  # what people call each, folded
    _folded(name): shop for shop in SHOPS for name in (shop.key, shop.en, shop.zh, *shop.also)
}


def parse_shops(typed: str) -> list[Shop]:
    """Read the names of shops, with commas between; give each once. Raises ``Refused``."""
    names = [name for name in re.split(BETWEEN, typed) if name.strip()]
    unknown = [name for name in names if _folded(name) not in NAMES]
    if unknown or not names:
        typed = (unknown or [typed])[0]
        raise Refused(Problem(ErrorCode.SHOP_UNKNOWN, "resolution", {"typed": typed.strip()[:40]}))
    return list(dict.fromkeys(NAMES[_folded(name)] for name in names))


def for_shop(wish: Wish, shop: Shop, *, keeps_fill: bool = False) -> Wish:
    """Give the wish in the shop's size; a packshot gets the shop's fill unless ``keeps_fill``."""
    packshot = wish.packshot
    if packshot and shop.fill and not keeps_fill:
        packshot = msgspec.structs.replace(packshot, fill=shop.fill)
    return msgspec.structs.replace(
        wish, resolution=shop.resolution, shop=shop.key, packshot=packshot
    )


def have_same_shape(one: Resolution, other: Resolution) -> bool:
    """Say whether a picture of one size can be fitted into the other."""
    ratio = (one.width * other.height) / (one.height * other.width)
    return abs(max(ratio, 1 / ratio) - 1) <= SAME_SHAPE


def fitted_sizes(sizes: Sequence[Resolution]) -> dict[int, int]:
    """Map the index of each size that is fitted to the index of the size it is fitted from.

    All others are painted. Of sizes of about the same shape that is the largest, so that no picture
    has to be enlarged.
    """
    largest_first = sorted(range(len(sizes)), key=lambda n: -sizes[n].width * sizes[n].height)
    painted: list[int] = []
    fitted: dict[int, int] = {}
    for place in largest_first:
        source = next((n for n in painted if have_same_shape(sizes[n], sizes[place])), None)
        if source is None:
            painted.append(place)
        else:
            fitted[place] = source
    return fitted
