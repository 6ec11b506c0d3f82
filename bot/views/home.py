"""App Home: recent pictures, what was used, own defaults, templates, how-to."""

from collections.abc import Sequence

import msgspec

from bot.texts import NAMES, Language, text
from bot.views import Block, link, option, plain, rich_text, section, words
from bot.views.agreement import agreement_blocks
from bot.views.buttons import SIZES, named_size, size_label
from bot.views.help import help_blocks
from bot.views.result import Result, alt_text, wanted
from bot.views.usage import Usage, usage_lines
from functions.config import Limits
from functions.jobs.model import Job
from functions.jobs.settings import PersonSettings
from functions.jobs.wish import Resolution

AUTOMATIC = "auto"
SWITCH = {True: "on", False: "off"}
MAX_SHOWN = 10


class Recent(msgspec.Struct, frozen=True):
    """A finished job, what there is to show of it, and the address of its small picture."""

    job: Job
    result: Result
    preview_url: str


class Home(msgspec.Struct, frozen=True):
    """Everything that a person's Home shows."""

    recent: Sequence[Recent]
    usage: Usage
    settings: PersonSettings
    limits: Limits


def home_view(home: Home, language: Language) -> Block:
    """The tab."""
    return {
        "type": "home",
        "blocks": [
            *_start(language),
            *_recent(home.recent[:MAX_SHOWN], language),
            _heading("home.usage", language),
            section("\n".join(usage_lines(home.usage, language))),
            *_defaults(home, language),
            _heading("home.how", language),
            *help_blocks(language, limits=home.limits),
        ],
    }


def _heading(key: str, language: Language) -> Block:
    return {"type": "header", "text": plain(text(language, key))}


def _start(language: Language) -> list[Block]:
    new = {
        "type": "button",
        "action_id": "home_new",
        "style": "primary",
        "text": plain(text(language, "home.new")),
    }
    return [{"type": "actions", "block_id": "home-start", "elements": [new]}]


def _recent(recent: Sequence[Recent], language: Language) -> list[Block]:
    blocks = [_heading("home.recent", language)]
    if not recent:
        return [*blocks, section(text(language, "home.nothing"))]
    for one in recent:
        blocks += _picture(one, language)
    return blocks


def _picture(one: Recent, language: Language) -> list[Block]:
    size = text(language, "variations.size", width=one.result.width, height=one.result.height)
    links = [link(one.result.full_size_url, text(language, "result.full_size"))]
    if one.result.before_url:
        links += [words(" · "), link(one.result.before_url, text(language, "result.before"))]
    return [
        {"type": "divider"},
        {
            **section(f"{wanted(one.job, language)}\n{size}"),
            "accessory": {
                "type": "image",
                "image_url": one.preview_url,
                "alt_text": alt_text(one.job, language),
            },
        },
        rich_text(*links),
    ]


def _defaults(home: Home, language: Language) -> list[Block]:
    own = home.settings
    blocks = [
        _heading("home.defaults", language),
        _choice("home_size", "home.size", _sizes(own.resolution), language),
        _choice("home_language", "home.language", _languages(own.language, language), language),
    ]
    agreed = own.agreed_unmarked_at > 0
    if home.limits.watermark_optional and agreed:
        shown = SWITCH[own.watermark is not False]
        options = [
            option(text(language, "home.watermark_on"), SWITCH[True]),
            option(text(language, "home.watermark_off"), SWITCH[False]),
        ]
        menu = _menu(options, shown)
        blocks.append(_choice("home_watermark", "home.watermark", menu, language))
    if home.limits.watermark_optional:
        blocks += agreement_blocks(language, agreed=agreed)
    return blocks


def _choice(action_id: str, key: str, menu: Block, language: Language) -> Block:
    return {
        **section(text(language, key)),
        "block_id": action_id,
        "accessory": {**menu, "action_id": action_id},
    }


def _menu(options: list[Block], chosen: str) -> Block:
    initial = next((one for one in options if one["value"] == chosen), options[0])
    return {"type": "static_select", "options": options, "initial_option": initial}


def _sizes(resolution: Resolution | None) -> Block:
    options = [option(size_label(size), size) for size in SIZES]
    return _menu(options, named_size(resolution or Resolution()))


def _languages(own: str, language: Language) -> Block:
    automatic = option(text(language, "home.language_auto"), AUTOMATIC)
    options = [automatic, *(option(name, code) for code, name in NAMES.items())]
    return _menu(options, own or AUTOMATIC)
