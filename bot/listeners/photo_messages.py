"""Take the messages that bring photos: a mention, a direct message, a photo in an ``auto`` channel.

Slack tells of one upload up to three times (``message`` with ``file_share``, ``app_mention``,
``file_shared``), and of each again when it is not answered. The jobs' identity makes them one.
An ``app_mention`` may come without the files that hang on its message, or not at all.

Somebody switches a channel on with ``/backdrop auto on``: then every photo that is posted there
becomes a job. The message's text is the prompt; without any, it is the channel's own scene.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from bot.request_context import RequestContext
from bot.requests.from_message import accept_message, is_from_a_person
from bot.requests.prompt_parser import mentions
from bot.slack_api.messages import files_of, message_of, raw_files
from functions.jobs.model import SlackFile
from functions.jobs.settings import ChannelSettings, channel_settings

WRITTEN = {None, "file_share", "thread_broadcast"}  # other subtypes tell of changes


def on_app_mention(event: Mapping[str, Any], context: RequestContext) -> None:
    """Take an ``app_mention``: photos and words, or new words in a result's thread."""
    if not is_from_a_person(event):
        return
    message = message_of(event)
    if not message.files:
        files = context.files_on(message.channel, message.ts, message.thread_ts)
        message = replace(message, files=files)
    accept_message(message, context, gesture="mention")


def _is_mention(event: Mapping[str, Any], context: RequestContext) -> bool:
    """Say whether the message's text mentions us."""
    return mentions(str(event.get("text") or ""), context.bot_user_id)


def is_direct(event: Mapping[str, Any]) -> bool:
    """Say whether a ``message`` event comes from the conversation with one person."""
    return event.get("channel_type") == "im"


def on_direct_message(event: Mapping[str, Any], context: RequestContext) -> None:
    """Take a ``message.im``: a photo and words, without a mention."""
    if is_from_a_person(event) and event.get("subtype") in WRITTEN:
        accept_message(message_of(event), context, gesture="direct")


def on_file_share(event: Mapping[str, Any], context: RequestContext) -> None:
    """Take a ``message`` with ``file_share``, or with a forwarded photo, in a channel."""
    if not is_from_a_person(event):
        return
    message = message_of(event)
    if _is_mention(event, context):
        accept_message(message, context, gesture="mention")
        return
    pictures = pictures_of(event)
    if not pictures or message.thread_ts != message.ts:
        return
    channel = channel_settings(context.ledger.bucket, message.channel)
    if channel.auto:
        accept_message(
            replace(message, files=pictures), context, gesture="upload", scene=_scene_of(channel)
        )


def _scene_of(channel: ChannelSettings) -> dict[str, object]:
    """Give a wish's fields where a message does not say anything else."""
    size = channel.resolution
    fields = {
        "template": channel.template,
        "prompt": "" if channel.template else channel.words,
        "product": channel.product,
        "avoid": channel.avoid,
        "resolution": size if size and size.is_in_range else None,  # as it was when chosen
    }
    return {name: value for name, value in fields.items() if value}


def pictures_of(message: Mapping[str, Any]) -> list[SlackFile]:
    """Give the files on a message that are, or may be, pictures."""
    ids = {str(file.get("id")) for file, _ in raw_files(message) if _may_be_picture(file)}
    return [file for file in files_of(message) if file.file_id in ids]


def forwards_a_photo(event: Mapping[str, Any]) -> bool:
    """Say whether a message brings photos by forwarding another; it has no ``subtype``."""
    return not event.get("subtype") and any(forwarded for _, forwarded in raw_files(event))


def _may_be_picture(file: Mapping[str, Any]) -> bool:
    """Judge by what Slack says; from a Slack Connect channel it says nothing."""
    mimetype = str(file.get("mimetype") or "")
    return not mimetype or mimetype.startswith("image/")
