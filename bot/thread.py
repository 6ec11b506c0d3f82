"""Shows a job's state in its thread: the worker's door into Slack.

Only the worker posts into threads. A message carries our id in its ``metadata``, so that it can
be found again when the answer to posting it was lost.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from bot.slack import SlackBusy, SlackClosed, SlackRefused, SlackUnclear, call
from bot.texts import Language, language_of, text
from bot.views import Block, escaped
from bot.views.failure import failure_blocks, failure_fallback
from bot.views.progress import Progress, progress_blocks, progress_line
from bot.views.result import Result, alt_text, result_blocks
from functions.jobs.model import Asker, Job, Thread
from functions.jobs.steps import Failed

MESSAGE_GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}
THREAD_GONE = {"thread_not_found", "message_not_found"}
PICTURE_REFUSED = {"invalid_blocks", "invalid_attachments"}
IMAGE_TRIES = 2  # Slack downloads the picture while posting, and now and then fails
FILE_WAIT_S = 20.0
PAGES = 10  # of 200 messages each, when looking for one of ours


@dataclass(frozen=True)
class Shown:
    """Where a message stands."""

    channel: str
    ts: str


@dataclass(frozen=True)
class PreviewPicture:
    """What is shown in the message: Slack reads ``url``; ``read`` is for when it cannot."""

    url: str
    read: Callable[[], bytes]


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
            "blocks": progress_blocks(progress, language),
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

    # --- results and failures

    def post_result(self, job: Job, result: Result, preview: PreviewPicture) -> Shown:
        """Reply with the picture. Falls back to an upload when Slack cannot read its address."""
        return self._post_picture(job, result, preview, thread=job.place, direct=False)

    def post_failure(self, job: Job, failed: Failed) -> Shown:
        """Reply with what went wrong."""
        return self._post_failure(job, failed, job.place)

    def tell_directly(self, job: Job, told: Failed | tuple[Result, PreviewPicture]) -> Shown:
        """Write to the asker alone, when the place where they asked is closed."""
        direct = self._direct(job.asker)
        if isinstance(told, Failed):
            return self._post_failure(job, told, direct)
        result, preview = told
        return self._post_picture(job, result, preview, thread=direct, direct=True)

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

    def find_direct(self, job: Job, *, since: float) -> Shown | None:
        """What ``tell_directly`` has posted, if anything."""
        try:
            direct = self._direct(job.asker)
            wanted = _metadata("told", job.id)
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
            for message in page["messages"]:
                if message.get("metadata") == wanted:
                    return Shown(thread.channel, str(message["ts"]))
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

    def _post_failure(self, job: Job, failed: Failed, thread: Thread) -> Shown:
        language = self.language(job.asker)
        return self._post(
            thread,
            "told",
            job.id,
            text=f"<@{job.asker.user_id}> {failure_fallback(job, language)}",
            blocks=failure_blocks(job, failed, language),
        )

    def _post_picture(
        self, job: Job, result: Result, preview: PreviewPicture, *, thread: Thread, direct: bool
    ) -> Shown:
        language = self.language(job.asker)
        fallback = f"<@{job.asker.user_id}> {text(language, 'result.fallback')}"

        def post(picture: Block) -> Shown:
            blocks = result_blocks(job, result, picture, language, direct=direct)
            return self._post(thread, "told", job.id, text=fallback, blocks=blocks)

        for _ in range(IMAGE_TRIES):
            try:
                return post({"image_url": preview.url})
            except SlackRefused as error:
                if error.error not in PICTURE_REFUSED:
                    raise
        file_id = self._upload(preview.read(), alt_text(job, language))
        return post({"slack_file": {"id": file_id}})

    def _upload(self, jpeg: bytes, alt: str) -> str:
        """A file of ours that a message can show; waits until Slack has looked at it."""
        uploaded = call(
            self._client.files_upload_v2, filename="picture.jpg", content=jpeg, alt_txt=alt[:1000]
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
        try:
            posted = call(
                self._client.chat_postMessage, thread_ts=thread.thread_ts or None, **arguments
            )
        except SlackRefused as error:
            if error.error not in THREAD_GONE:
                raise
            # The message that asked was deleted: say it in the channel.
            posted = call(self._client.chat_postMessage, **arguments)
        return Shown(str(posted["channel"]), str(posted["ts"]))


def _metadata(kind: str, about: str) -> dict[str, Any]:
    """``told`` about a job, or ``progress`` of an upload."""
    return {"event_type": f"backdrop_{kind}", "event_payload": {"about": about}}
