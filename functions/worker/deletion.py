"""Carry out tombstones once their jobs have ended: delete all that a deleted job has left.

Only an emptied ``done`` record stays, so that an event that is delivered once more does not have
the job painted again.
"""

from collections.abc import Callable

from bot.job_messages import BatchSummary, PictureReady, Variations
from bot.slack_api.threads import PicturesRefused, PostedMessage
from functions.jobs.bucket import BucketUnavailable
from functions.jobs.bucket_layout import (
    PHOTOS,
    PROGRESS,
    RESULTS,
    STEPS,
    UPLOADS,
    packed_into,
)
from functions.jobs.ledger import TombstoneRow
from functions.jobs.model import Job
from functions.jobs.records import Unreadable
from functions.jobs.steps import Generated, Outcome, Posted, ProgressShown
from functions.log import log, warn
from functions.worker.context import WorkerContext
from functions.worker.errors import JobFailed, RetryAt
from functions.worker.picture_uploads import remove_uploads
from functions.worker.slack_retry import say
from functions.worker.steps.post_group import ended_photos, left_of
from functions.worker.steps.variation_sheet import remove_sheets

STRAY_S = 3600.0  # how long a tombstone is kept for a job that was never accepted
MARGIN_S = 30.0


def sweep(context: WorkerContext, *, time_left: Callable[[], float]) -> None:
    """Carry out every tombstone; leave one that fails, or finds no time, for the next sweep."""
    for row in list(context.ledger.tombstones()):
        if time_left() < MARGIN_S:
            return
        try:
            _settle(context, row)
        except (BucketUnavailable, JobFailed, RetryAt, Unreadable) as error:
            log("tombstone left for later", job=row.job_id, error=str(error))


def forget(context: WorkerContext, job: Job) -> None:
    """Close an open job whose asker was erased, and delete all that it has left."""
    ledger = context.ledger
    posted = ledger.read_step(job.id, Posted)
    billed = ledger.billed(job.id, ledger.read_step(job.id, Generated))
    outcome = Outcome(
        state="cancelled", finished_at=ledger.clock(), job=job, posted=posted, billed=billed
    )
    context.quota_places.give_back(job.id)
    _delete_pictures(context, job.id, outcome)
    _delete(context, job.id, outcome)
    ledger.close_request(job.id)
    log("forgotten", job=job.id)


def clear_away(context: WorkerContext, job_id: str) -> None:
    """Delete the files and step records of a job that was deleted while a worker was on it."""
    _delete_files(context, job_id, RESULTS, PHOTOS, UPLOADS, STEPS)


def _settle(context: WorkerContext, row: TombstoneRow) -> None:
    outcome = context.ledger.outcome(row.job_id)
    if outcome is None and not _is_stray(context, row):
        return  # not before the job has ended
    if outcome and row.why == "delete" and outcome.state != "deleted":
        _delete_pictures(context, row.job_id, outcome)
        if outcome.posted and _some_are_open(context, outcome.posted):
            return  # the message can be changed only when all its jobs have ended
        _delete(context, row.job_id, outcome)
        log("deleted", job=row.job_id)
    elif outcome and outcome.state == "cancelled":
        _delete_files(context, row.job_id, PHOTOS, UPLOADS)
    context.ledger.remove_tombstone(row)


def _some_are_open(context: WorkerContext, posted: Posted) -> bool:
    """Say whether jobs that share its message have not ended yet."""
    unended = [job_id for job_id in posted.jobs if context.ledger.outcome(job_id) is None]
    return any(context.ledger.job(job_id) for job_id in unended)


def _is_stray(context: WorkerContext, row: TombstoneRow) -> bool:
    """Say whether the tombstone is older than ``STRAY_S``, or gone, and there is no such job."""
    if context.ledger.job(row.job_id):
        return False
    tombstone = context.ledger.tombstone(row)
    return tombstone is None or tombstone.at + STRAY_S < context.ledger.clock()


def _delete_pictures(context: WorkerContext, job_id: str, outcome: Outcome) -> None:
    """Delete the pictures. This comes first: they must go even while Slack cannot be reached."""
    for picture in outcome.pictures:  # LIST may not show them yet
        context.ledger.bucket.delete(picture.key)
    _delete_files(context, job_id, RESULTS, PHOTOS, UPLOADS)
    if outcome.job:
        remove_sheets(context, outcome.job.upload)
    for zip_id in filter(None, map(packed_into, context.ledger.step_names(job_id))):
        _delete_files(context, zip_id, RESULTS)


def _delete(context: WorkerContext, job_id: str, outcome: Outcome) -> None:
    """Delete a job's message and its records. Raises ``RetryAt`` while Slack cannot."""
    ledger = context.ledger
    if outcome.posted and outcome.posted.ts:
        _take_message_away(context, job_id, outcome, outcome.posted)
    if outcome.job and outcome.job.upload.is_batch:
        _take_out_of_summary(context, outcome.job)
    if outcome.posted:
        ledger.clear_latest_in_thread(outcome.posted.channel, outcome.posted.thread_ts, job_id)
    if not outcome.posted or not outcome.posted.file_ids:  # cancelled while files were uploaded
        remove_uploads(context, job_id)
    if outcome.job:
        ledger.remove_from_history(outcome.job)
    billed = outcome.billed or ledger.billed(job_id, outcome.generated, outcome.failed)
    # Before the record is erased, because a repeated sweep finds the upload by it; and once more
    # after it, in case another worker deleted the upload's other jobs at the same time.
    was_last = _forget_upload_of_last(context, outcome.job)
    _delete_files(context, job_id, STEPS)
    ledger.erase_record(job_id, billed)
    if not was_last:
        _forget_upload_of_last(context, outcome.job)


def _forget_upload_of_last(context: WorkerContext, job: Job | None) -> bool:
    """Delete the records of an upload if its other jobs are gone, and say whether they are."""
    if job is None or any(_is_known(context, one) for one in job.upload.jobs if one != job.id):
        return False
    _delete_files(context, job.upload.id, STEPS)
    return True


def _is_known(context: WorkerContext, job_id: str) -> bool:
    """Say whether anything of a job is left."""
    outcome = context.ledger.outcome(job_id)
    return outcome.state != "deleted" if outcome else context.ledger.job(job_id) is not None


def _delete_files(context: WorkerContext, job_id: str, *prefixes: str) -> None:
    for prefix in prefixes:
        for row in list(context.ledger.bucket.list(f"{prefix}{job_id}/")):
            context.ledger.bucket.delete(row.key)


def _take_message_away(
    context: WorkerContext, job_id: str, outcome: Outcome, posted: Posted
) -> None:
    """Take the job's picture out of Slack. Raises ``RetryAt`` while Slack cannot."""
    gone = say(lambda: _remove_from_message(context, outcome.job, posted), now=context.ledger.clock)
    if gone:
        warn(
            "a deleted picture's message is left behind",
            job=job_id,
            error=str(gone.error),
            ts=posted.ts,
        )


def _take_out_of_summary(context: WorkerContext, job: Job) -> None:
    """Take the job out of its batch's posted summary, if any; remove one that becomes empty.

    Raises ``RetryAt`` while Slack cannot.
    """
    ledger = context.ledger
    posted = ledger.read_step(job.upload.id, Posted)
    if posted is None or not posted.ts:
        return
    shown = PostedMessage(posted.channel, posted.ts, posted.thread_ts)
    photos = ended_photos(context, job)

    def change() -> None:
        if photos:
            context.thread.update(shown, context.message(job, BatchSummary(photos)))
            return
        context.thread.remove(shown)
        parent = ledger.read_note(job.upload.id, PROGRESS, ProgressShown)
        if parent and job.has_parent_message:
            context.thread.remove(PostedMessage(parent.channel, parent.ts))

    left = say(change, now=ledger.clock)
    if left:
        warn("a deleted picture stays in its summary", job=job.id, error=str(left.error))


def _remove_from_message(context: WorkerContext, job: Job | None, posted: Posted) -> None:
    """Remove the message, or, if it shows several pictures, only this job's."""
    shown = PostedMessage(posted.channel, posted.ts, posted.thread_ts)
    left = left_of(context, posted) if job and len(posted.jobs) > 1 else []
    if job and any(isinstance(one, PictureReady) for _, one in left):
        several = Variations(left, context.ledger.chosen_variation(job.upload.id))
        content = context.message(job, several)
        try:
            context.thread.update(shown, content)
        except PicturesRefused:  # rather show no picture than keep the deleted one
            context.thread.update(shown, content, files=())
        return
    context.thread.remove(shown)
    for file_id in posted.file_ids:
        context.thread.remove_file(file_id)
