"""Cut lists into pages with Slack's cursors: opaque text that says where the next page starts."""

import base64
import binascii
from collections.abc import Callable
from typing import TypeVar

from infra.local.slack.answers import Refused
from infra.local.slack.model import Json

Item = TypeVar("Item")


def page(
    items: list[Item], *, cursor: str, limit: int, key: Callable[[Item], str]
) -> tuple[list[Item], str]:
    """Give one page of ``items`` and the cursor of the next, empty at the end.

    ``key`` gives an item's id; a cursor has the id of its page's first item. Raises ``Refused``
    (invalid_cursor).
    """
    start = 0
    if cursor:
        wanted = _decoded(cursor)
        names = [key(one) for one in items]
        if wanted not in names:
            raise Refused("invalid_cursor")
        start = names.index(wanted)
    end = start + limit
    following = _encoded(key(items[end])) if end < len(items) else ""
    return items[start:end], following


def with_cursor(answer: Json, following: str) -> Json:
    """Add the next page's cursor to an answer, in ``response_metadata``."""
    return answer | {"response_metadata": {"next_cursor": following}}


def _encoded(name: str) -> str:
    return base64.urlsafe_b64encode(f"next:{name}".encode()).decode()


def _decoded(cursor: str) -> str:
    try:
        decoded = base64.urlsafe_b64decode(cursor.encode()).decode()
    except (binascii.Error, ValueError):
        raise Refused("invalid_cursor") from None
    start, colon, name = decoded.partition(":")
    if start != "next" or not colon:
        raise Refused("invalid_cursor")
    return name
