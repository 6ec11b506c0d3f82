"""What a worker heeds of what another has done meanwhile; the simulation has found each of these.

The other worker's doing is what it leaves: records in the bucket, messages in Slack.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from bot.job_messages import Progress
from bot.slack_api.threads import PostedMessage
from functions.config import worker_config
from functions.jobs.bucket_layout import BUTTONS, step_key
from functions.jobs.errors import ErrorCode
from functions.jobs.model import Job
from functions.jobs.steps import Billed, Lease, Outcome, Posted, Staged
from functions.worker.context import WorkerContext
from functions.worker.deletion import sweep
from functions.worker.errors import JobFailed
from functions.worker.handler import context_of
from functions.worker.run.lifecycle import LIFE, JobRun, State, StepResult
from functions.worker.run.process import OPEN_FOR_S, JobSteps
from functions.worker.run.progress import ProgressReporter
from functions.worker.run.progress_message import ProgressMessage
from functions.worker.run.schedule import Schedule
from functions.worker.run.suspension import Seen
from functions.worker.steps.aiart_slot import AiartSlot
from functions.worker.steps.finish import finish, record_failure
from functions.worker.steps.generate import generate
from functions.worker.steps.refresh_parent import refresh_parent_button
from infra.local.slack.world import OPERATIONS_ID
from tests.worker.conftest import PROGRESS, WorkerHarness

LATER_S = 60.0
WAITING, PAINTING = Progress(total=1, ahead=3), Progress(total=1, painting=True)


@pytest.fixture
def context(worker: WorkerHarness) -> WorkerContext:
    """What this worker works with."""
    return context_of(worker_config(worker.environ))


@contextmanager
def at_its_jobs(context: WorkerContext, *jobs: Job) -> Iterator[tuple[ProgressReporter, Schedule]]:
    """This worker, which has read those jobs and wants to paint them; it has announced them."""
    schedule = Schedule()
    for job in jobs:
        run = schedule.add(job.id)
        run.advance(StepResult(State.LOADED, job=job))
        schedule.sort_in(run)
    with ProgressReporter(
        context, schedule, kept=lambda: "", estimate_s=lambda _: None
    ) as progress:
        yield progress, schedule


def told(worker: WorkerHarness, *jobs: Job) -> None:
    """The other worker has told how they ended."""
    for job in jobs:
        worker.ledger.write_step(job.id, Posted(where="thread"))


def posts(worker: WorkerHarness) -> int:
    """How many messages Slack was asked to post."""
    return len(worker.calls("slack", "chat.postMessage"))


def test_a_failure_that_another_has_written_down_is_heeded_before_the_call(
    worker: WorkerHarness, context: WorkerContext
) -> None:
    """aiart has refused its call, which gives the lease back: we get it, and must not paint."""
    (job,) = worker.ask()
    staged = Staged(photo_key=f"photos/{job.id}/product.jpg", width=320, height=240)
    record_failure(context, job, JobFailed(ErrorCode.PICTURE_ILLEGAL))
    slot = AiartSlot(1, has_time=lambda: True, waited=lambda _: None)
    with pytest.raises(JobFailed) as failed:
        generate(context, job, staged, slot, begins=lambda: None)
    assert failed.value.code is ErrorCode.PICTURE_ILLEGAL
    assert worker.calls("aiart", "ReplaceBackground") == []
    assert worker.ledger.read_note(job.id, "calling-1", Lease) is None


def deleted(worker: WorkerHarness, job: Job) -> None:
    """The other worker has told it, and somebody has deleted it: that is all there is left."""
    worker.ledger.erase_record(job.id, Billed(at=0.0))
    worker.ledger.close_request(job.id)


def steps_of(context: WorkerContext, slot: Any = None) -> tuple[JobSteps, list[Job]]:
    """This worker's steps, and the jobs whose message it takes to be there."""
    posted: list[Job] = []
    suspension: Any = SimpleNamespace(seen=Seen())
    nothing: Any = lambda _: None  # noqa: E731
    return JobSteps(context, slot, suspension, nothing, posted.append, nothing), posted


@pytest.mark.parametrize("state", sorted(set(State) - {State.NEW, State.OVER}, key=str))
def test_no_step_is_done_for_a_job_that_another_has_ended_while_it_waited(
    worker: WorkerHarness, context: WorkerContext, state: State
) -> None:
    """Neither a tombstone nor a step is left to say so; what we have put there meanwhile goes."""
    (job,) = worker.ask()
    deleted(worker, job)
    worker.ledger.write_step(job.id, Staged(photo_key="photo", width=320, height=240))
    run = JobRun(job.id, state, job=job, open_at=worker.ledger.clock() - OPEN_FOR_S)
    steps, posted = steps_of(context)
    result = steps.unless_ended(getattr(steps, LIFE[state][0]), run)
    run.advance(result)
    assert run.state is State.OVER
    assert posted == [job]
    assert worker.outcome(job).state == "deleted"
    assert worker.keys(f"steps/{job.id}/") == []
    assert posts(worker) == 0


def test_a_job_of_a_long_queue_that_has_ended_is_closed_before_its_photo_is_fetched(
    worker: WorkerHarness, context: WorkerContext
) -> None:
    """When it is read, only who asked is of interest: few of its kind are begun in this run."""
    (job,) = worker.ask()
    failed = record_failure(context, job, JobFailed(ErrorCode.PICTURE_ILLEGAL))
    finish(context, job, failed, None, on_posted=lambda _: None)
    worker.ledger.accept(job)  # Slack has delivered it again
    steps, posted = steps_of(context)
    run = JobRun(job.id, is_far=True)
    read = steps.load(run)
    assert (read.state, read.open_at) == (State.LOADED, 0.0)
    run.advance(read)
    assert steps.unless_ended(steps.stage, run).state is State.OVER
    assert [one.id for one in posted] == [job.id]
    assert list(worker.ledger.open_jobs()) == []


def test_a_job_that_another_has_ended_while_it_waited_for_its_place_is_not_paid_for(
    worker: WorkerHarness, context: WorkerContext
) -> None:
    (job,) = worker.ask()
    began = context.ledger.clock()

    class LateSlot:
        @contextmanager
        def turn(self, **_: Any) -> Iterator[None]:
            deleted(worker, job)
            context.ledger.clock = lambda: began + OPEN_FOR_S
            yield

    staged = Staged(photo_key=f"photos/{job.id}/product.jpg", width=320, height=240)
    run = JobRun(job.id, State.STAGED, job=job, staged=staged, open_at=began)
    steps, _ = steps_of(context, LateSlot())
    assert steps.unless_ended(steps.generate, run).state is State.OVER
    assert worker.calls("aiart", "ReplaceBackground") == []
    assert worker.keys(f"steps/{job.id}/") == []


@pytest.mark.parametrize("end", ["told", "cancelled"])
def test_progress_that_another_has_taken_away_is_not_shown_anew(
    worker: WorkerHarness, context: WorkerContext, end: str
) -> None:
    """Not even for a moment, in which this worker may die and leave it there for ever."""
    (job,) = worker.ask()
    with at_its_jobs(context, job) as (progress, schedule):
        progress.announce(schedule)
    assert len(worker.thread(job, PROGRESS)) == 1
    if end == "told":
        told(worker, job)
    else:
        worker.ledger.add_tombstone(job.id, why="cancel", by=job.asker.user_id)
    with at_its_jobs(context, job) as (progress, schedule):
        (run,) = schedule
        with at_its_jobs(context, job) as (others, _):
            others.result_posted(job)
        assert worker.thread(job, PROGRESS) == []
        progress.show_painting(run)
    assert worker.thread(job, PROGRESS) == []
    assert posts(worker) == 1


def test_progress_that_a_person_has_deleted_is_shown_anew(
    worker: WorkerHarness, context: WorkerContext
) -> None:
    (job,) = worker.ask()
    message = ProgressMessage(context)
    message.show(job, lambda: WAITING)
    worker.fault("slack", op="chat.update", error="message_not_found")
    message.show(job, lambda: PAINTING)
    assert posts(worker) == 2


def test_progress_shown_anew_whose_answer_was_lost_is_found_and_taken_away(
    worker: WorkerHarness, context: WorkerContext
) -> None:
    (job,) = worker.ask()
    message = ProgressMessage(context)
    message.show(job, lambda: WAITING)
    (shown,) = worker.thread(job, PROGRESS)
    context.thread.remove(PostedMessage(job.place.channel, shown["ts"]))
    worker.fault("slack", op="chat.postMessage", drop="after")
    message.show(job, lambda: PAINTING)
    assert len(worker.thread(job, PROGRESS)) == 1
    over = Lease(nonce="a run before", deadline=0.0)
    worker.ledger.write_note(job.upload.id, "showing-1", over)
    message.end(job, PAINTING)
    assert worker.thread(job, PROGRESS) == []


def test_the_last_that_another_has_told_takes_the_progress_away(
    worker: WorkerHarness, context: WorkerContext
) -> None:
    """This worker waits with that job, as another had its lease, and does not know of its end."""
    jobs = worker.ask(photos=2)
    with at_its_jobs(context, *jobs) as (progress, schedule):
        progress.announce(schedule)
        found = schedule.find(jobs[1].id)
        assert found is not None
        found.not_before = worker.ledger.clock() + LATER_S
        told(worker, *jobs)
        progress.result_posted(jobs[0])
    assert worker.thread(jobs[0], PROGRESS) == []


@pytest.mark.parametrize(
    ("state", "has_place", "is_closed", "remains"),
    [
        (State.STAGED, False, False, False),
        (State.STAGED, True, False, True),  # this worker has its lease: no other tells it
        (State.DECIDED, False, False, True),  # it is told here, and that thread looks again
        (State.DECIDED, False, True, False),
    ],
)
def test_the_last_that_is_told_looks_whether_another_has_ended_what_is_under_way_here(
    worker: WorkerHarness,
    context: WorkerContext,
    state: State,
    *,
    has_place: bool,
    is_closed: bool,
    remains: bool,
) -> None:
    """Both requests are closed then: if this worker dies, nobody takes the progress away."""
    jobs = worker.ask(photos=2)
    with at_its_jobs(context, *jobs) as (progress, schedule):
        progress.announce(schedule)
        found = schedule.find(jobs[1].id)
        assert found is not None
        found.state, found.has_place = state, has_place
        told(worker, *jobs)
        if is_closed:
            worker.ledger.finish(jobs[1], Outcome(state="succeeded", finished_at=0.0, job=jobs[1]))
        progress.result_posted(jobs[0])
    assert bool(worker.thread(jobs[0], PROGRESS)) == remains


@pytest.mark.parametrize("too_late", [False, True])
def test_of_two_that_are_cancelled_each_by_a_worker_the_second_takes_the_progress_away(
    worker: WorkerHarness, context: WorkerContext, *, too_late: bool
) -> None:
    """Neither has written its end down yet: their tombstones say it, but of what is painted."""
    jobs = worker.ask(photos=2)
    with at_its_jobs(context, jobs[0]) as (progress, schedule):
        progress.announce(schedule)
        for job in jobs:
            worker.ledger.add_tombstone(job.id, why="cancel", by=job.asker.user_id)
        if too_late:
            worker.ledger.acquire(jobs[1].id, "calling-1", seconds=LATER_S)
        progress.result_posted(jobs[0])
    assert len(worker.thread(jobs[0], PROGRESS)) == too_late


def test_progress_whose_change_slack_refuses_is_nobody_elses_to_post(
    worker: WorkerHarness, context: WorkerContext
) -> None:
    (job,) = worker.ask()
    message = ProgressMessage(context)
    message.show(job, lambda: WAITING)
    worker.fault("slack", op="chat.update", error="ratelimited", retry_after_s=5)
    message.show(job, lambda: PAINTING)
    assert len(worker.calls("slack", "chat.update")) == 1
    assert worker.ledger.read_note(job.upload.id, "showing-1", Lease) is not None


def test_a_first_progress_message_that_slack_refuses_may_be_posted_by_anybody(
    worker: WorkerHarness, context: WorkerContext
) -> None:
    (job,) = worker.ask()
    worker.fault("slack", op="chat.postMessage", error="ratelimited", retry_after_s=5)
    with at_its_jobs(context, job) as (progress, schedule):
        progress.announce(schedule)
    assert worker.ledger.read_note(job.upload.id, "showing-1", Lease) is None


def test_a_button_of_a_picture_that_was_deleted_meanwhile_is_not_renewed(
    worker: WorkerHarness, context: WorkerContext
) -> None:
    """Else its new token would be left of what leaves nothing."""
    (parent,) = worker.ask()
    worker.run()
    (child,) = worker.press(parent, "again", user=OPERATIONS_ID)
    worker.ledger.add_tombstone(parent.id, why="delete", by=parent.asker.user_id)
    worker.ledger.close_request(child.id)
    worker.run()
    assert worker.outcome(parent).state == "deleted"
    assert child.parent is not None
    refresh_parent_button(context, child, child.parent)
    assert worker.keys(f"steps/{parent.id}/") == []


@pytest.mark.parametrize("is_swept", [True, False])
def test_a_button_of_a_picture_that_is_deleted_while_it_is_shown_leaves_no_token(
    worker: WorkerHarness, context: WorkerContext, *, is_swept: bool
) -> None:
    """The other worker sweeps it while Slack takes the change, or has listed its steps already."""
    (parent,) = worker.ask()
    worker.run()
    (child,) = worker.press(parent, "again", user=OPERATIONS_ID)
    update = context.thread.update

    def delete_meanwhile(*shown: Any) -> PostedMessage:
        worker.ledger.add_tombstone(parent.id, why="delete", by=parent.asker.user_id)
        if is_swept:
            sweep(context, time_left=lambda: LATER_S)
        return update(*shown)

    worker.monkeypatch.setattr(context.thread, "update", delete_meanwhile)
    assert child.parent is not None
    refresh_parent_button(context, child, child.parent)
    assert step_key(parent.id, BUTTONS) not in worker.keys(f"steps/{parent.id}/")
    assert bool(worker.keys("tombstones/")) != is_swept
