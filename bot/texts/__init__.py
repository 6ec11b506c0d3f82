"""Hold every word that a person reads, by language. Only here an error code becomes words."""

import string
import time
from typing import Literal

from bot.texts import en, zh
from functions.jobs.errors import ErrorCode, Facts
from functions.jobs.shops import BY_KEY
from functions.jobs.wish import TEMPLATES

Language = Literal["en", "zh"]
NAMES: dict[Language, str] = {"en": "English", "zh": "中文"}  # to choose one's own by
TEXTS: dict[Language, dict[str, str]] = {"en": en.TEXTS, "zh": zh.TEXTS}

OPTIONS: dict[Language, dict[str, str]] = {  # as people type them
    "en": {
        name: f"--{name}"
        for name in (
            *("product", "template", "avoid", "size", "for", "scene"),
            *("packshot", "fill", "shadow", "watermark"),
        )
    },
    "zh": {
        "product": "--商品",
        "template": "--模板",
        "avoid": "--避免",
        "size": "--尺寸",
        "for": "--用于",
        "scene": "--场景",
        "packshot": "--白底图",
        "fill": "--占比",
        "shadow": "--阴影",
        "watermark": "--水印",
    },
}


def language_of(locale: str) -> Language:
    """Give the language to speak to somebody with this Slack locale (``zh-CN``, ``en-US``...)."""
    return "zh" if locale.lower().startswith("zh") else "en"


def text(language: Language, key: str, /, **facts: str | int) -> str:
    """Give the text with its blanks filled. Raises ``KeyError`` for a fact that is missing."""
    return _Sentence().vformat(TEXTS[language][key], (), facts)


def template_name(template: str, language: Language) -> str:
    """Give a template's name in the person's language; aiart's own for one not shipped now."""
    found = (one.name if language == "zh" else one.en for one in TEMPLATES if one.name == template)
    return next(found, template)


def shop_name(key: str, language: Language) -> str:
    """Give a shop's name in the person's language; its key for one not shipped now."""
    shop = BY_KEY.get(key)
    return (shop.zh if language == "zh" else shop.en) if shop else key


def shop_names(language: Language) -> list[str]:
    """Give the names of all shops whose sizes are known."""
    return [shop_name(key, language) for key in BY_KEY]


def template_names(language: Language) -> list[str]:
    """Give the shipped templates' names in the person's language."""
    return [template.name if language == "zh" else template.en for template in TEMPLATES]


def error_text(language: Language, code: ErrorCode, facts: Facts) -> str:
    """Say what happened and what to do: by the ``rule`` that was broken, where that has a text.

    An error that comes without its figures, as aiart's own do, is told without them: whatever
    went wrong, telling must not.
    """
    if code is ErrorCode.TEMPLATE_UNKNOWN:
        facts = {**facts, "names": _listed(template_names(language), language)}
    if code is ErrorCode.SHOP_UNKNOWN:
        facts = {**facts, "names": _listed(shop_names(language), language)}
    if code is ErrorCode.SCENE_UNKNOWN and "names" in facts:
        facts = {**facts, "names": _listed(str(facts["names"]).split(", "), language)}
    if code is ErrorCode.OPTION_UNKNOWN:
        names = [
            name for option, name in OPTIONS[language].items() if option != facts.get("left_out")
        ]
        facts = {**facts, "names": _listed(names, language)}
    if facts.get("rule") == "on-or-off":
        option = str(facts["option"]).strip("-")
        facts = {**facts, "option": OPTIONS[language].get(option, option)}
    at = facts.get("resets_at")
    if isinstance(at, int):  # in the reader's own zone where a view can say so
        facts = {**facts, "resets_at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))}
    texts = TEXTS[language]
    code = code if code.value in texts else ErrorCode.INTERNAL  # of another version
    by_rule = f"{code.value}.{facts.get('rule')}"
    key = by_rule if by_rule in texts else code.value
    if blanks(texts[key]) <= facts.keys():
        return text(language, key, **facts)
    plain = texts.get(f"{code.value}.plain")
    return plain or _Sentence().vformat(texts[key], (), _Unknown(facts))


def _listed(names: list[str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(names)


def blanks(words: str) -> set[str]:
    """Give the names of the facts that a text needs."""
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


class _Sentence(string.Formatter):
    """Fill blanks; ``{count:photo|photos}`` is a number with its noun, which follows it."""

    def format_field(self, value: object, format_spec: str) -> str:
        one, bar, many = format_spec.partition("|")
        return f"{value} {one if str(value) == '1' else many}" if bar else str(value)


class _Unknown(dict[str, str | int]):
    def __missing__(self, _: str) -> str:
        return "?"
