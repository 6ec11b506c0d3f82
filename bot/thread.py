"""Shows a job's state in its thread: the worker's door into Slack.

Only the worker posts into threads. A message carries our id in its ``metadata``, so that it can
be found again when the answer to posting it was lost.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from bot.messages import Drawing, Message, Told, message
from bot.slack import SlackBusy, SlackClosed, SlackRefused, SlackUnclear, call
from bot.texts import Language, language_of
from bot.views import Block, escaped
from bot.views.progress import Progress, progress_blocks, progress_line
from functions.jobs.model import Asker, Job, Thread

MESSAGE_GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}
THREAD_GONE = {"thread_not_found", "message_not_found"}
FILE_GONE = {"file_not_found", "file_deleted"}
PICTURE_REFUSED = {"invalid_blocks", "invalid_attachments"}
IMAGE_TRIES = 2  # Slack downloads the picture while posting, and now and then fails
FILE_WAIT_S = 20.0
T = TypeVar("T")
PAGES = 10  # of 200 messages each, when looking for one of ours


@dataclass(frozen=True)
class Shown:
    """Where a message stands.

    ``thread_ts`` is the first message of its thread: itself, when it has no other. ``file_ids``
    are its pictures where Slack could not read their addresses.
    """

    channel: str
    ts: str
    thread_ts: str = field(default="", compare=False)
    file_ids: tuple[str, ...] = field(default=(), compare=False)


class ThreadView:
    """Speaks in threads as the bot."""

    def __init__(self, client: WebClient, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._sleep = sleep
        self._languages: dict[str, Language] = {}

    def language(self, asker: Asker) -> Language:
        """The asker's language by their Slack locale; English when Slack does not say."""
        if asker.language:
            return language_of(asker.language)
        if not asker.user_id:
            return "en"
        if asker.user_id not in self._languages:
            try:
                user = call(self._client.users_info, user=asker.user_id, include_locale=True)
            except (SlackBusy, SlackUnclear, SlackRefused):
                return "en"
            self._languages[asker.user_id] = language_of(str(user["user"].get("locale", "")))
        return self._languages[asker.user_id]

    # --- progress

    def show_progress(self, job: Job, progress: Progress, *, shown: Shown | None = None) -> Shown:
        """Post the upload's progress message, or change it. A deleted one is posted anew."""
        language = self.language(job.asker)
        content = {
            "text": progress_line(progress, language),
            "blocks": progress_blocks(progress, language, upload=job.upload),
        }
        if shown:
            try:
                call(self._client.chat_update, channel=shown.channel, ts=shown.ts, **content)
            except SlackRefused as error:
                if error.error not in MESSAGE_GONE:
                    raise
            else:
                return shown
        return self._post(job.place, "progress", job.upload.id, **content)

    def remove(self, shown: Shown) -> None:
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

    def post(self, job: Job, told: Told) -> Shown:
        """Tell it where the job was asked for. Pictures that Slack cannot read are uploaded."""
        return self._post_told(job.place, message(job, told, self.language(job.asker)))

    def tell_directly(self, job: Job, told: Told) -> Shown:
        """Write to the asker alone, when the place where they asked is closed."""
        direct = self._direct(job.asker)
        return self._post_told(direct, message(job, told, self.language(job.asker), direct=True))

    def renew(self, job: Job, told: Told, shown: Shown) -> None:
        """Change a message that was told; one that is gone is left alone."""
        content = message(job, told, self.language(job.asker))

        def send(blocks: list[Block]) -> SlackResponse:
            where = {"channel": shown.channel, "ts": shown.ts}
            return call(self._client.chat_update, **where, text=content.text, blocks=blocks)

        try:
            if len(shown.file_ids) == len(content.drawings):
                send(content.blocks([_file(file_id) for file_id in shown.file_ids]))
            else:
                self._with_pictures(content, send)
        except SlackRefused as error:
            if error.error not in MESSAGE_GONE:
                raise

    def find(self, thread: Thread, kind: str, about: str, *, since: float) -> Shown | None:
        """Our message of that kind about that job or upload, if it stands there.

        In the thread, or in the channel: that is where it went if the thread had been deleted.
        """
        wanted = _metadata(kind, about)
        found = None
        if thread.thread_ts:
            found = self._find(self._client.conversations_replies, thread, wanted, since=since)
        channel = Thread(channel=thread.channel)
        return found or self._find(self._client.conversations_history, channel, wanted, since=since)

    def find_direct(self, asker: Asker, about: str, *, since: float) -> Shown | None:
        """What ``tell_directly`` has posted about a job or upload, if anything."""
        try:
            direct = self._direct(asker)
            wanted = _metadata("told", about)
            return self._find(self._client.conversations_history, direct, wanted, since=since)
        except (SlackRefused, SlackClosed):
            return None

    def _find(
        self,
        method: Callable[..., SlackResponse],
        thread: Thread,
        wanted: dict[str, Any],
        *,
        since: float,
    ) -> Shown | None:
        where = {"ts": thread.thread_ts} if thread.thread_ts else {}
        cursor = ""
        for _ in range(PAGES):
            try:
                page = call(
                    method,
                    channel=thread.channel,
                    oldest=f"{since:.6f}",
                    limit=200,
                    cursor=cursor,
                    include_all_metadata=True,
                    **where,
                )
            except SlackRefused as error:
                if error.error in THREAD_GONE:
                    return None
                raise
            for found in page["messages"]:
                if found.get("metadata") == wanted:
                    return _found(thread.channel, found)
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                break
        return None

    def _direct(self, asker: Asker) -> Thread:
        opened = call(self._client.conversations_open, users=asker.user_id)
        return Thread(channel=str(opened["channel"]["id"]))

    def tell_admins(self, channel: str, line: str) -> None:
        """One line for those who run this."""
        call(self._client.chat_postMessage, channel=channel, text=escaped(line))

    # --- how

    def _post_told(self, thread: Thread, content: Message) -> Shown:
        def send(blocks: list[Block]) -> Shown:
            return self._post(thread, "told", content.about, text=content.text, blocks=blocks)

        return self._with_pictures(content, send)

    def _with_pictures(self, content: Message, send: Callable[[list[Block]], T]) -> T:
        """Send it with the pictures' addresses; as uploads where Slack cannot read them."""
        addresses: list[Block] = [{"image_url": one.preview.url} for one in content.drawings]
        for _ in range(IMAGE_TRIES):
            try:
                return send(content.blocks(addresses))
            except SlackRefused as error:
                if error.error not in PICTURE_REFUSED or not addresses:
                    raise
        return send(content.blocks([_file(self._upload(one)) for one in content.drawings]))

    def _upload(self, drawing: Drawing) -> str:
        """A file of ours that a message can show; waits until Slack has looked at it."""
        uploaded = call(
            self._client.files_upload_v2,
            filename="picture.jpg",
            content=drawing.preview.read(),
            alt_txt=drawing.alt[:1000],
        )
        file_id = str(uploaded["files"][0]["id"])
        deadline = time.monotonic() + FILE_WAIT_S
        while time.monotonic() < deadline:
            if call(self._client.files_info, file=file_id)["file"].get("mimetype"):
                return file_id
            self._sleep(0.5)
        raise SlackUnclear("the uploaded picture did not become ready")

    def _post(self, thread: Thread, kind: str, about: str, **content: Any) -> Shown:
        arguments = {
            "channel": thread.channel,
            "metadata": _metadata(kind, about),
            "unfurl_links": False,
            "unfurl_media": False,
            **content,
        }
        within = thread.thread_ts
        try:
            posted = call(self._client.chat_postMessage, thread_ts=within or None, **arguments)
        except SlackRefused as error:
            if error.error not in THREAD_GONE or not within:
                raise
            # The message that asked was deleted: say it in the channel.
            within, posted = "", call(self._client.chat_postMessage, **arguments)
        ts = str(posted["ts"])
        return Shown(str(posted["channel"]), ts, within or ts, _file_ids(content["blocks"]))


def _file(file_id: str) -> Block:
    return {"slack_file": {"id": file_id}}


def _file_ids(blocks: Sequence[Block]) -> tuple[str, ...]:
    return tuple(str(block["slack_file"]["id"]) for block in blocks if "slack_file" in block)


def _found(channel: str, posted: Mapping[str, Any]) -> Shown:
    ts = str(posted["ts"])
    thread_ts = str(posted.get("thread_ts") or ts)
    return Shown(channel, ts, thread_ts, _file_ids(posted.get("blocks") or []))


def _metadata(kind: str, about: str) -> dict[str, Any]:
    """``told`` about a job, or ``progress`` of an upload."""
    return {"event_type": f"backdrop_{kind}", "event_payload": {"about": about}}
