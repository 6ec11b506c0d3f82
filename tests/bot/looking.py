"""What a person reads in a message."""

import html
from collections.abc import Iterator, Sequence
from typing import Any

Json = dict[str, Any]


def block_of(message: Json, kind: str) -> Json:
    """The message's one block of that type."""
    (found,) = [block for block in message["blocks"] if block["type"] == kind]
    return dict(found)


def pieces(value: Any) -> Iterator[Json]:
    """Every object within a message's blocks."""
    if isinstance(value, list):
        for one in value:
            yield from pieces(one)
    elif isinstance(value, dict):
        yield value
        for one in value.values():
            yield from pieces(one)


def shown_text(message: Json) -> str:
    """All texts of the blocks, in order."""
    return "\n".join(
        piece["text"] for piece in pieces(message["blocks"]) if isinstance(piece.get("text"), str)
    )


def menu_entry(blocks: Sequence[Json], action: str, ending: str = "") -> str:
    """What the menu under a result says for an action; empty where it has no such entry."""
    menus = [one for one in pieces(list(blocks)) if one.get("action_id") == "more"]
    values = [str(option["value"]) for menu in menus for option in menu["options"]]
    return next(
        (one for one in values if one.startswith(f"{action}/") and one.endswith(ending)), ""
    )


def unsaid(message: Json) -> list[str]:
    """What the blocks say in words, and the text that is pushed and read aloud does not."""
    heard = html.unescape(str(message.get("text") or ""))
    wordless = {"actions", "image", "divider"}
    blocks = [block for block in message["blocks"] if block["type"] not in wordless]
    said = [piece.get("text") for piece in pieces([_without_accessory(one) for one in blocks])]
    called = [f"<@{p['user_id']}>" for p in pieces(blocks) if p.get("type") == "user"]
    words = [one.strip() for one in said if isinstance(one, str)]
    return [one for one in [*words, *called] if one not in heard]


def _without_accessory(block: Json) -> Json:
    return {name: part for name, part in block.items() if name != "accessory"}
