"""A photo that is posted in a channel where every photo becomes a job.

Somebody has switched that on with ``/backdrop auto on``. The message's text is the prompt; without
any, it is the channel's own scene.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from bot.listeners.mention import is_mention
from bot.request_context import RequestContext
from bot.requests.from_message import accept_message, is_from_a_person
from bot.slack_api.messages import files_of, message_of, raw_files
from functions.jobs.model import SlackFile
from functions.jobs.settings import ChannelSettings, channel_settings


def on_file_share(event: Mapping[str, Any], context: RequestContext) -> None:
    """``message`` with ``file_share``, or with a forwarded photo, in a channel."""
    if not is_from_a_person(event):
        return
    message = message_of(event)
    if is_mention(event, context):
        accept_message(message, context, gesture="mention")
        return
    pictures = pictures_of(event)
    if not pictures or message.thread_ts != message.ts:
        return
    channel = channel_settings(context.ledger.bucket, message.channel)
    if channel.auto:
        accept_message(
            replace(message, files=pictures), context, gesture="upload", scene=scene_of(channel)
        )


def scene_of(channel: ChannelSettings) -> dict[str, object]:
    """A wish's fields where a message does not say anything else."""
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
    """The files on a message that are, or may be, pictures."""
    ids = {str(file.get("id")) for file, _ in raw_files(message) if may_be_picture(file)}
    return [file for file in files_of(message) if file.file_id in ids]


def forwards_a_photo(event: Mapping[str, Any]) -> bool:
    """Whether a message of a person brings photos by forwarding another; it has no ``subtype``."""
    return not event.get("subtype") and any(forwarded for _, forwarded in raw_files(event))


def may_be_picture(file: Mapping[str, Any]) -> bool:
    """By what Slack says; from a Slack Connect channel it says nothing."""
    mimetype = str(file.get("mimetype") or "")
    return not mimetype or mimetype.startswith("image/")
