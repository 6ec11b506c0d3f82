"""What people read: complete in both languages, filled by what the code knows, never too long."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.requests.prompt_parser import (
    asks_for_zip,
    build_wishes,
    parse_options,
    shops_to_check,
)
from bot.texts import TEXTS, Language, blanks, error_text, language_of, template_names, text
from functions.jobs.errors import ErrorCode
from functions.jobs.url_policy import Rule
from functions.jobs.wish import TEMPLATES, Wish

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    path
    for folder in ("bot", "functions")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "texts" not in path.relative_to(ROOT).parts
]
KEYS = sorted(TEXTS["en"])
LANGUAGES: list[Language] = ["en", "zh"]
LONGEST: dict[str, str | int] = {"names": "、".join(template_names("zh"))}
# Why a photo cannot be fetched, and the one reason that only a workflow's step has.
FETCH_RULES = sorted({*get_args(Rule), "not-shared-there"})
# docs.slack.dev/reference/block-kit: the smallest limit of the places where a text stands
LIMITS = {"button.": 75, "delete.title": 100, "delete.keep": 30, "": 3000}


@cache
def parsed(path: Path) -> ast.AST:
    return ast.parse(path.read_text("utf-8"))


def constants(tree: ast.AST) -> Iterator[str]:
    """Every string that stands in a source as it is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def refusals(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call that is given an error code by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for given_value in [*node.args, *(one.value for one in node.keywords)]:
                match = re.fullmatch(r"ErrorCode\.(\w+)", ast.unparse(given_value))
                if match:
                    yield node, match[1]


def is_of_a_rule(key: str) -> bool:
    """Whether it is told for one of several causes of an error."""
    code, dot, _ = key.partition(".")
    return bool(dot) and code in {one.value for one in ErrorCode}


def test_both_languages_have_the_same_texts() -> None:
    assert set(TEXTS["en"]) == set(TEXTS["zh"])


def test_both_languages_say_the_same_facts() -> None:
    assert [key for key in KEYS if blanks(TEXTS["en"][key]) != blanks(TEXTS["zh"][key])] == []


def test_a_text_is_written_in_its_language() -> None:
    def is_chinese(words: str) -> bool:
        return any("\u4e00" <= character <= "\u9fff" for character in words)

    words = {key for key in KEYS if TEXTS["en"][key].strip("{} ·").isalpha()}
    assert [key for key in KEYS if is_chinese(TEXTS["en"][key])] == []
    assert [key for key in words if not is_chinese(TEXTS["zh"][key])] == []


@pytest.mark.parametrize(
    ("used", "said"),
    [
        ("0", "Today: 0 pictures"),
        ("1", "Today: 1 picture"),
        ("2", "Today: 2 pictures"),
        ("200+", "Today: 200+ pictures"),
    ],
)
def test_a_number_has_the_noun_that_goes_with_it(used: str, said: str) -> None:
    assert text("en", "usage.today", used=used) == said
    assert text("zh", "usage.today", used=used) == f"今天：{used} 张"


def test_no_english_number_stands_before_a_noun_that_never_changes() -> None:
    """It would say 1 pictures: a number with its noun is written {count:photo|photos}."""
    counted = re.compile(r"\{\w+\} (pictures?|photos?|minutes?|hours?|characters?)\b")
    assert [key for key in KEYS if counted.search(TEXTS["en"][key])] == []


FOR_PEOPLE = [key for key in KEYS if not key.startswith("admin.")]
OURS_ALONE: dict[Language, str] = {
    "en": r"(?i)\b(jobs?|workers?|queues?|leases?|tokens?|logged|operators?)\b",
    "zh": "任务|队列|令牌|运营者|请求|worker",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_administrators_read_our_own_words(language: Language) -> None:
    ours = re.compile(OURS_ALONE[language])
    assert [key for key in FOR_PEOPLE if ours.search(TEXTS[language][key])] == []


@pytest.mark.parametrize(
    ("language", "picture"), [("en", "picture(?! service)"), ("zh", "图片(?!服务)|原图")]
)
def test_what_somebody_sends_is_a_photo_and_what_comes_back_a_picture(
    language: Language, picture: str
) -> None:
    sent = [key for key in KEYS if key.startswith("photo_")]
    assert [key for key in sent if re.search(picture, TEXTS[language][key])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_calls_the_form_as_the_form_calls_itself(language: Language) -> None:
    name = text(language, "form.title")
    assert name == text(language, "home.new")
    assert all(name in text(language, way) for way in ("help.form", "help.shortcut"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_help_says_to_type_is_understood(language: Language) -> None:
    told = [TEXTS[language][key] for key in KEYS if key.startswith("help.")]
    typed = [one for line in told for one in re.findall("`([^`]+)`", line)]
    options = [one for one in typed if one.startswith("--")]
    for one in options:
        assert parse_options(one, watermark_optional=True).words == ""
    mentions = [one.removeprefix("@Backdrop ") for one in typed if one.startswith("@Backdrop ")]
    for said in mentions:
        is_understood = asks_for_zip(said) or shops_to_check(said) is not None
        assert is_understood or build_wishes(parse_options(said))
    assert (len(options), len(mentions)) == (12, 4)


@pytest.mark.parametrize(("language", "instead"), [("en", "In place of"), ("zh", "不写文字")])
def test_the_options_that_help_shows_behind_words_go_with_them(
    language: Language, instead: str
) -> None:
    behind, _, alone = text(language, "help.options").partition(instead)
    options = re.findall("`([^`]+)`", behind)
    assert len(build_wishes(parse_options(" ".join(["on a beach", *options])))) == 1
    (template,) = re.findall("`([^`]+)`", alone)
    assert build_wishes(parse_options(template)) == [Wish(template="大理石")]


def test_every_error_has_a_text_and_every_such_text_an_error() -> None:
    plain = {key.removesuffix(".plain") for key in KEYS if key.endswith(".plain")}
    assert {key for key in KEYS if "." not in key} == {code.value for code in ErrorCode}
    assert plain <= {code.value for code in ErrorCode}


def test_every_rule_of_an_address_has_a_text_and_every_such_text_a_rule() -> None:
    of_rules = [key.partition(".") for key in KEYS if key.startswith("photo_not_fetched.")]
    assert [rule for _, _, rule in of_rules] == FETCH_RULES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_photo_that_cannot_be_fetched_is_told_without_our_own_names(language: Language) -> None:
    for rule in FETCH_RULES:
        facts: dict[str, str | int] = {"rule": rule, "status": 404, "host": "shop.example"}
        told = error_text(language, ErrorCode.PHOTO_NOT_FETCHED, facts)
        assert rule == "port" or rule not in told
        assert told != error_text(language, ErrorCode.PHOTO_NOT_FETCHED, {}), rule
        assert ("404" in told) is (rule == "http-status"), rule


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rule_that_has_no_text_is_told_by_its_error(language: Language) -> None:
    """A record may hold a rule of another version."""
    told = error_text(language, ErrorCode.PHOTO_NOT_FETCHED, {"rule": "a-new-one"})
    assert told == text(language, "photo_not_fetched")


def test_no_text_is_unused() -> None:
    used = {one for path in SOURCES for one in constants(parsed(path))}
    beginnings = {one for one in used if re.fullmatch(r"[a-z]+\.", one)}  # of f"button.{action_id}"
    used |= {template.group for template in TEMPLATES}
    used |= {beginning + one for beginning in beginnings for one in used}
    used |= {code.value for code in ErrorCode}
    used |= {key for key in KEYS if is_of_a_rule(key) and key.partition(".")[2] in used}
    assert {key for key in KEYS if not key.endswith(".plain")} - used == set()


def test_every_refusal_in_the_code_brings_the_facts_of_its_text() -> None:
    """Where the facts are written as a dict, all of them are there; none is left out."""
    missing = []
    for path in SOURCES:
        for call, name in refusals(parsed(path)):
            needed = blanks(TEXTS["en"][ErrorCode[name].value]) - {"names"}
            dicts = [
                a
                for a in [*call.args, *(k.value for k in call.keywords)]
                if isinstance(a, ast.Dict)
            ]
            given_keys = {ast.literal_eval(key) for one in dicts for key in one.keys if key}
            is_spread = any(key is None for one in dicts for key in one.keys)
            is_named = any(isinstance(a, ast.Name) for a in call.args) or any(
                k.arg == "facts" and isinstance(k.value, ast.Name) for k in call.keywords
            )
            if not needed <= given_keys and not is_spread and not is_named:
                missing.append(f"{path.name}:{call.lineno} {name} {sorted(needed - given_keys)}")
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_is_told_even_if_it_comes_without_its_facts(language: Language) -> None:
    """aiart's own refusals have no figures, and a crash here would keep the asker in the dark."""
    told = {code: error_text(language, code, {}) for code in ErrorCode}
    assert [code for code, words in told.items() if not words or "{" in words] == []


def test_words_that_aiart_finds_too_long_are_told_without_figures() -> None:
    assert "?" not in error_text("en", ErrorCode.WORDS_TOO_LONG, {})
    assert "257" in error_text(
        "en", ErrorCode.WORDS_TOO_LONG, {"length": 257, "over": 1, "limit": 256}
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_fits_into_its_place_when_its_facts_are_the_longest(language: Language) -> None:
    for key, words in TEXTS[language].items():
        facts = {name: LONGEST.get(name, "9" * 256) for name in blanks(words)}
        limit = next(most for start, most in LIMITS.items() if key.startswith(start))
        assert 0 < len(text(language, key, **facts)) <= limit, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_template_is_answered_with_all_there_are(language: Language) -> None:
    told = error_text(language, ErrorCode.TEMPLATE_UNKNOWN, {"typed": "marmor"})
    assert "marmor" in told
    for template in TEMPLATES:
        assert (template.name if language == "zh" else template.en) in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_edits_a_message_is_shown_the_button_that_takes_new_words(language: Language) -> None:
    """Again paints the words as they were first sent: it is named only to say so."""
    told = text(language, "refusal.edited")
    change, again = (told.find(text(language, f"button.{name}")) for name in ("change", "again"))
    assert 0 < change < again


@given(
    st.dictionaries(st.text(max_size=12) | st.sampled_from(["language", "key", "code"]), st.text())
)
def test_facts_of_any_name_and_content_are_only_filled_in(facts: dict[str, str]) -> None:
    for language in LANGUAGES:
        told = error_text(language, ErrorCode.SIZE_UNREADABLE, {**facts, "typed": "{names} %s"})
        assert "{names} %s" in told


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("zh-CN", "zh"),
        ("zh-TW", "zh"),
        ("zh", "zh"),
        ("ZH-cn", "zh"),
        ("en-US", "en"),
        ("de-DE", "en"),
        ("", "en"),
    ],
)
def test_a_locale_has_its_language_or_english(locale: str, language: Language) -> None:
    assert language_of(locale) == language
