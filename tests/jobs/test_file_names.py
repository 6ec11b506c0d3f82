"""What a file is called for whoever saves it: after its photo or a client's reference."""

import re
from email.message import Message
from typing import Any, Literal
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.jobs.file_names import disposition, file_name, photo_name, unique_names
from functions.jobs.model import (
    Asker,
    BucketPhoto,
    EarlierJob,
    Job,
    PhotoUrl,
    PicturesOf,
    SlackFile,
)
from functions.jobs.report import JobReport
from functions.jobs.wish import Wish
from tests.jobs.making import a_job

SHOP = Asker(client="shop")
SECRET_WORDS = "a surprise for the spring catalogue"
typed = st.text(max_size=300) | st.sampled_from(
    [
        *("../../etc/passwd", "..", "CON", "nul.jpg", 'a".jpg', "a\r\nSet-Cookie: b.jpg"),
        *("a\u202egpj.exe", ".hidden.png", "杯子.png", "é" * 200, "\ud800.jpg", "a%22.jpg"),
    ]
)


def named(photo: str, **changes: Any) -> Job:
    wish = Wish(prompt=SECRET_WORDS, product=SECRET_WORDS)
    return a_job(photo=SlackFile(file_id="F1", name=photo), wish=wish, **changes)


@pytest.mark.parametrize(
    ("photo", "file", "expected"),
    [
        ("mug.jpg", "picture.jpg", "mug.jpg"),
        ("mug.HEIC", "picture.png", "mug.png"),
        ("mug.jpg", "preview.jpg", "mug-preview.jpg"),
        ("mug.jpg", "before.jpg", "mug-before.jpg"),
        ("mug.jpg", "mask.png", "mug-mask.png"),
        ("mug.jpg", "cutout.png", "mug-cutout.png"),
        ("my blue mug (1).jpg", "picture.jpg", "my-blue-mug-(1).jpg"),
        ("mug.v2.final.png", "picture.png", "mug.v2.final.png"),
        ("杯子.png", "picture.png", "杯子.png"),
        ("", "picture.png", "picture.png"),
        ("....jpg", "picture.png", "picture.png"),
        ("../../etc/passwd", "picture.png", "etc-passwd.png"),
        ("CON.jpg", "picture.png", "_CON.png"),
        ("nul", "picture.png", "_nul.png"),
        ("a\u202egpj.exe", "picture.png", "agpj.exe.png"),
    ],
)
def test_a_file_is_called_after_its_photo(photo: str, file: str, expected: str) -> None:
    assert file_name(named(photo), file) == expected


def test_a_long_name_is_cut_before_its_ending() -> None:
    for length in (76, 77, 78, 300):
        job = named("m" * length + ".jpeg")
        assert photo_name(job) == "m" * min(length, 75) + ".jpeg"
        assert file_name(job, "picture.png") == "m" * min(length, 75) + ".png"
    assert photo_name(named("m" * 300)) == "m" * 80


@pytest.mark.parametrize("reference", ["order 4711", "order-4711", "order/4711", "order 4711.jpg"])
def test_a_clients_file_is_called_after_its_reference(reference: str) -> None:
    job = named("mug.jpg", asker=SHOP, reference=reference)
    assert file_name(job, "picture.jpg") == "order-4711.jpg"


def test_a_variation_has_its_number() -> None:
    assert file_name(named("mug.jpg", variation=2), "picture.png") == "mug-2.png"


def test_a_file_of_nobodys_photo_is_a_picture() -> None:
    assert file_name(None, "picture.png") == "picture.png"
    assert file_name(a_job(photo=BucketPhoto(key="uploads/a/photo")), "mask.png") == (
        "picture-mask.png"
    )


def test_a_zip_is_called_after_the_day_on_which_it_was_asked_for() -> None:
    zipped = a_job(photo=PicturesOf(), gesture="zip", created_at=1732270000.5)
    assert file_name(zipped, "pictures.zip") == "pictures-2024-11-22.zip"


def test_what_is_made_from_an_earlier_picture_keeps_its_photos_name() -> None:
    source = JobReport(a_job()).photo
    again = a_job("b" * 20, gesture="again", photo=source)
    assert file_name(again, "picture.png") == "cup.png"
    assert JobReport(again).photo == EarlierJob(job_id="b" * 20, name="cup.jpg")


@given(typed, typed)
@example("\ud800", "")
def test_no_name_says_what_was_typed_as_words(photo: str, reference: str) -> None:
    job = named(photo, reference=reference)
    assert "surprise" not in file_name(job, "picture.jpg") or "surprise" in photo + reference


@given(typed)
def test_a_name_is_one_that_every_file_system_takes(photo: str) -> None:
    name = file_name(named(photo), "picture.jpg")
    assert re.fullmatch(r"""[^\s<>:"'/\\|?*%\x00-\x1f\x7f]+\.jpg""", name)
    assert not name.startswith((".", "-"))
    assert len(name.encode()) <= 255
    assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name)


@given(typed, st.sampled_from(["inline", "attachment"]))
def test_a_header_says_the_name_in_both_forms_and_nothing_else(
    photo: str, kind: Literal["inline", "attachment"]
) -> None:
    name = file_name(named(photo), "picture.jpg")
    header = disposition(kind, name)
    assert header.isascii()
    assert header.isprintable()
    assert " " not in header
    parsed = Message()
    parsed["Content-Disposition"] = header
    assert parsed.get_content_disposition() == kind
    plain, every = re.findall(r"""filename="([^"]+)";filename\*=UTF-8''([^;]+)$""", header)[0]
    assert unquote(every) == name
    assert plain.endswith(".jpg")
    assert plain == name or not name.isascii()


def test_the_plain_form_of_a_name_in_another_script_is_a_picture() -> None:
    assert disposition("inline", "杯子.png") == (
        "inline;filename=\"picture.png\";filename*=UTF-8''%E6%9D%AF%E5%AD%90.png"
    )
    assert 'filename="tete.png"' in disposition("inline", "tête.png")


@given(st.lists(st.sampled_from(["a.png", "A.png", "a-2.png", "a-2.PNG", "b.jpg", "picture.png"])))
def test_unique_names_are_unique_whatever_the_capitals_and_keep_their_order(
    names: list[str],
) -> None:
    found = unique_names(names)
    assert len({one.casefold() for one in found}) == len(names)
    for name, unique in zip(names, found, strict=True):
        stem, _, ending = name.rpartition(".")
        assert unique.startswith(stem)
        assert unique.endswith(f".{ending}")


def test_unique_names_count_from_the_second() -> None:
    assert unique_names(["a.png", "a.png", "a-2.png", "a.png"]) == [
        "a.png",
        "a-2.png",
        "a-2-2.png",
        "a-3.png",
    ]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://shop.example/a/cup.jpg?sign=secret", "cup.jpg"),
        ("https://shop.example/%E6%9D%AF%E5%AD%90.PNG", "杯子.PNG"),
        ("https://shop.example/raw/IMG_1.CR3", "IMG_1.CR3"),
        ("https://shop.example/download/0123456789abcdef", ""),
        ("https://shop.example/", ""),
    ],
)
def test_of_a_photos_address_no_more_than_the_files_name_is_shown(url: str, name: str) -> None:
    assert photo_name(a_job(photo=PhotoUrl(url=url))) == name
