"""Jobs that were asked for together (variations) are told in one message, once all are decided.

Decided means: its picture is stored, or it is written down that it failed. Jobs that were taken
back, or never accepted, are not waited for.
"""

from collections.abc import Sequence

from bot.job_messages import JobFailedMessage, PictureReady, Variations
from functions.jobs.model import Job
from functions.jobs.steps import Failed, Generated, Outcome, Posted, Stored
from functions.worker.context import WorkerContext
from functions.worker.errors import RetryAt
from functions.worker.results import Decided, finished, told_of
from functions.worker.steps.post import post, post_about

LOOK_AGAIN_S = 10.0  # for what another run has in hand

OneOfThem = tuple[Job, PictureReady | JobFailedMessage]


def post_group(
    context: WorkerContext, job: Job, decided: Decided, generated: Generated | None
) -> Posted:
    """Tell all of the upload's jobs, of which ``job`` is any.

    Raises ``RetryAt`` while one of the others is undecided, or while Slack cannot take it.
    """
    upload = job.upload.id
    posted = context.ledger.read_step(upload, Posted)
    if posted is None:
        found = [_look_up(context, job_id) for job_id in job.upload.jobs]
        posted = context.ledger.write_step(upload, _tell(context, [one for one in found if one]))
    if job.id not in posted.jobs:  # it was accepted after the others had been told
        return post(context, job, lambda: told_of(context, job, decided, generated))
    return context.ledger.write_step(job.id, posted)


def _tell(context: WorkerContext, all_of_them: Sequence[OneOfThem]) -> Posted:
    """One message with the pictures; where there is nothing to choose from, as for one job."""
    ids = tuple(job.id for job, _ in all_of_them)
    job, shown = all_of_them[0]
    if len(ids) == 1 or all(isinstance(one, JobFailedMessage) for _, one in all_of_them):
        return post_about(context, job, job.id, lambda: shown, jobs=ids)
    return post_about(context, job, job.upload.id, lambda: Variations(all_of_them), jobs=ids)


def _look_up(context: WorkerContext, job_id: str) -> OneOfThem | None:
    """What was decided about one of them; None for one that is not waited for."""
    outcome = context.ledger.outcome(job_id)
    if outcome:
        return _shown_of(context, outcome)
    job = context.ledger.job(job_id)
    if job is None:
        return None
    failed = context.ledger.read_step(job_id, Failed)
    if failed:
        return job, JobFailedMessage(failed)
    stored, generated = (
        context.ledger.read_step(job_id, Stored),
        context.ledger.read_step(job_id, Generated),
    )
    if stored and generated:
        return job, finished(context, job, generated, stored.pictures)
    raise RetryAt(context.ledger.clock() + LOOK_AGAIN_S)


def left_of(context: WorkerContext, posted: Posted) -> list[OneOfThem]:
    """What a message about several jobs has to show: those that nobody has taken back."""
    kept = [job_id for job_id in posted.jobs if not context.ledger.has_tombstone(job_id)]
    found = [context.ledger.outcome(job_id) for job_id in kept]
    shown = [_shown_of(context, outcome) for outcome in found if outcome]
    return [one for one in shown if one]


def _shown_of(context: WorkerContext, outcome: Outcome) -> OneOfThem | None:
    """What a job that has ended shows; None for one that was taken back."""
    if outcome.job and outcome.failed:
        return outcome.job, JobFailedMessage(outcome.failed)
    if outcome.job and outcome.generated and outcome.state == "succeeded":
        return outcome.job, finished(context, outcome.job, outcome.generated, outcome.pictures)
    return None
