"""A packshot: the product alone on a plain ground, of the size, fill and shadow that were asked."""

import io
from itertools import chain, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from functions.worker.photos import PackshotLook, PackshotPicture, packshot
from functions.worker.photos.packshots import Lowest, _contact_line
from tests.worker.pictures import decoded, encoded

RED, BLUE, WHITE = (220, 20, 20), (10, 10, 240), (255, 255, 255)


def shape(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    """A standing box with an edge that is a little soft, white on black."""
    drawn = Image.new("L", size, 0)
    ImageDraw.Draw(drawn).rectangle(box, 255)
    return drawn.filter(ImageFilter.GaussianBlur(1))


def made(alpha: Image.Image, look: PackshotLook) -> PackshotPicture:
    """The packshot of a red product that was photographed on blue."""
    red, blue = (Image.new("RGB", alpha.size, colour) for colour in (RED, BLUE))
    photo = Image.composite(red, blue, alpha)
    return packshot(encoded(photo), encoded(Image.merge("RGBA", 4 * (alpha,))), look)


def product_box(picture: Image.Image) -> tuple[int, int, int, int]:
    """Where it is red: green is half gone, as nowhere in the shadow."""
    box = picture.getchannel("G").point([255 * (value < 137) for value in range(256)]).getbbox()
    assert box is not None
    return box


@settings(max_examples=15)
@given(
    size=st.tuples(st.integers(300, 600), st.integers(300, 600)),
    wide=st.integers(30, 220),
    high=st.integers(30, 160),
    fill=st.integers(40, 100),
)
def test_the_product_fills_the_share_in_the_middle(
    size: tuple[int, int], wide: int, high: int, fill: int
) -> None:
    alpha = shape((300, 200), (40, 20, 40 + wide, 20 + high))
    picture = decoded(made(alpha, PackshotLook(size=size, fill_percent=fill)).png)
    left, top, right, bottom = product_box(picture)
    shares = ((right - left) / size[0], (bottom - top) / size[1])
    assert max(shares) == pytest.approx(fill / 100, abs=0.02)
    assert abs((left + right) - size[0]) <= 4
    assert abs((top + bottom) - size[1]) <= 4
    assert picture.size == size


@pytest.mark.parametrize("ground", ["#ffffff", "#f2f2f2", "#000000"])
def test_outside_of_the_product_it_is_exactly_that_colour(ground: str) -> None:
    alpha = shape((300, 200), (100, 50, 200, 150))
    alpha.paste(6, (95, 60, 97, 140))  # what masks have: faint noise beside the edge
    picture = decoded(made(alpha, PackshotLook(size=(600, 600), ground=ground)).png)
    left, top, right, bottom = product_box(picture) if ground != "#000000" else (45, 45, 555, 555)
    picture.paste(ground, (left - 16, top - 16, right + 16, bottom + 16))
    plain = Image.new("RGB", picture.size, ground)
    assert ImageChops.difference(picture, plain).getbbox() is None


def test_its_edge_has_no_tint_of_the_old_background() -> None:
    alpha = shape((300, 200), (100, 50, 200, 150))
    picture = decoded(made(alpha, PackshotLook(size=(600, 600))).png)
    red, green, blue = picture.split()
    tint = ImageChops.subtract(blue, ImageChops.lighter(red, green))
    assert sum(tint.histogram()[12:]) == 0


def test_a_speck_beside_the_product_neither_shrinks_nor_moves_it() -> None:
    alpha = shape((1200, 1200), (300, 300, 900, 900))
    alpha.paste(255, (20, 20, 22, 22))
    picture = decoded(made(alpha, PackshotLook(size=(800, 800))).png)
    left, _, right, _ = product_box(picture.crop((0, 400, 800, 401)))
    assert right - left == pytest.approx(680, abs=6)


def test_a_thin_part_of_the_product_is_no_speck() -> None:
    alpha = Image.new("L", (1200, 1200), 0)
    alpha.paste(255, (500, 600, 900, 1000))
    alpha.paste(255, (699, 100, 701, 600))  # a wire
    picture = decoded(made(alpha, PackshotLook(size=(800, 800))).png)
    _, top, _, bottom = product_box(picture)
    assert bottom - top == pytest.approx(680, abs=6)


def test_a_tiny_product_is_enlarged_no_further_than_it_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rest of the photo would be, too: to gigabytes, which end the whole worker."""
    largest = 0
    resize = Image.Image.resize

    def seen(image: Image.Image, size: tuple[int, int], *more: object) -> Image.Image:
        nonlocal largest
        largest = max(largest, *size)
        return resize(image, size, *more)  # type: ignore[arg-type]  # whatever it takes

    monkeypatch.setattr(Image.Image, "resize", seen)
    alpha = Image.new("L", (600, 600), 0)
    alpha.paste(255, (300, 300, 302, 302))
    picture = decoded(made(alpha, PackshotLook(size=(600, 600))).png)
    left, top, right, bottom = product_box(picture)
    assert (right - left, bottom - top) == pytest.approx((510, 510), abs=6)
    assert largest <= 600


@pytest.mark.parametrize("product", ["a wire", "glass", "nothing that is seen"])
def test_what_is_nowhere_opaque_can_have_a_shadow_asked_for(product: str) -> None:
    alpha = Image.new("L", (1600, 1200), 0)
    if product == "a wire":
        ImageDraw.Draw(alpha).ellipse((100, 100, 1500, 1100), outline=255, width=1)
    else:
        alpha.paste(100 if product == "glass" else 5, (300, 300, 900, 900))
    lit, unlit = (
        decoded(made(alpha, PackshotLook(size=(800, 800), shadow=shadow)).png)
        for shadow in (True, False)
    )
    throws_one = ImageChops.difference(lit, unlit).getbbox() is not None
    assert throws_one == (product != "nothing that is seen")


def test_the_shadow_is_soft_grey_below_the_product_and_ends_before_the_edge() -> None:
    alpha = shape((300, 200), (100, 50, 200, 150))
    look = PackshotLook(size=(800, 800), shadow=True)
    with_it = decoded(made(alpha, look).png)
    without = decoded(made(alpha, PackshotLook(size=(800, 800))).png)
    _, _, _, bottom = product_box(without)
    below = [with_it.getpixel((400, y)) for y in range(bottom + 20, 800)]
    greys = [pixel[0] for pixel in below if isinstance(pixel, tuple)]
    assert all(max(pixel) - min(pixel) <= 1 for pixel in below if isinstance(pixel, tuple))
    assert greys[0] < 235
    assert greys[-1] == 255
    assert all(later >= earlier - 1 for earlier, later in pairwise(greys))
    changed = ImageChops.difference(with_it, without).getbbox()
    assert changed is not None
    assert changed[1] > 400  # nothing above its middle
    assert changed[0] > 0 and changed[2] < 800  # noqa: PT018


def test_what_stands_on_several_feet_touches_the_ground_with_each() -> None:
    feet = [range(10), range(60, 70), range(120, 130)]
    depth = {0: 90, 60: 100, 120: 92}  # seen from above: the middle one is nearest
    lowest: list[Lowest] = [(x, depth[foot[0]]) for foot in feet for x in foot]
    belly = [(x, 40) for x in chain(range(10, 60), range(70, 120))]
    ground = _contact_line(sorted(lowest + belly), 130)
    assert [ground[x] for x in (0, 65, 129)] == [90, 100, 92]
    assert 90 < ground[30] < 100


def test_what_hangs_above_the_ground_throws_no_contact_shadow() -> None:
    foot: list[Lowest] = [(x, 100) for x in range(50, 80)]
    shoulders: list[Lowest] = [(x, 75) for x in chain(range(50), range(80, 130))]
    ground = _contact_line(sorted(foot + shoulders), 130)
    assert (min(ground), max(ground)) == (50, 79)


def test_glass_lies_on_white_as_it_did_and_on_black_as_it_would() -> None:
    clear = Image.new("L", (200, 200), 0)
    clear.paste(128, (50, 50, 150, 150))
    on_white = Image.composite(
        Image.new("RGB", (200, 200), (0, 90, 0)), Image.new("RGB", (200, 200), WHITE), clear
    )
    mask = encoded(Image.merge("RGBA", 4 * (clear,)))
    seen = {}
    for ground in ("#ffffff", "#000000"):
        look = PackshotLook(size=(400, 400), ground=ground)
        picture = decoded(packshot(encoded(on_white), mask, look, is_flattened=True).png)
        seen[ground] = picture.getpixel((200, 200))
    assert seen["#ffffff"] == pytest.approx((127, 172, 127), abs=2)
    assert seen["#000000"] == pytest.approx((0, 45, 0), abs=2)


def test_the_preview_shows_the_same_small_enough_for_slack() -> None:
    alpha = shape((300, 200), (100, 50, 200, 150))
    picture = made(alpha, PackshotLook(size=(2000, 1600)))
    with Image.open(io.BytesIO(picture.preview)) as preview:
        assert preview.size == picture.preview_size == (1280, 1024)
        assert preview.getpixel((5, 5)) == WHITE
