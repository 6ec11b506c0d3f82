"""What may be asked for: the limits of aiart, each at its boundary."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.wish import (
    TEMPLATES,
    Logo,
    LogoRect,
    Template,
    Wish,
    check_wish,
    find_template,
    limit_problems,
)

CHARACTERS = ["a", "夜", "🚗", "é"]
RECT = LogoRect(x=0, y=0, width=10, height=10)


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[ErrorCode]:
    return [problem.code for problem in refused.value.problems]


@pytest.mark.parametrize("character", CHARACTERS)
def test_256_characters_of_any_script_fit(character: str) -> None:
    wish = Wish(prompt=character * 256, avoid=character * 256)
    assert check_wish(wish) == wish


@pytest.mark.parametrize("character", CHARACTERS)
def test_257_characters_are_one_too_many_and_the_problem_says_so(character: str) -> None:
    with pytest.raises(Refused) as refused:
        check_wish(Wish(prompt=character * 257))
    (problem,) = refused.value.problems
    assert (problem.code, problem.field) == (ErrorCode.WORDS_TOO_LONG, "prompt")
    assert problem.facts == {"over": 1, "limit": 256, "length": 257}


def test_what_to_avoid_has_a_limit_of_its_own() -> None:
    with pytest.raises(Refused) as refused:
        check_wish(Wish(prompt="a beach", avoid="x" * 260))
    (problem,) = refused.value.problems
    assert (problem.code, problem.field) == (ErrorCode.AVOID_TOO_LONG, "avoid")
    assert problem.facts["over"] == 4


@pytest.mark.parametrize("character", CHARACTERS)
def test_a_products_name_may_have_50_characters(character: str) -> None:
    assert check_wish(Wish(prompt="a beach", product=character * 50))
    with pytest.raises(Refused) as refused:
        check_wish(Wish(prompt="a beach", product=character * 51))
    assert codes(refused) == [ErrorCode.PRODUCT_TOO_LONG]


@pytest.mark.parametrize("prompt", ["", " ", "\n\t", "\u3000"])
def test_without_words_and_without_a_template_there_is_nothing_to_paint(prompt: str) -> None:
    with pytest.raises(Refused) as refused:
        check_wish(Wish(prompt=prompt))
    assert codes(refused) == [ErrorCode.WORDS_MISSING]


@pytest.mark.parametrize(
    "prompt",
    ["BackgroundTemplate", "backgroundtemplate", "BACKGROUNDTEMPLATE", " BackgroundTemplate "],
)
def test_the_word_that_switches_aiart_to_templates_cannot_be_the_words(prompt: str) -> None:
    with pytest.raises(Refused) as refused:
        check_wish(Wish(prompt=prompt))
    assert codes(refused) == [ErrorCode.WORDS_RESERVED]


def test_the_reserved_word_within_a_sentence_is_a_word_like_others() -> None:
    assert check_wish(Wish(prompt="a BackgroundTemplate of marble"))


def test_a_template_stands_in_for_the_words() -> None:
    assert check_wish(Wish(template="大理石")).prompt == ""


def test_words_and_a_template_exclude_each_other() -> None:
    with pytest.raises(Refused) as refused:
        check_wish(Wish(prompt="a beach", template="大理石"))
    assert codes(refused) == [ErrorCode.WORDS_AND_TEMPLATE]


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(Refused) as refused:
        check_wish(Wish(prompt="x" * 257, avoid="x" * 257, product="x" * 51, template="no such"))
    assert codes(refused) == [
        ErrorCode.WORDS_TOO_LONG,
        ErrorCode.AVOID_TOO_LONG,
        ErrorCode.PRODUCT_TOO_LONG,
        ErrorCode.TEMPLATE_UNKNOWN,
        ErrorCode.WORDS_AND_TEMPLATE,
    ]


def test_a_refusal_in_a_log_holds_nothing_that_somebody_typed() -> None:
    with pytest.raises(Refused) as refused:
        check_wish(Wish(prompt="my secret product", template="my secret template"))
    assert "secret" not in str(refused.value)
    assert str(refused.value) == "template: template_unknown, template: words_and_template"


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=60))
def test_exactly_the_wishes_within_all_limits_exist(prompt: str, avoid: str, product: str) -> None:
    is_fine = prompt.strip() and len(prompt) <= 256 and len(avoid) <= 256 and len(product) <= 50
    problems = limit_problems(Wish(prompt=prompt, avoid=avoid, product=product))
    assert bool(is_fine) == (not problems)


# --- templates


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.en)
def test_a_template_is_found_in_either_language_whatever_the_case(template: Template) -> None:
    assert find_template(template.name) == template
    assert find_template(f"  {template.en.upper()} ") == template
    assert find_template(template.en.lower().replace(" ", "  ")) == template


def test_no_two_templates_share_a_name() -> None:
    names = [name.casefold() for one in TEMPLATES for name in (one.name, one.en)]
    assert len(set(names)) == len(names)


def test_an_unknown_template_is_refused_with_the_beginning_of_what_was_typed() -> None:
    with pytest.raises(Refused) as refused:
        find_template("x" * 100)
    (problem,) = refused.value.problems
    assert problem.code is ErrorCode.TEMPLATE_UNKNOWN
    assert problem.facts == {"typed": "x" * 40}


# --- a mark of one's own


def test_a_mark_of_ones_own_has_an_address_and_a_place() -> None:
    logo = Logo(url="https://shop.example/logo.png", rect=RECT)
    assert check_wish(Wish(prompt="a beach", logo=logo)).logo == logo


@pytest.mark.parametrize(
    "url", ["", "ftp://shop.example/logo.png", "javascript:alert(1)", "logo.png"]
)
def test_a_mark_from_anything_but_the_web_is_refused(url: str) -> None:
    with pytest.raises(Refused) as refused:
        check_wish(Wish(prompt="a beach", logo=Logo(url=url, rect=RECT)))
    assert codes(refused) == [ErrorCode.LOGO_REFUSED]


@pytest.mark.parametrize(
    "rect",
    [
        LogoRect(x=-1, y=0, width=10, height=10),
        LogoRect(x=0, y=-1, width=10, height=10),
        LogoRect(x=0, y=0, width=0, height=10),
        LogoRect(x=0, y=0, width=10, height=0),
        LogoRect(x=1271, y=0, width=10, height=10),
        LogoRect(x=0, y=1271, width=10, height=10),
    ],
)
def test_a_mark_outside_of_the_picture_is_refused(rect: LogoRect) -> None:
    with pytest.raises(Refused) as refused:
        check_wish(
            Wish(prompt="a beach", logo=Logo(url="https://shop.example/logo.png", rect=rect))
        )
    assert codes(refused) == [ErrorCode.LOGO_REFUSED]
