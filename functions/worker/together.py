"""Jobs that were asked for together (variations) are told in one message, once all are decided.

Decided means: its picture is stored, or it is written down that it failed. Jobs that were taken
back, or never accepted, are not waited for.
"""

from collections.abc import Sequence

from bot.messages import Finished, NotDone, Several
from functions.jobs.model import Job
from functions.jobs.steps import Failed, Generated, Outcome, Posted, Stored
from functions.worker.errors import RetryAt
from functions.worker.results import Decided, finished, told_of
from functions.worker.telling import tell, tell_about
from functions.worker.workshop import Workshop

LOOK_AGAIN_S = 10.0  # for what another run has in hand

OneOfThem = tuple[Job, Finished | NotDone]


def tell_together(
    shop: Workshop, job: Job, decided: Decided, generated: Generated | None
) -> Posted:
    """Tell all of the upload's jobs, of which ``job`` is any.

    Raises ``RetryAt`` while one of the others is undecided, or while Slack cannot take it.
    """
    upload = job.upload.id
    posted = shop.ledger.step(upload, Posted)
    if posted is None:
        found = [_look_up(shop, job_id) for job_id in job.upload.jobs]
        posted = shop.ledger.record(upload, _tell(shop, [one for one in found if one]))
    if job.id not in posted.jobs:  # it was accepted after the others had been told
        return tell(shop, job, lambda: told_of(shop, job, decided, generated))
    return shop.ledger.record(job.id, posted)


def _tell(shop: Workshop, all_of_them: Sequence[OneOfThem]) -> Posted:
    """One message with the pictures; where there is nothing to choose from, as for one job."""
    ids = tuple(job.id for job, _ in all_of_them)
    job, shown = all_of_them[0]
    if len(ids) == 1 or all(isinstance(one, NotDone) for _, one in all_of_them):
        return tell_about(shop, job, job.id, lambda: shown, jobs=ids)
    return tell_about(shop, job, job.upload.id, lambda: Several(all_of_them), jobs=ids)


def _look_up(shop: Workshop, job_id: str) -> OneOfThem | None:
    """What was decided about one of them; None for one that is not waited for."""
    outcome = shop.ledger.outcome(job_id)
    if outcome:
        return _shown_of(shop, outcome)
    job = shop.ledger.job(job_id)
    if job is None:
        return None
    failed = shop.ledger.step(job_id, Failed)
    if failed:
        return job, NotDone(failed)
    stored, generated = shop.ledger.step(job_id, Stored), shop.ledger.step(job_id, Generated)
    if stored and generated:
        return job, finished(shop, job, generated, stored.pictures)
    raise RetryAt(shop.ledger.clock() + LOOK_AGAIN_S)


def left_of(shop: Workshop, posted: Posted) -> list[OneOfThem]:
    """What a message about several jobs has to show: those that nobody has taken back."""
    kept = [job_id for job_id in posted.jobs if not shop.ledger.has_tombstone(job_id)]
    found = [shop.ledger.outcome(job_id) for job_id in kept]
    shown = [_shown_of(shop, outcome) for outcome in found if outcome]
    return [one for one in shown if one]


def _shown_of(shop: Workshop, outcome: Outcome) -> OneOfThem | None:
    """What a job that has ended shows; None for one that was taken back."""
    if outcome.job and outcome.failed:
        return outcome.job, NotDone(outcome.failed)
    if outcome.job and outcome.generated and outcome.state == "succeeded":
        return outcome.job, finished(shop, outcome.job, outcome.generated, outcome.pictures)
    return None
