"""Ends the run of a workflow whose step was the job: once, when all else is done."""

from bot.slack import SlackBusy, SlackUnclear
from bot.texts import language_of, text
from functions.jobs.model import Job
from functions.jobs.steps import Outcome, WorkflowCompleted
from functions.log import timed_step, warn
from functions.worker.errors import RetryAt
from functions.worker.workshop import Workshop

UNCLEAR_PAUSE_S = 5.0
GIVE_UP_AFTER_S = 3 * 3600.0  # the job itself is given up long before


def complete_workflow(shop: Workshop, job: Job, outcome: Outcome) -> None:
    """Give the run its outputs, or its error in words. Raises ``RetryAt`` while Slack cannot."""
    if job.workflow is None or shop.ledger.step(job.id, WorkflowCompleted):
        return
    with timed_step(job.id, "workflow-completed"):
        try:
            _end(shop, job, outcome)
        except (SlackBusy, SlackUnclear) as error:
            now = shop.ledger.clock()
            if now < job.created_at + GIVE_UP_AFTER_S:
                pause_s = error.retry_after_s if isinstance(error, SlackBusy) else UNCLEAR_PAUSE_S
                raise RetryAt(now + pause_s) from error
            warn("a workflow's run was not ended", job=job.id, error=str(error))
    shop.ledger.record(job.id, WorkflowCompleted(at=shop.ledger.clock()))


def _end(shop: Workshop, job: Job, outcome: Outcome) -> None:
    if job.workflow is None:
        return
    if outcome.state == "succeeded":
        shop.workflows.succeed(job.workflow, _outputs(shop, job, outcome))
    else:
        cancelled = text(language_of(job.asker.language), "workflow.cancelled")
        shop.workflows.fail(job.workflow, outcome.failed.words if outcome.failed else cancelled)


def _outputs(shop: Workshop, job: Job, outcome: Outcome) -> dict[str, str]:
    """What the manifest lists; a link that there is not is left out."""
    outputs = {"job_id": job.id}
    for picture in outcome.pictures:
        stem = picture.name.partition(".")[0]
        if shop.links and stem in {"picture", "mask"}:
            outputs[f"{stem}_url"] = shop.links.picture(job.id, picture.name)
    return outputs
