"""Upload to Slack the pictures that it cannot read at their address; at last, post without them.

Each call makes one step. While a file is not ready the job is put off, so that no other job waits
for it. Each upload is recorded, so that no later attempt or run repeats it.
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

READY_WITHIN_S = 120.0  # Slack was seen to call sound files "invalid slack file" for this long
LOST_UPLOADS = 2  # after so many uploads with a lost answer the pictures are left out
NEXT_S, LONGEST_PAUSE_S = 0.5, 10.0

Post = Callable[[Files], PostedMessage]


class PicturesUnshown(Exception):
    """Report that Slack did not show the pictures: from the next attempt on they are files."""


class PictureUploads(Record, frozen=True, kw_only=True):
    """Record that a message's pictures have to be files: since when, and since which ``attempt``.

    ``since`` is in Unix seconds. ``ts`` is set if the message is posted already, with addresses,
    and Slack shows a picture as broken. ``begun`` counts the uploads begun; ``file_ids`` are those
    that were answered, in the order of the pictures.
    """

    since: float
    attempt: int = msgspec.field(name="turn")  # its name in the records of older workers
    file_ids: tuple[str, ...] = ()
    begun: int = 0
    channel: str = ""
    ts: str = ""
    thread_ts: str = ""

    @classmethod
    def noted(cls, context: WorkerContext, about: str) -> "PictureUploads | None":
        """Read the record about a job or an upload; None if its pictures are no files."""
        return context.ledger.read_note(about, PICTURE_UPLOADS, cls)


class Pictures(msgspec.Struct, frozen=True):
    """Show the pictures of a message. ``about``: the id of its job, or of its jobs' upload."""

    context: WorkerContext
    about: str
    previews: Sequence[Preview]

    def by_address(self, post: Post, attempt: int) -> PostedMessage:
        """Post with the pictures' addresses.

        If Slack refuses one or shows it as broken, records that and raises ``PicturesUnshown``.
        """
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

        Raises ``RateLimited`` to be called again later; then nothing was sent.
        """
        waited_s = self.context.ledger.clock() - uploads.since
        lost = uploads.begun - len(uploads.file_ids)
        if waited_s < READY_WITHIN_S and lost < LOST_UPLOADS:
            pause_s = min(LONGEST_PAUSE_S, max(1.0, waited_s / 4))
            if self._are_ready(uploads, pause_s):
                try:
                    return send(uploads.file_ids)
                except PicturesRefused as refused:  # although Slack had called them ready
                    raise RateLimited(pause_s) from refused
        remove_uploads(self.context, self.about)
        return send(())

    def _unshown(self, uploads: PictureUploads, why: str) -> PicturesUnshown:
        log("pictures become files", about=self.about, because=why)
        self.context.ledger.write_note(self.about, PICTURE_UPLOADS, uploads)
        return PicturesUnshown(why)

    def _are_ready(self, uploads: PictureUploads, pause_s: float) -> bool:
        """Upload what is missing; True if all files are ready, False if Slack refuses them.

        Raises ``RateLimited`` while they are not ready yet.
        """
        ready = prepare(lambda: self._upload_next(uploads))
        if isinstance(ready, Nowhere):
            warn("pictures cannot be uploaded", about=self.about, error=str(ready.error))
        elif not ready:
            raise RateLimited(pause_s)
        return ready is True

    def _upload_next(self, uploads: PictureUploads) -> bool:
        """Upload the next missing file; if none is missing, say whether all are ready.

        Raises ``RateLimited`` after each upload, to be called again for the next one.
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
    """Make a function that puts files into the posted message in place of broken pictures.

    If Slack refuses the change for good, the message stays as it is.
    """
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
    """Remove from Slack the files that were uploaded for a message that does not show them.

    Raises ``RateLimited`` if Slack asks to wait.
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
