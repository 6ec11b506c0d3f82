"""The label in a picture's file: there for programs to read, and the pixels as they were."""

import io
import json
import re
import shutil
import struct
import subprocess
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational

from functions.worker.photos import tiff_tags
from functions.worker.photos.labels import Label, carried, labelled, own_label
from functions.worker.photos.metadata import form_of

AIGC = "{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC"
PAINTED = Label(painted=True, number="p6mmenbx55tcuywax6sv", producer="商店 <&> Co", propagator="X")
CUT = Label(painted=False)
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
ALTERED = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced"
NO_XML = "\ufffe\uffff"  # no characters of XML 1.0
OTHERS = '{"Label":"1","ContentProducer":"somebody else","ProduceID":"7"}'
MANIFEST = b"JP\0\0 jumb c2pa manifest "
SERIAL, PLACE = "SN-4711-4711", "somewhere"
FORMS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "jpeg": ("RGB", "JPEG", {}),
    "progressive jpeg": ("RGB", "JPEG", {"progressive": True}),
    "grey jpeg": ("L", "JPEG", {}),
    "png": ("RGB", "PNG", {}),
    "png with alpha": ("RGBA", "PNG", {}),
    "png with a palette": ("P", "PNG", {}),
    "webp": ("RGB", "WEBP", {}),
    "lossless webp": ("RGB", "WEBP", {"lossless": True}),
    "lossless webp with alpha": ("RGBA", "WEBP", {"lossless": True}),
    "webp with alpha": ("RGBA", "WEBP", {}),
}
forms = pytest.mark.parametrize("form", FORMS)
KINDS = ("JPEG", "PNG", "WEBP")
kinds = pytest.mark.parametrize("kind", KINDS)
exiftool = pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")


def drawn(mode: str, kind: str, size: tuple[int, int] = (67, 41), **options: Any) -> bytes:
    picture = Image.radial_gradient("L").resize(size)
    if mode in {"RGB", "RGBA"}:
        picture = Image.merge(mode, [picture.rotate(90 * turn) for turn in range(len(mode))])
    out = io.BytesIO()
    picture.convert(mode).save(out, kind, **options)
    return out.getvalue()


def sample(form: str) -> bytes:
    mode, kind, options = FORMS[form]
    return drawn(mode, kind, **options)


def pixels(data: bytes) -> tuple[str, tuple[int, int], bytes]:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.mode, picture.size, picture.convert("RGBA").tobytes()


def packet_of(data: bytes) -> bytes:
    """The XMP packet, by Pillow's own reader."""
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        found = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    return found.encode() if isinstance(found, str) else found


def said_in(data: bytes) -> dict[str, str]:
    """What the packet says, by its names without their namespaces; each may be there once."""
    found: dict[str, str] = {}
    for name, value in re.findall(rb"<\w+:(AIGC|DigitalSourceType)>(.*?)</", packet_of(data)):
        assert name.decode() not in found
        plain = value.decode().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        found[name.decode()] = plain
    return found


def read_outside(files: Sequence[bytes], tmp_path: Path) -> list[dict[str, Any]]:
    """What exiftool reads of each."""
    paths = [tmp_path / str(number) for number in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    command = ["exiftool", "-j", "-a", "-u", "-G1", "-n", "-validate", "-all", *map(str, paths)]
    ran = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return [dict(one) for one in json.loads(ran.stdout)]


def with_packet(kind: str, packet: bytes) -> bytes:
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
        return drawn("RGB", "PNG", pnginfo=info)
    return drawn("RGB", kind, xmp=packet)


def packet(inside: str, *, padding: int = 0) -> bytes:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<r:Description r:about="uuid:one" xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"'
        ' xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" exif:GPSLatitude="48,1.5N"'
        f' aux:SerialNumber="{SERIAL}" dc:source="a vase">'
        f"{inside}</r:Description></r:RDF></x:xmpmeta>{' ' * padding}"
        '<?xpacket end="w"?>'
    ).encode()


LABEL_OF_OTHERS = f"<TC260:AIGC>{OTHERS}</TC260:AIGC>"


# --- what is said


@forms
def test_a_painted_picture_says_so_and_its_pixels_stay(form: str) -> None:
    data = sample(form)
    made = labelled(data, PAINTED)
    assert pixels(made) == pixels(data)
    said = said_in(made)
    assert said["DigitalSourceType"] == COMPOSITE
    assert json.loads(said["AIGC"]) == {
        "Label": "1",
        "ContentProducer": "商店 <&> Co",
        "ProduceID": "p6mmenbx55tcuywax6sv",
        "ReservedCode1": "",
        "ContentPropagator": "X",
        "PropagateID": "p6mmenbx55tcuywax6sv",
        "ReservedCode2": "",
    }


@forms
def test_what_is_labelled_once_is_not_labelled_again(form: str) -> None:
    made = labelled(sample(form), PAINTED)
    assert labelled(made, PAINTED) is made
    assert labelled(made, Label(painted=True, number="another")) is made


@forms
def test_a_cut_out_does_not_say_that_ai_has_painted_it(form: str) -> None:
    data = sample(form)
    made = labelled(data, CUT)
    assert pixels(made) == pixels(data)
    assert said_in(made) == {"DigitalSourceType": ALTERED}
    assert b"AIGC" not in made


@exiftool
def test_another_programs_reader_reads_the_label(tmp_path: Path) -> None:
    for said in read_outside([labelled(sample(form), PAINTED) for form in FORMS], tmp_path):
        (aigc,) = (value for name, value in said.items() if name.upper() == "XMP-TC260:AIGC")
        assert json.loads(aigc)["ContentProducer"] == "商店 <&> Co"
        assert said["XMP-iptcExt:DigitalSourceType"] == COMPOSITE
        assert said["ExifTool:Validate"] == "0 0 0", said


@given(text=st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=NO_XML)))
@settings(max_examples=60, deadline=None)
def test_any_producer_is_read_back_as_it_was_set(text: str) -> None:
    made = labelled(drawn("L", "PNG", (4, 4)), Label(painted=True, producer=text))
    assert json.loads(said_in(made)["AIGC"])["ContentProducer"] == text


# --- what is there already


@kinds
def test_a_label_that_is_there_stays_byte_for_byte_and_ours_is_not_added(kind: str) -> None:
    data = with_packet(kind, packet(LABEL_OF_OTHERS))
    made = labelled(data, PAINTED)
    assert made.count(LABEL_OF_OTHERS.encode()) == 1
    assert said_in(made) == {"AIGC": OTHERS, "DigitalSourceType": COMPOSITE}
    assert b'r:about="uuid:one"' in packet_of(made)
    assert pixels(made) == pixels(data)


@kinds
def test_a_file_with_both_is_not_touched(kind: str) -> None:
    source = (
        f'<e:DigitalSourceType xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">{COMPOSITE}'
    )
    both = f"{LABEL_OF_OTHERS}{source}</e:DigitalSourceType>"
    plain = packet(both).replace(b"exif:GPSLatitude", b"exif:Noted").replace(b"SerialNumber", b"No")
    data = with_packet(kind, plain)
    assert labelled(data, PAINTED) is data


@pytest.mark.parametrize("encoding", ["ascii", "utf-16-be", "utf-16-le"])
def test_a_label_in_a_users_comment_counts_too(encoding: str) -> None:
    exif = Image.Exif()
    comment = f'{{"AIGC":{OTHERS}}}'.encode(encoding)
    exif.get_ifd(0x8769)[0x9286] = (
        b"ASCII\0\0\0" if encoding == "ascii" else b"UNICODE\0"
    ) + comment
    data = drawn("RGB", "JPEG", exif=exif.tobytes())
    made = labelled(data, PAINTED)
    assert said_in(made) == {"DigitalSourceType": COMPOSITE}
    assert comment in made


def test_a_label_in_a_png_text_counts_too() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("AIGC", OTHERS, zip=True)
    assert "AIGC" not in said_in(labelled(drawn("RGB", "PNG", pnginfo=info), PAINTED))


@kinds
def test_a_signed_picture_with_a_label_keeps_its_signature_valid(kind: str) -> None:
    """C2PA hashes the file: whatever is added makes the signature void."""
    plain = packet(LABEL_OF_OTHERS).replace(b"exif:GPSLatitude", b"exif:Noted")
    data = signed(with_packet(kind, plain.replace(b"SerialNumber", b"No")))
    assert labelled(data, PAINTED) is data


@kinds
def test_a_signed_picture_without_a_label_gets_ours_which_its_signature_does_not_survive(
    kind: str,
) -> None:
    """As docs/labels.md says; the manifest stays, for whoever wants to look."""
    data = signed(drawn("RGB", kind))
    made = labelled(data, PAINTED)
    assert json.loads(said_in(made)["AIGC"])["Label"] == "1"
    assert "DigitalSourceType" not in said_in(made)  # the manifest says it
    assert MANIFEST in made
    assert pixels(made) == pixels(data)


def signed(data: bytes) -> bytes:
    manifest = MANIFEST
    if data.startswith(b"\x89PNG"):
        body = b"caBX" + manifest
        chunk = struct.pack(">I", len(manifest)) + body + struct.pack(">I", zlib.crc32(body))
        return data[:33] + chunk + data[33:]
    if data.startswith(b"RIFF"):
        whole = data[8:] + b"C2PA" + struct.pack("<I", len(manifest)) + manifest
        return b"RIFF" + struct.pack("<I", len(whole)) + whole
    return data[:2] + struct.pack(">HH", 0xFFEB, len(manifest) + 2) + manifest + data[2:]


# --- packets of others


@kinds
def test_others_words_in_the_packet_stay(kind: str) -> None:
    made = labelled(with_packet(kind, packet("<dc:title>a vase</dc:title>")), PAINTED)
    assert b"<dc:title>a vase</dc:title>" in packet_of(made)
    assert json.loads(said_in(made)["AIGC"])["Label"] == "1"
    assert made.count(b"<?xpacket begin") == 1


def test_room_that_was_left_in_a_packet_is_used() -> None:
    data = with_packet("JPEG", packet("", padding=3000))
    assert len(labelled(data, PAINTED)) == len(data)


@pytest.mark.parametrize(
    "broken",
    [
        b"no XML at all",
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF></rdf:RDF>",
        packet("").decode().encode("utf-16-le"),
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + packet(""),
        packet("<dc:title>" + "a" * 64_800 + "</dc:title>"),
    ],
    ids=["words", "unclosed", "utf-16", "entities", "full"],
)
def test_beside_a_packet_that_can_take_nothing_the_label_has_one_of_its_own(broken: bytes) -> None:
    made = labelled(drawn("RGB", "JPEG", xmp=broken), PAINTED)
    first = re.search(rb"\xff\xe1..http://ns.adobe.com/xap/1.0/\0(.*?)\xff\xe1", made, re.DOTALL)
    assert first
    assert b"TC260:AIGC" in first[1]
    assert broken[:20] in made


# --- what is taken out


def exif_with_a_place() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E], exif[0x013B] = "a vase on a table", "a photographer"
    inner = exif.get_ifd(0x8769)
    inner[0xA431], inner[0xA435], inner[0x927C] = SERIAL, SERIAL, b"maker's " + SERIAL.encode()
    inner[0xA434] = "50 mm, of glass"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (IFDRational(48), IFDRational(7), IFDRational(4711, 100))
    place[0x1B] = PLACE.encode()
    return exif


@kinds
def test_neither_a_place_nor_a_cameras_number_is_handed_on_and_the_rest_stays(kind: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = exif_with_a_place()
    data = drawn("RGB", kind, exif=exif.tobytes(), icc_profile=profile)
    made = labelled(data, PAINTED)
    assert SERIAL.encode() not in made
    assert PLACE.encode() not in made
    with Image.open(io.BytesIO(made)) as picture:
        left = picture.getexif()
        assert picture.info["icc_profile"] == profile
    assert dict(left.get_ifd(0x8825)) == {}
    assert left[0x010E] == "a vase on a table"
    assert left[0x013B] == "a photographer"
    assert left.get_ifd(0x8769) == {0xA434: "50 mm, of glass"}
    assert pixels(made) == pixels(data)


@kinds
def test_a_packets_place_and_camera_are_taken_out_however_they_are_written(kind: str) -> None:
    inside = (
        "<exif:GPSLongitude>11,34.5E</exif:GPSLongitude><aux:LensSerialNumber/>"
        f"<aux:OwnerName>{PLACE}</aux:OwnerName><dc:title>kept</dc:title>"
    )
    made = labelled(with_packet(kind, packet(inside)), PAINTED)
    for taken in (b"GPS", b"Serial", b"Owner", b"48,1.5N", b"11,34.5E", SERIAL.encode()):
        assert taken not in packet_of(made), taken
    assert b'dc:source="a vase"' in packet_of(made)
    assert b"<dc:title>kept</dc:title>" in packet_of(made)


def test_a_copy_of_exif_in_a_png_text_is_left_out() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Raw profile type exif", exif_with_a_place().tobytes().hex(), zip=True)
    info.add_text("Title", "a vase")
    made = labelled(drawn("RGB", "PNG", pnginfo=info), PAINTED)
    assert b"Raw profile" not in made
    assert b"a vase" in made


@exiftool
def test_another_programs_reader_finds_no_place_and_no_camera(tmp_path: Path) -> None:
    files = [drawn("RGB", kind, exif=exif_with_a_place().tobytes()) for kind in KINDS]
    made = [labelled(data, PAINTED) for data in files]
    read = read_outside([*files, *made], tmp_path)
    private = re.compile("GPS|Serial|MakerNote|Owner")
    for before, after in zip(read[: len(KINDS)], read[len(KINDS) :], strict=True):
        assert [name for name in before if private.search(name)]
        assert not [name for name in after if private.search(name)]
        kept = {name for name in before if name.startswith(("IFD", "ExifIFD")) and name in after}
        assert {"IFD0:Artist", "IFD0:ImageDescription", "ExifIFD:LensModel"} <= kept
        assert {name: before[name] for name in kept} == {name: after[name] for name in kept}


# --- a photo's own label


@kinds
def test_a_photos_own_label_goes_on_to_what_is_made_of_it(kind: str) -> None:
    photo = with_packet(kind, packet(LABEL_OF_OTHERS))
    made = carried(drawn("RGBA", "PNG"), own_label(photo))
    assert said_in(labelled(made, CUT)) == {"AIGC": OTHERS, "DigitalSourceType": ALTERED}
    assert SERIAL.encode() not in made


def test_a_label_elsewhere_in_the_photo_goes_on_too() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("AIGC", f'{{"AIGC": {OTHERS}}}')
    photo = drawn("RGB", "PNG", pnginfo=info)
    assert said_in(carried(drawn("RGB", "JPEG"), own_label(photo))) == {"AIGC": OTHERS}


def test_a_photo_without_a_label_gives_none() -> None:
    assert own_label(with_packet("PNG", packet(""))) == own_label(b"no picture") == {}
    data = drawn("RGB", "JPEG")
    assert carried(data, {}) is data


def test_a_label_that_xml_cannot_hold_is_not_carried() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("AIGC", '{"AIGC": {"ContentProducer": "\x01"}}')
    assert own_label(drawn("RGB", "PNG", pnginfo=info)) == {}


# --- damage


def test_what_can_hold_no_label_is_refused() -> None:
    for data in (b"", b"GIF89a", drawn("RGB", "BMP"), drawn("RGB", "TIFF")):
        with pytest.raises(ValueError, match="no JPEG"):
            labelled(data, PAINTED)


@given(data=st.data(), form=st.sampled_from(list(FORMS)))
@settings(max_examples=100, deadline=None)
def test_damage_is_no_reason_to_fail(data: st.DataObject, form: str) -> None:
    whole = bytearray(labelled(sample(form), PAINTED))
    for at in data.draw(st.lists(st.integers(12, len(whole) - 1), max_size=6)):
        whole[at] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(12, len(whole)))])
    try:
        made = labelled(cut, PAINTED)
    except ValueError:  # no WebP any more
        assert "webp" in form
    else:
        assert len(made) >= len(cut) or form_of(cut)


@given(exif=st.binary(max_size=200), order=st.sampled_from([b"II*\0", b"MM\0*"]))
@settings(max_examples=150, deadline=None)
def test_damaged_exif_keeps_its_length(exif: bytes, order: bytes) -> None:
    assert len(tiff_tags.without_private(order + exif)) == len(order + exif)
