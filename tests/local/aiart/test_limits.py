"""Every documented limit of the request, just inside and just outside."""

import contextlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.aiart.limits import Rect, Wish, good_ratio, read_wish
from infra.local.aiart.templates import TEMPLATES
from infra.local.vendor_error import Refused

LEAST = {"ProductUrl": "https://example.com/p.jpg", "Prompt": "a beach"}
BAD_VALUE = "InvalidParameterValue.ParameterValueError"
TOO_LONG = "InvalidParameterValue.TextLengthExceed"
BAD_URL = "InvalidParameterValue.UrlIllegal"
TEXT_DENIED = "OperationDenied.TextIllegalDetected"
LOGO = {"LogoUrl": "https://example.com/l.png"}

letters = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)


def read(**fields: Any) -> Wish:
    return read_wish(msgspec.json.encode(LEAST | fields), denied_words=["gore", "血腥"])


def refusal(**fields: Any) -> str:
    with pytest.raises(Refused) as caught:
        read(**fields)
    return caught.value.code


def with_rect(**rect: int) -> dict[str, Any]:
    return LOGO | {"LogoRect": {"X": 0, "Y": 0, "Width": 10, "Height": 10} | rect}


def test_what_is_left_out_has_the_pages_default() -> None:
    assert read() == Wish(
        product_url=LEAST["ProductUrl"],
        prompt="a beach",
        negative_prompt="",
        product="",
        template="",
        mask_url="",
        width=1280,
        height=1280,
        add_mark=True,
        logo=None,
        as_url=False,
    )


def test_a_null_counts_as_left_out() -> None:
    assert read(Resolution=None, LogoParam=None, MaskUrl=None) == read()


def test_an_empty_mask_url_counts_as_left_out() -> None:
    assert read(MaskUrl="") == read()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Foo": 1}, "UnknownParameter"),
        ({"prompt": "a beach"}, "UnknownParameter"),
        ({"Prompt": None}, "MissingParameter"),
        ({"ProductUrl": None}, "MissingParameter"),
        ({"Prompt": 5}, "InvalidParameter"),
        ({"Product": ["cup"]}, "InvalidParameter"),
        ({"LogoAdd": "1"}, "InvalidParameter"),
        ({"LogoAdd": True}, "InvalidParameter"),
        ({"LogoAdd": 1.0}, "InvalidParameter"),
        ({"LogoParam": "x"}, "InvalidParameter"),
        ({"Prompt": ""}, BAD_VALUE),
        ({"Prompt": "  "}, BAD_VALUE),
        ({"Prompt": "x" * 257}, TOO_LONG),
        ({"Prompt": "景" * 257}, TOO_LONG),
        ({"NegativePrompt": "x" * 257}, TOO_LONG),
        ({"Product": "杯" * 51}, TOO_LONG),
        ({"Prompt": "Gore, everywhere"}, TEXT_DENIED),
        ({"Prompt": "一个血腥的画面"}, TEXT_DENIED),
        ({"Prompt": "画面gore画面"}, TEXT_DENIED),
        ({"NegativePrompt": "gore"}, TEXT_DENIED),
        ({"Product": "gore"}, TEXT_DENIED),
        ({"ProductUrl": ""}, "InvalidParameterValue.ImageEmpty"),
        ({"ProductUrl": "p.jpg"}, BAD_URL),
        ({"ProductUrl": "ftp://example.com/p.jpg"}, BAD_URL),
        ({"ProductUrl": "https://"}, BAD_URL),
        ({"ProductUrl": "data:image/png;base64,AAAA"}, BAD_URL),
        ({"ProductUrl": "https://example.com/a b.jpg"}, BAD_URL),
        ({"MaskUrl": "mask.png"}, BAD_URL),
        ({"BackgroundTemplate": "木纹"}, BAD_VALUE),
        ({"Prompt": "BackgroundTemplate"}, BAD_VALUE),
        ({"Prompt": "BackgroundTemplate", "BackgroundTemplate": "Wood grain"}, BAD_VALUE),
        ({"RspImgType": "URL"}, BAD_VALUE),
        ({"RspImgType": ""}, BAD_VALUE),
        ({"LogoParam": {}}, BAD_VALUE),
        ({"LogoParam": {"LogoUrl": ""}}, BAD_VALUE),
        ({"LogoParam": {"LogoUrl": "logo.png"}}, BAD_URL),
        ({"LogoParam": LOGO | {"Rect": {}}}, "UnknownParameter"),
        ({"LogoParam": LOGO | {"LogoRect": {"W": 1}}}, "UnknownParameter"),
        ({"LogoParam": LOGO | {"LogoRect": {"X": "1"}}}, "InvalidParameter"),
        ({"LogoParam": with_rect(X=-1)}, BAD_VALUE),
        ({"LogoParam": with_rect(Width=0)}, BAD_VALUE),
        ({"LogoParam": with_rect(X=1271)}, BAD_VALUE),
        ({"LogoParam": with_rect(Height=1281)}, BAD_VALUE),
    ],
)
def test_each_fault_has_its_code(fields: dict[str, Any], code: str) -> None:
    assert refusal(**fields) == code


@pytest.mark.parametrize(
    "body", [b"", b"x", b"[]", b'"x"', b'{"Prompt": "\\ud800"}', b"\xff", b'{"Prompt": "a"']
)
def test_a_body_that_is_not_a_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        read_wish(body, denied_words=[])
    assert caught.value.code == "InvalidParameter"


@pytest.mark.parametrize(
    "fields",
    [
        {"Prompt": "x" * 256},
        {"Prompt": "景" * 256},
        {"Prompt": "🏖" * 256},
        {"NegativePrompt": "x" * 256},
        {"Product": "杯" * 50},
        {"Prompt": "a Gorenje kitchen"},
        {"LogoAdd": 7},
        {"LogoParam": with_rect(X=1270, Height=1280)},
        {"ProductUrl": "http://127.0.0.1:9/a.jpg?q-sign-time=1;2&x=%E5%9B%BE"},
    ],
)
def test_what_is_just_inside_is_taken(fields: dict[str, Any]) -> None:
    read(**fields)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_taken_by_its_chinese_name(name: str) -> None:
    assert read(Prompt="BackgroundTemplate", BackgroundTemplate=name).template == name


@pytest.mark.parametrize(("sent", "added"), [(0, False), (1, True), (-3, True), (2, True)])
def test_only_zero_leaves_the_mark_out(sent: int, added: bool) -> None:
    assert read(LogoAdd=sent).add_mark is added


def test_a_logo_without_a_place_keeps_none() -> None:
    logo = read(LogoParam=LOGO).logo
    assert logo is not None
    assert logo.rect is None
    placed = read(LogoParam=with_rect(X=3)).logo
    assert placed is not None
    assert placed.rect == Rect(x=3, y=0, width=10, height=10)


@pytest.mark.parametrize(
    "resolution",
    ["501:501", "3999:3999", "501:1252", "1252:501", "1600:3999", "1280:720", "720:1280"],
)
def test_a_resolution_at_the_border_is_taken(resolution: str) -> None:
    assert read(Resolution=resolution).resolution == resolution


@pytest.mark.parametrize(
    "resolution",
    [
        "500:600",
        "600:500",
        "4000:3000",
        "3000:4000",
        "501:1253",
        "1253:501",
        "1280x1280",
        "1280",
        "1280:",
        "1280:1280:1",
        "-600:600",
        " 600:600",
        "600.0:600",
        "",
        "٦٠٠:٦٠٠",
        "999999:999999",
    ],
)
def test_a_resolution_beyond_the_border_is_refused(resolution: str) -> None:
    assert refusal(Resolution=resolution) == BAD_VALUE


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_a_resolution_is_taken_exactly_when_the_page_allows_it(width: int, height: int) -> None:
    sides = 500 < width < 4000 and 500 < height < 4000
    allowed = sides and 0.4 - 1e-12 <= width / height <= 2.5 + 1e-12
    if allowed:
        assert read(Resolution=f"{width}:{height}").width == width
    else:
        assert refusal(Resolution=f"{width}:{height}") == BAD_VALUE


@given(st.integers(1, 4000), st.integers(1, 4000))
def test_the_ratio_does_not_care_which_side_is_which(width: int, height: int) -> None:
    assert good_ratio(width, height) == good_ratio(height, width)


@given(st.dictionaries(letters, st.none() | st.booleans() | st.integers() | letters, max_size=4))
def test_whatever_is_sent_is_taken_or_refused(fields: dict[str, Any]) -> None:
    with contextlib.suppress(Refused):
        read(**fields)
