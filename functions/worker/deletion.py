"""Does what tombstones ask for, once their jobs have ended: what was deleted leaves nothing.

What stays is the tombstone's work done: a ``done`` record that says that there was a job, so that
a late redelivery does not paint it again.
"""

from collections.abc import Callable

from bot.job_messages import PictureReady, Variations
from bot.slack_api.client import (
    ChannelClosed,
    OutcomeUnknown,
    RateLimited,
    SlackRefused,
    TokenRevoked,
)
from bot.slack_api.threads import PicturesRefused, PostedMessage
from functions.jobs.bucket import BucketUnavailable
from functions.jobs.bucket_layout import PHOTOS, RESULTS, STEPS, UPLOADS
from functions.jobs.ledger import TombstoneRow
from functions.jobs.records import Unreadable
from functions.jobs.steps import Outcome, Posted
from functions.log import log, warn
from functions.worker.context import WorkerContext
from functions.worker.picture_uploads import remove_uploads
from functions.worker.steps.post_group import left_of

STRAY_S = 3600.0  # a tombstone for a job that nobody has accepted is kept as long as this
MARGIN_S = 30.0


def sweep(context: WorkerContext, *, time_left: Callable[[], float]) -> None:
    """Look at every tombstone. What fails is left for the next time."""
    for buried in list(context.ledger.tombstones()):
        if time_left() < MARGIN_S:
            return
        try:
            _settle(context, buried)
        except (BucketUnavailable, RateLimited, OutcomeUnknown, Unreadable) as error:
            log("tombstone left for later", job=buried.job_id, error=str(error))


def _settle(context: WorkerContext, buried: TombstoneRow) -> None:
    outcome = context.ledger.outcome(buried.job_id)
    if outcome is None and not _is_stray(context, buried):
        return  # the job ends first
    if outcome and buried.why == "delete" and outcome.state != "deleted":
        _delete_pictures(context, buried.job_id, outcome)
        if outcome.posted and _some_are_open(context, outcome.posted):
            return  # they are in the same message, and not yet known to be right
        _delete(context, buried.job_id, outcome)
        log("deleted", job=buried.job_id)
    elif outcome and outcome.state == "cancelled":
        _delete_files(context, buried.job_id, PHOTOS, UPLOADS)
    context.ledger.remove_tombstone(buried)


def _some_are_open(context: WorkerContext, posted: Posted) -> bool:
    """Whether jobs that were told together with it have not ended yet."""
    unended = [job_id for job_id in posted.jobs if context.ledger.outcome(job_id) is None]
    return any(context.ledger.job(job_id) for job_id in unended)


def _is_stray(context: WorkerContext, buried: TombstoneRow) -> bool:
    """Whether there is no such job, and has not been for a while."""
    if context.ledger.job(buried.job_id):
        return False
    tombstone = context.ledger.tombstone(buried)
    return tombstone is None or tombstone.at + STRAY_S < context.ledger.clock()


def _delete_pictures(context: WorkerContext, job_id: str, outcome: Outcome) -> None:
    """First of all: they must go even while Slack cannot be reached."""
    for picture in outcome.pictures:  # LIST may not show them yet
        context.ledger.bucket.delete(picture.key)
    _delete_files(context, job_id, RESULTS, PHOTOS, UPLOADS)


def _delete(context: WorkerContext, job_id: str, outcome: Outcome) -> None:
    """The message, and what is written down about the job."""
    ledger = context.ledger
    if outcome.posted:
        _remove_message(context, job_id, outcome, outcome.posted)
        ledger.clear_latest_in_thread(outcome.posted.channel, outcome.posted.thread_ts, job_id)
    if not outcome.posted or not outcome.posted.file_ids:  # taken back while it was waited for
        remove_uploads(context, job_id)
    if outcome.job:
        ledger.remove_from_history(outcome.job)
    _delete_files(context, job_id, STEPS)
    ledger.erase_record(job_id)


def _delete_files(context: WorkerContext, job_id: str, *prefixes: str) -> None:
    for prefix in prefixes:
        for row in list(context.ledger.bucket.list(f"{prefix}{job_id}/")):
            context.ledger.bucket.delete(row.key)


def _remove_message(context: WorkerContext, job_id: str, outcome: Outcome, posted: Posted) -> None:
    """The message goes; of several pictures in one message the others stay."""
    if not posted.ts:
        return
    shown, job = PostedMessage(posted.channel, posted.ts, posted.thread_ts), outcome.job
    try:
        left = left_of(context, posted) if job and len(posted.jobs) > 1 else []
        if job and any(isinstance(one, PictureReady) for _, one in left):
            several = Variations(left, context.ledger.chosen_variation(job.upload.id))
            content = context.message(job, several)
            try:
                context.thread.update(shown, content)
            except PicturesRefused:  # the one that is deleted must not stay for the others' sake
                context.thread.update(shown, content, files=())
            return
        context.thread.remove(shown)
        for file_id in posted.file_ids:
            context.thread.remove_file(file_id)
    except (ChannelClosed, SlackRefused, TokenRevoked) as error:
        warn(
            "a deleted picture's message is left behind",
            job=job_id,
            error=str(error),
            ts=posted.ts,
        )
