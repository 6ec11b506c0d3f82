"""Make one picture that shows side by side all variations of an upload so far."""

from bot.slack_api.content import Preview
from functions.jobs.bucket import BucketUnavailable, KeyMissing
from functions.jobs.bucket_layout import RESULTS, SHEET, result_key, sheet_name
from functions.jobs.model import Job, Upload
from functions.jobs.report import JobReport, shown_report_of
from functions.jobs.steps import Picture, picture_named
from functions.log import log
from functions.worker import photos
from functions.worker.context import WorkerContext
from functions.worker.steps.store import MadeFile, hand_on


def sheet_of(context: WorkerContext, job: Job) -> Preview | None:
    """Make the picture of all variations of the job's upload; None if there is nothing to show.

    Errors are only logged, because each variation can be shown alone.
    """
    reports = [shown_report_of(job_id, context.ledger) for job_id in job.upload.jobs]
    shown = [_preview(report) for report in reports]
    first = next((one.job for one in reports if one and one.pictures), None)
    if context.links is None or first is None:
        return None
    awaited = [bool(one and not one.is_decided and not one.outcome) for one in reports]
    states = "".join(
        str(number) if preview else "_" if is_awaited else "x"
        for number, (preview, is_awaited) in enumerate(zip(shown, awaited, strict=True), start=1)
    )
    name, bucket = sheet_name(states), context.ledger.bucket
    key = result_key(first.id, name)
    try:
        if not bucket.exists(key):
            read = [bucket.get(preview.key) if preview else None for preview in shown]
            with context.decode_lock:
                made = photos.side_by_side(read, awaited=awaited)
            hand_on(context, first, MadeFile(name, made, (0, 0)), how="painted")
    except (BucketUnavailable, KeyMissing, OSError) as error:
        log("no picture of all variations", upload=job.upload.id, error=type(error).__name__)
        return None
    return Preview(url=context.links.picture(first.id, name), read=lambda: bucket.get(key))


def remove_sheets(context: WorkerContext, upload: Upload) -> None:
    """Delete the pictures that show several variations, because one of those is deleted."""
    for job_id in upload.jobs if upload.together else ():
        for row in list(context.ledger.bucket.list(f"{RESULTS}{job_id}/{SHEET}")):
            context.ledger.bucket.delete(row.key)


def _preview(report: JobReport | None) -> Picture | None:
    return picture_named(report.pictures, "preview") if report else None
