"""Keep askers informed while their jobs wait and are painted."""

import math
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial

from msgspec.structs import replace

from bot.job_messages import Kept, PhotoEnded, Progress
from bot.slack_api.client import ChannelClosed, TokenRevoked
from functions.jobs.leases import LeaseHeld
from functions.jobs.model import UNPAINTED, Job
from functions.jobs.report import JobReport
from functions.log import log, log_crash
from functions.worker.context import WorkerContext
from functions.worker.errors import JobFailed, RetryAt
from functions.worker.run.lifecycle import ENDING, WAITING, JobRun, State
from functions.worker.run.pools import BoundedPool
from functions.worker.run.progress_message import ProgressMessage, has_ended
from functions.worker.run.schedule import Schedule
from functions.worker.steps.post_group import post_summary
from functions.worker.steps.variation_sheet import sheet_of

ANNOUNCED_WITHIN_S = 5.0  # of the first try: aiart does not wait longer for Slack
AT_ONCE = 10  # uploads that are announced without a pause
PAUSE_S = 2.0  # between the others: Slack takes one message a second in a channel, with results
REFRESH_AFTER_S = 15.0  # the number of jobs ahead is updated if it was shown longer ago than this
WITHOUT_TURN = UNPAINTED - {"fit"}  # gestures whose jobs wait for nobody at aiart
TRIED_S = 2.0  # a call that lasts longer is no mere try: a refusal comes at once
KEPT_UPLOADS = 20  # told at the same time that their jobs are kept; Slack takes one a second


class ProgressReporter:
    """Show each upload's progress, from threads of its own so that nothing waits for Slack.

    An upload is announced before its first photo is painted: if Slack says in time that the
    upload's thread is closed, no money is spent on it.
    """

    def __init__(  # noqa: PLR0913  # all but the first two by name
        self,
        context: WorkerContext,
        schedule: Schedule,
        *,
        kept: Callable[[], Kept],
        estimate_s: Callable[[int], int | None],
        time_left: Callable[[], float] = lambda: math.inf,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the questions to ask and the callbacks to call.

        ``kept`` says why nothing is painted at the moment (empty when something is), and
        ``estimate_s`` in how many seconds a job with that many others before it will be done; it
        may block. At the end the threads are awaited for ``time_left`` seconds at most. ``changed``
        is called when ``has_announced`` (except by the passing of time), ``closed`` or
        ``is_behind`` may have changed.
        """
        self.closed: dict[str, JobFailed] = {}  # by job: why nothing can be posted in its thread
        self._context = context
        self._kept = kept
        self._estimate_s = estimate_s
        self._schedule = schedule
        self._changed = changed
        self._messages: dict[str, ProgressMessage] = {}  # by upload
        self._pool = BoundedPool(3, "progress", time_left=time_left, ended=changed)
        self._shown: dict[str, tuple[Job, float]] = {}  # by upload: a job, and when; oldest first
        self._unheard: deque[JobRun] = deque()  # one job of each upload to be announced, by turn
        self._next_at = -math.inf  # when the next upload may be announced (monotonic)
        self._announcing: dict[str, float] = {}  # by upload: until when to wait for it (monotonic)
        self._announced: set[str] = set()
        self._tried: dict[JobRun, float] = {}  # when its call is no mere try any more (monotonic)
        self._posted: set[str] = set()
        self._ended: dict[str, PhotoEnded] = {}  # by job, of batches

    def __enter__(self) -> "ProgressReporter":
        return self

    def __exit__(self, *raised: object) -> None:
        self._pool.__exit__(*raised)

    @property
    def is_behind(self) -> bool:
        """Say whether a message is still being shown."""
        return self._pool.is_busy

    def has_announced(self, job: Job) -> bool:
        """Say whether the upload's first message was posted, or tried in vain or for too long."""
        upload = job.upload.id
        if upload in self._announced:
            return True
        return time.monotonic() >= self._announcing.get(upload, math.inf)

    # --- called by the deciding thread

    def announce(self, runs: Iterable[JobRun]) -> None:
        """Announce each upload when the first of its jobs is known.

        They are announced in the order of their turns, because Slack takes its time and no job is
        painted before that. Uploads whose photos are being fetched do not wait behind a long queue.
        """
        new = [run for run in runs if self._is_unheard(run)]
        if new:
            firsts: dict[str, JobRun] = {}
            for run in self._schedule.turns.order([*self._unheard, *new]):
                firsts.setdefault(run.asked.upload.id, run)
            self._unheard = deque(firsts.values())
        if not self._unheard:
            return
        while self._unheard and self._may_announce(self._unheard[0]):
            self._announce(self._unheard.popleft())
        for run in self._schedule.turns.order(filter(self._is_unheard, self._schedule.ahead())):
            self._announce(run)

    @property
    def next_announcement(self) -> float:
        """Give the (monotonic) moment from which ``announce`` has one more upload to announce."""
        return self._next_at if self._unheard else math.inf

    @property
    def waits_until(self) -> float:
        """Give the (monotonic) moment from which one more upload counts as announced."""
        now, first = time.monotonic(), math.inf
        for upload, until in reversed(self._announcing.items()):
            if until <= now:
                break  # so do all that were announced before it
            if upload not in self._announced:
                first = until
        return first

    def _is_unheard(self, run: JobRun) -> bool:
        return run.state in WAITING and run.asked.upload.id not in self._announcing

    def _may_announce(self, run: JobRun) -> bool:
        is_nothing = not self._is_unheard(run) or run.asked.thread is None  # nothing for Slack
        return is_nothing or self._kept() != "" or time.monotonic() >= self._next_at

    def _announce(self, run: JobRun) -> None:
        if not self._is_unheard(run):
            return
        now = time.monotonic()
        self._announcing[run.asked.upload.id] = now + ANNOUNCED_WITHIN_S
        if run.asked.thread:
            self._next_at = max(self._next_at, now - (AT_ONCE - 1) * PAUSE_S) + PAUSE_S
        self._show(run.asked)

    def show_painting(self, run: JobRun) -> None:
        """Show that the job is being painted, and refresh the upload that was shown longest ago."""
        self._show(run.asked)
        longest_ago = self._longest_ago()
        if longest_ago and longest_ago[1] + REFRESH_AFTER_S < time.monotonic():
            self._show(longest_ago[0])

    def trying(self, run: JobRun) -> None:
        """Show that the job is being painted once its call has lasted: it may just be refused."""
        self._tried[run] = time.monotonic() + TRIED_S

    def show_tried(self) -> None:
        """Show the jobs as being painted whose calls have lasted longer than a mere try."""
        now = time.monotonic()
        for run in [run for run, at in self._tried.items() if at <= now]:
            del self._tried[run]
            if run.has_place:
                self.show_painting(run)

    def show_waiting(self, run: JobRun) -> None:
        """Show that the job waits again, and can be cancelled: its call has painted nothing."""
        self._tried.pop(run, None)
        if run.state in WAITING:
            self._show(run.asked)

    def show_decided(self, run: JobRun) -> None:
        """Show that a variation is decided and waits for the others of its message."""
        if run.asked.upload.together:
            self._show(run.asked)

    def put_off(self, run: JobRun) -> None:
        """Check again whether the upload is over when one of its jobs has to wait.

        This job may have been the last one open here, while another worker has ended it and left
        the end of the progress message to this run.
        """
        job = run.job
        if job is None or not run.not_before or job.gesture in WITHOUT_TURN:
            return
        if self._posted.isdisjoint(job.upload.jobs):
            return

        def end() -> None:
            try:
                self._end_if_over(job)
            except (LeaseHeld, RetryAt) as later:
                log("progress left out", job=job.id, because=str(later))
            except Exception as error:  # noqa: BLE001  # the worker that ends the job checks again
                log_crash("progress left out", error, job=job.id)

        self._pool.submit(end)

    def _longest_ago(self) -> tuple[Job, float] | None:
        """Find the waiting upload shown longest ago; give a job of it, and when (monotonic)."""
        while self._shown:
            upload, (job, at) = next(iter(self._shown.items()))
            if any(run.state in WAITING for run in self._schedule.of_upload(job)):
                return job, at
            del self._shown[upload]
        return None

    def show_kept(self) -> None:
        """Show those who wait that nothing is painted for now, and that their jobs are kept."""
        waiting = (run for run in self._schedule if run.state in WAITING)
        uploads = {run.asked.upload.id: run.asked for run in waiting}
        for job in list(uploads.values())[:KEPT_UPLOADS]:
            self._show(job)

    # --- called by the thread that has posted the result

    def result_posted(self, job: Job) -> None:
        """Count a job whose result is posted; after the upload's last, end the progress message.

        A batch's summary is posted then, too. Raises ``RetryAt`` while Slack cannot take it.
        """
        if job.gesture in WITHOUT_TURN:  # so no progress is shown
            return
        self._note_ended(job)
        self._posted.add(job.id)
        if self._end_if_over(job):
            return
        try:
            self._message_of(job).show(job, partial(self._progress, job))
        except (ChannelClosed, TokenRevoked) as closed:  # the result itself is posted
            self._close(job, closed)

    # --- how

    def _message_of(self, job: Job) -> ProgressMessage:
        # Of two threads that come at once, both get the first one's.
        return self._messages.setdefault(job.upload.id, ProgressMessage(self._context))

    def _end_if_over(self, job: Job) -> bool:
        """End the progress message if all jobs of the upload are over; say whether they are."""
        if not self._is_over(job):
            return False
        photos = post_summary(self._context, job) if job.upload.is_batch else ()
        total = len(job.upload.jobs)
        self._message_of(job).end(job, Progress(total=total, done=total, photos=photos))
        return True

    def _show(self, job: Job) -> None:
        if job.thread is None:  # a program's job need not wait for Slack's answers to others
            self._announced.add(job.upload.id)
            return
        self._shown.pop(job.upload.id, None)
        self._shown[job.upload.id] = job, time.monotonic()

        def taken() -> None:
            if not job.has_parent_message:  # else results go below it, and look its place up
                self._note_announced(job)

        def show() -> None:
            try:
                self._count_those_of_earlier_runs(job)
                self._message_of(job).show(job, partial(self._progress, job), taken=taken)
            except (ChannelClosed, TokenRevoked) as closed:
                self._close(job, closed)
            except Exception as error:  # noqa: BLE001  # progress is a courtesy
                log_crash("progress left out", error, job=job.id)
            finally:
                self._note_announced(job)

        self._pool.submit(show)

    def _note_announced(self, job: Job) -> None:
        if job.upload.id not in self._announced:
            self._announced.add(job.upload.id)
            self._changed()

    def _close(self, job: Job, closed: ChannelClosed | TokenRevoked) -> None:
        self.closed.update(dict.fromkeys(job.upload.jobs, JobFailed(closed.code)))

    def _count_those_of_earlier_runs(self, job: Job) -> None:
        """Look up, when an upload is first shown, which of its jobs ended in earlier runs."""
        if job.upload.id in self._announced:
            return
        missing = [job_id for job_id in job.upload.jobs if self._schedule.find(job_id) is None]
        for job_id in missing:
            if self._note_recorded(job_id):
                self._posted.add(job_id)

    def _note_recorded(self, job_id: str) -> bool:
        """Look up in the records how a job has ended, and note it; say whether it has ended."""
        outcome = self._context.ledger.outcome(job_id)
        if outcome and outcome.job and outcome.job.upload.is_batch:
            report = JobReport.of_outcome(outcome.job, outcome)
            self._ended[job_id] = PhotoEnded.of(report, self._context.links)
        return outcome is not None

    def _note_ended(self, job: Job) -> None:
        """Note how a job of a batch has ended, for the lines of its progress message."""
        run = self._schedule.find(job.id)
        if run is None or not job.upload.is_batch:
            return
        if run.state is State.CANCELLED:
            report = JobReport(job)
        elif run.decided:
            report = JobReport.of_decision(job, run.decided, run.generated)
        else:  # another worker has ended it
            self._note_recorded(job.id)
            return
        self._ended[job.id] = PhotoEnded.of(report, self._context.links)

    def _progress(self, job: Job) -> Progress:
        places, jobs = self._schedule.places(job), job.upload.jobs
        painting = any(run.is_being_painted for run in self._schedule.of_upload(job))
        unread = self._schedule.unread_before(job) if places and not painting else 0
        done = sum(self._is_done(job_id) for job_id in jobs)
        progress = Progress(
            total=len(jobs),
            done=done,
            painting=painting,
            ahead=places[0] + unread if places and not painting else 0,
            kept="" if painting else self._kept(),
            photos=tuple(self._ended[job_id] for job_id in jobs if job_id in self._ended),
        )
        if progress.kept or done == len(jobs):
            return progress
        if job.upload.together and done:
            sheet = sheet_of(self._context, job)
            progress = replace(progress, sheet_url=sheet.url if sheet else "")
        # The jobs before the upload's last one; jobs whose place is not known yet come after it.
        last = max([*(place + unread for place in places[-1:]), len(jobs) - done - 1])
        return replace(progress, estimate_s=self._estimate_s(last))

    def _is_done(self, job_id: str) -> bool:
        """Say whether the result is posted, or only waits for the others of its upload."""
        run = self._schedule.find(job_id)
        is_over = run is not None and run.state in {State.DECIDED, State.OVER}
        return job_id in self._posted or is_over

    def _is_over(self, job: Job) -> bool:
        if any(self._is_under_way(run) for run in self._schedule.of_upload(job)):
            return False  # no need to look the others up in the records
        ledger = self._context.ledger  # which knows of jobs that this run has not read
        return all(one in self._posted or has_ended(one, ledger) for one in job.upload.jobs)

    def _is_under_way(self, run: JobRun) -> bool:
        """Say whether this run has the job painted, or will tell its end and then check again.

        Another worker may have ended it meanwhile, and nobody would check again if this worker died
        now. So a job about to be told counts only while its outcome is not recorded: this run
        writes that after the check. A job that waits does not count: its records are read instead.
        """
        if run.job_id in self._posted or run.not_before > self._context.ledger.clock():
            return False
        if run.state not in ENDING:
            return run.has_place
        return self._context.ledger.outcome(run.job_id) is None
