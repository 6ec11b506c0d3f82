"""Keep an upload's one progress message: posted, changed, and taken away at the end."""

import threading
from collections.abc import Callable

import msgspec

from bot.job_messages import Progress, progress_message
from bot.slack_api.client import ChannelClosed, RateLimited, SlackRefused, TokenRevoked
from bot.slack_api.content import Message
from bot.slack_api.threads import PostedMessage
from functions.jobs.bucket_layout import PROGRESS, SHOWING, attempt_name
from functions.jobs.leases import LeaseHeld
from functions.jobs.ledger import Ledger
from functions.jobs.model import Job
from functions.jobs.steps import Posted, ProgressShown
from functions.log import log, warn
from functions.worker.context import WorkerContext
from functions.worker.slack_retry import Nowhere, say
from functions.worker.steps.post import ATTEMPTS, CLOCKS_APART_S

PROGRESS_LIMIT_S = 30.0


class ProgressMessage:
    """Show and remove the progress message of one upload, one thread at a time.

    Progress is a courtesy: when Slack cannot take the message just now, it is left out. Removing it
    is not: that is tried until it works. ``show`` and ``end`` take any job of the upload.
    """

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._shown: ProgressShown | None = None  # as it stands in Slack
        self._noted: ProgressShown | None = None  # as the bucket has it
        self._attempt = 0  # the right to post a first message, until it is used
        self._is_removed = False

    def show(
        self,
        job: Job,
        progress_now: Callable[[], Progress],
        *,
        taken: Callable[[], None] = lambda: None,
    ) -> None:
        """Show how the upload is getting on. Raises ``ChannelClosed`` or ``TokenRevoked``.

        ``progress_now`` is called when it is the caller's turn: of two threads that come at the
        same time, the second shows what is true after the first. ``taken`` is called once Slack
        has taken the message, before its place is written down.
        """
        if job.thread is None:
            return
        with self._lock:
            if self._is_removed:
                return
            try:
                shown = say(
                    lambda: self._show(job, progress_now(), taken),
                    now=self._context.ledger.clock,
                    give_up_at=0.0,  # the next change is shown in any case
                )
            except LeaseHeld as held:
                shown = Nowhere(held)
            if isinstance(shown, Nowhere):
                if isinstance(shown.error, (ChannelClosed, TokenRevoked)):
                    raise shown.error
                log("progress left out", job=job.id, because=str(shown.error))

    def end(self, job: Job, last: Progress) -> None:
        """Remove the message; a parent message with a thread below it shows how each photo ended.

        Raises ``RetryAt`` while Slack cannot take it, or ``LeaseHeld``.
        """
        if job.thread is None:
            return
        with self._lock:
            ended = say(lambda: self._end(job, last), now=self._context.ledger.clock)
            if ended:
                warn("progress message left behind", job=job.id, error=str(ended.error))
            self._is_removed = True

    def _show(self, job: Job, progress: Progress, taken: Callable[[], None] = lambda: None) -> None:
        """Post or change the message, unless it says this already, perhaps from an earlier run."""
        said = repr(progress)
        # Slack may take longer over the language than the right to post lasts: so it comes first.
        language = self._context.thread.language(job.asker)
        before = self._shown or self._look_up(job)
        if before and before.said == said:
            return
        now = self._post(job, progress_message(job, progress, language), before)
        if now is None:  # another worker has ended the upload and removed its message
            self._is_removed = True
            return
        taken()
        self._shown = note = ProgressShown(channel=now.channel, ts=now.ts, said=said)
        if len(job.upload.jobs) == 1 and not progress.ahead and not progress.kept:
            note = msgspec.structs.replace(note, said="")  # it will be removed soon
        if self._noted != note:
            self._context.ledger.write_note(job.upload.id, PROGRESS, note)
            self._noted = note

    def _post(
        self, job: Job, content: Message, before: ProgressShown | None
    ) -> PostedMessage | None:
        ledger, upload = self._context.ledger, job.upload

        def may_post_anew() -> bool:
            if not job.has_parent_message and all(has_ended(one, ledger) for one in upload.jobs):
                return False
            # From now on it has to be searched for: the answer to the post may be lost.
            ledger.remove_note(upload.id, PROGRESS)
            self._shown = self._noted = None
            return True

        shown = PostedMessage(before.channel, before.ts) if before else None
        attempt, self._attempt = self._attempt, 0
        try:
            return self._context.thread.show_progress(
                job.place, content, shown=shown, may_post_anew=may_post_anew
            )
        except (RateLimited, ChannelClosed, SlackRefused, TokenRevoked):
            if attempt:  # Slack has refused: no message was posted that a search would have to find
                ledger.release(upload.id, attempt_name(SHOWING, attempt))
            raise

    def _end(self, job: Job, last: Progress) -> None:
        shown = self._shown or self._look_up(job)
        if shown and job.has_parent_message and last.photos:
            self._show(job, last)
        elif shown:
            self._context.thread.remove(PostedMessage(shown.channel, shown.ts))

    def _look_up(self, job: Job) -> ProgressShown | None:
        """Find the message that an earlier run has left, or take the right to post the first."""
        ledger, upload = self._context.ledger, job.upload.id
        found = ledger.acquire_unless(
            lambda: ledger.read_note(upload, PROGRESS, ProgressShown),
            upload,
            SHOWING,
            seconds=PROGRESS_LIMIT_S,
            limit=ATTEMPTS,
        )
        if isinstance(found, ProgressShown):
            self._noted = found
            return found
        self._attempt = found
        if found == 1:
            return None
        since = job.created_at - CLOCKS_APART_S
        posted = self._context.thread.find_own_message(job.place, "progress", upload, since=since)
        return ProgressShown(channel=posted.channel, ts=posted.ts) if posted else None


def has_ended(job_id: str, ledger: Ledger) -> bool:
    """Say whether the records show that a job is over, even if another worker has ended it.

    A cancelled job's progress is removed before its end is written, so its tombstone counts,
    unless it came after the call to aiart: then there will be a picture.
    """
    return (
        ledger.job(job_id) is None
        or ledger.read_step(job_id, Posted) is not None
        or ledger.outcome(job_id) is not None
        or (ledger.has_tombstone(job_id, "cancel") and not ledger.has_been_called(job_id))
    )
