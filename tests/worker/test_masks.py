"""Uploaded masks: which are understood, which refused, and that they get the photo's geometry."""

import base64
import os
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from functions.jobs.errors import ErrorCode
from functions.worker.photos import (
    PictureRefused,
    ProductPhoto,
    fit_mask,
    geometry,
    make_acceptable,
    masks,
)
from functions.worker.photos.geometry import Size
from functions.worker.photos.masks import MaskPicture
from functions.worker.photos.product import MAX_STAGED_BYTES
from tests.worker.pictures import RED, card, decoded, encoded, exif, grey_png, marked, stored

Box = tuple[int, int, int, int]

SIZE = (240, 160)
PRODUCT = (60, 40, 180, 120)  # left, upper, right, lower


def photo_of(size: Size = SIZE) -> ProductPhoto:
    """A staged photo."""
    return make_acceptable(encoded(card(size)))


def cut_out(size: Size = SIZE, box: Box = PRODUCT) -> Image.Image:
    """The card, transparent outside of ``box``."""
    picture = card(size).convert("RGBA")
    alpha = Image.new("L", size, 0)
    alpha.paste(255, box)
    picture.putalpha(alpha)
    return picture


def black_and_white(size: Size = SIZE, *, product: int = 255, around: int = 0) -> Image.Image:
    """Grey: the product in one shade, everything around it in another."""
    picture = Image.new("L", size, around)
    picture.paste(product, PRODUCT)
    return picture


def speck() -> Image.Image:
    """Black, but for what a finger left."""
    picture = Image.new("L", SIZE, 0)
    picture.paste(255, (100, 100, 102, 102))
    return picture


def refusal(data: bytes, photo: ProductPhoto | None = None) -> PictureRefused:
    """What ``fit_mask`` says to it."""
    with pytest.raises(PictureRefused) as refused:
        fit_mask(data, photo or photo_of())
    return refused.value


def alpha_of(mask: MaskPicture) -> Image.Image:
    """The alpha channel, after a look at what aiart demands of the file."""
    picture = decoded(mask.data)
    assert (picture.format, picture.mode) == ("PNG", "RGBA")
    assert picture.size == (mask.width_px, mask.height_px)
    assert len(base64.b64encode(mask.data)) < 6_000_000
    return picture.getchannel("A")


def assert_product_at(mask: MaskPicture, box: Box) -> None:
    """Opaque in ``box`` and transparent outside, up to a pixel."""
    found = alpha_of(mask).point(lambda value: 255 * (value >= 128)).getbbox()
    assert found is not None
    assert all(abs(a - b) <= 1 for a, b in zip(found, box, strict=True)), found


def test_a_cut_out_is_used_as_it_is_with_its_colours() -> None:
    mask = fit_mask(encoded(cut_out()), photo_of())
    assert ImageChops.difference(decoded(mask.data), cut_out()).crop(PRODUCT).getbbox() is None
    assert ImageChops.difference(alpha_of(mask), cut_out().getchannel("A")).getbbox() is None


def test_what_lay_under_the_transparent_parts_is_gone() -> None:
    outside = decoded(fit_mask(encoded(cut_out()), photo_of()).data).crop((0, 0, 60, 160))
    assert outside.getcolors() == [(60 * 160, (0, 0, 0, 0))]


def test_a_soft_edge_stays_soft() -> None:
    picture = card().convert("RGBA")
    soft = Image.linear_gradient("L").resize(SIZE)
    picture.putalpha(soft)
    alpha = alpha_of(fit_mask(encoded(picture), photo_of()))
    assert ImageChops.difference(alpha, soft).getbbox() is None


@pytest.mark.parametrize("colour", [(0, 0, 0), RED, (255, 255, 255)])
def test_a_filled_outline_becomes_white(colour: tuple[int, int, int]) -> None:
    picture = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    picture.paste((*colour, 255), PRODUCT)
    mask = fit_mask(encoded(picture), photo_of())
    assert decoded(mask.data).getpixel((120, 80)) == (255, 255, 255, 255)
    assert_product_at(mask, PRODUCT)


@pytest.mark.parametrize(
    ("form", "options"), [("WEBP", {"lossless": True}), ("AVIF", {}), ("TIFF", {}), ("GIF", {})]
)
def test_transparency_is_understood_in_other_formats(form: str, options: dict[str, Any]) -> None:
    assert_product_at(fit_mask(encoded(cut_out(), form, **options), photo_of()), PRODUCT)


def test_a_palette_with_transparency_is_understood() -> None:
    picture = Image.new("P", SIZE, 0)
    picture.paste(1, PRODUCT)
    picture.putpalette([0, 0, 0, 200, 200, 200])
    assert_product_at(fit_mask(encoded(picture, transparency=0), photo_of()), PRODUCT)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "I;16"])
def test_in_black_and_white_the_white_is_the_product(mode: str) -> None:
    picture = black_and_white()
    if mode == "I;16":
        picture = picture.convert("I").point(lambda value: value * 257).convert("I;16")
    mask = fit_mask(encoded(picture.convert(mode)), photo_of())
    assert_product_at(mask, PRODUCT)
    assert set(alpha_of(mask).tobytes()) == {0, 255}


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "HEIF"])
def test_what_compression_did_to_black_and_white_is_forgiven(form: str) -> None:
    mask = fit_mask(encoded(black_and_white().convert("RGB"), form, quality=80), photo_of())
    assert_product_at(mask, PRODUCT)
    assert alpha_of(mask).getpixel((5, 5)) == 0
    assert alpha_of(mask).getpixel((120, 80)) == 255


def test_nearly_black_and_white_will_do() -> None:
    mask = fit_mask(encoded(black_and_white(product=230, around=30)), photo_of())
    assert set(alpha_of(mask).tobytes()) == {0, 255}


def test_a_white_border_around_black_still_means_that_white_is_the_product() -> None:
    mask = fit_mask(encoded(black_and_white(product=0, around=255)), photo_of())
    assert alpha_of(mask).getpixel((5, 5)) == 255
    assert alpha_of(mask).getpixel((120, 80)) == 0


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        (card(), ErrorCode.MASK_NO_TRANSPARENCY),
        (black_and_white(product=200), ErrorCode.MASK_NO_TRANSPARENCY),
        (Image.linear_gradient("L").resize(SIZE), ErrorCode.MASK_NO_TRANSPARENCY),
        (card().convert("RGBA"), ErrorCode.MASK_ALL_OPAQUE),
        (Image.new("RGB", SIZE, "white"), ErrorCode.MASK_ALL_OPAQUE),
        (Image.new("L", SIZE, 0), ErrorCode.MASK_ALL_TRANSPARENT),
        (speck(), ErrorCode.MASK_ALL_TRANSPARENT),
        (Image.new("RGBA", SIZE, (255, 0, 0, 0)), ErrorCode.MASK_ALL_TRANSPARENT),
        (Image.new("RGBA", SIZE, (255, 0, 0, 100)), ErrorCode.MASK_ALL_TRANSPARENT),
        (Image.new("RGBA", SIZE, (255, 0, 0, 200)), ErrorCode.MASK_ALL_OPAQUE),
    ],
    ids=[
        "photo",
        "grey",
        "gradient",
        "opaque-alpha",
        "white",
        "black",
        "speck",
        "transparent",
        "nearly-transparent",
        "nearly-opaque",
    ],
)
def test_a_mask_that_shows_no_product_is_refused(picture: Image.Image, code: ErrorCode) -> None:
    assert refusal(encoded(picture)).code is code


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"%PDF-1.7", encoded(cut_out())[:200]], ids=["0", "text", "pdf", "cut"]
)
def test_what_is_no_picture_is_refused_as_such(data: bytes) -> None:
    assert refusal(data).code is ErrorCode.MASK_NOT_AN_IMAGE


def test_a_mask_of_another_size_is_refused_with_both_sizes() -> None:
    refused = refusal(encoded(cut_out((241, 160))))
    assert refused.code is ErrorCode.MASK_OTHER_SIZE
    sizes = {"mask_width": 241, "mask_height": 160, "width": 240, "height": 160}
    assert refused.facts == sizes


def test_a_mask_is_refused_before_it_is_decoded() -> None:
    bomb = grey_png((60_000, 60_000), rows=1)
    assert refusal(bomb).code is ErrorCode.PHOTO_TOO_MANY_PIXELS
    assert refusal(encoded(cut_out()) + bytes(50 * 1024 * 1024)).code is ErrorCode.PHOTO_TOO_LARGE


def test_a_mask_drawn_on_a_photo_lying_on_its_side_is_turned_with_it() -> None:
    for orientation in (5, 6, 7, 8):
        laid = encoded(stored(card(), orientation), "JPEG", exif=exif(orientation))
        photo = make_acceptable(laid)
        as_seen = encoded(cut_out())
        as_stored = encoded(stored(cut_out(), orientation))
        with_its_own = encoded(stored(cut_out(), orientation), exif=exif(orientation))
        as_tiff = encoded(stored(cut_out(), orientation), "TIFF", exif=exif(orientation))
        for data in (as_seen, as_stored, with_its_own, as_tiff):
            assert_product_at(fit_mask(data, photo), PRODUCT)


def test_where_nothing_tells_a_mask_is_taken_to_be_drawn_on_what_people_see() -> None:
    laid = encoded(stored(card(), 3), "JPEG", exif=exif(3))
    upper_left = (10, 10, 60, 60)
    mask = fit_mask(encoded(cut_out(box=upper_left)), make_acceptable(laid))
    assert_product_at(mask, upper_left)


def test_a_mask_of_the_staged_size_is_taken_without_padding_it_again() -> None:
    photo = photo_of((900, 90))
    mask = fit_mask(encoded(cut_out((900, 361), (300, 140, 600, 220))), photo)
    assert_product_at(mask, (300, 140, 600, 220))


def test_padding_is_transparent() -> None:
    photo = photo_of((900, 90))
    white = Image.new("L", (900, 90), 255)
    white.paste(0, (0, 0, 300, 90))
    mask = fit_mask(encoded(white), photo)
    assert_product_at(mask, (300, 135, 900, 225))


def test_a_cut_out_scaled_down_has_no_dark_edge() -> None:
    picture = Image.new("RGBA", (440, 200), (0, 0, 0, 0))
    picture.paste((255, 255, 255, 255), (101, 51, 301, 151))
    picture.paste((255, 0, 0, 255), (120, 70, 130, 80))  # so that its colours are kept
    scaled_down = geometry.plan(picture.size, geometry.UPRIGHT, longest_px=399)
    photo = msgspec.structs.replace(photo_of(picture.size), geometry=scaled_down)
    mask = decoded(fit_mask(encoded(picture), photo).data)
    assert mask.size == (399, 181)
    red, _, _, alpha = mask.split()
    seen = alpha.point(lambda value: 255 * (value > 20))
    assert sum(red.histogram(seen)[:240]) == 0


@pytest.mark.parametrize(("stands_for_px", "has_hard_edges"), [(2400, False), (3999, True)])
def test_a_mask_of_pure_noise_still_fits(
    stands_for_px: int, has_hard_edges: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first gets small enough by hard edges, the second, which has them, by simple edges.

    Noise is the same everywhere: a piece of it has its share of the file.
    """
    side_px = 600
    most_bytes = round((side_px / stands_for_px) ** 2 * MAX_STAGED_BYTES)
    monkeypatch.setattr(masks, "MAX_STAGED_BYTES", most_bytes)
    size = (side_px, side_px)
    noise = Image.frombytes("L", size, os.urandom(side_px * side_px))
    alpha = noise.point(lambda value: 255 * (value >= 128)) if has_hard_edges else noise
    original = encoded(Image.merge("LA", (noise, alpha)), compress_level=0)
    mask = fit_mask(original, make_acceptable(encoded(marked(Image.new("L", size, 90), 0))))
    is_kept = alpha_of(mask) == noise.point(lambda value: 255 * (value >= 128))
    assert set(alpha_of(mask).tobytes()) == {0, 255}
    assert is_kept != has_hard_edges
    assert len(mask.data) <= most_bytes


def test_a_cut_out_too_large_for_aiart_keeps_its_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masks, "MAX_STAGED_BYTES", 100_000)
    noise = Image.frombytes("RGB", SIZE, os.urandom(SIZE[0] * SIZE[1] * 3)).convert("RGBA")
    noise.putalpha(cut_out().getchannel("A"))
    too_large = encoded(noise, compress_level=0)
    assert len(too_large) > 100_000
    mask = fit_mask(too_large, photo_of())
    assert_product_at(mask, PRODUCT)
    assert decoded(mask.data).getpixel((120, 80)) == (255, 255, 255, 255)


@settings(max_examples=25)  # each decodes and encodes a photo
@given(
    size=st.tuples(st.integers(60, 5000), st.integers(60, 600)).flatmap(
        lambda pair: st.sampled_from([pair, pair[::-1]])
    ),
    orientation=st.integers(1, 8),
    place=st.tuples(st.floats(0.2, 0.6), st.floats(0.2, 0.6)),
    as_stored=st.booleans(),
)
def test_a_mark_lands_at_the_same_place_in_photo_and_mask(
    size: Size, orientation: int, place: tuple[float, float], as_stored: bool
) -> None:
    as_stored = as_stored and orientation in {5, 6, 7, 8} and size[0] != size[1]
    left, top = (int(share * side) for share, side in zip(place, size, strict=True))
    mark = (left, top, left + max(8, size[0] // 5), top + max(8, size[1] // 5))
    upright = Image.new("L", size, 0)
    ImageDraw.Draw(upright).rectangle(mark, fill=255)
    original = encoded(stored(upright, orientation), "JPEG", exif=exif(orientation))
    photo = make_acceptable(original)
    assume(min(photo.geometry.scaled) > 20)
    mask = fit_mask(encoded(stored(upright, orientation) if as_stored else upright), photo)
    assert (mask.width_px, mask.height_px) == (photo.width_px, photo.height_px)
    found = decoded(photo.data).convert("L").point(lambda value: 255 * (value >= 128)).getbbox()
    assert found is not None
    assert_product_at(mask, found)
