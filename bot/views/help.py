"""Draw the help, the welcome, and the modal that shows an answer."""

from bot.texts import Language, shop_names, template_names, text
from bot.views import Block, note, plain, press_button, section, with_code, words
from functions.config import Limits

PRIMARY = {"style": "primary"}
WAYS = (
    "help.mention",
    "help.options",
    "help.shops",
    "help.thread",
    "help.form",
    "help.address",
    "help.packshot",
    "help.check",
    "help.zip",
    "help.shortcut",
    "help.direct",
    "help.scene",
    "help.auto",
    "help.usage",
)


def help_blocks(language: Language, *, limits: Limits) -> list[Block]:
    """Draw the help: each way to use Backdrop, and the templates."""
    ways = [*WAYS, "help.watermark"] if limits.watermark_optional else [*WAYS]
    return [
        section(text(language, "help.what")),
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_list",
                    "style": "bullet",
                    "elements": [_item(way, language) for way in ways],
                }
            ],
        },
        note(templates_line(language)),
    ]


def window(blocks: list[Block], language: Language) -> Block:
    """Draw a modal that shows ``blocks`` and only can be closed."""
    return {
        "type": "modal",
        "title": plain(text(language, "window.title")),
        "close": plain(text(language, "form.close")),
        "blocks": blocks,
    }


def start_buttons(language: Language) -> Block:
    """Draw the buttons New background and How to use me."""
    new = press_button("home_new", text(language, "home.new"))
    how = press_button("home_help", text(language, "home.how"))
    return {"type": "actions", "block_id": "home-start", "elements": [new | PRIMARY, how]}


def welcome_blocks(language: Language) -> list[Block]:
    """Draw the welcome in the Messages tab: what to do, with an example."""
    return [
        section(text(language, "welcome.what")),
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_quote", "elements": [words(text(language, "welcome.example"))]}
            ],
        },
        section(text(language, "welcome.more")),
        start_buttons(language),
    ]


def templates_line(language: Language) -> str:
    """Write one line that lists the templates' names."""
    return text(language, "help.templates", names=_listed(template_names(language), language))


def _listed(names: list[str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(names)


def _item(way: str, language: Language) -> Block:
    names = _listed(shop_names(language), language)
    line = with_code(text(language, way, names=names))
    return {"type": "rich_text_section", "elements": line}
