"""How to use Backdrop."""

from bot.texts import Language, template_names, text
from bot.views import Block, note, section, words
from functions.config import Limits

WAYS = (
    "help.mention",
    "help.thread",
    "help.form",
    "help.address",
    "help.zip",
    "help.shortcut",
    "help.direct",
    "help.auto",
    "help.options",
)


def help_blocks(language: Language, *, limits: Limits) -> list[Block]:
    """The ways in, the options, the templates."""
    ways = [*WAYS, "help.watermark"] if limits.watermark_optional else [*WAYS]
    return [
        section(text(language, "help.what")),
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_list",
                    "style": "bullet",
                    "elements": [_item(text(language, way)) for way in ways],
                }
            ],
        },
        note(templates_line(language)),
    ]


def templates_line(language: Language) -> str:
    """The ready-made backgrounds."""
    comma = "、" if language == "zh" else ", "
    return text(language, "help.templates", names=comma.join(template_names(language)))


def _item(line: str) -> Block:
    return {"type": "rich_text_section", "elements": [words(line)]}
