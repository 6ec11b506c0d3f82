"""Show a job's state in its thread: the worker's way into Slack.

Only the worker posts into threads. A message carries our id in its ``metadata``, so that it can
be found again when the answer to posting it was lost.
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
from bot.texts import Language, language_of
from functions.jobs.model import Asker, Thread
from functions.jobs.recent_reads import RecentReads
from functions.log import warn

MESSAGE_GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}
THREAD_GONE = {"thread_not_found", "message_not_found"}
FILE_GONE = {"file_not_found", "file_deleted"}
PICTURE_REFUSED = {"invalid_blocks", "invalid_attachments"}
IMAGE_TRIES = 2  # Slack downloads the picture while posting, and now and then fails
SLOW_PICTURE_S = 10.0  # Slack shows what took longer as broken, and says nothing (node #809)
T = TypeVar("T")
LANGUAGE_FRESH_S = 600.0
PAGES = 10  # of 200 messages each, when looking for one of ours


@dataclass(frozen=True)
class PostedMessage:
    """Hold where a message stands.

    ``thread_ts`` is the first message of its thread: itself, when it has no other. ``file_ids``
    are its pictures where Slack could not read their addresses. ``is_broken``: it was posted, but
    Slack seems to show a placeholder where a picture should be.
    """

    channel: str
    ts: str
    thread_ts: str = field(default="", compare=False)
    file_ids: tuple[str, ...] = field(default=(), compare=False)
    is_broken: bool = field(default=False, compare=False)


class PicturesRefused(SlackRefused):
    """Say that Slack could not read the pictures' addresses, or is not ready to show files."""


Files = Sequence[str] | None  # None: pictures by their addresses; none at all: without pictures


class ThreadClient:
    """Speak in threads as the bot."""

    def __init__(self, client: WebClient, *, recent: RecentReads | None = None) -> None:
        """Speak by ``client``. ``recent`` outlives this: what a warm instance has asked lately."""
        self._client = client
        self._recent = recent or RecentReads()
        self._own_bot_id = ""

    def language(self, asker: Asker) -> Language:
        """Look up the asker's language by their Slack locale; English when Slack does not say."""
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
        is_over: Callable[[], bool] = lambda: False,
    ) -> PostedMessage | None:
        """Post an upload's progress message, or change it.

        A deleted one is posted anew; None, and nothing is posted, if it was deleted because its
        upload ``is_over``.
        """
        said = {"text": content.text, "blocks": content.blocks(())}
        if shown:
            try:
                call(self._client.chat_update, channel=shown.channel, ts=shown.ts, **said)
            except SlackRefused as error:
                if error.error not in MESSAGE_GONE:
                    raise
                if is_over():
                    return None
            else:
                return shown
        return self._post(place, "progress", content.about, **said)

    def remove(self, shown: PostedMessage) -> None:
        """Take a message of ours away; one that is gone already is as good."""
        try:
            call(self._client.chat_delete, channel=shown.channel, ts=shown.ts)
        except SlackRefused as error:
            if error.error not in MESSAGE_GONE:
                raise

    def remove_file(self, file_id: str) -> None:
        """Take away a picture that had to be uploaded; one that is gone already is as good."""
        try:
            call(self._client.files_delete, file=file_id)
        except SlackRefused as error:
            if error.error not in FILE_GONE:
                raise

    # --- results and failures

    def post(self, place: Thread, content: Message, *, files: Files = None) -> PostedMessage:
        """Post it where the job was asked for. Raises ``PicturesRefused``."""

        def send(blocks: list[Block]) -> PostedMessage:
            return self._post(place, "told", content.about, text=content.text, blocks=blocks)

        return _with_pictures(content, files, send)

    def post_direct(self, asker: Asker, content: Message, *, files: Files = None) -> PostedMessage:
        """Write to the asker alone, when the place where they asked is closed."""
        return self.post(self._direct(asker), content, files=files)

    def update(
        self, shown: PostedMessage, content: Message, *, files: Files = None
    ) -> PostedMessage:
        """Change a message that was told; one that is gone is left alone.

        Its pictures stay the files that they are. Raises ``PicturesRefused``.
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
        """Upload a file that a message can show in a while; return its id.

        It gets no alt text, which kept such files from ever becoming ready (python-slack-sdk
        #1818); the image block has its own.
        """
        uploaded = call(
            self._client.files_upload_v2, filename="picture.jpg", content=preview.read()
        )
        return str(uploaded["files"][0]["id"])

    def is_ready(self, file_id: str) -> bool:
        """Say whether Slack has looked at an uploaded file."""
        return bool(call(self._client.files_info, file=file_id)["file"].get("mimetype"))

    def find_own_message(
        self, thread: Thread, kind: str, about: str, *, since: float
    ) -> PostedMessage | None:
        """Find our message of that kind about that job or upload, if it stands there.

        In the thread, or in the channel: that is where it went if the thread had been deleted.
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
        """Find what ``post_direct`` has posted about a job or upload, if anything."""
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
        """Ask Slack whether our token is good. Raises ``TokenRevoked`` and the like."""
        call(self._client.auth_test)

    def _bot_id(self) -> str:
        """Give ours: any app may post metadata that looks like ours, but only ours counts."""
        self._own_bot_id = self._own_bot_id or str(call(self._client.auth_test)["bot_id"])
        return self._own_bot_id

    def _direct(self, asker: Asker) -> Thread:
        opened = call(self._client.conversations_open, users=asker.user_id)
        return Thread(channel=str(opened["channel"]["id"]))

    def tell_admins(self, channel: str, text: str) -> bool:
        """Post one line for those who run this; False while Slack does not take it.

        Without a channel only the log is for them.
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
            # The message that asked was deleted: say it in the channel.
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
    """Send it with the pictures' addresses, as ``files``, or without pictures."""
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
    """Say whether Slack gives no size for one of the pictures: it notes those that it has seen."""
    return any(
        "image_url" in block and not (block.get("image_width") or block.get("image_bytes"))
        for block in posted.get("blocks") or []
        if block.get("type") == "image"
    )


def _metadata(kind: str, about: str) -> dict[str, Any]:
    """Mark a message as ``told`` about a job, or as ``progress`` of an upload."""
    return {"event_type": f"backdrop_{kind}", "event_payload": {"about": about}}
