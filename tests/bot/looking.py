"""Read in a message what a person reads in it."""

import html
from collections.abc import Iterator, Sequence
from typing import Any

Json = dict[str, Any]


def block_of(message: Json, kind: str) -> Json:
    """Give the message's only block of that type."""
    (found,) = [block for block in message["blocks"] if block["type"] == kind]
    return dict(found)


def pieces(value: Any) -> Iterator[Json]:
    """Yield every object within a message's blocks."""
    if isinstance(value, list):
        for one in value:
            yield from pieces(one)
    elif isinstance(value, dict):
        yield value
        for one in value.values():
            yield from pieces(one)


def shown_text(message: Json) -> str:
    """Give all texts of the blocks, in order."""
    return "\n".join(
        piece["text"] for piece in pieces(message["blocks"]) if isinstance(piece.get("text"), str)
    )


def menu_entry(blocks: Sequence[Json], action: str, ending: str = "") -> str:
    """Give the value of a result menu's entry for an action; empty if there is none."""
    menus = [one for one in pieces(list(blocks)) if one.get("action_id") == "more"]
    values = [str(option["value"]) for menu in menus for option in menu["options"]]
    return next(
        (one for one in values if one.startswith(f"{action}/") and one.endswith(ending)), ""
    )


def unsaid(message: Json) -> list[str]:
    """List the blocks' words that are missing in the message's text, which is read aloud."""
    heard = html.unescape(str(message.get("text") or ""))
    wordless = {"actions", "image", "divider"}
    blocks = [block for block in message["blocks"] if block["type"] not in wordless]
    said = [piece.get("text") for piece in pieces([_without_accessory(one) for one in blocks])]
    called = [f"<@{p['user_id']}>" for p in pieces(blocks) if p.get("type") == "user"]
    words = [one.strip() for one in said if isinstance(one, str)]
    return [one for one in [*words, *called] if one not in heard]


def _without_accessory(block: Json) -> Json:
    return {name: part for name, part in block.items() if name != "accessory"}
