"""The whole painter, on small pictures."""

import functools
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from infra.local.aiart.paint import SCENES, TEMPLATES, compose, wish_of
from infra.local.aiart.paint.product import BASE, HEIGHT_SHARE, WIDTH_SHARE, prepare
from tests.local.aiart.paint.cutouts import MAGENTA, Pixels, blank, box, green_box, soft_disc

SIDE = 240
PROMPTS = {
    "studio": "grey studio",
    "white": "pure white",
    "marble": "marble",
    "dark marble": "dark marble",
    "wood": "wooden table",
    "room": "by the window",
    "kitchen": "kitchen",
    "cafe": "café",
    "office": "office",
    "loft": "loft",
    "velvet": "velvet",
    "stage": "stage",
    "gold": "luxury",
    "neon": "neon",
    "street": "street",
    "beach": "beach",
    "ocean": "ocean",
    "water": "pool",
    "sky": "clouds",
    "clear sky": "clear sky",
    "mountain": "mountain",
    "desert": "desert",
    "forest": "forest",
    "autumn": "autumn leaves",
    "garden": "garden",
    "winter": "snow",
    "christmas": "christmas",
    "stars": "starry sky",
    "smoke": "smoke",
    "bubbles": "bubbles",
    "rainbow": "rainbow",
    "silk": "silk",
    "paper": "paper",
    "metal": "metal",
    "oil": "oil painting",
    "watercolour": "watercolour",
    "rock": "rock",
}


@functools.cache
def painted(words: str, template: str | None = None) -> Pixels:
    """The patterned box in a scene."""
    return compose(box(), words=words, template=template, width=SIDE, height=SIDE)


def backdrop(picture: Pixels) -> NDArray[np.float64]:
    """The part of a picture above any product, as floats 0..1."""
    return picture[: int(0.18 * len(picture))] / 255


def test_the_same_arguments_give_the_same_bytes() -> None:
    first, again = (compose(box(), words="beach", width=SIDE, height=SIDE) for _ in range(2))
    assert first.tobytes() == again.tobytes()


def test_other_words_for_the_same_scene_give_another_picture() -> None:
    assert painted("marble").tobytes() != painted("white marble slab").tobytes()


@pytest.mark.parametrize(("width", "height"), [(501, 1252), (333, 257), (64, 160)])
def test_the_picture_has_the_size_asked_for(width: int, height: int) -> None:
    picture = compose(box(), words="beach at sunset", width=width, height=height)
    assert picture.shape == (height, width, 3)
    assert picture.dtype == np.uint8


def test_a_picture_larger_than_the_scene_is_painted_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    width, height = 480, 360
    monkeypatch.setitem(compose.__globals__, "SCENE_PIXELS", width * height // 2)
    picture = compose(green_box(), words="grey studio", width=width, height=height)
    assert picture.shape == (height, width, 3)
    left, top, right, bottom = bounds_of_green(picture)
    assert (right - left) / width == pytest.approx(0.62 * height * (200 / 120) / width, abs=0.01)
    assert bottom / height == pytest.approx(BASE, abs=0.01)
    assert top > 0


def test_an_empty_cutout_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        compose(blank(50, 50), words="marble")


def test_every_scene_has_a_prompt_here() -> None:
    assert set(PROMPTS) | {"board"} == set(SCENES)


def test_every_scene_is_painted_with_the_product_as_it_was() -> None:
    for scene, words in PROMPTS.items():
        assert wish_of(words).scene == scene
        assert_product_unharmed(painted(words), scene)


def test_every_template_is_painted_with_the_product_as_it_was() -> None:
    for template, wish in TEMPLATES.items():
        assert_product_unharmed(painted("BackgroundTemplate", template), wish.scene)


def assert_product_unharmed(picture: Pixels, scene: str) -> None:
    """The product's pattern is where it belongs; its light may have changed, its look may not."""
    place = prepare(box(), width=SIDE, height=SIDE, lift=SCENES[scene].lift).place
    inner = box(margin=0)[8:-8, 8:-8, 0]
    edge = 10 * SIDE * WIDTH_SHARE / 200  # 2 px of margin and the 8 px that are left out
    rows = np.linspace(place.y + edge, place.y + place.height - edge, inner.shape[0])
    columns = np.linspace(place.x + edge, place.x + place.width - edge, inner.shape[1])
    seen = picture[np.ix_(rows.astype(int), columns.astype(int))].mean(axis=2)
    assert np.corrcoef(seen.ravel(), inner.ravel().astype(float))[0, 1] > 0.93


def test_all_templates_differ_from_each_other() -> None:
    pictures = {name: histogram(painted("BackgroundTemplate", name)) for name in TEMPLATES}
    for one, other in combinations(pictures, 2):
        assert np.abs(pictures[one] - pictures[other]).sum() > 0.25, (one, other)


def histogram(picture: Pixels) -> NDArray[np.float64]:
    """Shares of 6 x 6 x 6 colours in the picture without its middle, where the product is."""
    outside = np.ones(picture.shape[:2], bool)
    outside[int(0.35 * SIDE) : int(0.83 * SIDE), int(0.08 * SIDE) : int(0.92 * SIDE)] = False
    counts, _ = np.histogramdd(picture[outside], bins=6, range=[(0, 256)] * 3)
    return np.asarray(counts / counts.sum(), dtype=np.float64)


@pytest.mark.parametrize(
    ("words", "strongest", "weakest"),
    [
        ("蓝色影棚", 2, 0),
        ("emerald green silk", 1, 0),
        ("forest", 1, 2),
    ],
)
def test_the_picture_has_the_colour_asked_for(words: str, strongest: int, weakest: int) -> None:
    mean = backdrop(painted(words)).mean(axis=(0, 1))
    assert int(mean.argmax()) == strongest
    assert int(mean.argmin()) == weakest
    assert mean[strongest] - mean[weakest] > 0.05


def test_night_is_darker_than_day_and_sunset_is_warmer() -> None:
    day, night, sunset = (painted(f"mountains, {hour}").mean(axis=(0, 1)) for hour in HOURS)
    assert night.mean() < 0.7 * day.mean()
    assert sunset[0] / sunset[2] > 1.2 * day[0] / day[2]


HOURS = ("noon", "night", "sunset")


def test_nothing_of_the_old_background_is_left_at_the_rim() -> None:
    picture = compose(soft_disc(), words="grey studio", width=400, height=400).astype(int)
    magenta = np.minimum(picture[..., 0], picture[..., 2]) - picture[..., 1]
    assert magenta.max() < 25  # a neutral studio is a little bluish; magenta itself has 255


def bounds_of_green(picture: Pixels) -> tuple[int, int, int, int]:
    """left, top, right, bottom of the green product."""
    r, g, b = (picture[..., i].astype(int) for i in range(3))
    is_green = (g - np.maximum(r, b)) > 60
    rows, columns = np.flatnonzero(is_green.any(axis=1)), np.flatnonzero(is_green.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize(
    ("tall", "wide", "width", "height"),
    [(120, 200, 300, 300), (400, 40, 200, 500), (40, 400, 500, 200)],
)
def test_the_product_is_as_large_as_may_be_and_whole(
    tall: int, wide: int, width: int, height: int
) -> None:
    picture = compose(green_box(tall, wide), words="grey studio", width=width, height=height)
    left, top, right, bottom = bounds_of_green(picture)
    assert left > 0.05 * width
    assert right < 0.95 * width
    assert top > 0.1 * height
    assert bottom < 0.9 * height
    share = max((right - left) / width / WIDTH_SHARE, (bottom - top) / height / HEIGHT_SHARE)
    assert share == pytest.approx(1, abs=0.06)
    assert (right - left) / (bottom - top) == pytest.approx(wide / tall, rel=0.12)


@settings(max_examples=15)
@given(
    width=st.integers(40, 160),
    ratio=st.floats(0.4, 2.5),
    shape=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    seed=st.integers(0, 2**32 - 1),
    kept=st.floats(0, 1),
    words=st.sampled_from(
        ["marble", "wet street", "silk", "beach", "smoke", "grass", "watercolour"]
    ),
)
def test_any_cutout_and_size_gives_a_picture(
    width: int, ratio: float, shape: tuple[int, int], seed: int, kept: float, words: str
) -> None:
    rng = np.random.default_rng(seed)
    cutout = rng.integers(0, 256, (*shape, 4), dtype=np.uint8)
    cutout[..., 3][rng.random(shape) > kept] = 0
    height = round(width / ratio)
    if not cutout[..., 3].any():
        with pytest.raises(ValueError, match="empty"):
            compose(cutout, words=words, width=width, height=height)
        return
    picture = compose(cutout, words=words, width=width, height=height)
    assert picture.shape == (height, width, 3)
    assert picture.std() > 0


def test_the_cutout_is_left_as_it_was() -> None:
    cutout = box()
    before = cutout.copy()
    compose(cutout, words="marble", width=SIDE, height=SIDE)
    assert (cutout == before).all()


def test_the_old_background_is_magenta_in_these_cutouts() -> None:
    """Else the test of the rim would prove nothing."""
    disc = soft_disc()
    rim = (disc[..., 3] > 60) & (disc[..., 3] < 120)
    assert (disc[rim][:, 0].astype(int) - disc[rim][:, 1]).min() > 50
    assert tuple(disc[0, 0, :3]) == MAGENTA
