"""End a job: record a failure, post the message, write the outcome."""

from collections.abc import Callable

from bot.texts import error_text, language_of
from functions.jobs.daily_stats import record_end
from functions.jobs.model import Job
from functions.jobs.report import JobReport
from functions.jobs.steps import Billed, Decided, Failed, Generated, Outcome, Posted, Stored
from functions.log import log
from functions.worker.callback_delivery import enqueue
from functions.worker.context import WorkerContext
from functions.worker.errors import JobFailed
from functions.worker.steps.complete_workflow import complete_workflow
from functions.worker.steps.post import post_report
from functions.worker.steps.post_group import post_group
from functions.worker.steps.refresh_parent import refresh_parent_button

OnPosted = Callable[[Job], None]


def record_failure(context: WorkerContext, job: Job, verdict: JobFailed) -> Failed:
    """Record that the job fails, and why. A record that is there already stays.

    Looks up whether a call of the job may have been billed, unless ``verdict`` says so.
    """
    perhaps_billed = verdict.perhaps_billed or context.ledger.may_be_billed(job.id)
    return write_failure(context, job, verdict, perhaps_billed=perhaps_billed)


def write_failure(
    context: WorkerContext, job: Job, verdict: JobFailed, *, perhaps_billed: bool
) -> Failed:
    """Record the failure. ``perhaps_billed``: a call of the job may have been billed."""
    return context.ledger.write_step(
        job.id,
        Failed(
            at=context.ledger.clock(),
            code=verdict.code,
            facts=verdict.facts,
            words=_words(job, verdict),
            vendor_code=verdict.vendor_code,
            request_id=verdict.request_id,
            perhaps_billed=perhaps_billed,
        ),
    )


def finish(
    context: WorkerContext,
    job: Job,
    decided: Decided,
    generated: Generated | None,
    *,
    on_posted: OnPosted,
) -> None:
    """Post what was decided, and close the job. ``on_posted`` is called after posting.

    Raises ``RetryAt`` while Slack cannot take it, or while another job of the same message is
    undecided, and ``Cancelled`` for a picture that shall be deleted.
    """
    if not isinstance(decided, Stored):
        generated = context.ledger.read_step(job.id, Generated)
    report = JobReport.of_decision(job, decided, generated)
    posted = _tell(context, report)
    on_posted(job)
    _finish(context, job, _outcome(context, report, posted))


def finish_cancelled(context: WorkerContext, job: Job, *, on_posted: OnPosted) -> None:
    """Close a cancelled job without a message. ``on_posted`` is called as in ``finish``."""
    on_posted(job)
    generated = context.ledger.read_step(job.id, Generated)
    _finish(
        context,
        job,
        Outcome(
            state="cancelled",
            finished_at=context.ledger.clock(),
            job=job,
            generated=generated,
            posted=context.ledger.read_step(job.id, Posted),
            billed=context.ledger.billed(job.id, generated),
        ),
    )


def _words(job: Job, verdict: JobFailed) -> str:
    """Give the text that a person would read, for a client's callback; empty for a person."""
    if not job.asker.client:
        return ""
    return error_text(language_of(job.asker.language), verdict.code, verdict.facts)


def _tell(context: WorkerContext, report: JobReport) -> Posted:
    job = report.job
    if job.thread and report.pictures:
        context.gateway.wait()  # Slack fetches the preview from it
    if job.upload.together:
        if report.failed is None:
            context.stop_if_deleted(job)
        posted = post_group(context, report)
    else:
        posted = post_report(context, report)
    if posted.ts and report.pictures and report.generated:
        context.ledger.set_latest_in_thread(posted.channel, posted.thread_ts, job.id)
    return posted


def _outcome(context: WorkerContext, report: JobReport, posted: Posted) -> Outcome:
    return Outcome(
        state="failed" if report.failed else "succeeded",
        finished_at=context.ledger.clock(),
        job=report.job,
        pictures=report.pictures,
        generated=report.generated,
        failed=report.failed,
        posted=posted,
        checked=report.checked,
        billed=_billed(context, report),
    )


def _billed(context: WorkerContext, report: JobReport) -> Billed:
    """Count the calls that the job is billed for; zero if aiart was never asked."""
    ledger, job = context.ledger, report.job
    if report.generated is None and report.failed is None:  # aiart was never asked
        return Billed(at=ledger.clock())
    return ledger.billed(job.id, report.generated, report.failed)


def _finish(context: WorkerContext, job: Job, outcome: Outcome) -> None:
    if outcome.generated is None:
        context.quota_places.give_back(job.id)
    if job.parent:
        refresh_parent_button(context, job, job.parent)
    if job.callback:
        enqueue(context, job, job.callback, outcome)
    if job.workflow:
        complete_workflow(context, job, job.workflow, outcome)
    record_end(context.ledger.bucket, job, outcome)
    context.ledger.finish(job, outcome)
    if job.callback:
        context.callback_queued(job.id)  # not before: a client called back asks for the status
    log(
        "job",
        job=job.id,
        outcome=outcome.state,
        code=outcome.failed.code.value if outcome.failed else "",
        request_id=outcome.generated.request_id if outcome.generated else "",
        ms=round((outcome.finished_at - job.created_at) * 1000),
    )
