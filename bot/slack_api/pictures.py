"""Show pictures in the bot's answers to presses, or words where Slack cannot show them.

The worker has minutes and can upload them (``threads``); a press is answered at once.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.slack_api.client import SlackRefused
from bot.slack_api.content import UNSHOWN, Block

# Seen for posts (python-slack-sdk #1782). That an update and an ephemeral message are refused alike
# is assumed, here and in the stand-in: nobody has recorded one.
PICTURE_REFUSED = {"invalid_blocks", "invalid_attachments"}
T = TypeVar("T")


def with_pictures_or_words(pictures: Sequence[Block], send: Callable[[Sequence[Block]], T]) -> T:
    """Call ``send`` with the pictures' sources, and return what it returns.

    If Slack refuses them, it is called again with the uploaded files alone (without any, with the
    addresses once more), and at last with ``UNSHOWN`` for each picture. Raises as ``call`` does.
    """
    files = [one if "slack_file" in one else UNSHOWN for one in pictures]
    for sources in (pictures, files if any(files) else pictures):
        try:
            return send(sources)
        except SlackRefused as error:
            if error.error not in PICTURE_REFUSED or not any(pictures):
                raise
    return send([UNSHOWN] * len(pictures))
