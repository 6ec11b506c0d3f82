"""Show pictures that Slack cannot read at their address as files, or in the end leave them out.

One thing is done at a time: while a file is not ready the job is put off, so that no other job
waits for it. What was done is written down, so that no later attempt or run uploads it again.
"""

from collections.abc import Callable, Sequence

import msgspec
from msgspec.structs import replace

from bot.job_messages import JobMessage
from bot.slack_api.client import SLACK_TROUBLE, RateLimited
from bot.slack_api.content import Preview
from bot.slack_api.threads import Files, PicturesRefused, PostedMessage
from functions.jobs.bucket_layout import PICTURE_UPLOADS
from functions.jobs.model import Job
from functions.jobs.records import Record
from functions.log import log, warn
from functions.worker.context import WorkerContext
from functions.worker.slack_retry import FINAL_NO, Nowhere, prepare

READY_WITHIN_S = 120.0  # good files were seen to be "invalid slack file" for this long
LOST_UPLOADS = 2  # uploads whose answer was lost, before the pictures are left out
NEXT_S, LONGEST_PAUSE_S = 0.5, 10.0

Post = Callable[[Files], PostedMessage]


class PicturesUnshown(Exception):
    """Say that Slack did not show the pictures: from the next attempt on they are files."""


class PictureUploads(Record, frozen=True, kw_only=True):
    """Note since when (Unix seconds) and which ``attempt`` a message's pictures are files.

    ``ts`` is set when the message was posted with addresses and Slack shows a picture as broken.
    ``begun`` counts uploads, ``file_ids`` has those that were seen to end.
    """

    since: float
    attempt: int = msgspec.field(name="turn")  # as older workers have written it
    file_ids: tuple[str, ...] = ()
    begun: int = 0
    channel: str = ""
    ts: str = ""
    thread_ts: str = ""

    @classmethod
    def noted(cls, context: WorkerContext, about: str) -> "PictureUploads | None":
        """Read what an earlier attempt has written down."""
        return context.ledger.read_note(about, PICTURE_UPLOADS, cls)


class Pictures(msgspec.Struct, frozen=True):
    """Show the pictures of a message about a job, or about an upload whose jobs share one."""

    context: WorkerContext
    about: str
    previews: Sequence[Preview]

    def by_address(self, post: Post, attempt: int) -> PostedMessage:
        """Post with the pictures' addresses. Raises ``PicturesUnshown`` if one is not shown."""
        try:
            shown = post(None)
        except PicturesRefused as refused:
            uploads = PictureUploads(since=self.context.ledger.clock(), attempt=attempt)
            raise self._unshown(uploads, "refused") from refused
        if not shown.is_broken:
            return shown
        uploads = PictureUploads(
            since=self.context.ledger.clock(),
            attempt=attempt,
            channel=shown.channel,
            ts=shown.ts,
            thread_ts=shown.thread_ts,
        )
        raise self._unshown(uploads, "broken")

    def as_files(self, uploads: PictureUploads, send: Post) -> PostedMessage:
        """Send the message with files once they are ready, or without pictures if they never are.

        Raises ``RateLimited`` if it should go on later: nothing was sent then.
        """
        waited_s = self.context.ledger.clock() - uploads.since
        lost = uploads.begun - len(uploads.file_ids)
        if waited_s < READY_WITHIN_S and lost < LOST_UPLOADS:
            pause_s = min(LONGEST_PAUSE_S, max(1.0, waited_s / 4))
            if self._are_ready(uploads, pause_s):
                try:
                    return send(uploads.file_ids)
                except PicturesRefused as refused:  # it was said to be ready
                    raise RateLimited(pause_s) from refused
        remove_uploads(self.context, self.about)
        return send(())

    def _unshown(self, uploads: PictureUploads, why: str) -> PicturesUnshown:
        log("pictures become files", about=self.about, because=why)
        self.context.ledger.write_note(self.about, PICTURE_UPLOADS, uploads)
        return PicturesUnshown(why)

    def _are_ready(self, uploads: PictureUploads, pause_s: float) -> bool:
        """Say whether all files are ready; False when Slack refuses them for good.

        Raises ``RateLimited`` while they are not ready yet.
        """
        ready = prepare(lambda: self._upload_next(uploads))
        if isinstance(ready, Nowhere):
            warn("pictures cannot be uploaded", about=self.about, error=str(ready.error))
        elif not ready:
            raise RateLimited(pause_s)
        return ready is True

    def _upload_next(self, uploads: PictureUploads) -> bool:
        """Upload one missing file, or say whether all are ready if none is missing.

        Raises ``RateLimited`` after an upload, to come back for the others.
        """
        missing = self.previews[len(uploads.file_ids) :]
        if not missing:
            return all(self.context.thread.is_ready(file_id) for file_id in uploads.file_ids)
        begun = replace(uploads, begun=uploads.begun + 1)
        self.context.ledger.write_note(self.about, PICTURE_UPLOADS, begun)
        try:
            file_id = self.context.thread.upload(missing[0])
        except RateLimited:
            self.context.ledger.write_note(self.about, PICTURE_UPLOADS, uploads)
            raise
        file_ids = (*uploads.file_ids, file_id)
        self.context.ledger.write_note(
            self.about, PICTURE_UPLOADS, replace(begun, file_ids=file_ids)
        )
        raise RateLimited(NEXT_S)


def mending(
    context: WorkerContext, job: Job, job_message: JobMessage, uploads: PictureUploads
) -> Post:
    """Make the function that changes the posted message; if Slack refuses, it stays as it is."""
    before = PostedMessage(uploads.channel, uploads.ts, uploads.thread_ts)

    def mend(files: Files) -> PostedMessage:
        try:
            return context.thread.update(before, context.message(job, job_message), files=files)
        except PicturesRefused:
            raise
        except FINAL_NO as error:
            log("a broken picture stays", job=job.id, because=str(error))
            return before

    return mend


def remove_uploads(context: WorkerContext, about: str) -> None:
    """Remove the files that were uploaded for a message that does not show them.

    Raises ``RateLimited`` if it should go on later.
    """
    uploads = PictureUploads.noted(context, about)
    if uploads is None or not uploads.file_ids:
        return
    for file_id in uploads.file_ids:
        try:
            context.thread.remove_file(file_id)
        except RateLimited:
            raise
        except SLACK_TROUBLE as error:
            log("a file was left behind", about=about, error=str(error))
    context.ledger.write_note(about, PICTURE_UPLOADS, replace(uploads, begun=0, file_ids=()))
