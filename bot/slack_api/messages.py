"""Read Slack's messages: author, place, text, and the attached and forwarded files."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from functions.jobs.model import (
    SlackFile,
)

UNKNOWN_BYTES = "application/octet-stream"  # as Slack calls many a camera's raw file


class UserMessage(msgspec.Struct, frozen=True):
    """Hold a person's message. ``text`` is still escaped as Slack sends it.

    ``thread_ts`` is ``ts`` outside of a thread.
    """

    channel: str
    user_id: str
    ts: str
    thread_ts: str
    text: str
    files: Sequence[SlackFile]
    edited: bool = False
    forwards: bool = False  # another message, whether or not that has photos

    @property
    def wording(self) -> str:
        """Hash text and files to 16 hexadecimal digits, which tell versions of a message apart."""
        said = json.dumps([self.text, [file.file_id for file in self.files]])
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def message_of(event: Mapping[str, Any]) -> UserMessage:
    """Read an ``app_mention`` or ``message`` event, without its ``team``.

    ``team`` is absent if the message has files, and in a shared channel it is the sender's own.
    """
    ts = str(event["ts"])
    return UserMessage(
        channel=str(event["channel"]),
        user_id=str(event["user"]),
        ts=ts,
        thread_ts=str(event.get("thread_ts") or ts),
        text=str(event.get("text") or ""),
        files=_told_files_of(event),
        edited="edited" in event,
        forwards=bool(forwarded_messages(event)),
    )


def sender_team(body: Mapping[str, Any]) -> str:
    """Give the workspace (or organisation) of the person who wrote or pressed; empty if the payload
    does not say.
    """
    event, user = body.get("event") or {}, body.get("user")
    event = event.get("message") or event  # a changed message is inside of its event
    own = user.get("team_id") if isinstance(user, Mapping) else None
    own = own or event.get("user_team") or event.get("team")
    if not own:  # a message with files names a team only on each file, which may be another's
        files = [file for file in event.get("files") or [] if isinstance(file, Mapping)]
        written = [file for file in files if file.get("user") == event.get("user")]
        own = next((file["user_team"] for file in written if file.get("user_team")), "")
    return str(own or "")


def home_team(body: Mapping[str, Any], team_id: str) -> str:
    """Give the workspace that our app is in; ``team_id`` is what Bolt reads.

    In a shared channel a press may have the person's own ``team``: the ``bot_profile`` of the
    message of ours that was pressed is trusted first.
    """
    message = body.get("message")
    profile = message.get("bot_profile") if isinstance(message, Mapping) else None
    if isinstance(profile, Mapping) and profile.get("app_id") == body.get("api_app_id"):
        return str(profile.get("team_id") or team_id)
    return team_id


def is_ours(message: Mapping[str, Any], app_id: str, own_bot_id: Callable[[], str]) -> bool:
    """Say whether our app has posted a message: only then its blocks and metadata are trusted.

    ``app_id`` is ours, from the payload around the message; ``own_bot_id`` is called where the
    message or the payload names no app.
    """
    profile = message.get("bot_profile")
    posted_by = message.get("app_id") or (isinstance(profile, Mapping) and profile.get("app_id"))
    if app_id and posted_by:
        return bool(posted_by == app_id)
    bot_id = message.get("bot_id")
    return bool(bot_id) and bot_id == own_bot_id()


def files_of(message: Mapping[str, Any]) -> list[SlackFile]:
    """List the files on a message and on those forwarded in it, without download addresses."""
    return [
        SlackFile(
            file_id=str(file["id"]),
            name=str(file.get("name") or file.get("title") or ""),
            forwarded=forwarded,
        )
        for file, forwarded in raw_files(message)
        if file.get("id")
    ]


def _told_files_of(event: Mapping[str, Any]) -> list[SlackFile]:
    """List an event's files; its own, if hosted by Slack, with their fresh download addresses."""
    own = (file for file, forwarded in raw_files(event) if not forwarded)
    addresses = {str(file.get("id")): _address_of(file) for file in own}
    return [
        msgspec.structs.replace(file, url=addresses.get(file.file_id, ""))
        for file in files_of(event)
    ]


def _address_of(file: Mapping[str, Any]) -> str:
    """Give the download address of a file that Slack hosts; empty where ``files.info`` must say."""
    is_sure = file.get("mode") == "hosted" and not file.get("is_external")
    is_open = file.get("file_access", "visible") == "visible"
    return str(file.get("url_private_download") or "") if is_sure and is_open else ""


def pictures_of(message: Mapping[str, Any]) -> list[SlackFile]:
    """List the files of a message, forwarded ones included, that are or may be pictures."""
    ids = {str(file.get("id")) for file, _ in raw_files(message) if _may_be_picture(file)}
    return [file for file in files_of(message) if file.file_id in ids]


def _may_be_picture(file: Mapping[str, Any]) -> bool:
    """Judge by the MIME type; a file without one, as in a Slack Connect channel, may be one."""
    mimetype = str(file.get("mimetype") or "")
    return file.get("mode") != "tombstone" and (not mimetype or mimetype.startswith("image/"))


def no_pictures_of(holder: Mapping[str, Any]) -> list[str]:
    """List the names (80 characters) of files that Slack knows to be no pictures, such as PDFs."""
    return [
        str(file.get("name") or "")[:80]
        for file, _ in raw_files(holder)
        if str(file.get("mimetype") or UNKNOWN_BYTES) != UNKNOWN_BYTES and not _may_be_picture(file)
    ]


def raw_files(message: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """Give each file object of a message, and whether it is on a message forwarded in it."""
    holders = [(message, False), *((one, True) for one in forwarded_messages(message))]
    for holder, forwarded in holders:
        for file in holder.get("files") or []:
            if isinstance(file, Mapping):
                yield file, forwarded


def forwarded_messages(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """List the messages forwarded in this one; Slack gives them as ``attachments``."""
    attachments = message.get("attachments") or []
    return [one for one in attachments if isinstance(one, Mapping) and one.get("is_share")]
