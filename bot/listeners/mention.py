"""A message that mentions the bot: photos and words, or new words in a result's thread.

Slack tells of one upload up to three times (``message`` with ``file_share``, ``app_mention``,
``file_shared``), and of each again when it is not answered. The jobs' identity makes them one.
An ``app_mention`` may come without the files that hang on its message, or not at all.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from bot.asking import message_of
from bot.desk import Desk
from bot.listening import ask, is_from_a_person
from bot.words import mentions


def mentioned(event: Mapping[str, Any], desk: Desk) -> None:
    """``app_mention``."""
    if not is_from_a_person(event):
        return
    message = message_of(event)
    if not message.files:
        files = desk.files_on(message.channel, message.ts, message.thread_ts)
        message = replace(message, files=files)
    ask(message, desk, gesture="mention")


def is_mention(event: Mapping[str, Any], desk: Desk) -> bool:
    """Whether the message's text mentions us."""
    return mentions(str(event.get("text") or ""), desk.bot_user_id)
