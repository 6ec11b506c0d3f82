"""Options as keyboards, chats and word processors really deliver them.

The kinds come from public bug reports of tools that read options out of sentences.
"""

import time
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.requests.option_parser import OPTIONS
from bot.requests.prompt_parser import ParsedPrompt, build_wish, build_wishes, parse_options
from bot.texts import Language, error_text
from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.wish import Wish
from tests.fuzz.budget import tries

MUG = {"product": "mug"}
# Of the first two planes: there are none beyond.
PD = [chr(n) for n in range(0x20000) if unicodedata.category(chr(n)) == "Pd"]
LONG = [dash for dash in PD if dash not in "-‐‑﹣－"]


def both(text: str) -> tuple[str, dict[str, str]]:
    typed = parse_options(text)
    return typed.words, typed.options


def refused(
    text: str, *, watermark_optional: bool = True
) -> tuple[ErrorCode, dict[str, str | int]]:
    with pytest.raises(Refused) as error:
        build_wish(parse_options(text, watermark_optional=watermark_optional))
    (problem,) = error.value.problems
    return problem.code, problem.facts


# --- where an option begins


@pytest.mark.parametrize("name", ["product", "商品"])
def test_every_dash_of_unicodes_begins_an_option(name: str) -> None:
    for dash in (*(2 * dash for dash in [*PD, "−", "⁃"]), *LONG, "---", "-—"):
        assert both(f"a beach {dash}{name} mug") == ("a beach", MUG)
        assert both(f"雨夜{dash}{name} mug") == ("雨夜", MUG)


@pytest.mark.parametrize("before", ["", "\u200b", "\ufeff", "\u2060", "\u00ad", "\u200e", "\0"])
@pytest.mark.parametrize("within", ["", "\u200b", "\u2060"])
def test_what_nobody_sees_is_not_in_the_way(before: str, within: str) -> None:
    assert both(f"a beach {before}--{within}product{within} mug{before}") == ("a beach", MUG)


@pytest.mark.parametrize("sign", "，,。.、；;！!？?：:…)）”’」》/&+")
def test_an_option_may_begin_right_behind_punctuation(sign: str) -> None:
    assert both(f"a beach{sign}--product mug") == (f"a beach{sign}", MUG)


@pytest.mark.parametrize(
    "text",
    [
        "a beach `--product mug`",
        "a beach ```--product mug```",
        "a beach\n```\n--product mug\n```",
        "a beach *--product mug*",
        "a beach **--product** mug",
        "a beach _--product mug_",
        "a beach ~--product mug~",
        'a beach "--product mug"',
        "a beach “--product mug”",
        "a beach 「--product mug」",
        "a beach (--product mug)",
        "a beach（--product mug）",
        "a beach [--product mug]",
        "a beach `--product` mug",
        "a beach `--product` `mug`",
        "a beach\n• --product mug",
        "a beach\n- --product mug",
        "a beach\n* --product mug",
        "a beach\n2. --product mug",
        "a beach\n（2） --product mug",
        "a beach\n2、--product mug",
        "a beach\n② --product mug",
        "a beach\n二、--product mug",
        "a beach\nb) --product mug",
        "a beach\n✅ --product mug",
        "a beach\n☐ --product mug",
        "a beach — --product mug",
        "a beach ※ --product mug",
        "a beach „--product mug“",
        "a beach 〔--product mug〕",
        "a beach \\`--product mug\\`",
        "a beach \\--product mug",
        "a beach\n> --product mug",
        "a beach • --product mug",
        "a beach | --product mug",
        "`a beach --product mug`",
        "“a beach --product mug”",
        "`--product mug` a beach",
        "(--product mug), a beach",
        "```\n--product mug\n``` a beach",
        "`--product mug`\na beach",
    ],
)
def test_what_is_written_around_an_option_goes(text: str) -> None:
    assert both(text) == ("a beach", MUG)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("“a beach” --product mug", "“a beach”"),
        ("`a beach` `--product mug`", "`a beach`"),
        ("the dogs' --product mug", "the dogs'"),
        ("a beach (at night) --product mug", "a beach (at night)"),
        ("🏖️ --product mug", "🏖️"),
        ("❤️--product mug", "❤️"),
        ("🏴\U000e0067\U000e0062\U000e007f --product mug", "🏴\U000e0067\U000e0062\U000e007f"),
        ("- a beach\n- --product mug", "- a beach"),
        ('--product mug\n"a beach"', '"a beach"'),
    ],
)
def test_the_words_keep_their_own_signs(text: str, words: str) -> None:
    assert both(text) == (words, MUG)


@pytest.mark.parametrize(
    "text",
    [
        "a beach -product mug",
        "a beach (-product mug)",
        "a beach -- product mug",
        "a beach - product: mug",
        "a beach — product: mug",
        "a beach\n- product: mug",
        "a beach--product mug",
    ],
)
def test_a_hyphen_too_few_or_a_space_too_many_is_forgiven(text: str) -> None:
    assert both(text) == ("a beach", MUG)


@pytest.mark.parametrize(
    "text",
    [
        "--PRODUCT mug",
        "--Product: mug",
        "－－ｐｒｏｄｕｃｔ mug",
        "--ＰＲＯＤＵＣＴ＝mug",
        "--商品：mug",
    ],
)
def test_neither_case_nor_width_matters(text: str) -> None:
    assert both(f"a beach {text}") == ("a beach", MUG)


def test_a_name_in_latin_letters_may_have_a_chinese_value_right_behind_it() -> None:
    assert both("雨夜，--product马克杯--no行人") == (
        "雨夜，",
        {"product": "马克杯", "avoid": "行人"},
    )


# --- where a value ends


@pytest.mark.parametrize(
    ("value", "is_read"),
    [
        ("mug,", "mug"),
        ("mug.", "mug"),
        ("mug。", "mug"),
        ("mug，", "mug"),
        ("mug!", "mug"),
        ("mug…", "mug"),
        ("mug —", "mug"),
        ("mug --", "mug"),
        ("“mug”", "mug"),
        ('"mug"', "mug"),
        ("'mug'", "mug"),
        ("‘mug’,", "mug"),
        ("「mug」", "mug"),
        ("mug”", "mug"),
        ("*mug*", "mug"),
        ("`mug`", "mug"),
        ("mug)", "mug"),
        ("= mug", "mug"),
        (": mug", "mug"),
        ("：mug", "mug"),
        ("mug (red)", "mug (red)"),
        ("“big” mug", "“big” mug"),
        ("C++", "C++"),
        ("100%", "100%"),
        (":car: toy", ":car: toy"),
        ("toy :car:", "toy :car:"),
        ('24" screen', '24" screen'),
        ("cup, saucer", "cup, saucer"),
        ("well-made mug", "well-made mug"),
    ],
)
def test_a_value_is_what_is_said_without_what_is_around_it(value: str, is_read: str) -> None:
    assert both(f"a beach --product {value}") == ("a beach", {"product": is_read})


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", "\u2028", ".\n", "”\n"])
def test_a_line_ends_a_value(end: str) -> None:
    assert both(f"--product mug{end}on a beach") == ("on a beach", MUG)


@pytest.mark.parametrize(
    "size",
    [
        "--size 16:9,",
        "--size 16:9。",
        "--size=16:9",
        "--size: 16：9",
        "--size ：16:9",
        "--size “16:9”",
        "--size (16:9)",
        "--size16:9",
        "--ar 16 : 9",
        "--尺寸１６：９，",
        "--尺寸16∶9",
        "--尺寸 16比9",
        "--size 1280×720",
        "--size 1280 x 720 px",
        "--size 1280px x 720px",
        "--size 1280*720 pixels",
        "--尺寸1280ｘ720像素",
        "`--size 16:9`,",
    ],
)
def test_a_size_is_read_however_it_is_written_and_words_go_on_behind_it(size: str) -> None:
    found = build_wish(parse_options(f"{size} 放在木桌上"))
    assert (found.prompt, str(found.resolution)) == ("放在木桌上", "1280:720")


@pytest.mark.parametrize(
    "value", ["“marble”", "'Marble'.", "ｍａｒｂｌｅ", "MARBLE,", "marble。", "「大理石」"]
)
def test_a_template_is_found_behind_quotes_and_punctuation(value: str) -> None:
    assert build_wish(parse_options(f"--template {value}")) == Wish(template="大理石")


@pytest.mark.parametrize(
    ("text", "shops", "words"),
    [
        ("--for amazon, instagram, stories on a beach", "amazon, instagram, stories", "on a beach"),
        ("--for “taobao 3:4” on a beach", "taobao 3:4", "on a beach"),
        ("--for Amazon. On a beach", "Amazon", "On a beach"),
        ("--用于 亚马逊、小红书 沙滩上", "亚马逊、小红书", "沙滩上"),
    ],
)
def test_words_go_on_behind_shops(text: str, shops: str, words: str) -> None:
    found = parse_options(text)
    assert (found.options, found.words) == ({"for": shops}, words)


@pytest.mark.parametrize(
    "value",
    [
        "amazon, instagarm",
        "amazon instagram on a beach",
        "amazon and ebey on a beach",
        "amazon-prime on a beach",
        "亚马逊和小红薯 沙滩上",
        "亚马逊小红薯",
    ],
)
def test_what_may_be_meant_for_another_shop_is_refused_and_not_painted(value: str) -> None:
    with pytest.raises(Refused):
        build_wishes(parse_options(f"--for {value}"))


def test_a_switch_ends_before_chinese_words() -> None:
    found = build_wish(parse_options("--水印关，雨夜"))
    assert (found.prompt, found.watermark) == ("雨夜", False)


# --- what is no option, and no words


@pytest.mark.parametrize(
    ("option", "nearest"),
    [
        ("--prodcut", "--product"),
        ("--Products", "--product"),
        ("—prodcut", "--product"),
        ("-tempalte", "--template"),
        ("--temp", "--template"),
        ("－－ｔｅｍｐｌｅｔｅ", "--template"),
        ("--no-people", "--no"),
        ("—size-large", "--size"),
        ("--尺码", "--尺寸"),
    ],
)
@pytest.mark.parametrize("behind", ["a beach ", "海滩，"])
def test_who_mistypes_an_option_is_told_the_nearest(behind: str, option: str, nearest: str) -> None:
    code, facts = refused(f"{behind}{option} mug")
    assert code is ErrorCode.OPTION_UNKNOWN
    assert (facts["option"], facts["nearest"]) == (option, nearest)
    for language in ("en", "zh"):
        told = error_text(language, code, facts)
        assert option in told
        assert nearest in told


@pytest.mark.parametrize("dash", "-‐‑−－﹣⁃")
def test_two_hyphens_of_any_kind_before_an_unknown_name_are_refused(dash: str) -> None:
    assert refused(f"a beach {2 * dash}colour red")[0] is ErrorCode.OPTION_UNKNOWN


@pytest.mark.parametrize(("language", "name"), [("en", "--watermark"), ("zh", "--水印")])
def test_only_what_works_here_is_offered(language: Language, name: str) -> None:
    assert name in error_text(language, *refused("a beach --colour red"))
    code, facts = refused("a beach --watermrak off", watermark_optional=False)
    assert "nearest" not in facts
    assert name not in error_text(language, code, facts)


@pytest.mark.parametrize(
    "text",
    [
        ",",
        "，。",
        "…",
        "--",
        "— —",
        "()",
        "“”",
        "\u200b",
        "\u2060\ufeff",
        "\u3164",
        "\u2800",
        "\u00a0",
        "★",
        "`--product mug`",
        "，--product mug。",
    ],
)
def test_words_without_a_word_are_none(text: str) -> None:
    code, facts = refused(text)
    assert (code, facts) == (ErrorCode.WORDS_MISSING, {})


@pytest.mark.parametrize("text", ["5", "夜", "☕", "❤️", "٣", "é", "ก", "①", ":sparkles:"])
def test_a_letter_a_digit_an_ideograph_or_an_emoji_is_a_word(text: str) -> None:
    assert build_wish(parse_options(text)).prompt == text


@pytest.mark.parametrize("piece", ["--no a `", "(--product a ", '"', "(", ")", "--", "• ", "`--no"])
def test_a_pasted_book_is_refused_before_it_is_taken_apart(piece: str) -> None:
    started = time.process_time()
    code, facts = refused(f"--product a{piece * 40_000}")
    assert (code, facts["limit"]) == (ErrorCode.WORDS_TOO_LONG, 256)
    assert time.process_time() - started < 1


# --- properties

NAMES = st.sampled_from(sorted(OPTIONS))
DASHES = st.sampled_from([*(2 * dash for dash in [*PD, "−"]), *PD, "−", "---", "-—"])
AROUND = st.sampled_from(
    [
        ("", ""),
        *zip('`"“‘(（[【「*_~', '`"”’)）]】」*_~', strict=True),
        ("```", "```"),
        ("**", "**"),
    ]
)
BETWEEN = st.sampled_from([" ", "，", ", ", "\n", "\u3000", " \u200b", "。", "\n• ", "\n- ", " | "])
SIGNS = st.sampled_from([" ", "=", ": ", "：", " = ", "\u200b ", "\u00a0"])
BEHIND = st.sampled_from(["", ",", "。", "…", "\u200b", "！", "”", " "])
WORD = st.text("abcxyz夜桌子木头é7", min_size=1, max_size=8)
VALUES = {"size": "16:9", "watermark": "off", "template": "marble", "scene": "summer"}


def value_of(name: str) -> str:
    return VALUES.get(OPTIONS[name], "ripe mug")


@tries(200)
@given(WORD, NAMES, DASHES, AROUND, BETWEEN, SIGNS, BEHIND)
def test_any_dash_wrapper_and_punctuation_mean_the_same(
    word: str,
    name: str,
    dash: str,
    around: tuple[str, str],
    between: str,
    sign: str,
    behind: str,
) -> None:
    value = value_of(name)
    typed = f"{word}{between}{around[0]}{dash}{name}{sign}{value}{around[1]}{behind}"
    found = parse_options(typed)
    assert found.options == {OPTIONS[name]: value}
    assert found.words in {word, (word + between).strip()}


PIECES = st.one_of(
    NAMES,
    DASHES,
    st.sampled_from(
        ["--", "-", "—", " ", "\n", "，", "`", "“", "”", "(", ")", "*", "\u200b", "16:9"]
    ),
    WORD,
    st.text(max_size=4),
)


def remains(words: str) -> list[str]:
    """Known names that stand in the words right behind two hyphens, or behind a space and one."""
    text = words.casefold()
    return [name for name in OPTIONS if f"--{name} " in f"{text} " or f" -{name} " in f" {text} "]


@tries(300)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_no_options_name_remains_in_the_words_behind_a_dash(text: str) -> None:
    try:
        found = parse_options(text)
    except Refused:
        return
    assert remains(found.words) == []


@tries(200)
@given(st.lists(st.sampled_from([" ", "\n", "\t"]) | st.text(max_size=5), max_size=10).map("".join))
def test_words_without_a_dash_are_kept_to_the_letter(text: str) -> None:
    """But for spaces and line breaks, which count once."""
    plain = "".join(" " if is_dash(one) else one for one in text)
    found = parse_options(plain)
    assert found == ParsedPrompt(" ".join(plain.split()) if found.words else "", {})


SIDE = st.text("abc夜🚗é&<>#%/？，。:;'\"()“”", max_size=20)


@tries(200)
@given(SIDE, SIDE, st.sampled_from(["--size 16:9", "--watermark off"]))
def test_the_words_around_an_option_are_kept_to_the_letter(
    before: str, behind: str, option: str
) -> None:
    """Between words that begin and end with letters, nothing but the option goes."""
    text = f"a{before}z {option} a{behind}z"
    assert parse_options(text).words == " ".join(f"a{before}z a{behind}z".split())


def is_dash(character: str) -> bool:
    return character in PD or character in "−⁃˗➖─━"


@given(st.text(max_size=20))
def test_what_is_no_option_is_not_read_twice(text: str) -> None:
    """What the words hold after reading, they hold after reading once more."""
    try:
        words = parse_options(text).words
    except Refused:
        return
    assume(words)
    assert parse_options(words) == ParsedPrompt(words, {})
