"""Hold what a message of ours says, as ``threads`` is handed it."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from functions.jobs.characters import without_direction

Block = dict[str, Any]
UNSHOWN: Block = {}  # in place of a picture that Slack cannot show at all


class Preview(msgspec.Struct, frozen=True):
    """Hold a picture to show: Slack reads ``url``; ``read`` gives its bytes for when it cannot."""

    url: str
    read: Callable[[], bytes]


class MessagePicture(msgspec.Struct, frozen=True):
    """Hold a job's picture in a message, and its words for those who do not see it."""

    job_id: str
    preview: Preview
    alt: str


class Message(msgspec.Struct, frozen=True):
    """Hold a message ``about`` a job, or an upload whose jobs are told together.

    ``blocks`` makes its blocks, given those of its ``drawings`` in the same order.
    """

    about: str
    text: str
    drawings: Sequence[MessagePicture]
    blocks: Callable[[Sequence[Block]], list[Block]]


AS_IT_IS = {"private_metadata", "value"}  # nobody sees these, and they come back to us


def harmless(shown: Any) -> Any:
    """Give text, blocks or a view without controls that turn a text's direction.

    A file's name or somebody's words could show something else than they say. Slack refuses an
    empty text, so what was nothing else becomes a space.
    """
    match shown:
        case str():
            return without_direction(shown) or (shown and " ")
        case list() | tuple():
            return [harmless(one) for one in shown]
        case dict():
            return {k: v if k in AS_IT_IS else harmless(v) for k, v in shown.items()}
    return shown
