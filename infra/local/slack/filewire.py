"""Turn a file into the JSON that Slack sends, and recognise its type from its bytes."""

import mimetypes
import time
from urllib.parse import quote

from infra.local.slack import world
from infra.local.slack.model import File, Json
from infra.local.slack.previews import preview_fields
from infra.local.slack.state import State
from infra.local.slack.workspace import Workspace

KNOWN_WHEN_FINISHED = {"user_team", "file_access", "media_display_type"}
PRETTY_TYPES = {"jpg": "JPEG", "text": "Plain Text", "binary": "Binary"}


def file_json(slack: Workspace, file: File, *, from_info: bool = False) -> Json:
    """Make a file object as events have it, or with ``from_info`` as ``files.*`` methods give it.

    A deleted file is a tombstone. In events, a file with ``needs_info`` has no more than its id.
    """
    if file.is_deleted:
        return {"id": file.id, "mode": "tombstone"}
    if file.needs_info and not from_info:
        return {
            "id": file.id,
            "mode": "file_access",
            "file_access": "check_file_info",
            "created": 0,
            "timestamp": 0,
            "user": "",
        }
    is_ready = is_finished(file)
    filetype = file.filetype if is_ready else ""
    shown: Json = {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype if is_ready else "",
        "filetype": filetype,
        "pretty_type": PRETTY_TYPES.get(filetype, filetype.upper()),
        "user": file.user,
        "user_team": slack.state.team_of(file.user),
        "editable": False,
        "size": len(file.data),
        "mode": "external" if file.external_url else "hosted",
        "is_external": bool(file.external_url),
        "external_type": "app" if file.external_url else "",
        "is_public": any(one.channel.startswith("C") for one in file.shares),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "permalink": f"{slack.base_url}/files/{file.user}/{file.id}/{quote(file.name)}",
        "permalink_public": f"https://slack-files.com/{world.TEAM_ID}-{file.id}-0000000000",
        "media_display_type": "unknown",
        "has_rich_preview": False,
        "file_access": "visible",
    }
    if file.alt_txt:
        shown["alt_txt"] = file.alt_txt
    if file.addressed_at <= time.time():
        shown |= _file_urls(slack, file)
    if file.previewed_at <= time.time() and not file.external_url:
        shown |= preview_fields(slack.base_url, file)
    if is_unfinished(file):
        return {name: value for name, value in shown.items() if name not in KNOWN_WHEN_FINISHED}
    return shown | (_file_shares(slack.state, file) if from_info else {})


def is_finished(file: File) -> bool:
    """Tell whether Slack has processed the file, so that its type is known."""
    return file.ready_at <= time.time()


def is_unfinished(file: File) -> bool:
    """Tell whether a person's file is not processed yet, though its message may be posted.

    A file of the bot never counts as unfinished: even unprocessed, it can be downloaded.
    """
    return file.user != world.BOT_USER_ID and not is_finished(file)


def _file_urls(slack: Workspace, file: File) -> Json:
    if file.external_url:
        return {"url_private": file.external_url}
    private = f"{slack.base_url}/files-pri/{world.TEAM_ID}-{file.id}"
    name = quote(file.name)
    return {
        "url_private": f"{private}/{name}",
        "url_private_download": f"{private}/download/{name}",
    }


def _file_shares(state: State, file: File) -> Json:
    shares: Json = {}
    for one in file.shares:
        channel = state.channels[one.channel]
        side = "private" if channel.kind == "im" else "public"
        shown: Json = {
            "ts": one.ts,
            "team_id": world.TEAM_ID,
            "share_user_id": file.user,
            "reply_users": [],
            "reply_users_count": 0,
            "reply_count": 0,
        }
        if channel.name:
            shown["channel_name"] = channel.name
        if one.thread_ts:
            shown["thread_ts"] = one.thread_ts
        shares.setdefault(side, {}).setdefault(one.channel, []).append(shown)
    ids = list(dict.fromkeys(one.channel for one in file.shares))
    return {
        "shares": shares,
        "channels": [one for one in ids if state.channels[one].kind == "channel"],
        "groups": [],
        "ims": [one for one in ids if state.channels[one].kind == "im"],
        "comments_count": 0,
        "is_starred": False,
    }


def mimetype_of(name: str, data: bytes) -> tuple[str, str]:
    """Recognise a file by its first bytes, else by its name: (mimetype, Slack's filetype)."""
    signatures = (
        (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
        (b"\xff\xd8\xff", "image/jpeg", "jpg"),
        (b"GIF8", "image/gif", "gif"),
    )
    for start, mimetype, filetype in signatures:
        if data.startswith(start):
            return mimetype, filetype
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp", "webp"
    if data[4:8] == b"ftyp":
        kind = data[8:12]
        if kind in {b"heic", b"heix", b"mif1"}:
            return "image/heic", "heic"
        if kind == b"avif":
            return "image/avif", "avif"
    guess = mimetypes.guess_type(name)[0] or "application/octet-stream"
    _, dot, ending = name.rpartition(".")
    return guess, ending.lower() if dot else "binary"
