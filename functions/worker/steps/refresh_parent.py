"""What follows on a parent's message when a job that one of its buttons started has ended.

The button gets a new token, so that the next press is a new wish and not the same one again.
"""

import threading
from collections.abc import Mapping

from bot.job_messages import BUTTON_GESTURES, JobMessage, Variations
from bot.slack_api.threads import PostedMessage
from functions.jobs.model import Job, Parent
from functions.jobs.report import JobReport
from functions.jobs.steps import Outcome, Posted
from functions.log import log
from functions.worker.context import WorkerContext
from functions.worker.slack_retry import say_in_courtesy
from functions.worker.steps.post_group import left_of

TOKEN_CHARS = 8
_one_at_a_time = threading.Lock()  # two children of one parent may end at once


def refresh_parent_button(context: WorkerContext, job: Job, parent: Parent) -> None:
    """Renew the button that has started ``job``, on the message where it stands.

    A message that is gone is left alone. Raises ``RetryAt`` when Slack asks to wait.
    """
    if job.gesture not in BUTTON_GESTURES:
        return
    token = _token(job)
    with _one_at_a_time:
        tokens = context.ledger.buttons(parent.job_id)
        if tokens.get(job.gesture) == token:  # by one that was asked for together with this one
            return
        tokens = {**tokens, job.gesture: token}
        outcome = context.ledger.outcome(parent.job_id)
        if outcome:
            _show(context, outcome, tokens)
        context.ledger.renew_button(parent.job_id, job.gesture, token)


def _token(job: Job) -> str:
    first = job.upload.jobs[0] if job.upload.together else job.id
    return first[:TOKEN_CHARS]


def _show(context: WorkerContext, outcome: Outcome, tokens: Mapping[str, str]) -> None:
    job, posted = outcome.job, outcome.posted
    if job is None or posted is None or not posted.ts:
        return
    shown = PostedMessage(posted.channel, posted.ts, posted.thread_ts, posted.file_ids)
    report = JobReport.of_outcome(job, outcome)

    def renew() -> None:
        told = _told(context, report, posted, tokens)
        if told:
            context.thread.update(shown, context.message(job, told))

    renewed = say_in_courtesy(renew, now=context.ledger.clock)
    if renewed:
        log("button not renewed", job=job.id, error=str(renewed.error))


def _told(
    context: WorkerContext, report: JobReport, posted: Posted, tokens: Mapping[str, str]
) -> JobMessage | None:
    """What the message says, with the new buttons; None where it has none to renew."""
    job = report.job
    if job.gesture == "cutout":
        return None
    if len(posted.jobs) <= 1 or report.state != "succeeded":
        return context.told_of(report, tokens=tokens)
    if context.ledger.chosen_variation(job.upload.id) != job.id:
        return None  # only a picture that was chosen shows its buttons
    return Variations(left_of(context, posted, {job.id: tokens}), chosen=job.id)
