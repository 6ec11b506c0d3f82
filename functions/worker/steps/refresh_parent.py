"""What follows on a parent's message when a job that one of its buttons started has ended.

The button gets a new token, so that the next press is a new wish and not the same one again.
"""

import threading
from collections.abc import Sequence

from msgspec.structs import replace

from bot.job_messages import JobFailedMessage, JobMessage, PictureReady, Variations
from bot.slack_api.client import SLACK_TROUBLE, OutcomeUnknown, RateLimited
from bot.slack_api.threads import PostedMessage
from bot.views.buttons import GESTURES, Buttons
from functions.jobs.model import Job
from functions.jobs.steps import Outcome, Posted
from functions.log import log
from functions.worker.context import WorkerContext
from functions.worker.errors import RetryAt
from functions.worker.results import finished
from functions.worker.steps.post_group import left_of

TOKEN_CHARS = 8
_one_at_a_time = threading.Lock()  # two children of one parent may end at once


def refresh_parent_button(context: WorkerContext, job: Job) -> None:
    """Renew the button that has started ``job``, on the message where it stands.

    A message that is gone is left alone. Raises ``RetryAt`` when Slack asks to wait.
    """
    if job.parent is None or job.gesture not in GESTURES.values():
        return
    parent, token = job.parent.job_id, _token(job)
    with _one_at_a_time:
        tokens = context.ledger.buttons(parent)
        if tokens.get(job.gesture) == token:  # by one that was asked for together with this one
            return
        tokens = {**tokens, job.gesture: token}
        outcome = context.ledger.outcome(parent)
        if outcome:
            _show(context, outcome, Buttons(tokens))
        context.ledger.renew_button(parent, job.gesture, token)


def _token(job: Job) -> str:
    first = job.upload.jobs[0] if job.upload.together else job.id
    return first[:TOKEN_CHARS]


def _show(context: WorkerContext, outcome: Outcome, buttons: Buttons) -> None:
    job, posted = outcome.job, outcome.posted
    if job is None or posted is None or not posted.ts:
        return
    shown = PostedMessage(posted.channel, posted.ts, posted.thread_ts, posted.file_ids)
    for is_last in (False, True):
        try:
            told = _told(context, outcome, posted, buttons)
            if told:
                context.thread.update(job, told, shown)
        except RateLimited as busy:
            raise RetryAt(context.ledger.clock() + busy.retry_after_s) from busy
        except OutcomeUnknown as unclear:
            if is_last:  # a courtesy: it must not keep the job from its end
                log("button not renewed", job=job.id, error=str(unclear))
        except SLACK_TROUBLE as error:
            log("button not renewed", job=job.id, error=str(error))
            return
        else:
            return


def _told(
    context: WorkerContext, outcome: Outcome, posted: Posted, buttons: Buttons
) -> JobMessage | None:
    """What the message says, with the new buttons; None where it has none to renew."""
    job = outcome.job
    if job is None or job.gesture == "cutout":
        return None
    if len(posted.jobs) > 1 and outcome.state == "succeeded":
        return _several(context, job, posted, buttons)
    if outcome.failed:
        return JobFailedMessage(outcome.failed, buttons)
    if outcome.generated and outcome.state == "succeeded":
        return finished(context, job, outcome.generated, outcome.pictures, buttons=buttons)
    return None


def _several(
    context: WorkerContext, job: Job, posted: Posted, buttons: Buttons
) -> JobMessage | None:
    """Only a picture that was chosen shows its buttons."""
    if context.ledger.chosen_variation(job.upload.id) != job.id:
        return None
    return Variations(_with_buttons(left_of(context, posted), job, buttons), chosen=job.id)


def _with_buttons(
    jobs: Sequence[tuple[Job, PictureReady | JobFailedMessage]], chosen: Job, buttons: Buttons
) -> list[tuple[Job, PictureReady | JobFailedMessage]]:
    return [
        (job, replace(shown, result=replace(shown.result, buttons=buttons)))
        if job.id == chosen.id and isinstance(shown, PictureReady)
        else (job, shown)
        for job, shown in jobs
    ]
