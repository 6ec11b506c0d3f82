"""How a job ends: the asker is told, the progress message goes, ``done`` is written."""

from collections.abc import Callable

from functions.jobs.model import Job
from functions.jobs.steps import Failed, Generated, Outcome, Posted, Staged
from functions.log import log
from functions.worker.keeping import keep
from functions.worker.telling import tell_failure, tell_result
from functions.worker.verdicts import JobFailed
from functions.worker.workshop import Workshop

AfterTelling = Callable[[Job], None]


def end_well(
    shop: Workshop, job: Job, staged: Staged, generated: Generated, *, told: AfterTelling
) -> None:
    """Keep the picture, show it, and finish. ``told`` is called once the asker knows."""
    stored = keep(shop, job, staged, generated)
    shop.stop_if_deleted(job)
    posted = tell_result(shop, job, generated, stored)
    told(job)
    _finish(
        shop,
        job,
        Outcome(
            state="succeeded",
            finished_at=shop.ledger.clock(),
            job=job,
            pictures=stored.pictures,
            generated=generated,
            posted=posted,
        ),
    )


def end_badly(shop: Workshop, job: Job, verdict: JobFailed, *, told: AfterTelling) -> None:
    """Say what went wrong, and finish."""
    failed = shop.ledger.record(
        job.id,
        Failed(
            at=shop.ledger.clock(),
            code=verdict.code,
            facts=verdict.facts,
            vendor_code=verdict.vendor_code,
            request_id=verdict.request_id,
            perhaps_billed=verdict.perhaps_billed,
        ),
    )
    posted = tell_failure(shop, job, failed)
    told(job)
    _finish(
        shop,
        job,
        Outcome(
            state="failed",
            finished_at=shop.ledger.clock(),
            job=job,
            failed=failed,
            posted=posted,
            generated=shop.ledger.step(job.id, Generated),
        ),
    )


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


def _finish(shop: Workshop, job: Job, outcome: Outcome) -> None:
    shop.ledger.finish(job, outcome)
    log(
        "job",
        job=job.id,
        outcome=outcome.state,
        code=outcome.failed.code.value if outcome.failed else "",
        request_id=outcome.generated.request_id if outcome.generated else "",
        ms=round((outcome.finished_at - job.created_at) * 1000),
    )
