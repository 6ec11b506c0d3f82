"""Complete the Slack workflow step that started a job: once, after its message is posted."""

from bot.slack_api.workflow_steps import fail, succeed
from bot.texts import language_of, text
from functions.jobs.model import Job, WorkflowRun
from functions.jobs.steps import Outcome, WorkflowCompleted
from functions.log import timed_step, warn
from functions.worker.context import WorkerContext
from functions.worker.slack_retry import say

GIVE_UP_AFTER_S = 3 * 3600.0  # since the job was asked for


def complete_workflow(context: WorkerContext, job: Job, run: WorkflowRun, outcome: Outcome) -> None:
    """Give the workflow run its outputs, or an error text. Raises ``RetryAt`` while Slack cannot.

    Slack's final no is only logged.
    """
    if context.ledger.read_step(job.id, WorkflowCompleted):
        return
    with timed_step(job.id, "workflow-completed"):
        ended = say(
            lambda: _end(context, job, run, outcome),
            now=context.ledger.clock,
            give_up_at=job.created_at + GIVE_UP_AFTER_S,
        )
        if ended:
            warn("a workflow's run was not ended", job=job.id, error=str(ended.error))
    context.ledger.write_step(job.id, WorkflowCompleted(at=context.ledger.clock()))


def _end(context: WorkerContext, job: Job, run: WorkflowRun, outcome: Outcome) -> None:
    if outcome.state == "succeeded":
        succeed(context.slack, run, _outputs(context, job, outcome))
    else:
        cancelled = text(language_of(job.asker.language), "workflow.cancelled")
        fail(context.slack, run, outcome.failed.words if outcome.failed else cancelled)


def _outputs(context: WorkerContext, job: Job, outcome: Outcome) -> dict[str, str]:
    """List the outputs that the manifest names; leave out a link whose picture does not exist."""
    outputs = {"job_id": job.id}
    for picture in outcome.pictures:
        stem = picture.name.partition(".")[0]
        if context.links and stem in {"picture", "mask"}:
            outputs[f"{stem}_url"] = context.links.picture(job.id, picture.name)
    return outputs
