"""Give a button in the parent's message a new token when the job that it started has ended.

With the new token, the next press counts as a new wish.
"""

from collections.abc import Mapping

from bot.job_messages import BUTTON_GESTURES, JobMessage, Variations, without_mention
from bot.slack_api.threads import PostedMessage
from functions.jobs.job_ids import token_after
from functions.jobs.model import UNPAINTED, Job, Parent
from functions.jobs.report import Deleted, JobReport, report_of, shown_report_of
from functions.jobs.steps import Posted
from functions.log import log
from functions.worker.context import WorkerContext
from functions.worker.slack_retry import say_in_courtesy
from functions.worker.steps.post import has_mention
from functions.worker.steps.post_group import left_of


def refresh_parent_button(context: WorkerContext, job: Job, parent: Parent) -> None:
    """Renew the button that started ``job``, in its message.

    A message that is gone is left alone. Raises ``RetryAt`` when Slack asks to wait.
    """
    if job.gesture not in BUTTON_GESTURES:
        return
    token = _token(job)
    with context.parents_lock:
        tokens = context.ledger.buttons(parent.job_id)
        if tokens.get(job.gesture) == token:  # a job that was asked for together with this has
            return
        tokens = {**tokens, job.gesture: token}
        report = report_of(parent.job_id, context.ledger, with_steps=False)
        if isinstance(report, Deleted):
            return  # there is no button any more
        if isinstance(report, JobReport) and report.outcome and report.outcome.posted:
            _show(context, report, report.outcome.posted, tokens)
        context.ledger.renew_button(parent.job_id, job.gesture, token)
        if shown_report_of(parent.job_id, context.ledger, with_steps=False) is None:
            context.ledger.forget_buttons(parent.job_id)  # deleted while it was shown


def _token(job: Job) -> str:
    """Make the button's new token: the same for all jobs that were asked for together."""
    first = job.upload.jobs[0] if job.upload.together else job.id
    return token_after(first)


def _show(
    context: WorkerContext, report: JobReport, posted: Posted, tokens: Mapping[str, str]
) -> None:
    """Update the parent's message with the new tokens. Raises ``RetryAt`` if Slack asks to wait."""
    if not posted.ts:
        return
    shown = PostedMessage(posted.channel, posted.ts, posted.thread_ts, posted.file_ids)

    def renew() -> None:
        job_message = _job_message(context, report, posted, tokens)
        if job_message:
            context.thread.update(shown, context.message(report.job, job_message))

    renewed = say_in_courtesy(renew, now=context.ledger.clock)
    if renewed:
        log("button not renewed", job=report.job.id, error=str(renewed.error))


def _job_message(
    context: WorkerContext, report: JobReport, posted: Posted, tokens: Mapping[str, str]
) -> JobMessage | None:
    """Make the message's content with the new tokens; None if it has no buttons to renew."""
    job = report.job
    if job.gesture in UNPAINTED:
        return None
    if len(posted.jobs) <= 1 or report.state != "succeeded":
        shown = context.job_message_of(report, tokens=tokens)
        return shown if shown is None or has_mention(context, job) else without_mention(shown)
    if context.ledger.chosen_variation(job.upload.id) != job.id:
        return None  # of variations, only the chosen one has its buttons shown
    return Variations(left_of(context, posted, {job.id: tokens}), chosen=job.id)
