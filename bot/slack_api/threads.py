"""Post, update and find the messages about jobs in their threads; only the worker does so.

A message carries the id of its job or upload in its ``metadata``: so it can be found again when
Slack's answer to the post was lost.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from bot.slack_api.client import (
    SLACK_TROUBLE,
    ChannelClosed,
    OutcomeUnknown,
    RateLimited,
    SlackRefused,
    call,
)
from bot.slack_api.content import UNSHOWN, Block, Message, Preview
from bot.slack_api.pictures import PICTURE_REFUSED
from bot.texts import Language, language_of
from functions.jobs.model import Asker, Thread
from functions.jobs.recent_reads import RecentReads
from functions.log import warn

MESSAGE_GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}
THREAD_GONE = {"thread_not_found", "message_not_found"}
FILE_GONE = {"file_not_found", "file_deleted"}
IMAGE_TRIES = 2  # Slack downloads the picture while posting, and now and then fails
# A post that took longer may show its picture as broken, without an error (node-slack-sdk #809).
SLOW_PICTURE_S = 10.0
T = TypeVar("T")
LANGUAGE_FRESH_S = 600.0
PAGES = 10  # of 200 messages each, read at the most when looking for one of ours


@dataclass(frozen=True)
class PostedMessage:
    """Hold where a message of ours was posted.

    ``thread_ts`` is the first message of its thread, or the message itself outside of one.
    ``file_ids`` are the uploaded files that show its pictures where Slack could not read their
    addresses. ``is_broken``: Slack seems to show a placeholder instead of a picture.
    """

    channel: str
    ts: str
    thread_ts: str = field(default="", compare=False)
    file_ids: tuple[str, ...] = field(default=(), compare=False)
    is_broken: bool = field(default=False, compare=False)


class PicturesRefused(SlackRefused):
    """Say that Slack could not read the pictures' addresses, or is not ready to show files."""


# Ids of uploaded files, one for each picture. None: show pictures by address; empty: show none.
Files = Sequence[str] | None


class ThreadClient:
    """Post and find messages in threads, as the bot. All calls raise as ``call`` does."""

    def __init__(self, client: WebClient, *, recent: RecentReads | None = None) -> None:
        """Call Slack through ``client``. ``recent`` caches languages for a warm instance's runs."""
        self._client = client
        self._recent = recent or RecentReads()
        self._own_bot_id = ""

    def language(self, asker: Asker) -> Language:
        """Give the asker's own choice of language, else by their Slack locale, else English."""
        if asker.language:
            return language_of(asker.language)
        if not asker.user_id:
            return "en"

        def ask() -> Language:
            user = call(self._client.users_info, user=asker.user_id, include_locale=True)
            return language_of(str(user["user"].get("locale", "")))

        try:
            return self._recent.read(f"language/{asker.user_id}", ask, within_s=LANGUAGE_FRESH_S)
        except (RateLimited, OutcomeUnknown, SlackRefused):
            return "en"

    # --- progress

    def show_progress(
        self,
        place: Thread,
        content: Message,
        *,
        shown: PostedMessage | None = None,
        may_post_anew: Callable[[], bool] = lambda: True,
    ) -> PostedMessage | None:
        """Post an upload's progress message, or update the one already ``shown``.

        If that was deleted or can no longer be changed, ``may_post_anew`` says whether to post
        another one; None is returned if not.
        """
        said = {"text": content.text, "blocks": content.blocks(())}
        if shown:
            try:
                call(self._client.chat_update, channel=shown.channel, ts=shown.ts, **said)
            except SlackRefused as error:
                if error.error not in MESSAGE_GONE:
                    raise
                if not may_post_anew():
                    return None
            else:
                return shown
        return self._post(place, "progress", content.about, **said)

    def remove(self, shown: PostedMessage) -> None:
        """Delete a message of ours; one that is gone already is no error."""
        try:
            call(self._client.chat_delete, channel=shown.channel, ts=shown.ts)
        except SlackRefused as error:
            if error.error not in MESSAGE_GONE:
                raise

    def remove_file(self, file_id: str) -> None:
        """Delete a picture's uploaded file; one that is gone already is no error."""
        try:
            call(self._client.files_delete, file=file_id)
        except SlackRefused as error:
            if error.error not in FILE_GONE:
                raise

    # --- results and failures

    def post(self, place: Thread, content: Message, *, files: Files = None) -> PostedMessage:
        """Post a message about jobs where they were asked for, or in the channel if the thread is
        gone. Raises ``PicturesRefused``, and as ``call`` does.
        """

        def send(blocks: list[Block]) -> PostedMessage:
            return self._post(place, "told", content.about, text=content.text, blocks=blocks)

        return _with_pictures(content, files, send)

    def post_direct(self, asker: Asker, content: Message, *, files: Files = None) -> PostedMessage:
        """Post a message to the asker alone, when the place where they asked is closed."""
        return self.post(self._direct(asker), content, files=files)

    def update(
        self, shown: PostedMessage, content: Message, *, files: Files = None
    ) -> PostedMessage:
        """Update a posted message; one that is gone is left alone.

        Without ``files``, pictures that the message shows as uploaded files stay those files.
        Raises ``PicturesRefused``.
        """
        if files is None and len(shown.file_ids) == len(content.drawings):
            files = shown.file_ids

        def send(blocks: list[Block]) -> SlackResponse:
            where = {"channel": shown.channel, "ts": shown.ts}
            return call(self._client.chat_update, **where, text=content.text, blocks=blocks)

        try:
            _with_pictures(content, files, send)
        except SlackRefused as error:
            if error.error not in MESSAGE_GONE:
                raise
        return replace(shown, file_ids=tuple(files or ()), is_broken=False)

    # --- pictures as files

    def upload(self, preview: Preview) -> str:
        """Upload a picture's file, which a message can show once it ``is_ready``; give its id.

        It gets no alt text, which kept such files from ever becoming ready (python-slack-sdk
        #1818); the image block has its own.
        """
        uploaded = call(
            self._client.files_upload_v2, filename="picture.jpg", content=preview.read()
        )
        return str(uploaded["files"][0]["id"])

    def is_ready(self, file_id: str) -> bool:
        """Say whether Slack has processed an uploaded file, so that a message can show it."""
        return bool(call(self._client.files_info, file=file_id)["file"].get("mimetype"))

    def find_own_message(
        self, thread: Thread, kind: str, about: str, *, since: float
    ) -> PostedMessage | None:
        """Find our message of a ``kind`` about a job or upload, posted ``since`` (Unix seconds).

        Looks in the thread, then in the channel, where a post goes if its thread was deleted.
        ``kind`` is ``told`` or ``progress``.
        """
        wanted = _metadata(kind, about)
        found = None
        if thread.thread_ts:
            found = self._find(self._client.conversations_replies, thread, wanted, since=since)
        channel = Thread(channel=thread.channel)
        return found or self._find(self._client.conversations_history, channel, wanted, since=since)

    def find_own_direct_message(
        self, asker: Asker, about: str, *, since: float
    ) -> PostedMessage | None:
        """Find what ``post_direct`` posted about a job or upload ``since`` (Unix seconds)."""
        try:
            direct = self._direct(asker)
            wanted = _metadata("told", about)
            return self._find(self._client.conversations_history, direct, wanted, since=since)
        except (SlackRefused, ChannelClosed):
            return None

    def own_blocks(self, thread: Thread) -> list[Block]:
        """List all blocks of our messages in a thread, in order."""
        found = self._messages(self._client.conversations_replies, thread)
        ours = (message for message in found if message.get("bot_id") == self._bot_id())
        return [block for message in ours for block in message.get("blocks") or []]

    def _find(
        self,
        method: Callable[..., SlackResponse],
        thread: Thread,
        wanted: dict[str, Any],
        *,
        since: float,
    ) -> PostedMessage | None:
        try:
            for found in self._messages(method, thread, since=since):
                is_named = found.get("metadata") == wanted
                if is_named and found.get("bot_id") == self._bot_id():
                    return _found(thread.channel, found)
        except SlackRefused as error:
            if error.error not in THREAD_GONE:
                raise
        return None

    def _messages(
        self, method: Callable[..., SlackResponse], thread: Thread, *, since: float = 0.0
    ) -> Iterator[Mapping[str, Any]]:
        """Read a thread's messages, or a channel's, page by page; ``PAGES`` at the most."""
        where = {"ts": thread.thread_ts} if thread.thread_ts else {}
        cursor = ""
        for _ in range(PAGES):
            page = call(
                method,
                channel=thread.channel,
                oldest=f"{since:.6f}",
                limit=200,
                cursor=cursor,
                include_all_metadata=True,
                **where,
            )
            yield from page["messages"]
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return

    def check_token(self) -> None:
        """Check with Slack that our token is accepted. Raises ``TokenRevoked``, or as ``call``."""
        call(self._client.auth_test)

    def _bot_id(self) -> str:
        """Give our bot id, asked once: any app could post metadata that looks like ours."""
        self._own_bot_id = self._own_bot_id or str(call(self._client.auth_test)["bot_id"])
        return self._own_bot_id

    def _direct(self, asker: Asker) -> Thread:
        opened = call(self._client.conversations_open, users=asker.user_id)
        return Thread(channel=str(opened["channel"]["id"]))

    def tell_admins(self, channel: str, text: str) -> bool:
        """Post one line to the administrators' channel; False if Slack did not take it.

        Without a ``channel`` nothing is posted, and the result is True.
        """
        if not channel:
            return True
        try:
            call(self._client.chat_postMessage, channel=channel, text=text)
        except SLACK_TROUBLE as error:
            warn("could not tell the administrators", error=str(error))
            return False
        return True

    # --- how

    def _post(self, thread: Thread, kind: str, about: str, **content: Any) -> PostedMessage:
        arguments = {
            "channel": thread.channel,
            "metadata": _metadata(kind, about),
            "unfurl_links": False,
            "unfurl_media": False,
            **content,
        }
        within, started = thread.thread_ts, time.monotonic()
        try:
            posted = call(self._client.chat_postMessage, thread_ts=within or None, **arguments)
        except SlackRefused as error:
            if error.error not in THREAD_GONE or not within:
                raise
            # The asking message, and its thread with it, was deleted: post into the channel.
            within, posted = "", call(self._client.chat_postMessage, **arguments)
        ts = str(posted["ts"])
        is_slow = time.monotonic() - started >= SLOW_PICTURE_S
        return PostedMessage(
            channel=str(posted["channel"]),
            ts=ts,
            thread_ts=within or ts,
            file_ids=_file_ids(content["blocks"]),
            is_broken=is_slow and _has_unseen_picture(posted.get("message") or {}),
        )


def _with_pictures(content: Message, files: Files, send: Callable[[list[Block]], T]) -> T:
    """Call ``send`` with the message's blocks, its pictures by address or as ``files``.

    With addresses, a refusal is tried once more. Raises ``PicturesRefused``.
    """
    sources: list[Block] = [{"image_url": one.preview.url} for one in content.drawings]
    if files is not None:
        sources = [_file(one) for one in files] or [UNSHOWN] * len(sources)
    for is_last in [False] * (IMAGE_TRIES - 1) + [True]:
        try:
            return send(content.blocks(sources))
        except SlackRefused as error:
            if error.error not in PICTURE_REFUSED or not any(sources):
                raise
            if is_last or files is not None:
                raise PicturesRefused(error.error) from error
    raise AssertionError("the last try returns or raises")


def _file(file_id: str) -> Block:
    return {"slack_file": {"id": file_id}}


def _file_ids(blocks: Sequence[Block]) -> tuple[str, ...]:
    return tuple(str(block["slack_file"]["id"]) for block in blocks if "slack_file" in block)


def _found(channel: str, posted: Mapping[str, Any]) -> PostedMessage:
    ts = str(posted["ts"])
    return PostedMessage(
        channel=channel,
        ts=ts,
        thread_ts=str(posted.get("thread_ts") or ts),
        file_ids=_file_ids(posted.get("blocks") or []),
        is_broken=_has_unseen_picture(posted),
    )


def _has_unseen_picture(posted: Mapping[str, Any]) -> bool:
    """Say whether a picture shown by address has no size: Slack adds it when it has fetched one."""
    return any(
        "image_url" in block and not (block.get("image_width") or block.get("image_bytes"))
        for block in posted.get("blocks") or []
        if block.get("type") == "image"
    )


def _metadata(kind: str, about: str) -> dict[str, Any]:
    """Make a message's metadata: ``told`` (jobs' results) or ``progress``, ``about`` an id."""
    return {"event_type": f"backdrop_{kind}", "event_payload": {"about": about}}
