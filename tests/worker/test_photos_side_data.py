"""What a file holds beside its pixels: damaged, huge or cut off, it is no reason to refuse it."""

import io
import struct
import zlib

import pytest
from PIL import Image

from functions.jobs.errors import ErrorCode
from functions.worker.photos import make_acceptable, side_data
from tests.worker.pictures import (
    card,
    decoded,
    difference,
    encoded,
    exif,
    png_chunk,
    stored,
    swapped_profile,
)
from tests.worker.test_photos import refusal

JPEG_END = side_data.JPEG_END
HEADER_ENDS = 33  # of a PNG: behind IHDR
NOISE = Image.effect_noise((200, 150), 90).convert("RGB")


def png_with(*chunks: bytes) -> bytes:
    """The card as a PNG with more chunks before its pixels."""
    png = encoded(card())
    return png[:HEADER_ENDS] + b"".join(chunks) + png[HEADER_ENDS:]


def with_bad_checksum(chunk: bytes) -> bytes:
    return chunk[:-1] + bytes((chunk[-1] ^ 0xFF,))


def segment(marker: int, content: bytes) -> bytes:
    """One segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg_with(*segments: bytes) -> bytes:
    jpeg = encoded(card(), "JPEG")
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def test_a_palette_that_is_missing_is_a_part_of_the_picture() -> None:
    png = encoded(card().convert("P"))
    at = png.index(b"PLTE")
    (length,) = struct.unpack_from(">I", png, at - 4)
    assert refusal(png[: at - 4] + png[at + 8 + length :]).code is ErrorCode.PHOTO_TRUNCATED


HUGE_TEXT = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(64_000_000), 1)
PNG_SIDE_DATA = {
    "iCCP, checksum": with_bad_checksum(png_chunk(b"iCCP", b"x\0\0" + zlib.compress(b"rubbish"))),
    "iCCP, not deflated": png_chunk(b"iCCP", b"x\0\0rubbish"),
    "tEXt, checksum": with_bad_checksum(png_chunk(b"tEXt", b"Author\0somebody")),
    "pHYs, checksum": with_bad_checksum(png_chunk(b"pHYs", bytes(9))),
    "pHYs, short": png_chunk(b"pHYs", bytes(5)),
    "gAMA, short": png_chunk(b"gAMA", b"\0"),
    "cHRM, short": png_chunk(b"cHRM", bytes(8)),
    "sRGB, empty": png_chunk(b"sRGB", b""),
    "cICP, short": png_chunk(b"cICP", b"\x0c"),
    "acTL, short": png_chunk(b"acTL", b"\0"),
    "fcTL, short": png_chunk(b"fcTL", b"\0"),
    "tIME, empty": png_chunk(b"tIME", b""),
    "zTXt, not deflated": png_chunk(b"zTXt", b"Comment\0\0rubbish"),
    "iTXt, 64 MB deflated": png_chunk(b"iTXt", HUGE_TEXT),
    "iTXt, 2 MB": png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b" " * 2_000_000),
    "eXIf, rubbish": png_chunk(b"eXIf", b"II*\0\xff\xff\xff\xff"),
    "eXIf, empty": png_chunk(b"eXIf", b""),
}


@pytest.mark.parametrize("chunk", PNG_SIDE_DATA.values(), ids=PNG_SIDE_DATA.keys())
def test_a_png_is_taken_without_what_is_wrong_beside_its_pixels(chunk: bytes) -> None:
    photo = make_acceptable(png_with(chunk))
    assert "re-encoded" in photo.changes
    assert difference(decoded(photo.data), card()) < 12


JPEG_SIDE_DATA = {
    "JFIF, short": segment(0xE0, b"JFIF\0\1"),
    "EXIF, rubbish": segment(0xE1, b"Exif\0\0rubbish"),
    "EXIF, an endless loop": segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\0\0\x08\0\0\0"),
    "MPF, rubbish": segment(0xE2, b"MPF\0rubbish"),
    "ICC, rubbish": segment(0xE2, b"ICC_PROFILE\0\1\1rubbish"),
    "ICC, without numbers": segment(0xE2, b"ICC_PROFILE\0"),
    "Photoshop, cut off": segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\xff\xff"),
    "XMP, 600 KB": 10 * segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + b" " * 60_000),
    "zeros between segments": segment(0xFE, b"somebody") + bytes(7),
}


@pytest.mark.parametrize("between", JPEG_SIDE_DATA.values(), ids=JPEG_SIDE_DATA.keys())
def test_a_jpeg_is_taken_without_what_is_wrong_beside_its_pixels(between: bytes) -> None:
    photo = make_acceptable(jpeg_with(between))
    assert "re-encoded" in photo.changes
    assert difference(decoded(photo.data), card()) < 12


XMP = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
UPRIGHT_XMP = XMP.replace(b"6", b"1")  # those who write the file would turn it otherwise


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_an_orientation_in_xmp_alone_turns_nothing(form: str) -> None:
    options = {"tiffinfo": {700: UPRIGHT_XMP}} if form == "TIFF" else {"xmp": UPRIGHT_XMP}
    data = encoded(card(), form, **options).replace(UPRIGHT_XMP, XMP)
    if form == "PNG":
        data = png_with(png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP))
    assert b"tiff:Orientation" in data
    photo = make_acceptable(data)
    assert "oriented" not in photo.changes
    assert decoded(photo.data).size == card().size
    assert difference(decoded(photo.data), card()) < 12


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_exif_counts_where_xmp_says_something_else(form: str) -> None:
    laid = stored(card(), 8)
    options = {"tiffinfo": {700: XMP, 274: 8}} if form == "TIFF" else {"xmp": XMP, "exif": exif(8)}
    photo = make_acceptable(encoded(laid, form, **options))
    assert difference(decoded(photo.data), card()) < 12


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_whose_rows_are_all_there_needs_no_end_mark(progressive: bool) -> None:
    whole = encoded(NOISE, "JPEG", progressive=progressive)
    for ending in (b"", b"\0\0\0\0", b"\xff"):
        photo = make_acceptable(whole[:-2] + ending)
        assert photo.changes == ("re-encoded",)
        assert difference(decoded(photo.data), NOISE) < 12


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("missing", [6, 12, 100, 1000])
def test_a_jpeg_that_lacks_a_few_bytes_of_its_picture_is_refused(
    missing: int, progressive: bool
) -> None:
    whole = encoded(NOISE, "JPEG", progressive=progressive)
    assert refusal(whole[:-missing]).code is ErrorCode.PHOTO_TRUNCATED


def test_a_progressive_jpeg_that_lacks_its_last_scan_is_refused() -> None:
    whole = encoded(NOISE, "JPEG", progressive=True)
    last_scan = whole.rfind(b"\xff\xda")
    assert refusal(whole[:last_scan]).code is ErrorCode.PHOTO_TRUNCATED


@pytest.mark.parametrize("between", [b"", segment(0xC4, JPEG_END)])
def test_scans_that_refine_nothing_are_not_decoded_for_hours(between: bytes) -> None:
    whole = encoded(NOISE, "JPEG", progressive=True)
    begin, scans = whole.find(b"\xff\xda"), whole.count(b"\xff\xda")
    again = between + whole[whole.rfind(b"\xff\xda") : -2]
    read = side_data.jpeg_parts(io.BytesIO(whole[:-2] + again * 1000 + JPEG_END))
    kept = read.stream.read()
    assert read.left_out
    assert kept.endswith(JPEG_END)
    assert kept.count(b"\xff\xda") == 40 > scans
    untouched = side_data.jpeg_parts(io.BytesIO(whole[:-2] + again * 20 + JPEG_END))
    assert untouched.stream.read().endswith(whole[begin:-2] + again * 20 + JPEG_END)


def test_a_jpeg_of_many_scans_is_taken() -> None:
    whole = encoded(NOISE, "JPEG", progressive=True)
    photo = make_acceptable(whole[:-2] + whole[whole.rfind(b"\xff\xda") : -2] * 200 + JPEG_END)
    assert photo.changes == ("re-encoded",)
    assert difference(decoded(photo.data), NOISE) < 12


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIF"])
def test_bytes_behind_a_picture_do_not_matter(form: str) -> None:
    for behind in (b"\0", b"somebody" * 1000, encoded(card(), "JPEG")):
        photo = make_acceptable(encoded(card(), form) + behind)
        assert difference(decoded(photo.data), card()) < 12
        assert b"somebody" not in photo.data


@pytest.mark.parametrize("lost", [4, 12, 16, 20, 30])
def test_a_png_that_lost_only_what_comes_after_its_pixels_is_taken(lost: int) -> None:
    text = png_chunk(b"tEXt", b"Author\0somebody")
    photo = make_acceptable((encoded(card())[:-12] + text + png_chunk(b"IEND", b""))[:-lost])
    assert photo.changes == ("re-encoded",)
    assert difference(decoded(photo.data), card()) < 12


def test_a_gif_needs_no_trailer() -> None:
    photo = make_acceptable(encoded(card(), "GIF")[:-1])
    assert difference(decoded(photo.data), card()) < 12


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_a_later_picture_that_is_cut_off_does_not_spoil_the_first(form: str) -> None:
    lossless = {"lossless": True} if form == "WEBP" else {}
    several = encoded(
        card(), form, save_all=True, append_images=[NOISE.resize(card().size)], **lossless
    )
    photo = make_acceptable(several[: len(encoded(card(), form, **lossless)) + 400])
    assert difference(decoded(photo.data), card()) < 12


@pytest.mark.parametrize("tag", [34665, 34853, 330])
def test_a_tiff_whose_further_directories_lead_nowhere_is_taken(tag: int) -> None:
    photo = make_acceptable(encoded(card(), "TIFF", tiffinfo={tag: 99_999_999}))
    assert photo.changes == ("re-encoded",)
    assert difference(decoded(photo.data), card()) < 12


@pytest.mark.parametrize("form", ["WEBP", "AVIF"])
def test_damaged_exif_spoils_no_format(form: str) -> None:
    good = encoded(card(), form, exif=exif(1, gps=True))
    at = good.find(b"Phone")
    damaged = good.replace(b"\x25\x88\x04\0", b"\x25\x88\xff\xff").replace(
        b"\x88\x25\0\4", b"\x88\x25\xff\xff"
    )
    assert at > 0
    assert damaged != good
    photo = make_acceptable(damaged)
    assert difference(decoded(photo.data), card()) < 12


def with_xmp_at_its_end(form: str) -> bytes:
    """The card with 600 bytes of XMP behind its pixels; AVIF's writer puts it before them."""
    whole = encoded(card(), form, xmp=b"x" * 600)
    at = whole.index(b"x" * 600)
    if at + 600 == len(whole):
        return whole
    return whole.replace(struct.pack(">I", at), struct.pack(">I", len(whole)), 1) + b"x" * 600


@pytest.mark.parametrize("form", ["HEIF", "AVIF"])
@pytest.mark.parametrize("lost", [1, 20, 599])
def test_metadata_behind_the_pixels_may_be_cut_off(form: str, lost: int) -> None:
    whole = with_xmp_at_its_end(form)
    photo = make_acceptable(whole[:-lost])
    assert difference(decoded(photo.data), card()) < 12
    assert refusal(whole[: -600 - lost]).code is ErrorCode.PHOTO_TRUNCATED


def test_a_webp_whose_metadata_is_cut_off_is_taken() -> None:
    whole = encoded(card(), "WEBP", xmp=b"somebody" * 100)
    photo = make_acceptable(whole[:-500])
    assert difference(decoded(photo.data), card()) < 12


@pytest.mark.parametrize(
    ("form", "start", "part", "pixels"),
    [
        ("PNG", 33, png_chunk(b"junk", b""), b"IDAT"),
        ("JPEG", 2, b"\xff\xef\0\2", b"\xff\xda"),
        ("WEBP", 12, b"JUNK\0\0\0\0", b"VP8 "),
        ("WEBP", 12, bytes(8), b"VP8 "),
    ],
)
def test_of_millions_of_empty_parts_no_more_are_read_than_a_photo_has(
    form: str, start: int, part: bytes, pixels: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_data, "_MOST_PARTS", 50)
    whole = encoded(card(), form)
    read = {"PNG": side_data.png_parts, "JPEG": side_data.jpeg_parts, "WEBP": side_data.webp_parts}
    for count, are_found in ((20, True), (60, False)):
        parts = read[form](io.BytesIO(whole[:start] + part * count + whole[start:]))
        assert parts.left_out
        assert (pixels in parts.stream.read()) == are_found


def test_a_chunk_of_a_webp_that_nobody_knows_is_left_out() -> None:
    whole = encoded(card(), "WEBP")
    body = whole[8:] + b"JUNK\x08\0\0\0somebody"
    photo = make_acceptable(b"RIFF" + struct.pack("<I", len(body)) + body)
    assert photo.changes == ("re-encoded",)
    assert b"somebody" not in photo.data


def test_what_is_left_out_may_be_as_large_as_the_file() -> None:
    text = png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + bytes(30_000_000))
    stream = io.BytesIO(png_with(text))
    assert len(make_acceptable(stream).data) < 100_000


def test_a_profile_larger_than_a_megabyte_is_still_applied() -> None:
    profile = swapped_profile() + bytes(1_500_000)
    packed = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(profile))
    photo = make_acceptable(png_with(packed))
    assert decoded(photo.data).getpixel((60, 40))[1] > 150  # type: ignore[index]  # red is green
