"""Read Slack's messages: who wrote what where, and the files that hang on it."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from functions.jobs.model import (
    SlackFile,
)


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
        files=files_of(event),
        edited="edited" in event,
        forwards=bool(forwarded_messages(event)),
    )


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


def raw_files(message: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """List each file as Slack describes it, and whether a forwarded message brought it."""
    places = [(message, False), *((one, True) for one in forwarded_messages(message))]
    for place, forwarded in places:
        for file in place.get("files") or []:
            if isinstance(file, Mapping):
                yield file, forwarded


def forwarded_messages(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """List the messages that were forwarded in this one; Slack has them as attachments."""
    attachments = message.get("attachments") or []
    return [one for one in attachments if isinstance(one, Mapping) and one.get("is_share")]
