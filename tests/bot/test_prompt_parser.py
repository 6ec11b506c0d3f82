"""The words and the options between them, as people and their keyboards write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.requests.prompt_parser import build_wish, parse_options
from bot.texts import error_text
from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.wish import Resolution, Wish


def wished(text: str) -> Wish:
    return build_wish(parse_options(text))


def problems_of(text: str) -> list[tuple[ErrorCode, dict[str, str | int]]]:
    with pytest.raises(Refused) as refused:
        wished(text)
    return [(problem.code, problem.facts) for problem in refused.value.problems]


def test_without_options_everything_is_the_background() -> None:
    assert wished("  on a wet street\n at night ") == Wish(prompt="on a wet street at night")


def test_options_come_after_the_words() -> None:
    text = "a wet street --product sports car --size 16:9 --avoid people, rain --watermark off"
    assert wished(text) == Wish(
        prompt="a wet street",
        product="sports car",
        resolution=Resolution(width=1280, height=720),
        avoid="people, rain",
        watermark=False,
    )


def test_options_in_chinese_mean_the_same() -> None:
    text = "雨夜的街道 --商品 跑车 --尺寸 16：9 --避免 行人 --水印 关"
    assert wished(text) == Wish(
        prompt="雨夜的街道",
        product="跑车",
        resolution=Resolution(width=1280, height=720),
        avoid="行人",
        watermark=False,
    )


@pytest.mark.parametrize(
    "text",
    [
        "雨夜，--商品 跑车 --尺寸16：9",
        "雨夜，--商品跑车--尺寸：16：9",
        "雨夜， --商品：跑车 --尺寸 16：9",
    ],
)
def test_chinese_options_need_no_spaces_around_them(text: str) -> None:
    resolution = Resolution(width=1280, height=720)
    assert wished(text) == Wish(prompt="雨夜，", product="跑车", resolution=resolution)


@pytest.mark.parametrize(
    "text",
    [
        "--template marble",
        "--template MARBLE",
        "--Template Marble",
        "--模板 大理石",
        "—template marble",
        "\n--template\nmarble\n",
    ],
)
def test_a_template_is_named_in_either_language(text: str) -> None:
    assert wished(text) == Wish(template="大理石")


@pytest.mark.parametrize("dash", ["--", "—", "–", "——", "－－"])
@pytest.mark.parametrize("name", ["product", "商品", "产品"])
def test_a_dash_that_a_keyboard_made_of_two_hyphens_begins_a_known_option(
    dash: str, name: str
) -> None:
    """macOS makes — of --, and a Chinese keyboard's dash is two characters long."""
    assert wished(f"a beach {dash}{name} cup") == Wish(prompt="a beach", product="cup")


@pytest.mark.parametrize(
    "words",
    [
        "a street — empty, at night",
        "a street —empty",
        "a street – product photo",
        "black-and-white",
        "a--b",
        "5 -- 6",
        "桌子——木头的",
        "雨夜——安静的街道",
        "电商-商品图",
        "a —productive day",
        "a non-product shot",
        "a plus-size model",
        "a minimal set—product in the middle",
    ],
)
def test_other_dashes_are_part_of_the_words(words: str) -> None:
    assert wished(words) == Wish(prompt=words)


@pytest.mark.parametrize("text", ["--size=16:9", "--size: 16:9", "--尺寸：16:9", "—size=16:9"])
def test_a_sign_between_an_option_and_its_value_is_no_part_of_the_value(text: str) -> None:
    assert wished(f"a beach {text}").resolution == Resolution(width=1280, height=720)


def test_a_value_may_begin_with_a_colon() -> None:
    assert wished("a beach --product :car: toy").product == ":car: toy"


def test_the_last_of_two_equal_options_counts() -> None:
    assert wished("a beach --avoid rain --no people").avoid == "people"


@pytest.mark.parametrize(
    ("value", "is_on"),
    [("on", True), ("OFF", False), ("off", False), ("开", True), ("关", False)],
)
def test_the_watermark_is_switched_in_either_language(value: str, is_on: bool) -> None:
    assert wished(f"a beach --watermark {value}").watermark is is_on


def test_an_unknown_option_is_named() -> None:
    assert problems_of("a beach --colour red") == [
        (ErrorCode.OPTION_UNKNOWN, {"option": "--colour"})  # like none of ours
    ]


def test_only_the_beginning_of_an_unknown_option_is_shown() -> None:
    assert problems_of("a beach --" + "x" * 100) == [
        (ErrorCode.OPTION_UNKNOWN, {"option": "--" + "x" * 40})
    ]


@pytest.mark.parametrize("text", ["a beach --product", "a beach --product  --size 16:9"])
def test_an_option_without_a_value_is_named_as_it_was_typed(text: str) -> None:
    assert problems_of(text) == [(ErrorCode.OPTION_EMPTY, {"option": "--product"})]
    assert problems_of("海滩 --商品") == [(ErrorCode.OPTION_EMPTY, {"option": "--商品"})]


@pytest.mark.parametrize(
    "text",
    [
        "--size 16:9 on a beach",
        "on a --size 16 : 9 beach",
        "--size 16:9 --watermark off on a beach",
    ],
)
def test_words_may_come_after_a_size_or_a_switch(text: str) -> None:
    wish = wished(text)
    assert (wish.prompt, str(wish.resolution)) == ("on a beach", "1280:720")


@pytest.mark.parametrize("text", ["a beach --watermark maybe", "海滩 --水印 也许"])
def test_a_watermark_that_is_neither_on_nor_off_is_told_which_values_there_are(text: str) -> None:
    ((code, facts),) = problems_of(text)
    assert "--watermark takes on or off" in error_text("en", code, facts)
    assert "--水印 后面只能写“开”或“关”" in error_text("zh", code, facts)


def test_every_problem_is_told_at_once() -> None:
    found = problems_of(f"{'x' * 257} --size huge --template nothing --product {'y' * 51}")
    assert {code for code, _ in found} == {
        ErrorCode.SIZE_UNREADABLE,
        ErrorCode.TEMPLATE_UNKNOWN,
        ErrorCode.WORDS_TOO_LONG,
        ErrorCode.PRODUCT_TOO_LONG,
    }


def test_missing_words_are_told_beside_another_problem() -> None:
    assert [code for code, _ in problems_of("--size huge")] == [
        ErrorCode.SIZE_UNREADABLE,
        ErrorCode.WORDS_MISSING,
    ]


def test_who_mistypes_a_template_is_not_asked_for_words() -> None:
    assert [code for code, _ in problems_of("--template nothing")] == [ErrorCode.TEMPLATE_UNKNOWN]


def test_the_length_counts_after_spaces_are_tidied() -> None:
    assert len(wished("  ".join(["ab"] * 80)).prompt) == 239
    assert problems_of(" ".join(["ab"] * 86))[0] == (
        ErrorCode.WORDS_TOO_LONG,
        {"over": 1, "limit": 256, "length": 257},
    )


@given(st.text())
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    for typed in (text, f"--product {text}", f"--{text} a", f"—{text}"):
        try:
            made = wished(typed)
        except Refused:
            continue
        assert made.prompt or made.template
