"""Turn what a person types into what Slack stores and sends.

A person types plain characters. Slack escapes ``& < >``, puts URLs into angle brackets and turns
a mention into ``<@id>`` (docs.slack.dev, "Formatting text"). Beside the text it keeps the same
content as a rich_text block. ``@here`` and the like stay plain text here and notify nobody.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from infra.local.slack.blocks import filled
from infra.local.slack.model import Json

URL = re.compile(r"https?://[^\s<>|]*[^\s<>|.,;:!?'\")\]}，。；：！？）】」]")
BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")


class Part(NamedTuple):
    """Hold a part of a message; its kind is ``text``, ``url`` or ``user`` (a mention)."""

    kind: str
    value: str


def escape(text: str) -> str:
    """Escape the three characters that Slack escapes: ``& < >``."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def with_entities(text: str) -> str:
    """Escape an app's text as Slack does: only an ampersand that starts no entity."""
    return BARE_AMPERSAND.sub("&amp;", text)


def parts(typed: str, names: Mapping[str, str]) -> list[Part]:
    """Split a typed message into text, URLs and mentions. ``names`` maps shown names to ids."""
    longest_first = sorted(names, key=len, reverse=True)
    mention = "|".join(re.escape(f"@{name}") for name in longest_first)
    pattern = re.compile(f"(?P<user>{mention})|(?P<url>{URL.pattern})" if mention else URL.pattern)
    found: list[Part] = []
    end = 0
    for match in pattern.finditer(typed):
        if match.start() > end:
            found.append(Part("text", typed[end : match.start()]))
        if match.group(0)[1:] in names and match.group(0).startswith("@"):
            found.append(Part("user", names[match.group(0)[1:]]))
        else:
            found.append(Part("url", match.group(0)))
        end = match.end()
    if end < len(typed):
        found.append(Part("text", typed[end:]))
    return found


def as_text(message: list[Part]) -> str:
    """Write a message as the escaped text that Slack sends."""
    written = {"text": "{}", "url": "<{}>", "user": "<@{}>"}
    return "".join(written[part.kind].format(escape(part.value)) for part in message)


def as_blocks(message: list[Part]) -> list[Json]:
    """Make a list with the message's rich_text block; an empty list for an empty message."""
    elements: list[Json] = []
    for part in message:
        if part.kind == "user":
            elements.append({"type": "user", "user_id": part.value})
        elif part.kind == "url":
            elements.append({"type": "link", "url": part.value})
        else:
            elements.append({"type": "text", "text": part.value})
    if not elements:
        return []
    section = {"type": "rich_text_section", "elements": elements}
    return filled([{"type": "rich_text", "elements": [section]}])
