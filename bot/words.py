"""Reads what somebody typed: the words for the background, and options between them.

    @Backdrop on a wet street at night --product sports car --size 16:9 --avoid people

Event text arrives escaped (``&amp;``, ``<url|label>``): it is decoded before it is counted. Some
keyboards turn ``--`` into a dash or two, so dashes before a known option count as well, and
Chinese is written without spaces, so ``雨夜，--商品跑车`` has an option too.
"""

import html
import re
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from functions.jobs.errors import ErrorCode, Facts, Problem, Refused
from functions.jobs.model import Wish, find_template, parse_resolution

OPTIONS = {
    "product": "product",
    "商品": "product",
    "产品": "product",
    "template": "template",
    "模板": "template",
    "avoid": "avoid",
    "no": "avoid",
    "避免": "avoid",
    "size": "size",
    "ar": "size",
    "尺寸": "size",
    "watermark": "watermark",
    "水印": "watermark",
}
NOTHING: Mapping[str, object] = MappingProxyType({})
SWITCHES = {"on": True, "off": False, "开": True, "关": False}
_CHINESE = "|".join(name for name in OPTIONS if not name.isascii())
_OPTION = re.compile(
    rf"(?:--(?P<chinese>{_CHINESE})"  # with or without spaces around it
    r"|(?:^|(?<=\s))--(?P<typed>[^\W\d_][\w-]*)"
    rf"|(?:^|(?<=\s))[—–－]{{1,2}}(?P<dashed>{'|'.join(OPTIONS)})(?!\w))"
    r"[=:：]?",
    re.IGNORECASE,
)
# What an option takes that cannot be mistaken for words: what follows it is words again.
_SHORT = {
    "size": re.compile(r"\d+\s?[:xX×*：]\s?\d+(?:\s?px)?(?=\s|$)"),
    "watermark": re.compile(rf"(?:{'|'.join(SWITCHES)})(?=\s|$)", re.IGNORECASE),
}
_MARKUP = re.compile(r"<(?P<what>[^<>]*)>")


class Typed(msgspec.Struct, frozen=True):
    """The words, and the options' values by their English names."""

    words: str
    options: dict[str, str] = {}


def decode(text: str, *, bot_user_id: str) -> str:
    """What the person typed, from what Slack sends. A mention of the bot itself is left out."""

    def shown(match: re.Match[str]) -> str:
        what, _, label = match["what"].partition("|")
        if what == f"@{bot_user_id}":
            return " "
        return label or what.removeprefix("mailto:").removeprefix("tel:")

    return html.unescape(_MARKUP.sub(shown, text))


def without_mentions(text: str) -> str:
    """Escaped text without the people in it, for where it is not known who we are."""
    return re.sub(r"<@[^>]*>", " ", text)


def mentions(text: str, user_id: str) -> bool:
    """Whether the escaped text mentions that user."""
    mention = re.search(rf"<@{re.escape(user_id)}(\|[^>]*)?>", text)
    return bool(user_id) and mention is not None


def read(text: str) -> Typed:
    """Take the options out of decoded text. Raises ``Refused`` with every problem."""
    parts = list(_OPTION.finditer(text))
    words = [_tidy(text[: parts[0].start()] if parts else text)]
    options: dict[str, str] = {}
    problems = []
    ends = [*(part.start() for part in parts[1:]), len(text)]
    for part, end in zip(parts, ends, strict=False):  # without options there is one end too many
        value = _tidy(text[part.end() : end])
        typed = part["chinese"] or part["typed"] or part["dashed"]
        name = OPTIONS.get(typed.lower())
        if name is None:
            problems.append(Problem(ErrorCode.OPTION_UNKNOWN, "", {"option": f"--{typed[:40]}"}))
        elif not value:
            problems.append(Problem(ErrorCode.OPTION_EMPTY, name, {"option": f"--{typed}"}))
        else:
            options[name], rest = _without_words(name, value)
            words.append(rest)
    if problems:
        raise Refused(*problems)
    return Typed(_tidy(" ".join(words)), options)


def _without_words(name: str, value: str) -> tuple[str, str]:
    """An option's value, and the words that somebody wrote after it."""
    short = _SHORT[name].match(value) if name in _SHORT else None
    return (short[0], value[short.end() :]) if short else (value, "")


def wish(typed: Typed, defaults: Mapping[str, object] = NOTHING) -> Wish:
    """The wish that the words and options make. Raises ``Refused`` with every problem.

    ``defaults`` are a wish's fields where nothing was typed.
    """
    problems: list[Problem] = []
    is_told = bool(typed.words) or "template" in typed.options
    fields = {k: v for k, v in defaults.items() if not (is_told and k in {"prompt", "template"})}
    if typed.words:
        fields["prompt"] = typed.words
    for name, value in typed.options.items():
        try:
            fields.update(_field(name, value))
        except Refused as refused:
            problems.extend(refused.problems)
    try:
        made = Wish(**fields)  # type: ignore[arg-type]  # each value is of its field's type
    except Refused as refused:
        # Whoever mistyped a template's name has said what the background should be.
        problems.extend(
            p for p in refused.problems if not (is_told and p.code is ErrorCode.WORDS_MISSING)
        )
    if problems:
        raise Refused(*problems)
    return made


def _field(name: str, value: str) -> dict[str, object]:
    if name == "template":
        return {"template": find_template(value).name}
    if name == "size":
        return {"resolution": parse_resolution(value)}
    if name == "watermark":
        return {"watermark": switched(value)}
    return {name: value}


def switched(value: str) -> bool:
    """What ``--watermark`` is set to. Raises ``Refused``."""
    if value.lower() not in SWITCHES:
        facts: Facts = {"option": "--watermark", "rule": "on-or-off"}
        raise Refused(Problem(ErrorCode.OPTION_EMPTY, "watermark", facts))
    return SWITCHES[value.lower()]


def _tidy(text: str) -> str:
    """Spaces and line breaks between words count once."""
    return " ".join(text.split())
