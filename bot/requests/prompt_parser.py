"""Parse what a person typed: the words for the background, and the options among them.

    @Backdrop on a wet street at night --product sports car --size 16:9 --avoid people

An option is dashes, a known name, perhaps a sign, and a value. How each is recognised:

=============  ====================================================================================
dashes         any of Unicode's, minus signs too: ``--`` ``—`` ``――`` ``−−`` ``－－``. One long dash
               is two hyphens that a keyboard has joined. Two begin an option anywhere; one behind
               anything but a letter or a digit, a long one behind a Chinese character as well. So
               ``black-and-white``, ``plus-size`` and ``桌子——木头的`` are words
a space there  ``-- product mug``, ``- product: mug`` are options, ``a street — no people`` is none
name           in either language, any case and width; Chinese may follow it without a space
sign           ``=`` ``:`` or none, with spaces or without
around it      bullets, quotes, brackets, code and emphasis marks go; where they close, the value
               ends; the words keep their own
value          up to the next option or the line's end, without the punctuation and quotes around
               it; with nothing behind the name, the next line
short value    of ``--size``, ``--for``, ``--scene``, ``--watermark`` and what a packshot takes:
               words may go on behind it in the same line. ``--packshot`` alone is a white one
invisible      zero-width spaces, marks of direction and the like are ignored
unknown name   behind two hyphens, or so like a known name that it is a slip: refused, with the
               nearest name suggested. A mistyped option is never painted as words
words          all the rest, as typed but for spaces and line breaks, which count once. Without a
               letter, a digit, an ideograph or an emoji they are none
=============  ====================================================================================

Text in events arrives escaped (``&amp;``, ``<url|label>``): it is decoded before it is measured.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from bot.requests.option_parser import OPTIONS, SWITCHES, Option, split_options
from functions.jobs.characters import fold, has_words, trimmed
from functions.jobs.errors import ErrorCode, Facts, Problem, Refused
from functions.jobs.shops import Shop, for_shop, parse_shops
from functions.jobs.wish import (
    BACKGROUNDS,
    PACKSHOT_SIZE,
    PROMPT_LIMIT,
    Packshot,
    Wish,
    check_wish,
    find_template,
    parse_colour,
    parse_fill,
    parse_resolution,
)

T = TypeVar("T")
NOTHING: Mapping[str, object] = MappingProxyType({})
Scenes = Callable[[str], Mapping[str, object]]  # gives the ``Wish`` fields of the scene so named
LONGEST_TYPED = 4000  # characters, several times what a wish takes; more is refused unparsed
_ESCAPED = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}  # all that Slack escapes
HELP = {"help", "?", "帮助"}
ZIP = {"zip", "打包"}
PACKSHOT = {"packshot", "white packshot", "白底图", "白底"}
# Greetings and thanks: as a whole message they describe no background.
_HELLO = {"hello", "hi", "hey", "hi there", "hello there", "start", "你好", "您好", "嗨", "在吗"}
_COURTESY = {
    *(
        "thanks",
        "thank you",
        "thank you so much",
        "thanks a lot",
        "thx",
        "ty",
        "ok",
        "okay",
        "great",
    ),
    *("nice", "perfect", "谢谢", "谢谢你", "多谢", "好", "好的", "收到", "不错", "太好了"),
}
OF_PACKSHOTS = ("packshot", "fill", "shadow")
_CHECK = re.compile(
    r"(?i)(?:check|检查|核对)[:：.!]?\s*(?:--?for\s+|for\s+|--用于\s*)?(?P<shops>.*)"
)
_MARKUP = re.compile(r"<(?P<what>[^<>]*)>")


class ParsedPrompt(msgspec.Struct, frozen=True):
    """Hold the words, and the values of the options by their English names.

    ``names`` are these options' names as typed, with dashes. ``unread`` are the options that could
    not be read, ``problems`` says why.
    """

    words: str
    options: dict[str, str] = {}
    names: dict[str, str] = {}
    problems: tuple[Problem, ...] = ()
    unread: tuple[Option, ...] = ()


def unescape(text: str, *, bot_user_id: str) -> str:
    """Decode a message's text as Slack sends it to what was typed; mentions of us become spaces."""

    def shown(match: re.Match[str]) -> str:
        what, _, label = match["what"].partition("|")
        if what == f"@{bot_user_id}":
            return " "
        return label or what.removeprefix("mailto:").removeprefix("tel:")

    return unescaped(_MARKUP.sub(shown, text))


def unescaped(text: str) -> str:
    """Undo Slack's escapes, and no others: ``&times`` may be part of an address."""
    return re.sub("&(?:amp|lt|gt);", lambda match: _ESCAPED[match[0]], text)


def without_mentions(text: str) -> str:
    """Remove all mentions from escaped text, for callers that do not know our user id."""
    return re.sub(r"<@[^>]*>", " ", text)


def mentions(text: str, user_id: str) -> bool:
    """Say whether the escaped text mentions that user."""
    mention = re.search(rf"<@{re.escape(user_id)}(\|[^>]*)?>", text)
    return bool(user_id) and mention is not None


def asks_for_help(said: str) -> bool:
    """Say whether the whole text is a greeting or a call for help."""
    return _said_alone(said) in HELP | _HELLO or said.strip() in HELP


def asks_for_zip(said: str) -> bool:
    """Say whether the whole text asks for pictures in one file."""
    return _said_alone(said) in ZIP


def asks_for_packshot(said: str) -> bool:
    """Say whether the whole text asks for a white packshot."""
    return _said_alone(said) in PACKSHOT


def shops_to_check(said: str) -> list[Shop] | None:
    """Read a request to check pictures: its shops, an empty list for all; None if it is none.

    Only shops may follow the word ``check``: ``check pattern tablecloth`` is a background.
    """
    found = _CHECK.fullmatch(" ".join(said.split()).rstrip("?？!！.。 "))
    try:
        return None if found is None else parse_shops(found["shops"]) if found["shops"] else []
    except Refused:
        return None


def is_courtesy(said: str) -> bool:
    """Say whether the whole text is a courtesy, such as thanks, which asks for nothing."""
    return _said_alone(said) in _COURTESY


def _said_alone(said: str) -> str:
    return " ".join(trimmed(fold(said).text).split())


def parse_options(text: str, *, watermark_optional: bool = True) -> ParsedPrompt:
    """Parse decoded text into words and options. Raises ``Refused`` with every problem.

    ``watermark_optional``: whether ``--watermark`` may be suggested for a mistyped option.
    """
    typed = typed_prompt(text, watermark_optional=watermark_optional)
    if typed.problems:
        raise Refused(*typed.problems)
    return typed


def typed_prompt(text: str, *, watermark_optional: bool = True) -> ParsedPrompt:
    """Parse decoded text as ``parse_options`` does, but keep the problems in the result.

    So all problems of a message can be told at once, or the form shows what was typed.
    """
    length = len(" ".join(text.split()))
    if length > LONGEST_TYPED:
        facts: Facts = {"length": length, "limit": PROMPT_LIMIT, "over": length - PROMPT_LIMIT}
        too_long = Problem(ErrorCode.WORDS_TOO_LONG, "prompt", facts)
        return ParsedPrompt(text, problems=(too_long,))
    words, found = split_options(text)
    options, names = dict[str, str](), dict[str, str]()
    problems, unread = [], []
    for option in found:
        value = option.value
        if option.name == "packshot" and not has_words(value):
            value = "on"
        if option.name and has_words(value):
            options[option.name], names[option.name] = value, option.typed
            continue
        unread.append(option)
        if not option.name:
            problems.append(_unknown(option, watermark_optional=watermark_optional))
        else:
            problems.append(Problem(ErrorCode.OPTION_EMPTY, option.name, {"option": option.typed}))
    words = words if has_words(words) else ""
    return ParsedPrompt(words, options, names, tuple(problems), tuple(unread))


def _unknown(option: Option, *, watermark_optional: bool) -> Problem:
    facts: Facts = {"option": option.typed[:42]}
    if option.nearest and (watermark_optional or OPTIONS[option.nearest] != "watermark"):
        facts |= {"rule": "nearest", "nearest": f"--{option.nearest}"}
    if not watermark_optional:
        facts["left_out"] = "watermark"
    return Problem(ErrorCode.OPTION_UNKNOWN, "", facts)


def no_scenes(typed: str) -> Mapping[str, object]:
    """Refuse every scene's name, where no scenes can be named. Raises ``Refused``."""
    raise Refused(Problem(ErrorCode.SCENE_UNKNOWN, "scene", {"typed": typed[:40], "rule": "none"}))


def build_wish(
    typed: ParsedPrompt, defaults: Mapping[str, object] = NOTHING, scenes: Scenes = no_scenes
) -> Wish:
    """Build the one wish of the words and options.

    Raises ``Refused`` as ``build_wishes`` does, and if several shops were named.
    """
    wishes = build_wishes(typed, defaults, scenes)
    if len(wishes) > 1:
        facts: Facts = {"rule": "several", "typed": typed.options["for"][:40]}
        raise Refused(Problem(ErrorCode.SHOP_UNKNOWN, "resolution", facts))
    return wishes[0]


def build_wishes(
    typed: ParsedPrompt, defaults: Mapping[str, object] = NOTHING, scenes: Scenes = no_scenes
) -> list[Wish]:
    """Build the wish of the words and options: one, or one for each named shop.

    ``defaults`` are ``Wish`` fields that a named scene, and above all what was typed, overrides.
    Raises ``Refused`` with every problem, those of ``typed`` included.
    """
    if asks_for_packshot(typed.words):
        typed = replace(typed, words="", options={"packshot": "on", **typed.options})
    problems = [*typed.problems]
    is_told = bool(typed.words) or not BACKGROUNDS.isdisjoint(typed.options)
    is_told = is_told or _means_background(typed)
    try:
        fields = _with_scene(defaults, typed, scenes)
    except Refused as refused:
        problems.extend(refused.problems)
        fields, is_told = dict(defaults), True
    fields = {k: v for k, v in fields.items() if not (is_told and k in BACKGROUNDS)}
    if typed.words:
        fields["prompt"] = typed.words
    nothing: dict[str, object] = {}
    fields |= _tried(partial(_packshot_fields, typed, fields), nothing, problems)
    for name, value in typed.options.items():
        if name not in OF_PACKSHOTS and name not in {"for", "scene"}:
            fields |= _tried(partial(_field, name, value), nothing, problems)
    shops = _tried(partial(_shops, typed), list[Shop](), problems)
    try:
        made = check_wish(Wish(**fields))  # type: ignore[arg-type]  # each value is of its field's type
    except Refused as refused:
        # A mistyped template's name says which background is meant: do not ask for words as well.
        told = {(one.code, one.field) for one in problems}
        problems.extend(
            one
            for one in refused.problems
            if (one.code, one.field) not in told and not (is_told and _asks_for_words(one))
        )
    if problems:
        raise Refused(*problems)
    keeps_fill = "fill" in typed.options
    return [for_shop(made, shop, keeps_fill=keeps_fill) for shop in shops] or [made]


def _tried(read: Callable[[], T], otherwise: T, problems: list[Problem]) -> T:
    """Give what ``read`` gives; if it raises ``Refused``, give ``otherwise`` and add to
    ``problems``.
    """
    try:
        return read()
    except Refused as refused:
        problems.extend(refused.problems)
        return otherwise


def _shops(typed: ParsedPrompt) -> list[Shop]:
    """Read the shops named by ``--for``. Raises ``Refused``, also if there is a ``--size``, too."""
    if "for" not in typed.options:
        return []
    if "size" in typed.options:
        facts: Facts = {"rule": "and-size", "typed": typed.options["for"][:40]}
        raise Refused(Problem(ErrorCode.SHOP_UNKNOWN, "resolution", facts))
    return parse_shops(typed.options["for"])


def _with_scene(
    defaults: Mapping[str, object], typed: ParsedPrompt, scenes: Scenes
) -> dict[str, object]:
    """Merge the named scene's fields over the defaults; its background replaces theirs whole.

    Raises ``Refused``.
    """
    scene = scenes(typed.options["scene"]) if "scene" in typed.options else NOTHING
    has_own = not BACKGROUNDS.isdisjoint(scene)
    kept = {k: v for k, v in defaults.items() if not (has_own and k in BACKGROUNDS)}
    return {**kept, **scene}


def _packshot_fields(typed: ParsedPrompt, fields: Mapping[str, object]) -> dict[str, object]:
    """Read the packshot options as ``Wish`` fields; they change the packshot in ``fields``, if any.

    A packshot's mark is neither left out nor replaced; a new one gets ``PACKSHOT_SIZE``, over which
    a typed size wins later. Raises ``Refused``.
    """
    options = {name: typed.options[name] for name in OF_PACKSHOTS if name in typed.options}
    before = fields.get("packshot")
    if fold(options.get("packshot", "")).text in {"off", "关"}:
        return {"packshot": None}
    if not options and before is None:
        return {}
    if "packshot" not in options and before is None:
        name = next(iter(options))
        facts: Facts = {"rule": "alone", "option": typed.names.get(name, f"--{name}")}
        raise Refused(Problem(ErrorCode.PACKSHOT_UNREADABLE, name, facts))
    packshot = before if isinstance(before, Packshot) else Packshot()
    resolution = (before and fields.get("resolution")) or PACKSHOT_SIZE
    if "packshot" in options:
        packshot = replace(packshot, background=parse_colour(options["packshot"]))
    if "fill" in options:
        packshot = replace(packshot, fill=parse_fill(options["fill"]))
    if "shadow" in options:
        packshot = replace(packshot, shadow=parse_switch(options["shadow"], "--shadow"))
    return {"packshot": packshot, "resolution": resolution, "watermark": True, "logo": None}


def _means_background(typed: ParsedPrompt) -> bool:
    """Say whether a template or scene was meant by an option that is mistyped or has no value."""
    means = (str(one.facts.get("nearest") or one.field) for one in typed.problems)
    return any(one.removeprefix("--") in {"template", "scene"} for one in means)


def _asks_for_words(problem: Problem) -> bool:
    return problem.code is ErrorCode.WORDS_MISSING and problem.field == "prompt"


def _field(name: str, value: str) -> dict[str, object]:
    if name == "template":
        return {"template": find_template(value).name}
    if name == "size":
        return {"resolution": parse_resolution(value)}
    if name == "watermark":
        return {"watermark": parse_switch(value)}
    return {name: value}


def parse_switch(value: str, option: str = "--watermark") -> bool:
    """Read the value of ``--watermark``, or of another on/off ``option``. Raises ``Refused``."""
    switch = SWITCHES.get(fold(value).text)
    if switch is None:
        facts: Facts = {"option": option, "rule": "on-or-off"}
        raise Refused(Problem(ErrorCode.OPTION_EMPTY, option.strip("-"), facts))
    return switch
