"""What somebody types for a packshot: the word alone, options, a colour, and what contradicts."""

import pytest

from bot.requests.prompt_parser import build_wish, typed_prompt
from bot.texts import Language, error_text
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.wish import Packshot, Resolution, Wish

SHOP_SIZE = Resolution(width=2000, height=2000)


def wish_of(text: str, **defaults: object) -> Wish:
    return build_wish(typed_prompt(text), defaults)


def refusals(text: str, **defaults: object) -> tuple[Problem, ...]:
    with pytest.raises(Refused) as refused:
        wish_of(text, **defaults)
    return refused.value.problems


@pytest.mark.parametrize(
    "text",
    [
        "packshot",
        "Packshot.",
        "white packshot",
        "白底图",
        "--packshot",
        "--白底图",
        "—packshot white",
    ],
)
def test_a_white_packshot_is_asked_for_by_its_name(text: str) -> None:
    assert wish_of(text) == Wish(packshot=Packshot(), resolution=SHOP_SIZE)


@pytest.mark.parametrize(
    ("text", "packshot"),
    [
        (
            "--packshot #F5F5F5 --fill 90% --shadow on",
            Packshot(background="#f5f5f5", fill=90, shadow=True),
        ),
        ("packshot --shadow on", Packshot(shadow=True)),
        ("白底图 --阴影 开 --占比 80", Packshot(shadow=True, fill=80)),
        ("--packshot light grey", Packshot(background="#f2f2f2")),
        ("--packshot #abc", Packshot(background="#aabbcc")),
        ("--白底图 米白", Packshot(background="#faf6ec")),
    ],
)
def test_its_colour_its_share_and_its_shadow_are_options(text: str, packshot: Packshot) -> None:
    assert wish_of(text).packshot == packshot


def test_its_size_and_its_product_are_said_as_ever() -> None:
    wish = wish_of("packshot --size 800x800 --product red mug")
    assert (wish.resolution.width, wish.product) == (800, "red mug")


def test_a_size_that_is_ones_habit_is_none_of_a_packshots() -> None:
    wide = Resolution(width=1280, height=720)
    assert wish_of("packshot", resolution=wide).resolution == SHOP_SIZE


def test_of_a_packshot_that_is_meant_only_what_is_said_changes() -> None:
    before = Packshot(background="#faf6ec", fill=70)
    small = Resolution(width=800, height=800)
    wish = wish_of("--shadow on", packshot=before, resolution=small, prompt="")
    assert wish.packshot == Packshot(background="#faf6ec", fill=70, shadow=True)
    assert wish.resolution == small


def test_words_below_a_packshot_paint_a_background() -> None:
    wish = wish_of("on a wooden table", packshot=Packshot())
    assert (wish.prompt, wish.packshot) == ("on a wooden table", None)


def test_it_takes_no_words_and_no_template() -> None:
    for text in ("on marble --packshot white", "--packshot --template marble"):
        (problem,) = refusals(text)
        assert (problem.code, problem.facts["rule"]) == (ErrorCode.WORDS_AND_TEMPLATE, "packshot")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("--packshot turquoise", "colour"),
        ("--packshot #12345", "colour"),
        ("--packshot --fill 5", "fill"),
        ("--packshot --fill most", "fill"),
        ("on a beach --shadow on", "alone"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_cannot_be_read_is_told_with_what_can(
    text: str, rule: str, language: Language
) -> None:
    (problem,) = refusals(text)
    assert (problem.code, problem.facts["rule"]) == (ErrorCode.PACKSHOT_UNREADABLE, rule)
    assert "?" not in error_text(language, problem.code, problem.facts)


def test_a_shadow_is_on_or_off() -> None:
    (problem,) = refusals("--packshot --shadow maybe")
    assert "--阴影 后面只能写“开”或“关”" in error_text("zh", problem.code, problem.facts)


def test_a_shop_has_a_size_of_its_own() -> None:
    assert wish_of("packshot --for ebay").resolution == Resolution(width=1600, height=1600)
    assert wish_of("a beach --for 小红书").shop == "xiaohongshu"
    (problem,) = refusals("a beach --for ebay --size 1:1")
    assert (problem.code, problem.facts["rule"]) == (ErrorCode.SHOP_UNKNOWN, "and-size")
    (several,) = refusals("a beach --for ebay, etsy")  # where there can be but one
    assert several.facts["rule"] == "several"


def test_a_dash_in_prose_names_no_shop() -> None:
    assert wish_of("a gift -- for her").prompt == "a gift -- for her"
