"""What a person reads in a message."""

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
