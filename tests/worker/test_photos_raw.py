"""Cameras' raw files: the camera's own picture of the scene, if it is large enough, or words."""

import io
import struct
from functools import cache

import pytest
from PIL import Image

from bot.texts import error_text
from functions.jobs.errors import ErrorCode
from functions.worker.photos import PictureRefused, fit_mask, make_acceptable
from tests.worker.pictures import card, decoded, difference, encoded, exif, stored
from tests.worker.test_photos import refusal

Tag = tuple[int, int, bytes]  # tag, type, content in little-endian order
LARGE, MIDDLE, STAMP = (1600, 1200), (640, 480), (160, 120)
SHORT, LONG, BYTE = 3, 4, 1


def short(tag: int, *values: int) -> Tag:
    return tag, SHORT, struct.pack(f"<{len(values)}H", *values)


def long(tag: int, *values: int) -> Tag:
    return tag, LONG, struct.pack(f"<{len(values)}I", *values)


def directory(tags: list[Tag], at: int, following: int = 0) -> bytes:
    """One directory of a TIFF that begins at ``at``, with what does not fit behind it."""
    width = {BYTE: 1, SHORT: 2, LONG: 4}
    entries, behind = b"", b""
    after = at + 2 + 12 * len(tags) + 4
    for tag, kind, content in sorted(tags):
        count = len(content) // width[kind]
        place = content.ljust(4, b"\0")
        if len(content) > 4:
            place = struct.pack("<I", after + len(behind))
            behind += content + bytes(len(content) % 2)
        entries += struct.pack("<HHI", tag, kind, count) + place
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", following) + behind


@cache
def jpeg(size: tuple[int, int], orientation: int = 1) -> bytes:
    return encoded(stored(card(size), orientation), "JPEG")


SENSOR = bytes(range(256)) * 40


def raw(
    *previews: bytes, start: bytes = b"II*\0", orientation: int = 1, more: tuple[Tag, ...] = ()
) -> bytes:
    """A stamp in the first directory, a sensor's numbers and JPEG files in those below it."""
    stamp = card(STAMP).tobytes()
    blobs = [stamp, SENSOR, *previews]
    at = [1024 + sum(map(len, blobs[:number])) for number in range(len(blobs))]
    sensor_at, previews_at = 512, [600 + 100 * number for number in range(len(previews))]
    first = directory(
        [
            short(256, STAMP[0]),
            short(257, STAMP[1]),
            short(258, 8, 8, 8),
            short(259, 1),
            short(262, 2),
            long(273, at[0]),
            short(274, orientation),
            short(277, 3),
            long(279, len(stamp)),
            long(330, sensor_at, *previews_at),
            *more,
        ],
        8,
    )
    sensor = [short(256, 200), short(257, 100), short(262, 32803), long(273, at[1])]
    data = (start + struct.pack("<I", 8) + first).ljust(sensor_at, b"\0")
    data += directory(sensor, sensor_at)
    for number, (place, preview) in enumerate(zip(previews_at, previews, strict=True)):
        tags = [short(259, 7), long(273, at[2 + number]), long(279, len(preview))]
        data = data.ljust(place, b"\0") + directory(tags, place)
    return data.ljust(1024, b"\0") + b"".join(blobs)


DNG_VERSION: Tag = (50706, BYTE, bytes((1, 4, 0, 0)))


def raf(preview: bytes) -> bytes:
    return (
        b"FUJIFILMCCD-RAW 0201FF".ljust(84, b"\0")
        + struct.pack(">2I", 148, 9)
        + bytes(56)
        + preview
    )


def cr3(preview: bytes, orientation: int = 1) -> bytes:
    tags = b"II*\0\x08\0\0\0" + directory([short(274, orientation)], 8)
    cmt1 = struct.pack(">I4s", 8 + len(tags), b"CMT1") + tags
    brand = b"\0\0\0\x18ftypcrx \0\0\0\1crx isom"
    prvw = struct.pack(">I4s", 24 + len(preview), b"PRVW") + bytes(16) + preview
    return brand + struct.pack(">I4s", 8 + len(cmt1), b"moov") + cmt1 + prvw + SENSOR


RAWS = {
    "DNG": raw(jpeg(STAMP), jpeg(LARGE), more=(DNG_VERSION,)),
    "NEF, ARW, SRW": raw(jpeg(MIDDLE), jpeg(LARGE)),
    "CR2": raw(jpeg(LARGE), start=b"II*\0")[:4] + b"\x10\0\0\0CR\2\0\0\0\0\0" + jpeg(LARGE),
    "ORF": raw(jpeg(LARGE), start=b"IIRO"),
    "RW2": raw(jpeg(LARGE), start=b"IIU\0"),
    "RAF": raf(jpeg(LARGE)),
    "CR3": cr3(jpeg(LARGE)),
}


@pytest.mark.parametrize("data", RAWS.values(), ids=RAWS.keys())
def test_the_largest_preview_of_a_raw_file_is_the_photo(data: bytes) -> None:
    photo = make_acceptable(data)
    assert (photo.width_px, photo.height_px) == LARGE
    assert "re-encoded" in photo.changes
    assert difference(decoded(photo.data), card(LARGE)) < 12


TOO_SMALL = {
    "none at all": raw(more=(DNG_VERSION,)),
    "DNG": raw(jpeg(STAMP), jpeg(MIDDLE), more=(DNG_VERSION,)),
    "NEF": raw(jpeg(MIDDLE)),
    "ORF": raw(jpeg(MIDDLE), start=b"IIRS"),
    "RAF": raf(jpeg(MIDDLE)),
    "CR3": cr3(jpeg(MIDDLE)),
    "X3F": b"FOVb" + bytes(200) + jpeg(MIDDLE),
    "MRW": b"\0MRM" + bytes(200),
}


@pytest.mark.parametrize("data", TOO_SMALL.values(), ids=TOO_SMALL.keys())
def test_a_raw_file_with_small_previews_alone_is_refused_by_name(data: bytes) -> None:
    refused = refusal(data)
    assert refused.code is ErrorCode.PHOTO_RAW
    assert "export it as JPEG" in error_text("en", refused.code, refused.facts)
    assert "JPEG" in error_text("zh", refused.code, refused.facts)


def test_the_numbers_of_a_sensor_are_no_preview() -> None:
    """Lossy DNG packs them as ordinary JPEG tiles: one of these would be a piece of the photo."""
    tile = jpeg(LARGE)
    data = raw(more=(DNG_VERSION,))
    at = data.index(SENSOR)
    assert refusal(data[:at] + tile).code is ErrorCode.PHOTO_RAW


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_preview_lies_as_the_raw_file_says(orientation: int) -> None:
    for data in (
        raw(jpeg(LARGE, orientation), orientation=orientation, more=(DNG_VERSION,)),
        cr3(jpeg(LARGE, orientation), orientation),
    ):
        photo = make_acceptable(data)
        assert (photo.width_px, photo.height_px) == LARGE
        assert difference(decoded(photo.data), card(LARGE)) < 12


def test_a_preview_that_says_itself_how_it_lies_is_believed() -> None:
    own = encoded(stored(card(LARGE), 8), "JPEG", exif=exif(8))
    photo = make_acceptable(raw(own, orientation=6, more=(DNG_VERSION,)))
    assert difference(decoded(photo.data), card(LARGE)) < 12


def test_a_raw_file_is_no_mask() -> None:
    photo = make_acceptable(encoded(card()))
    with pytest.raises(PictureRefused) as refused:
        fit_mask(raw(jpeg(MIDDLE), more=(DNG_VERSION,)), photo)
    assert refused.value.code is ErrorCode.MASK_NOT_AN_IMAGE


def test_a_stamp_of_a_picture_below_it_is_no_photo_whatever_that_is() -> None:
    data = raw(jpeg(MIDDLE), more=(long(254, 1),)).replace(
        struct.pack("<HHII", 262, SHORT, 1, 32803), struct.pack("<HHII", 262, SHORT, 1, 60_000)
    )
    assert refusal(data).code is ErrorCode.PHOTO_RAW


def test_an_ordinary_tiff_with_a_thumbnail_is_no_raw_file() -> None:
    second = card(STAMP)
    data = encoded(card(), "TIFF", save_all=True, append_images=[second])
    assert difference(decoded(make_acceptable(data).data), card()) < 12


def test_a_file_that_is_nothing_but_beginnings_of_jpeg_takes_no_time() -> None:
    assert refusal(b"FUJIFILMCCD-RAW" + b"\xff\xd8\xff" * 1_000_000).code is ErrorCode.PHOTO_RAW


def test_directories_that_lead_in_a_circle_end() -> None:
    data = b"II*\0\x08\0\0\0" + directory([long(330, 8), short(262, 32803)], 8, following=8)
    assert refusal(data).code is ErrorCode.PHOTO_RAW


def float_tiff() -> bytes:
    pixels = struct.pack("<3f", 0.1, 0.5, 0.9) * 64 * 64
    tags = [
        *(short(256, 64), short(257, 64), short(258, 32, 32, 32), short(259, 1), short(262, 2)),
        *(long(273, 1024), short(277, 3), long(279, len(pixels)), short(339, 3, 3, 3)),
    ]
    return (b"II*\0\x08\0\0\0" + directory(tags, 8)).ljust(1024, b"\0") + pixels


def test_a_float_tiff_in_colour_is_named_with_what_to_do() -> None:
    refused = refusal(float_tiff())
    assert refused.code is ErrorCode.PHOTO_UNSUPPORTED
    assert refused.facts["rule"] == "float"
    told = error_text("en", refused.code, refused.facts)
    assert "floating-point" in told
    assert "3 × 32 bits" in told
    assert "save it" in told
    assert "浮点" in error_text("zh", refused.code, refused.facts)


def test_a_float_tiff_that_lost_its_end_is_still_incomplete() -> None:
    assert refusal(float_tiff()[:-100]).code is ErrorCode.PHOTO_TRUNCATED


def test_a_tiff_whose_directory_is_cut_off_is_incomplete_too() -> None:
    whole = encoded(card().convert("P"), "TIFF", compression="tiff_adobe_deflate")
    (at,) = struct.unpack_from("<I", whole, 4)
    assert at > 8  # behind the pixels
    for lost in (4, 30, 60):
        end = at + 2 + 12 * struct.unpack_from("<H", whole, at)[0]
        assert refusal(whole[: end - lost]).code is ErrorCode.PHOTO_TRUNCATED


NAMED = {
    "JPEG XL": b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(50),
    "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(50),
    "Photoshop (PSD)": b"8BPS\0\1" + bytes(50),
    "OpenEXR": b"\x76\x2f\x31\x01" + bytes(50),
}


@pytest.mark.parametrize("form", NAMED)
def test_a_sound_file_of_another_form_is_called_by_its_name(form: str) -> None:
    refused = refusal(NAMED[form])
    assert (refused.code, refused.facts) == (ErrorCode.PHOTO_UNSUPPORTED, {"form": form})
    for language in ("en", "zh"):
        assert form in error_text(language, refused.code, refused.facts)


def test_a_jpeg_of_twelve_bits_is_named_too() -> None:
    plain = encoded(card(), "JPEG")
    frame = plain.index(b"\xff\xc0")
    refused = refusal(plain[: frame + 4] + b"\x0c" + plain[frame + 5 :])
    assert (refused.code, refused.facts["rule"]) == (ErrorCode.PHOTO_UNSUPPORTED, "jpeg")


def test_inks_are_read_alike_with_and_without_the_mark_of_adobe() -> None:
    plain = encoded(card().convert("CMYK"), "JPEG")
    at = plain.index(b"\xff\xee")
    (length,) = struct.unpack_from(">H", plain, at + 2)
    unmarked = plain[:at] + plain[at + 2 + length :]
    with Image.open(io.BytesIO(unmarked)) as picture:
        assert picture.mode == "CMYK"
    for data in (plain, unmarked):
        assert difference(decoded(make_acceptable(data).data), card()) < 12
