"""What follows on a parent's message when a job that one of its buttons started has ended.

The button gets a new token, so that the next press is a new wish and not the same one again.
"""

import threading
from collections.abc import Sequence

from msgspec.structs import replace

from bot.messages import Finished, NotDone, Several, Told
from bot.slack import SLACK_TROUBLE, SlackBusy, SlackUnclear
from bot.thread import Shown
from bot.views.buttons import GESTURES, Buttons
from functions.jobs.chosen import chosen_in
from functions.jobs.model import Job
from functions.jobs.steps import Outcome, Posted
from functions.log import log
from functions.worker.errors import RetryAt
from functions.worker.results import finished
from functions.worker.together import left_of
from functions.worker.workshop import Workshop

TOKEN_CHARS = 8
_one_at_a_time = threading.Lock()  # two children of one parent may end at once


def renew_button(shop: Workshop, job: Job) -> None:
    """Renew the button that has started ``job``, on the message where it stands.

    A message that is gone is left alone. Raises ``RetryAt`` when Slack asks to wait.
    """
    if job.parent is None or job.gesture not in GESTURES.values():
        return
    parent, token = job.parent.job_id, _token(job)
    with _one_at_a_time:
        tokens = shop.ledger.buttons(parent)
        if tokens.get(job.gesture) == token:  # by one that was asked for together with this one
            return
        tokens = {**tokens, job.gesture: token}
        outcome = shop.ledger.outcome(parent)
        if outcome:
            _show(shop, outcome, Buttons(tokens))
        shop.ledger.renew_button(parent, job.gesture, token)


def _token(job: Job) -> str:
    first = job.upload.jobs[0] if job.upload.together else job.id
    return first[:TOKEN_CHARS]


def _show(shop: Workshop, outcome: Outcome, buttons: Buttons) -> None:
    job, posted = outcome.job, outcome.posted
    if job is None or posted is None or not posted.ts:
        return
    shown = Shown(posted.channel, posted.ts, posted.thread_ts, posted.file_ids)
    for is_last in (False, True):
        try:
            told = _told(shop, outcome, posted, buttons)
            if told:
                shop.thread.renew(job, told, shown)
        except SlackBusy as busy:
            raise RetryAt(shop.ledger.clock() + busy.retry_after_s) from busy
        except SlackUnclear as unclear:
            if is_last:  # a courtesy: it must not keep the job from its end
                log("button not renewed", job=job.id, error=str(unclear))
        except SLACK_TROUBLE as error:
            log("button not renewed", job=job.id, error=str(error))
            return
        else:
            return


def _told(shop: Workshop, outcome: Outcome, posted: Posted, buttons: Buttons) -> Told | None:
    """What the message says, with the new buttons; None where it has none to renew."""
    job = outcome.job
    if job is None or job.gesture == "cutout":
        return None
    if len(posted.jobs) > 1 and outcome.state == "succeeded":
        return _several(shop, job, posted, buttons)
    if outcome.failed:
        return NotDone(outcome.failed, buttons)
    if outcome.generated and outcome.state == "succeeded":
        return finished(shop, job, outcome.generated, outcome.pictures, buttons=buttons)
    return None


def _several(shop: Workshop, job: Job, posted: Posted, buttons: Buttons) -> Told | None:
    """Only a picture that was chosen shows its buttons."""
    if chosen_in(shop.ledger, job.upload.id) != job.id:
        return None
    return Several(_with_buttons(left_of(shop, posted), job, buttons), chosen=job.id)


def _with_buttons(
    jobs: Sequence[tuple[Job, Finished | NotDone]], chosen: Job, buttons: Buttons
) -> list[tuple[Job, Finished | NotDone]]:
    return [
        (job, replace(shown, result=replace(shown.result, buttons=buttons)))
        if job.id == chosen.id and isinstance(shown, Finished)
        else (job, shown)
        for job, shown in jobs
    ]
