"""Keep the progress messages of a run: one per upload, changed, and taken away at the end."""

import threading
from collections.abc import Callable

import msgspec

from bot.job_messages import Progress, progress_message
from bot.slack_api.client import (
    ChannelClosed,
    RateLimited,
    SlackRefused,
    TokenRevoked,
)
from bot.slack_api.threads import PostedMessage
from functions.jobs.bucket_layout import PROGRESS, SHOWING, attempt_name
from functions.jobs.leases import LeaseHeld
from functions.jobs.model import Job
from functions.jobs.steps import ProgressShown
from functions.log import log, warn
from functions.worker.context import WorkerContext
from functions.worker.slack_retry import Nowhere, say
from functions.worker.steps.post import ATTEMPTS, CLOCKS_APART_S

PROGRESS_LIMIT_S = 30.0


class ProgressMessages:
    """Hold the progress messages of one run, each shown or removed by one thread at a time.

    Progress is a courtesy: when Slack cannot take a message just now, it is left out. Removing it
    is not: that is tried until it works. ``has_ended`` says whether a job's upload has ended, even
    if by another worker.
    """

    def __init__(self, context: WorkerContext, has_ended: Callable[[Job], bool]) -> None:
        self._context = context
        self._has_ended = has_ended
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._shown: dict[str, ProgressShown] = {}
        self._noted: dict[str, ProgressShown] = {}  # in the bucket
        self._removed: set[str] = set()
        self._turns: dict[str, int] = {}

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
        upload = job.upload.id
        with self._one_at_a_time(upload):
            if upload in self._removed:
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

    def _show(self, job: Job, progress: Progress, taken: Callable[[], None] = lambda: None) -> None:
        """Post or change the message, unless it says this already, perhaps from an earlier run."""
        upload, said = job.upload.id, repr(progress)
        before = self._shown.get(upload) or self._look_up(job)
        if before and before.said == said:
            return
        now = self._post(job, progress, before)
        if now is None:  # another worker has ended the upload and removed its message
            self._removed.add(upload)
            return
        taken()
        shown = ProgressShown(channel=now.channel, ts=now.ts, said=said)
        self._shown[upload] = shown
        note = msgspec.structs.replace(shown, said="") if _goes_soon(job, progress) else shown
        if self._noted.get(upload) != note:
            self._context.ledger.write_note(upload, PROGRESS, note)
            self._noted[upload] = note

    def _post(
        self, job: Job, progress: Progress, before: ProgressShown | None
    ) -> PostedMessage | None:
        def is_over() -> bool:
            return not job.has_parent_message and self._has_ended(job)

        shown = PostedMessage(before.channel, before.ts) if before else None
        turn = self._turns.pop(job.upload.id, 0)  # only of a first message: a change needs none
        try:
            content = progress_message(job, progress, self._context.thread.language(job.asker))
            return self._context.thread.show_progress(
                job.place, content, shown=shown, is_over=is_over
            )
        except (RateLimited, ChannelClosed, SlackRefused, TokenRevoked):
            if turn:  # Slack has refused: no message was posted that a search would have to find
                self._context.ledger.release(job.upload.id, attempt_name(SHOWING, turn))
            raise

    def end(self, job: Job, last: Progress) -> None:
        """Remove the message; a parent message with a thread below it shows how each photo ended.

        Raises ``RetryAt`` while Slack cannot take it, or ``LeaseHeld``.
        """
        if job.thread is None:
            return
        upload = job.upload.id
        with self._one_at_a_time(upload):
            ended = say(lambda: self._end(job, last), now=self._context.ledger.clock)
            if ended:
                warn("progress message left behind", job=job.id, error=str(ended.error))
            self._removed.add(upload)

    def _end(self, job: Job, last: Progress) -> None:
        shown = self._shown.get(job.upload.id) or self._look_up(job)
        if shown and job.has_parent_message and last.photos:
            self._show(job, last)
        elif shown:
            self._context.thread.remove(PostedMessage(shown.channel, shown.ts))

    def _look_up(self, job: Job) -> ProgressShown | None:
        """Find the message that an earlier run has left, or take the right to post the first."""
        ledger, upload = self._context.ledger, job.upload.id
        turn = ledger.acquire_unless(
            lambda: ledger.read_note(upload, PROGRESS, ProgressShown),
            upload,
            SHOWING,
            seconds=PROGRESS_LIMIT_S,
            limit=ATTEMPTS,
        )
        if isinstance(turn, ProgressShown):
            self._noted[upload] = turn
            return turn
        self._turns[upload] = turn
        if turn == 1:
            return None
        since = job.created_at - CLOCKS_APART_S
        found = self._context.thread.find_own_message(job.place, "progress", upload, since=since)
        return ProgressShown(channel=found.channel, ts=found.ts) if found else None

    def _one_at_a_time(self, upload: str) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(upload, threading.Lock())


def _goes_soon(job: Job, progress: Progress) -> bool:
    """Say whether the message will be removed so soon that its text need not be noted."""
    return len(job.upload.jobs) == 1 and not progress.ahead and not progress.kept
