"""Hold what a message of ours says, as ``threads`` is handed it."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

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
