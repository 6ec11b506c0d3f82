"""Draw App Home: start buttons, usage, own defaults, and the latest pictures, page by page."""

import re
from collections.abc import Sequence

import msgspec

from bot.texts import NAMES, Language, text
from bot.views import (
    Block,
    date,
    link,
    note,
    option,
    plain,
    press_button,
    rich_text,
    section,
    words,
)
from bot.views.agreement import agreement_blocks
from bot.views.buttons import SIZES, block_id, button, named_size, size_label
from bot.views.help import help_blocks, start_buttons
from bot.views.result import Result, alt_text, wanted
from bot.views.usage import Usage, usage_lines
from functions.config import Limits
from functions.jobs.model import Job
from functions.jobs.settings import PersonSettings
from functions.jobs.wish import Resolution

AUTOMATIC = "auto"
SWITCH = {True: "on", False: "off"}
ROW = ("again", "change")
MAX_PAGES = 200
MAX_SHOWN = 10  # pictures on a page
ACCESSIBLE_CHARS = 75  # Slack's limit for a button's accessibility_label


class Recent(msgspec.Struct, frozen=True):
    """Hold a finished job, its result, and the address of its preview."""

    job: Job
    result: Result
    preview_url: str


class Pages(msgspec.Struct, frozen=True):
    """Hold where pages begin in the history of jobs, counted from its newest.

    ``starts`` are the first page to the shown one; ``next`` is the next older one, 0 for none.
    """

    starts: tuple[int, ...] = (0,)
    next: int = 0


class Home(msgspec.Struct, frozen=True):
    """Hold everything that a person's Home shows."""

    recent: Sequence[Recent]
    usage: Usage
    settings: PersonSettings
    limits: Limits
    pages: Pages = Pages()


def home_view(home: Home, language: Language) -> Block:
    """Draw the tab; it ends with the help for a person without any pictures."""
    is_new = not home.recent and home.pages == Pages()
    return {
        "type": "home",
        "blocks": [
            start_buttons(language),
            note(" · ".join(usage_lines(home.usage, language))),
            *_defaults(home, language),
            *_recent(home, language),
            *_turning(home.pages, language),
            *(help_blocks(language, limits=home.limits) if is_new else []),
        ],
    }


def _heading(key: str, language: Language) -> Block:
    return {"type": "header", "text": plain(text(language, key))}


def _recent(home: Home, language: Language) -> list[Block]:
    blocks = [_heading("home.recent", language)]
    if not home.recent:
        return [*blocks, section(text(language, "home.nothing"))]
    for one in home.recent[:MAX_SHOWN]:
        blocks += _picture(one, language)
    return blocks


def _picture(one: Recent, language: Language) -> list[Block]:
    said = [wanted(one.job, language), one.job.wish.product]
    size = text(language, "variations.size", width=one.result.width, height=one.result.height)
    details = [
        date(one.job.created_at),
        words(f" · {size} · "),
        link(one.result.full_size_url, text(language, "result.full_size")),
    ]
    if one.result.before_url:
        details += [words(" · "), link(one.result.before_url, text(language, "result.before"))]
    return [
        {"type": "divider"},
        {
            **section("\n".join(filter(None, said))),
            "accessory": {
                "type": "image",
                "image_url": one.preview_url,
                "alt_text": alt_text(one.job, language),
            },
        },
        rich_text(*details),
        {
            "type": "actions",
            "block_id": block_id(one.job.id),
            "elements": [_row_button(action_id, one, language) for action_id in ROW],
        },
    ]


def _row_button(action_id: str, one: Recent, language: Language) -> Block:
    """Draw a picture's button; for screen readers its label has the picture's words, too."""
    found = button(action_id, one.job.id, one.result.buttons, language)
    heard = f"{found['text']['text']} · {wanted(one.job, language)}"
    return {**found, "accessibility_label": heard[:ACCESSIBLE_CHARS]}


def _turning(pages: Pages, language: Language) -> list[Block]:
    elements = []
    if len(pages.starts) > 1:
        newer = packed_starts(pages.starts[:-1])
        elements.append(press_button("home_newer", text(language, "home.newer"), newer))
    if pages.next:
        older = packed_starts((*pages.starts, pages.next))
        elements.append(press_button("home_older", text(language, "home.older"), older))
    return [{"type": "actions", "block_id": "home-pages", "elements": elements}] if elements else []


def packed_starts(starts: Sequence[int]) -> str:
    """Encode ``Pages.starts`` of the page that a button leads to, as the button's value."""
    return ",".join(map(str, starts))


def unpacked_starts(value: str) -> tuple[int, ...]:
    """Decode such a value; the first page's for one that we never made."""
    parts = value.split(",")
    if len(parts) > MAX_PAGES or not all(re.fullmatch(r"[0-9]{1,5}", one) for one in parts):
        return (0,)
    return tuple(map(int, parts))


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
