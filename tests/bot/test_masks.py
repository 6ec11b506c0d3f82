"""Which of the files on a message is a mask, and whose."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.requests.from_message import pair_with_masks
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.model import SlackFile


def files(*names: str) -> list[SlackFile]:
    return [SlackFile(file_id=f"F{n}", name=name) for n, name in enumerate(names)]


def pairs(*names: str) -> list[tuple[str, str | None]]:
    """The photos' names with their masks' names."""
    return [(p.name, m.name if m else None) for p, m in pair_with_masks(files(*names))]


def problems(*names: str) -> tuple[Problem, ...]:
    with pytest.raises(Refused) as refused:
        pairs(*names)
    return refused.value.problems


@pytest.mark.parametrize(
    "mask",
    [
        "cup.mask.png",
        "cup-mask.png",
        "cup_mask.png",
        "cup mask.png",
        "CUP.MASK.PNG",
        "Cup.Mask.png",
        "cup.mask.jpg",
        "cup.mask.webp",
        "cup-mask (1).png",
        "cup-mask(2).png",
        "cup-mask copy.png",
        "cup-mask copy 2.png",
        "cup-mask - Copy.png",
        "cup-mask - Copy (2).png",
        "Copy of cup-mask.png",
        "cup-mask - Kopie.png",
        "cup-mask-2.png",
        "cup_mask_3.png",
        "cup.mask_1.jpg",
        "cup-mask.webp",
        "cup_mask.TIFF",
        "cup-mask.bmp",
        "cup-mask.gif",
        "cup_蒙版.png",
        "cup蒙版.png",
        "cup 蒙版（1）.png",
        "cup的蒙版 副本.png",
        "cup-遮罩 拷贝 2.png",
        "cup.遮罩.jpg",
        "cup\u00a0mask.png",
    ],
)
def test_a_mask_is_named_like_its_photo(mask: str) -> None:
    assert pairs("cup.jpg", "car.jpg", mask) == [("cup.jpg", mask), ("car.jpg", None)]


def test_the_photos_keep_their_order_wherever_the_masks_stand() -> None:
    given_names = ("b.mask.png", "a.jpg", "a.mask.png", "b.jpg", "c.jpg")
    assert pairs(*given_names) == [
        ("a.jpg", "a.mask.png"),
        ("b.jpg", "b.mask.png"),
        ("c.jpg", None),
    ]


def test_a_name_is_the_same_however_the_system_composes_it() -> None:
    """macOS writes é as two characters, and a browser hands them on."""
    photos = [normalize("NFC", "Café.jpg"), normalize("NFD", "Café.jpg")]
    masks = [normalize("NFD", "CAFÉ-mask.png"), normalize("NFC", "CAFÉ-mask.png")]
    for photo, mask in zip(photos, masks, strict=True):
        assert pairs(photo, "car.jpg", mask) == [(photo, mask), ("car.jpg", None)]


def test_a_renamed_mask_prefers_the_photo_that_was_renamed_alike() -> None:
    assert pairs("cup.jpg", "cup (1).jpg", "cup-mask.png", "cup-mask (1).png") == [
        ("cup.jpg", "cup-mask.png"),
        ("cup (1).jpg", "cup-mask (1).png"),
    ]


def test_a_renamed_photo_keeps_its_mask_unless_two_could_be_meant() -> None:
    assert pairs("cup (1).jpg", "car.jpg", "cup-mask.png")[0] == ("cup (1).jpg", "cup-mask.png")
    (problem,) = problems("cup (1).jpg", "cup (2).jpg", "cup-mask.png")
    assert problem.code is ErrorCode.MASK_WITHOUT_PHOTO


RENAMED = ["mask (1).png", "mask copy.png", "mask-2.png", "mask.webp", "mask.tif"]
CHINESE = ["蒙版.png", "遮罩.webp", "蒙版 (1).png", "蒙版 副本.png", "cup-蒙版.png"]


@pytest.mark.parametrize(
    "mask", [*RENAMED, *CHINESE, "mask.png", "other.mask.png", "IMG_2-mask.png"]
)
def test_one_mask_and_one_photo_belong_together_whatever_their_names(mask: str) -> None:
    assert pairs("IMG_1.HEIC", mask) == [("IMG_1.HEIC", mask)]
    assert pairs(mask, "IMG_1.HEIC") == [("IMG_1.HEIC", mask)]


@pytest.mark.parametrize(
    "name",
    [
        "cup.v1.jpg",
        "cup",
        ".jpg",
        "",
        "图片.png",
        "unmask.png",
        "mask.jpg",
        "masks.png",
        "面膜.png",
    ],
)
def test_a_photo_alone_is_a_photo(name: str) -> None:
    assert pairs(name) == [(name, None)]


def test_a_mask_with_a_dotted_name_finds_its_photo() -> None:
    assert pairs("cup.v1.jpg", "cup.v2.jpg", "cup.v2.mask.png")[1] == (
        "cup.v2.jpg",
        "cup.v2.mask.png",
    )


@pytest.mark.parametrize(
    "name", ["face mask.png", "sleep-mask.png", "gas_mask.PNG", "face mask (1).png"]
)
def test_somebody_may_sell_masks(name: str) -> None:
    assert pairs(name) == [(name, None)]
    assert pairs(name, "mask.png") == [(name, "mask.png")]


@pytest.mark.parametrize(
    "names", [(), ("mask.png",), ("cup.mask.png",), ("a.mask.png", "mask.png")]
)
def test_a_mask_alone_is_no_photo(names: tuple[str, ...]) -> None:
    assert problems(*names) == (Problem(ErrorCode.PHOTO_MISSING, "photo"),)


@pytest.mark.parametrize(
    "names",
    [
        ("a.jpg", "b.jpg", "c.mask.png"),
        ("a.jpg", "b.jpg", "mask.png"),
        ("", "", "mask.png"),
        ("", "b.jpg", "mask.png"),
    ],
)
def test_a_mask_that_fits_no_photo_is_named(names: tuple[str, ...]) -> None:
    assert problems(*names) == (Problem(ErrorCode.MASK_WITHOUT_PHOTO, "mask", {"name": names[-1]}),)


def test_a_mask_that_fits_two_photos_is_not_guessed() -> None:
    """Pasted pictures are all called image.png."""
    (problem,) = problems("image.png", "image.png", "image.mask.png")
    assert problem.code is ErrorCode.MASK_WITHOUT_PHOTO


def test_two_masks_for_one_photo_are_not_guessed() -> None:
    found = problems("cup.jpg", "car.jpg", "cup.mask.png", "cup-mask.png")
    assert [problem.facts["name"] for problem in found] == ["cup.mask.png", "cup-mask.png"]
    assert len(problems("cup.jpg", "mask.png", "mask.png")) == 2


def test_every_stray_mask_is_named_and_no_longer_than_needed() -> None:
    found = problems("a.jpg", "b.jpg", "c.mask.png", "x" * 200 + ".mask.png")
    assert [problem.facts["name"] for problem in found] == ["c.mask.png", "x" * 80]


NAMES = st.text("ab.-_ /mask", max_size=8) | st.sampled_from(["a.png", "a.jpg", "mask.png"])


@given(st.lists(st.tuples(NAMES, st.sampled_from(["", ".png", ".mask.png", "-mask.png"]))))
def test_every_file_is_used_exactly_once_or_everything_is_refused(
    names: list[tuple[str, str]],
) -> None:
    given_files = files(*(stem + ending for stem, ending in names))
    try:
        paired = pair_with_masks(given_files)
    except Refused:
        return
    used = [one.file_id for pair in paired for one in pair if one]
    assert sorted(used) == sorted(file.file_id for file in given_files)
