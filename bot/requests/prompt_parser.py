"""Read what somebody typed: the words for the background, and options between them.

    @Backdrop on a wet street at night --product sports car --size 16:9 --avoid people

An option is dashes, a known name, perhaps a sign, and a value. What counts as which:

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
invisible      zero-width spaces, marks of direction and the like are in nobody's way
unknown name   behind two hyphens, or so like a known name that it is a slip: refused, with the
               nearest one. A mistyped option is never painted
words          all the rest, as typed but for spaces and line breaks, which count once. Without a
               letter, a digit, an ideograph or an emoji they are none
=============  ====================================================================================

Event text arrives escaped (``&amp;``, ``<url|label>``): it is decoded before it is counted.
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
Scenes = Callable[[str], Mapping[str, object]]  # gives what a scene of that name says of a wish
LONGEST_TYPED = 4000  # several times all that a wish takes; whoever pastes a book waits for nothing
_ESCAPED = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}  # all that Slack escapes
HELP = {"help", "?", "帮助"}
ZIP = {"zip", "打包"}  # no background either
PACKSHOT = {"packshot", "white packshot", "白底图", "白底"}  # nor is this one that is painted
# Said to somebody before the first wish, or after the last: no background is called so.
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
    """Hold the words, and the options' values by their English names.

    ``names`` are the options' as they were typed. ``problems`` are what is wrong with others, and
    ``unread`` these.
    """

    words: str
    options: dict[str, str] = {}
    names: dict[str, str] = {}
    problems: tuple[Problem, ...] = ()
    unread: tuple[Option, ...] = ()


def unescape(text: str, *, bot_user_id: str) -> str:
    """Read what the person typed from what Slack sends, without a mention of the bot itself."""

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
    """Take the people out of escaped text, for where it is not known who we are."""
    return re.sub(r"<@[^>]*>", " ", text)


def mentions(text: str, user_id: str) -> bool:
    """Say whether the escaped text mentions that user."""
    mention = re.search(rf"<@{re.escape(user_id)}(\|[^>]*)?>", text)
    return bool(user_id) and mention is not None


def asks_for_help(said: str) -> bool:
    """Say whether somebody says hello or asks how this works, and nothing else."""
    return _said_alone(said) in HELP | _HELLO or said.strip() in HELP


def asks_for_zip(said: str) -> bool:
    """Say whether somebody asks for pictures in one file, and for nothing else."""
    return _said_alone(said) in ZIP


def asks_for_packshot(said: str) -> bool:
    """Say whether the words ask for the product alone on white, and for nothing else."""
    return _said_alone(said) in PACKSHOT


def shops_to_check(said: str) -> list[Shop] | None:
    """Give the shops for which somebody has a picture checked, none for all; None if they do not.

    What stands behind the word has to be shops: ``check pattern tablecloth`` is a background.
    """
    found = _CHECK.fullmatch(" ".join(said.split()))
    try:
        return None if found is None else parse_shops(found["shops"]) if found["shops"] else []
    except Refused:
        return None


def is_courtesy(said: str) -> bool:
    """Say whether somebody is only polite, which asks for nothing."""
    return _said_alone(said) in _COURTESY


def _said_alone(said: str) -> str:
    return " ".join(trimmed(fold(said).text).split())


def parse_options(text: str, *, watermark_optional: bool = True) -> ParsedPrompt:
    """Take the options out of decoded text. Raises ``Refused`` with every problem.

    ``watermark_optional``: whether ``--watermark`` is worth naming to who mistyped an option.
    """
    typed = typed_prompt(text, watermark_optional=watermark_optional)
    if typed.problems:
        raise Refused(*typed.problems)
    return typed


def typed_prompt(text: str, *, watermark_optional: bool = True) -> ParsedPrompt:
    """Take the options out of decoded text as ``parse_options`` does, with what is wrong kept
    beside what can be read, so that all of it can be told at once, or stand in the form.
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
    """Refuse a scene where there are none. Raises ``Refused``."""
    raise Refused(Problem(ErrorCode.SCENE_UNKNOWN, "scene", {"typed": typed[:40], "rule": "none"}))


def build_wish(
    typed: ParsedPrompt, defaults: Mapping[str, object] = NOTHING, scenes: Scenes = no_scenes
) -> Wish:
    """Make the wish of the words and options, where there can be but one size.

    Raises ``Refused`` as ``build_wishes`` does, and where several shops were named.
    """
    wishes = build_wishes(typed, defaults, scenes)
    if len(wishes) > 1:
        facts: Facts = {"rule": "several", "typed": typed.options["for"][:40]}
        raise Refused(Problem(ErrorCode.SHOP_UNKNOWN, "resolution", facts))
    return wishes[0]


def build_wishes(
    typed: ParsedPrompt, defaults: Mapping[str, object] = NOTHING, scenes: Scenes = no_scenes
) -> list[Wish]:
    """Make the wish of the words and options, once for each shop that was named.

    ``defaults`` are a wish's fields where neither the scene that is named nor anything typed says
    otherwise. Raises ``Refused`` with every problem, those of ``typed`` included.
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
        # Whoever mistyped a template's name has said what the background should be.
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
    """Give what it reads; where that is refused, something else, and more ``problems``."""
    try:
        return read()
    except Refused as refused:
        problems.extend(refused.problems)
        return otherwise


def _shops(typed: ParsedPrompt) -> list[Shop]:
    """Read which shops were named, in whose sizes it is wished. Raises ``Refused``."""
    if "for" not in typed.options:
        return []
    if "size" in typed.options:
        facts: Facts = {"rule": "and-size", "typed": typed.options["for"][:40]}
        raise Refused(Problem(ErrorCode.SHOP_UNKNOWN, "resolution", facts))
    return parse_shops(typed.options["for"])


def _with_scene(
    defaults: Mapping[str, object], typed: ParsedPrompt, scenes: Scenes
) -> dict[str, object]:
    """Lay the scene that is named over the defaults; its background is words or a template."""
    scene = scenes(typed.options["scene"]) if "scene" in typed.options else NOTHING
    has_own = not BACKGROUNDS.isdisjoint(scene)
    kept = {k: v for k, v in defaults.items() if not (has_own and k in BACKGROUNDS)}
    return {**kept, **scene}


def _packshot_fields(typed: ParsedPrompt, fields: Mapping[str, object]) -> dict[str, object]:
    """Read what is asked of a packshot; of one that the message is about, what changes.

    It has no mark that could be left out, and a shop's size unless another was typed. Raises
    ``Refused``.
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
    resolution = PACKSHOT_SIZE if before is None else fields["resolution"]
    if "packshot" in options:
        packshot = replace(packshot, background=parse_colour(options["packshot"]))
    if "fill" in options:
        packshot = replace(packshot, fill=parse_fill(options["fill"]))
    if "shadow" in options:
        packshot = replace(packshot, shadow=parse_switch(options["shadow"], "--shadow"))
    return {"packshot": packshot, "resolution": resolution, "watermark": True, "logo": None}


def _means_background(typed: ParsedPrompt) -> bool:
    """Say whether a template's or a scene's option was mistyped, or left without a name."""
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
    """Give what ``--watermark``, or another ``option``, is set to. Raises ``Refused``."""
    switch = SWITCHES.get(fold(value).text)
    if switch is None:
        facts: Facts = {"option": option, "rule": "on-or-off"}
        raise Refused(Problem(ErrorCode.OPTION_EMPTY, option.strip("-"), facts))
    return switch
