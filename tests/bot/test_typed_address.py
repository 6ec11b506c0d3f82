"""Where an address ends that somebody typed or pasted behind /backdrop."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.requests.photo_urls import TypedAddress, typed_address
from bot.requests.prompt_parser import unescaped

CUP = "https://shop.example/cup.jpg"


def read(sent: str) -> tuple[str, str]:
    found = typed_address(unescaped(sent))
    assert found
    return found.url, found.words


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example/i.jpg?x=1&timestamp=2",
        "https://shop.example/i.jpg?x=1&copy=2&reg=3&para=4;",
        "https://shop.example/w|h.jpg",
        "https://shop.example/Cup_(red)",
        "https://shop.example/Cup_(red).jpg",
        "https://shop.example/w_200,h_300/cup.jpg",
        "https://shop.example/cup.jpg,w_200",
        "https://shop.example/杯子.jpg",
        "https://shop.example/杯子",
        "https://例子.example/cup.jpg",
        "https://shop.example/i?Signature=abc__",
        "https://shop.example/p.php?u=https://b.example/c.jpg&w=3",
        "HTTPS://shop.example/CUP.JPG",
    ],
)
def test_an_address_is_taken_to_the_letter(address: str) -> None:
    assert read(f"{address} on a beach") == (address.removesuffix(";"), "on a beach")
    escaped = address.replace("&", "&amp;")
    assert read(f"{escaped} on a beach") == (address.removesuffix(";"), "on a beach")


@pytest.mark.parametrize(
    "between", [" ", "\n", ", ", "，", "。", "！ ", "：", "…", "\u3000", ";\u200b", "\u200b"]
)
def test_what_separates_an_address_from_words_is_of_neither(between: str) -> None:
    assert read(f"{CUP}{between}放在木桌上") == (CUP, "放在木桌上")
    assert read(f"<{CUP}>{between}放在木桌上") == (CUP, "放在木桌上")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (f"{CUP}放在木桌上", "放在木桌上"),
        (f"{CUP}?x=1&y=2放在木桌上", "放在木桌上"),
        (f"{CUP},on a table", "on a table"),
        (f"{CUP}——商品跑车", "——商品跑车"),
        (f"{CUP}（雨夜）", "（雨夜）"),
        (f'{CUP} "on a table"', '"on a table"'),
        (f"{CUP} `--product mug`", "`--product mug`"),
        ("https://shop.example/photo/123放在木桌上", "放在木桌上"),
    ],
)
def test_words_need_no_space_before_them(sent: str, words: str) -> None:
    assert read(sent)[1] == words


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        *zip("\"'`“‘(（「【*_~", "\"'`”’)）」】*_~", strict=True),
        ("**", "**"),
        ("```", "```"),
        ("\u200b", ""),
    ],
)
@pytest.mark.parametrize("end", ["", ",", "。"])
def test_what_is_written_around_an_address_goes(before: str, behind: str, end: str) -> None:
    assert read(f"{before}{CUP}{behind}{end} a beach") == (CUP, "a beach")


@pytest.mark.parametrize(
    "sent", [f"<{CUP}|shop.example> a beach", f"“<{CUP}|shop.example/a|b>” a beach"]
)
def test_a_label_is_one_only_in_slacks_own_brackets(sent: str) -> None:
    assert read(sent) == (CUP, "a beach")


@pytest.mark.parametrize(
    "said", ["", "a beach", f"a beach {CUP}", "https://", "shop.example/a.jpg"]
)
def test_words_are_no_address(said: str) -> None:
    assert typed_address(said) is None


@given(st.text() | st.text("/.,|)(_。杯a", max_size=20).map(f"{CUP}".__add__))
def test_whatever_is_typed_is_an_address_and_words_or_only_words(said: str) -> None:
    found = typed_address(said)
    if found:
        assert found.url in said
        assert found.words in said
        assert typed_address(found.url) == TypedAddress(found.url, "")
