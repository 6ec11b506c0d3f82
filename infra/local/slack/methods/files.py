"""Answer ``files.*``: the first and the last step of an upload, a file's details, its deletion."""

import math
import time

from infra.local.slack import posting, world
from infra.local.slack.answers import Refused
from infra.local.slack.arguments import Arguments
from infra.local.slack.filewire import file_json
from infra.local.slack.methods.registry import Method
from infra.local.slack.model import Channel, File, Json, Message
from infra.local.slack.pictures import can_app_see
from infra.local.slack.state import new_id
from infra.local.slack.typed import with_entities
from infra.local.slack.workspace import Workspace

ALT_TXT_CHARACTERS = 1000
UPLOAD_BYTES = 1_073_741_824


async def get_upload_url(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``files.getUploadURLExternal``: register a file, and give the URL for its bytes."""
    name = arguments.required("filename")
    length = arguments.required("length")
    if not length.isdecimal():
        raise Refused("invalid_arguments", places=["must be an integer [json-pointer:/length]"])
    if int(length) == 0:
        raise Refused("missing_argument")
    if int(length) > UPLOAD_BYTES:
        raise Refused("file_upload_size_restricted")
    if len(arguments.text("alt_txt")) > ALT_TXT_CHARACTERS:
        raise Refused("alt_txt_too_large")
    file = File(
        id=new_id("F"),
        name=name,
        user=world.BOT_USER_ID,
        created=int(time.time()),
        length_bytes=int(length),
        alt_txt=arguments.text("alt_txt"),
    )
    slack.state.files[file.id] = file
    ticket = new_id("").lower() + new_id("").lower()
    slack.state.upload_tickets[ticket] = file.id
    return {"upload_url": f"{slack.base_url}/upload/v1/{ticket}", "file_id": file.id}


async def complete_upload(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``files.completeUploadExternal``: post all the files in one message per channel.

    As at Slack, the answer is made before the message, so it does not tell the message's ts.
    """
    titles = _titles(arguments)
    files = [_uploaded(slack, file_id) for file_id in titles]
    channels = _channels(slack, arguments)
    thread_ts = arguments.text("thread_ts")
    if thread_ts and not all(posting.can_take_thread(one, thread_ts) for one in channels):
        raise Refused("thread_not_found")
    for file in files:
        file.title = titles[file.id]
        file.is_complete = True
        file.ready_at = time.time() + slack.settings.ready_delay_s
        if file.alt_txt and not channels:  # such files never become ready (python-slack-sdk #1818)
            file.ready_at = math.inf
        file.usable_at = file.ready_at + slack.settings.invalid_file_s
    answer: Json = {"files": [file_json(slack, one, from_info=True) for one in files]}
    for channel in channels:
        message = Message(
            ts=slack.state.next_ts(),
            channel=channel.id,
            user=world.BOT_USER_ID,
            by_bot=True,
            subtype="file_share",
            text=with_entities(arguments.text("initial_comment")),
            thread_ts=thread_ts,
            file_ids=[one.id for one in files],
        )
        posting.post(slack, message)
    return answer


def _titles(arguments: Arguments) -> dict[str, str]:
    given = arguments.structure("files", "invalid_arguments")
    is_list = isinstance(given, list) and bool(given)
    if not is_list or not all(isinstance(one, dict) and one.get("id") for one in given):
        raise Refused("invalid_arguments", places=["must provide file ids [json-pointer:/files]"])
    return {str(one["id"]): str(one.get("title", "")) for one in given}


def _uploaded(slack: Workspace, file_id: str) -> File:
    file = slack.state.files.get(file_id)
    if file is None or not file.is_uploaded or file.is_complete:
        raise Refused("file_not_found")
    return file


def _channels(slack: Workspace, arguments: Arguments) -> list[Channel]:
    names = [arguments.text("channel_id"), *arguments.text("channels").split(",")]
    channels = []
    for name in filter(None, names):
        channel = slack.state.channels.get(name)
        if channel is None:
            raise Refused("channel_not_found")
        if world.BOT_USER_ID not in channel.members:
            raise Refused("not_in_channel")
        if channel.is_archived:
            raise Refused("posting_to_channel_denied")
        channels.append(channel)
    return channels


async def info(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``files.info``, for a file that the app can see."""
    file = _visible(slack, arguments)
    return {"file": file_json(slack, file, from_info=True), "comments": [], "content": None}


async def delete(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``files.delete``, for the bot's own files only."""
    file = _visible(slack, arguments)
    if file.user != world.BOT_USER_ID:
        raise Refused("cant_delete_file")
    file.is_deleted = True
    file.data = b""
    for share in file.shares:
        slack.state.changed("message_changed", channel=share.channel, ts=share.ts)
    return {}


def _visible(slack: Workspace, arguments: Arguments) -> File:
    file = slack.state.files.get(arguments.required("file"))
    if file is None or not can_app_see(slack, file):
        raise Refused("file_not_found")
    if file.is_deleted:
        raise Refused("file_deleted")
    return file


METHODS = {
    "files.getUploadURLExternal": Method(get_upload_url, "files:write", form_only=True),
    "files.completeUploadExternal": Method(complete_upload, "files:write"),
    "files.info": Method(info, "files:read", form_only=True),
    "files.delete": Method(delete, "files:write"),
}
