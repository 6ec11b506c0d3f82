"""Uploaded photos: what passes as it is, what is converted, what is refused."""

import base64
import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, PngImagePlugin

from functions.jobs import errors
from functions.jobs.errors import ErrorCode
from functions.worker.photos import (
    PictureRefused,
    ProductPhoto,
    decoding,
    make_acceptable,
    product,
)
from functions.worker.photos.limits import MIB
from functions.worker.photos.product import MAX_STAGED_BYTES
from tests.worker.pictures import (
    card,
    decoded,
    difference,
    encoded,
    exif,
    grey_png,
    png_chunk,
)


def refusal(data: bytes) -> PictureRefused:
    """What ``make_acceptable`` says to it."""
    with pytest.raises(PictureRefused) as refused:
        make_acceptable(data)
    return refused.value


def assert_acceptable(photo: ProductPhoto) -> None:
    """aiart's limits, read from the file itself."""
    width, height = decoded(photo.data).size
    assert (width, height) == (photo.width_px, photo.height_px) == photo.geometry.product
    assert min(width, height) >= 50
    assert max(width, height) < 4000
    assert 2 * height < 5 * width
    assert 2 * width < 5 * height
    assert len(base64.b64encode(photo.data)) < 6_000_000


@pytest.mark.parametrize(
    ("form", "content_type", "extension"),
    [
        ("JPEG", "image/jpeg", "jpg"),
        ("PNG", "image/png", "png"),
        ("WEBP", "image/webp", "webp"),
        ("BMP", "image/bmp", "bmp"),
        ("TIFF", "image/tiff", "tiff"),
    ],
)
def test_a_photo_that_aiart_takes_already_passes_byte_for_byte(
    form: str, content_type: str, extension: str
) -> None:
    original = encoded(card(), form)
    photo = make_acceptable(original)
    assert photo.data == original
    assert (photo.content_type, photo.extension) == (content_type, extension)
    assert photo.changes == ()
    assert_acceptable(photo)


def test_a_file_on_disk_is_taken_like_bytes(tmp_path: Path) -> None:
    path = tmp_path / "photo.heic"
    path.write_bytes(encoded(card(), "PNG"))
    with path.open("rb") as stream:
        stream.read(100)
        assert make_acceptable(stream).data == path.read_bytes()


@pytest.mark.parametrize("form", ["AVIF", "HEIF", "GIF"])
def test_a_format_that_aiart_does_not_take_becomes_jpeg(form: str) -> None:
    photo = make_acceptable(encoded(card(), form))
    assert photo.content_type == "image/jpeg"
    assert photo.extension == "jpg"
    assert photo.changes == ("converted", "re-encoded")
    assert difference(decoded(photo.data), card()) < 12
    assert_acceptable(photo)


@pytest.mark.parametrize("compression", ["jpeg", "packbits", "lzma", "zstd"])
def test_a_tiff_that_few_can_read_becomes_jpeg(compression: str) -> None:
    photo = make_acceptable(encoded(card(), "TIFF", compression=compression))
    assert photo.changes == ("converted", "re-encoded")
    assert difference(decoded(photo.data), card()) < 12


def test_only_the_first_picture_of_an_animation_counts() -> None:
    second = Image.new("RGB", card().size, "white")
    for form in ("GIF", "PNG", "WEBP", "AVIF", "TIFF", "MPO"):
        lossless = {"lossless": True} if form == "WEBP" else {}
        data = encoded(card(), form, save_all=True, append_images=[second], **lossless)
        photo = make_acceptable(data)
        assert "first-frame" in photo.changes, form
        assert difference(decoded(photo.data), card()) < 12, form
        assert not getattr(decoded(photo.data), "is_animated", False)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_the_place_and_the_camera_are_removed(form: str) -> None:
    original = encoded(card(), form, exif=exif(gps=True))
    assert b"Phone" in original
    photo = make_acceptable(original)
    assert "re-encoded" in photo.changes
    assert b"Phone" not in photo.data
    assert not decoded(photo.data).getexif()
    assert not {"exif", "xmp", "comment"} & set(decoded(photo.data).info)
    assert difference(decoded(photo.data), card()) < 12


def test_other_things_in_a_file_are_removed_too() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "somebody")
    png, jpeg = encoded(card()), encoded(card(), "JPEG")
    late_exif = png_chunk(b"eXIf", exif(gps=True).tobytes()[6:])
    end_of_png = png_chunk(b"IEND", b"")
    tellers = {
        "comment": encoded(card(), "JPEG", comment=b"somebody"),
        "XMP": encoded(card(), "JPEG", xmp=b"<x:xmpmeta>somebody</x:xmpmeta>"),
        "a phone's video behind the photo": jpeg + b"\0\0\0\x18ftypmp42somebody",
        "a segment of a camera maker": jpeg[:2] + b"\xff\xeb\0\x0asomebody" + jpeg[2:],
        "a thumbnail": jpeg[:2] + b"\xff\xe0\0\x0fJFXX\0somebody" + jpeg[2:],
        "text in a PNG": encoded(card(), pnginfo=text),
        "EXIF behind a PNG's pixels": png.removesuffix(end_of_png) + late_exif + end_of_png,
        "bytes behind a PNG": png + b"somebody",
        "a TIFF's tag": encoded(card(), "TIFF", tiffinfo={315: "somebody"}),
        "XMP in a WebP": encoded(card(), "WEBP", xmp=b"somebody"),
    }
    for what, data in tellers.items():
        photo = make_acceptable(data)
        assert photo.changes == ("re-encoded",), what
        assert b"somebody" not in photo.data, what
        assert b"Phone" not in photo.data, what


def test_damaged_exif_does_not_spoil_a_photo() -> None:
    for damaged in (b"Exif\0\0rubbish", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0"):
        photo = make_acceptable(encoded(card(), "JPEG", exif=damaged))
        assert photo.changes == ("re-encoded",)
        assert photo.width_px > photo.height_px


def test_the_name_does_not_matter_because_nobody_asks_for_it() -> None:
    for form in ("PNG", "WEBP", "HEIF", "AVIF"):  # all called photo.jpg by their uploader
        stream = io.BytesIO(encoded(card(), form))
        stream.name = "photo.jpg"
        assert difference(decoded(make_acceptable(stream).data), card()) < 12


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>",
        b"<!doctype html><title>Sign in</title>",
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        b"BMW is not a bitmap",
        b"hello",
        b"\0",
        b"PK\x03\x04" + bytes(100),
        b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(200),
        b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + bytes(200),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n",
    ],
    ids=["pdf", "html", "svg", "text-BM", "text", "one-byte", "zip", "mp4", "mov", "eps"],
)
def test_what_is_no_picture_is_refused_as_such(data: bytes) -> None:
    assert refusal(data).code is ErrorCode.PHOTO_NOT_AN_IMAGE


def test_a_decoder_that_nobody_asked_for_stays_closed() -> None:
    for form in ("PPM", "TGA", "ICO", "PCX", "EPS"):
        assert refusal(encoded(card(), form)).code is ErrorCode.PHOTO_NOT_AN_IMAGE, form


def test_an_empty_file_is_refused_as_empty() -> None:
    assert refusal(b"").code is ErrorCode.PHOTO_EMPTY


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIF"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_file_that_lost_its_end_is_refused(form: str, share: float) -> None:
    noisy = Image.effect_noise((200, 150), 90).convert("RGB")
    data = encoded(noisy, form)
    assert refusal(data[: int(len(data) * share)]).code is ErrorCode.PHOTO_TRUNCATED


def test_a_file_cut_within_its_header_is_called_incomplete() -> None:
    for form in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "AVIF", "HEIF"):
        data = encoded(card(), form)[:20]
        assert refusal(data).code is ErrorCode.PHOTO_TRUNCATED, form


def test_a_photo_of_three_pixels_is_refused_with_the_numbers() -> None:
    refused = refusal(encoded(card((3, 3))))
    assert refused.code is ErrorCode.PHOTO_TOO_SMALL
    assert refused.facts == {"width": 3, "height": 3, "min": 50}


def test_the_smallest_photo_has_fifty_pixels_on_each_side() -> None:
    assert_acceptable(make_acceptable(encoded(card((50, 50)))))
    assert refusal(encoded(card((49, 100)))).facts["width"] == 49


def test_a_refusal_is_one_for_the_rest_of_the_product_too() -> None:
    refused = refusal(b"")
    assert isinstance(refused, errors.Refused)
    assert [problem.code for problem in refused.problems] == [ErrorCode.PHOTO_EMPTY]


def test_more_than_fifty_megabytes_are_refused_unread() -> None:
    refused = refusal(encoded(card()) + bytes(MIB * 50))
    assert refused.code is ErrorCode.PHOTO_TOO_LARGE
    assert refused.facts == {"max_mb": 50}


def test_a_header_that_claims_billions_of_pixels_is_refused() -> None:
    refused = refusal(grey_png((60_000, 60_000), rows=1))
    assert refused.code is ErrorCode.PHOTO_TOO_MANY_PIXELS
    assert refused.facts == {"width": 60_000, "height": 60_000}


def test_a_small_file_that_unpacks_to_more_pixels_than_are_decoded_is_refused() -> None:
    bomb = grey_png((11_000, 11_000))
    assert len(bomb) < 1_000_000
    assert refusal(bomb).code is ErrorCode.PHOTO_TOO_MANY_PIXELS


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF", "BMP"])
def test_each_format_has_its_cap(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_PIXELS", 99 * 100)
    monkeypatch.setattr(decoding, "MAX_PIXELS_OF", dict.fromkeys(decoding.MAX_PIXELS_OF, 99 * 100))
    make_acceptable(encoded(card((100, 98)), form))
    assert refusal(encoded(card((100, 100)), form)).code is ErrorCode.PHOTO_TOO_MANY_PIXELS


def test_a_progressive_jpeg_is_capped_by_its_coefficients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_COEFFICIENT_BYTES", 100 * 100 * 4)
    square = card((100, 100))
    make_acceptable(encoded(square, "JPEG"))
    make_acceptable(encoded(square, "JPEG", progressive=True, subsampling="4:2:0"))  # 3 bytes
    large = encoded(square, "JPEG", progressive=True)  # 6 bytes a pixel
    assert refusal(large).code is ErrorCode.PHOTO_TOO_MANY_PIXELS


def test_noise_that_no_quality_makes_small_enough_is_scaled_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A quarter of 3900 x 3000 px to each side, within a sixteenth of the bytes."""
    monkeypatch.setattr(product, "MAX_STAGED_BYTES", MAX_STAGED_BYTES // 16)
    band = Image.effect_noise((975, 750), 200)
    noise = Image.merge("RGB", [ImageChops.offset(band, 250 * n) for n in range(3)])
    photo = make_acceptable(encoded(noise, "JPEG"))
    assert photo.changes == ("re-encoded", "scaled")
    assert photo.geometry.scaled == photo.geometry.product == (731, 562)
    assert len(photo.data) <= MAX_STAGED_BYTES // 16
    assert_acceptable(photo)


def test_a_file_that_is_only_too_long_is_encoded_again_in_the_same_size() -> None:
    photo = make_acceptable(encoded(card((1500, 1200)), "BMP"))
    assert photo.changes == ("re-encoded",)
    assert (photo.width_px, photo.height_px) == (1500, 1200)
    assert difference(decoded(photo.data), card((1500, 1200))) < 12
