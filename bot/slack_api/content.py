"""Define what ``threads`` posts: a message's text, its pictures, and how its blocks are made."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from functions.jobs.characters import without_direction

Block = dict[str, Any]
UNSHOWN: Block = {}  # given for a picture that Slack cannot show at all: words stand there


class Preview(msgspec.Struct, frozen=True):
    """Hold a picture to show: Slack reads ``url``; where it cannot, ``read`` gives the bytes."""

    url: str
    read: Callable[[], bytes]


class MessagePicture(msgspec.Struct, frozen=True):
    """Hold a job's picture in a message, and its alt text."""

    job_id: str
    preview: Preview
    alt: str


class Message(msgspec.Struct, frozen=True):
    """Hold a message ``about`` a job, or an upload whose jobs share it (an id of either).

    ``blocks`` makes the message's blocks from the source of each of its ``drawings``, in order:
    ``{"image_url": ...}``, ``{"slack_file": ...}`` or ``UNSHOWN``.
    """

    about: str
    text: str
    drawings: Sequence[MessagePicture]
    blocks: Callable[[Sequence[Block]], list[Block]]


AS_IT_IS = {"private_metadata", "value"}  # not shown to people; Slack gives them back to us


def harmless(shown: Any) -> Any:
    """Strip characters that turn a text's direction from a text, blocks or a view.

    With them a file's name or a person's words could look like something else than they are. A text
    of nothing else becomes a space, because Slack refuses an empty one.
    """
    match shown:
        case str():
            return without_direction(shown) or (shown and " ")
        case list() | tuple():
            return [harmless(one) for one in shown]
        case dict():
            return {k: v if k in AS_IT_IS else harmless(v) for k, v in shown.items()}
    return shown
