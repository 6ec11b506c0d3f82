"""How a job ends: decide what became of it, tell the asker, write ``done``."""

from collections.abc import Callable

from bot.texts import error_text, language_of
from functions.jobs.daybook import note_end
from functions.jobs.model import Job
from functions.jobs.steps import Claim, Failed, Generated, Outcome, Posted, Stored
from functions.log import log
from functions.worker import callback
from functions.worker.errors import JobFailed, turn_name
from functions.worker.renewing import renew_button
from functions.worker.results import Decided, told_of
from functions.worker.telling import tell
from functions.worker.together import tell_together
from functions.worker.workflow import complete_workflow
from functions.worker.workshop import Workshop

AfterTelling = Callable[[Job], None]


def decide_failure(shop: Workshop, job: Job, verdict: JobFailed) -> Failed:
    """Write down that the job fails, and why. What was written first stands."""
    return shop.ledger.record(
        job.id,
        Failed(
            at=shop.ledger.clock(),
            code=verdict.code,
            facts=verdict.facts,
            words=_words(job, verdict),
            vendor_code=verdict.vendor_code,
            request_id=verdict.request_id,
            perhaps_billed=verdict.perhaps_billed or _was_called_for(shop, job),
        ),
    )


def _was_called_for(shop: Workshop, job: Job) -> bool:
    """Whether aiart was called, and has not said that it did nothing: that gives the claim back."""
    return shop.ledger.noted(job.id, turn_name("calling", 1), Claim) is not None


def end(
    shop: Workshop,
    job: Job,
    decided: Decided,
    generated: Generated | None,
    *,
    told: AfterTelling,
) -> None:
    """Show what was decided, and finish. ``told`` is called once the asker knows.

    Raises ``RetryAt`` while Slack cannot take it, or while a job that is told together with this
    one is undecided, and ``Cancelled`` for a picture that shall be deleted.
    """
    if isinstance(decided, Stored):
        shop.stop_if_deleted(job)
    else:
        generated = shop.ledger.step(job.id, Generated)
    posted = _tell(shop, job, decided, generated)
    told(job)
    _finish(shop, job, _outcome(shop, job, decided, generated, posted))


def end_cancelled(shop: Workshop, job: Job, *, told: AfterTelling) -> None:
    """Somebody has taken the job back: finish without a word."""
    told(job)
    _finish(
        shop,
        job,
        Outcome(
            state="cancelled",
            finished_at=shop.ledger.clock(),
            job=job,
            generated=shop.ledger.step(job.id, Generated),
            posted=shop.ledger.step(job.id, Posted),
        ),
    )


def _words(job: Job, verdict: JobFailed) -> str:
    """For a client, which reads no message: the sentence that a person would read."""
    if not job.asker.client:
        return ""
    return error_text(language_of(job.asker.language), verdict.code, verdict.facts)


def _tell(shop: Workshop, job: Job, decided: Decided, generated: Generated | None) -> Posted:
    if job.thread and isinstance(decided, Stored):
        shop.gateway.wait()  # Slack fetches the preview from it
    if job.upload.together:
        posted = tell_together(shop, job, decided, generated)
    else:
        posted = tell(shop, job, lambda: told_of(shop, job, decided, generated))
    if posted.ts and isinstance(decided, Stored) and generated:
        shop.ledger.shown_in(posted.channel, posted.thread_ts, job.id)
    return posted


def _outcome(
    shop: Workshop, job: Job, decided: Decided, generated: Generated | None, posted: Posted
) -> Outcome:
    return Outcome(
        state="succeeded" if isinstance(decided, Stored) else "failed",
        finished_at=shop.ledger.clock(),
        job=job,
        pictures=decided.pictures if isinstance(decided, Stored) else (),
        generated=generated,
        failed=decided if isinstance(decided, Failed) else None,
        posted=posted,
    )


def _finish(shop: Workshop, job: Job, outcome: Outcome) -> None:
    if outcome.generated is None:
        shop.counter.give_back(job.id)
    renew_button(shop, job)
    callback.enqueue(shop, job, outcome)
    complete_workflow(shop, job, outcome)
    note_end(shop.ledger.bucket, job, outcome)
    shop.ledger.finish(job, outcome)
    log(
        "job",
        job=job.id,
        outcome=outcome.state,
        code=outcome.failed.code.value if outcome.failed else "",
        request_id=outcome.generated.request_id if outcome.generated else "",
        ms=round((outcome.finished_at - job.created_at) * 1000),
    )
