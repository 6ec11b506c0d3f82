"""Call each step of a job with the results so far, on a thread of the run.

Each method takes a ``JobRun``, which it does not change, and returns the state reached or raises
an error. ``runner`` decides when each is called.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from bot.slack_api.client import OutcomeUnknown, RateLimited
from bot.texts import text
from functions.jobs.bucket_layout import UNREADABLE
from functions.jobs.leases import ClockWrong
from functions.jobs.model import Job, UnknownSource
from functions.jobs.records import Unreadable
from functions.jobs.steps import Decided, Generated, Staged, Unread
from functions.worker.context import UNINSTALLED_PAUSE_S, WorkerContext
from functions.worker.deletion import clear_away, forget
from functions.worker.errors import Cancelled, JobFailed, RetryAt, SpendCapReached
from functions.worker.run.lifecycle import JobRun, State, StepResult, given_up
from functions.worker.run.schedule import too_old, too_old_at
from functions.worker.run.suspension import Suspension
from functions.worker.steps.aiart_slot import AiartSlot
from functions.worker.steps.check_picture import check_picture
from functions.worker.steps.cut_out import cut_out, fit, packshot
from functions.worker.steps.finish import finish, finish_cancelled, record_failure
from functions.worker.steps.generate import generate
from functions.worker.steps.pack import pack
from functions.worker.steps.stage import repeat_a_failure, stage
from functions.worker.steps.store import store

OF_PICTURES = {"fit": fit, "check": check_picture}  # gestures that are about a picture
PAINTED_LATE_S = 900.0  # a fit may wait longer, for a parent that is begun at the last moment
# A job seen open is taken to be open for this long: painting, seeing and deleting it take longer.
OPEN_FOR_S = 10.0
UNREADABLE_PAUSE_S = 60.0  # before a request that cannot be read is looked at again


class _Ended(Exception):
    """Say that another worker has ended the job since this one read it."""


class JobSteps(msgspec.Struct, frozen=True):
    """Do the steps of ``LIFE``, each by the method of its name.

    ``begins`` is called when a job has its place at aiart, ``on_posted`` when its message is
    posted, and ``painted_in`` with the seconds that aiart took.
    """

    context: WorkerContext
    slot: AiartSlot
    suspension: Suspension
    begins: Callable[[JobRun], None]
    on_posted: Callable[[Job], None]
    painted_in: Callable[[float], None]

    def unless_ended(self, step: Callable[[JobRun], StepResult], run: JobRun) -> StepResult:
        """Do a step of the job, unless another worker ended the job while it waited here."""
        try:
            self._stop_if_ended(run)
            return step(run)
        except _Ended:
            return StepResult(State.OVER)

    def _stop_if_ended(self, run: JobRun) -> None:
        """Close a job that has ended, and raise ``_Ended``. This is checked only after a wait.

        The steps' records cannot show it: a job deleted meanwhile has none left, nor a tombstone.
        """
        ledger = self.context.ledger
        if run.job is None or run.state is State.NEW:  # ``load`` checks this itself
            return
        if ledger.clock() < run.open_at + OPEN_FOR_S:
            return
        outcome = ledger.outcome(run.job_id)
        if outcome is None:
            return
        if outcome.state == "deleted":
            clear_away(self.context, run.job_id)
        ledger.close_request(run.job_id)
        self.on_posted(run.job)
        raise _Ended

    def load(self, run: JobRun) -> StepResult:
        """Read the job. If it is gone or has ended already, it is over.

        For a job of a long queue, the check whether it has ended comes before its next step.
        """
        ledger = self.context.ledger
        open_at = 0.0 if run.is_far else ledger.clock()
        job = ledger.job(run.job_id)
        if job is None:
            return StepResult(State.OVER)
        if open_at and ledger.outcome(run.job_id):
            ledger.close_request(run.job_id)  # a redelivery after the end
            return StepResult(State.OVER, job=job)
        if ledger.workspace.was_erased(job):
            return StepResult(State.CANCELLED, job=job)
        self._wait_for_slack(job)
        if isinstance(job.photo, UnknownSource):
            job = self._tell_unreadable(job)
        unpainted = State.PACKING if job.gesture == "zip" else State.CUTTING
        state = State.LOADED if job.is_painted else unpainted
        return StepResult(state, open_at=open_at, job=job)

    def _wait_for_slack(self, job: Job) -> None:
        """Keep a job that reports in Slack while our app is uninstalled, as long as it may wait."""
        now = self.context.ledger.clock()
        is_waited_for = self.suspension.seen.is_uninstalled and job.thread is not None
        if is_waited_for and now < too_old_at(job):
            raise RetryAt(min(now + UNINSTALLED_PAUSE_S, too_old_at(job)))

    def _tell_unreadable(self, job: Job) -> Job:
        """Tell the administrators, once, of a request that this version cannot read.

        Another version may: the job is kept until it is too old. If its request does not say when
        it was made, its age counts from when it was first seen.
        """
        ledger = self.context.ledger
        before = ledger.read_note(job.id, UNREADABLE, Unread) or Unread(since=ledger.clock())
        if not before.told:
            told = self.context.tell_admins(text("en", "admin.unreadable", job=job.id))
            ledger.write_note(job.id, UNREADABLE, Unread(since=before.since, told=told))
        return msgspec.structs.replace(job, created_at=job.created_at or before.since)

    def stage(self, run: JobRun) -> StepResult:
        """Fetch and check the job's photo, unless an earlier run has done so.

        If an earlier run has refused it but died before telling the asker, it is refused again.
        """
        found = self._by_an_earlier_run(run)
        is_unreadable = isinstance(run.asked.photo, UnknownSource)
        if found or is_unreadable:
            repeat_a_failure(self.context, run.asked)
        if is_unreadable and not (found and found.generated):
            raise RetryAt(self.context.ledger.clock() + UNREADABLE_PAUSE_S)
        return found or StepResult(State.STAGED, staged=stage(self.context, run.asked))

    def give_up(self, why: JobFailed | Cancelled, run: JobRun) -> StepResult:
        """Give the job up without a picture, unless an earlier run has paid for one."""
        try:
            found = self._by_an_earlier_run(run)
        except Unreadable:  # nor has it become readable in all that time
            return given_up(why)
        return found if found and found.generated else given_up(why)

    def _by_an_earlier_run(self, run: JobRun) -> StepResult | None:
        staged = self.context.ledger.read_step(run.job_id, Staged)
        if staged is None:
            return None
        generated = self.context.ledger.read_step(run.job_id, Generated)
        state = State.GENERATED if generated else State.STAGED
        return StepResult(state, staged=staged, generated=generated)

    def generate(self, run: JobRun) -> StepResult:
        """Have the picture painted, and note what the answer shows of the account and the cap."""
        if run.staged is None:
            raise ValueError(f"{run.job_id} is not staged")
        has_called = False

        def begins() -> None:
            nonlocal has_called
            self._stop_if_ended(run)  # while it waited for its place
            has_called = True
            self.begins(run)

        try:
            with self.context.billable_calls.running():
                generated = generate(self.context, run.asked, run.staged, self.slot, begins=begins)
        except SpendCapReached as reached:
            self.suspension.spent(reached)
            raise
        except ClockWrong as wrong:
            self.suspension.clock_wrong(wrong)
            raise
        if not has_called:  # an earlier run has
            return StepResult(State.GENERATED, generated=generated)
        self.suspension.painted()
        return StepResult(State.GENERATED, is_new=True, open_at=generated.at, generated=generated)

    def pack(self, run: JobRun) -> StepResult:
        """Pack the zip's pictures."""
        return StepResult(State.DECIDED, decided=pack(self.context, run.asked))

    def cut(self, run: JobRun) -> StepResult:
        """Make a picture without aiart (cut-out, packshot, or another size), or check one."""
        repeat_a_failure(self.context, run.asked)
        by_wish = packshot if run.asked.wish.packshot else cut_out
        make = OF_PICTURES.get(run.asked.gesture, by_wish)
        with _until_too_old(run.asked, self.context.ledger.clock):
            return StepResult(State.DECIDED, decided=make(self.context, run.asked))

    def decide(self, run: JobRun) -> StepResult:
        """Store the job's picture, or write down why there is none."""
        if run.failure:
            decided: Decided = record_failure(self.context, run.asked, run.failure)
        elif run.staged and run.generated:
            decided = store(self.context, run.asked, run.staged, run.generated, is_new=run.is_new)
        else:
            raise ValueError(f"{run.job_id} has nothing to be stored")
        return StepResult(State.DECIDED, decided=decided)

    def finish(self, run: JobRun) -> StepResult:
        """Show the asker what was decided, and close the job."""
        if run.state is State.CANCELLED:
            if self.context.ledger.workspace.was_erased(run.asked):
                self.on_posted(run.asked)
                forget(self.context, run.asked)
            else:
                finish_cancelled(self.context, run.asked, on_posted=self.on_posted)
            return StepResult(State.OVER)
        if run.decided is None:
            raise ValueError(f"{run.job_id} is not decided")
        self._wait_for_slack(run.asked)
        finish(self.context, run.asked, run.decided, run.generated, on_posted=self.on_posted)
        if run.generated:
            self.painted_in(run.generated.seconds)
        return StepResult(State.OVER)


@contextmanager
def _until_too_old(job: Job, clock: Callable[[], float]) -> Iterator[None]:
    """Let a job that aiart does not paint be put off no longer than one that it does.

    Once it is too old, raises ``JobFailed`` in place of an error that would put it off again.
    """
    try:
        yield
    except (RetryAt, OutcomeUnknown, RateLimited) as later:
        waits_s = PAINTED_LATE_S if job.gesture == "fit" else 0.0
        if clock() < too_old_at(job) + waits_s:
            raise
        raise too_old(job) from later
