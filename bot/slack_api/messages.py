"""Read Slack's messages: who wrote what where, and the files that hang on it."""

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
    """Hold a message of a person, as Slack's events have it. ``text`` is still escaped."""

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
        """Tell one version of an edited message from the next, as 16 hexadecimal digits."""
        said = json.dumps([self.text, [file.file_id for file in self.files]])
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def message_of(event: Mapping[str, Any]) -> UserMessage:
    """Read an ``app_mention`` or ``message`` event.

    Its ``team`` is not read: it is absent where files hang on the message, and in a shared channel
    the sender's own.
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
    """Give the workspace (or organisation) of whoever wrote or pressed; empty where Slack's
    payload does not say.
    """
    event, user = body.get("event") or {}, body.get("user")
    event = event.get("message") or event  # as somebody has changed it
    own = user.get("team_id") if isinstance(user, Mapping) else None
    own = own or event.get("user_team") or event.get("team")
    if not own:  # a message with files says it of these, and they may be somebody else's
        files = [file for file in event.get("files") or [] if isinstance(file, Mapping)]
        written = [file for file in files if file.get("user") == event.get("user")]
        own = next((file["user_team"] for file in written if file.get("user_team")), "")
    return str(own or "")


def home_team(body: Mapping[str, Any], team_id: str) -> str:
    """Give the workspace that our app is in; ``team_id`` is what Bolt reads.

    In a shared channel the ``team`` of a press may be the person's own: a message of ours says it
    better.
    """
    message = body.get("message")
    profile = message.get("bot_profile") if isinstance(message, Mapping) else None
    if isinstance(profile, Mapping) and profile.get("app_id") == body.get("api_app_id"):
        return str(profile.get("team_id") or team_id)
    return team_id


def is_ours(message: Mapping[str, Any], app_id: str, own_bot_id: Callable[[], str]) -> bool:
    """Say whether our app has posted a message: only then its blocks and metadata are our words.

    ``app_id`` is ours, as the payload around the message says; ``own_bot_id`` is asked where the
    message names no app.
    """
    profile = message.get("bot_profile")
    posted_by = message.get("app_id") or (isinstance(profile, Mapping) and profile.get("app_id"))
    if app_id and posted_by:
        return bool(posted_by == app_id)
    bot_id = message.get("bot_id")
    return bool(bot_id) and bot_id == own_bot_id()


def files_of(message: Mapping[str, Any]) -> list[SlackFile]:
    """List the files that hang on a message, or on one that was forwarded in it."""
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
    """List them with their addresses: an event's are fresh."""
    own = (file for file, forwarded in raw_files(event) if not forwarded)
    addresses = {str(file.get("id")): _address_of(file) for file in own}
    return [
        msgspec.structs.replace(file, url=addresses.get(file.file_id, ""))
        for file in files_of(event)
    ]


def _address_of(file: Mapping[str, Any]) -> str:
    """Give the address of a file that Slack itself keeps; empty where Slack is to be asked."""
    is_sure = file.get("mode") == "hosted" and not file.get("is_external")
    is_open = file.get("file_access", "visible") == "visible"
    return str(file.get("url_private_download") or "") if is_sure and is_open else ""


def pictures_of(message: Mapping[str, Any]) -> list[SlackFile]:
    """List the files on a message that are, or may be, pictures."""
    ids = {str(file.get("id")) for file, _ in raw_files(message) if _may_be_picture(file)}
    return [file for file in files_of(message) if file.file_id in ids]


def _may_be_picture(file: Mapping[str, Any]) -> bool:
    """Judge by what Slack says; from a Slack Connect channel it says nothing."""
    mimetype = str(file.get("mimetype") or "")
    return file.get("mode") != "tombstone" and (not mimetype or mimetype.startswith("image/"))


def no_pictures_of(holder: Mapping[str, Any]) -> list[str]:
    """Name the files that Slack knows to be something else, such as a PDF."""
    return [
        str(file.get("name") or "")[:80]
        for file, _ in raw_files(holder)
        if str(file.get("mimetype") or UNKNOWN_BYTES) != UNKNOWN_BYTES and not _may_be_picture(file)
    ]


def raw_files(message: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """List each file as Slack describes it, and whether a forwarded message brought it."""
    holders = [(message, False), *((one, True) for one in forwarded_messages(message))]
    for holder, forwarded in holders:
        for file in holder.get("files") or []:
            if isinstance(file, Mapping):
                yield file, forwarded


def forwarded_messages(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """List the messages that were forwarded in this one; Slack has them as attachments."""
    attachments = message.get("attachments") or []
    return [one for one in attachments if isinstance(one, Mapping) and one.get("is_share")]
