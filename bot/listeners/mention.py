"""A message that mentions the bot: photos and words, or new words in a result's thread.

Slack tells of one upload up to three times (``message`` with ``file_share``, ``app_mention``,
``file_shared``), and of each again when it is not answered. The jobs' identity makes them one.
An ``app_mention`` may come without the files that hang on its message, or not at all.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from bot.request_context import RequestContext
from bot.requests.from_message import accept_message, is_from_a_person
from bot.requests.prompt_parser import mentions
from bot.slack_api.messages import message_of


def on_app_mention(event: Mapping[str, Any], context: RequestContext) -> None:
    """``app_mention``."""
    if not is_from_a_person(event):
        return
    message = message_of(event)
    if not message.files:
        files = context.files_on(message.channel, message.ts, message.thread_ts)
        message = replace(message, files=files)
    accept_message(message, context, gesture="mention")


def is_mention(event: Mapping[str, Any], context: RequestContext) -> bool:
    """Whether the message's text mentions us."""
    return mentions(str(event.get("text") or ""), context.bot_user_id)
