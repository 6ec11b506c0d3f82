"""Does what tombstones ask for, once their jobs have ended: what was deleted leaves nothing.

What stays is the tombstone's work done: a ``done`` record that says that there was a job, so that
a late redelivery does not paint it again.
"""

from collections.abc import Callable

from bot.messages import Finished, Several
from bot.slack import SlackBusy, SlackClosed, SlackRefused, SlackRevoked, SlackUnclear
from bot.thread import PicturesRefused, Shown
from functions.jobs.bucket import BucketTrouble
from functions.jobs.chosen import chosen_in
from functions.jobs.ledger import Buried
from functions.jobs.records import Unreadable
from functions.jobs.steps import Outcome, Posted
from functions.log import log, warn
from functions.worker.picture_uploads import remove_uploads
from functions.worker.together import left_of
from functions.worker.workshop import Workshop

STRAY_S = 3600.0  # a tombstone for a job that nobody has accepted is kept as long as this
MARGIN_S = 30.0


def sweep(shop: Workshop, *, time_left: Callable[[], float]) -> None:
    """Look at every tombstone. What fails is left for the next time."""
    for buried in list(shop.ledger.buried()):
        if time_left() < MARGIN_S:
            return
        try:
            _settle(shop, buried)
        except (BucketTrouble, SlackBusy, SlackUnclear, Unreadable) as error:
            log("tombstone left for later", job=buried.job_id, error=str(error))


def _settle(shop: Workshop, buried: Buried) -> None:
    outcome = shop.ledger.outcome(buried.job_id)
    if outcome is None and not _is_stray(shop, buried):
        return  # the job ends first
    if outcome and buried.why == "delete" and outcome.state != "deleted":
        _delete_pictures(shop, buried.job_id, outcome)
        if outcome.posted and _some_are_open(shop, outcome.posted):
            return  # they are in the same message, and not yet known to be right
        _delete(shop, buried.job_id, outcome)
        log("deleted", job=buried.job_id)
    elif outcome and outcome.state == "cancelled":
        _delete_objects(shop, f"photos/{buried.job_id}/", f"uploads/{buried.job_id}/")
    shop.ledger.unbury(buried)


def _some_are_open(shop: Workshop, posted: Posted) -> bool:
    """Whether jobs that were told together with it have not ended yet."""
    unended = [job_id for job_id in posted.jobs if shop.ledger.outcome(job_id) is None]
    return any(shop.ledger.job(job_id) for job_id in unended)


def _is_stray(shop: Workshop, buried: Buried) -> bool:
    """Whether there is no such job, and has not been for a while."""
    if shop.ledger.job(buried.job_id):
        return False
    tombstone = shop.ledger.tombstone(buried)
    return tombstone is None or tombstone.at + STRAY_S < shop.ledger.clock()


def _delete_pictures(shop: Workshop, job_id: str, outcome: Outcome) -> None:
    """First of all: they must go even while Slack cannot be reached."""
    for picture in outcome.pictures:  # LIST may not show them yet
        shop.ledger.bucket.delete(picture.key)
    _delete_objects(shop, f"results/{job_id}/", f"photos/{job_id}/", f"uploads/{job_id}/")


def _delete(shop: Workshop, job_id: str, outcome: Outcome) -> None:
    """The message, and what is written down about the job."""
    ledger = shop.ledger
    if outcome.posted:
        _remove_message(shop, job_id, outcome, outcome.posted)
        ledger.forget_in(outcome.posted.channel, outcome.posted.thread_ts, job_id)
    if not outcome.posted or not outcome.posted.file_ids:  # taken back while it was waited for
        remove_uploads(shop, job_id)
    if outcome.job:
        ledger.forget(outcome.job)
    _delete_objects(shop, f"steps/{job_id}/")
    ledger.blank(job_id)


def _delete_objects(shop: Workshop, *prefixes: str) -> None:
    for prefix in prefixes:
        for row in list(shop.ledger.bucket.list(prefix)):
            shop.ledger.bucket.delete(row.key)


def _remove_message(shop: Workshop, job_id: str, outcome: Outcome, posted: Posted) -> None:
    """The message goes; of several pictures in one message the others stay."""
    if not posted.ts:
        return
    shown, job = Shown(posted.channel, posted.ts, posted.thread_ts), outcome.job
    try:
        left = left_of(shop, posted) if job and len(posted.jobs) > 1 else []
        if job and any(isinstance(one, Finished) for _, one in left):
            several = Several(left, chosen_in(shop.ledger, job.upload.id))
            try:
                shop.thread.renew(job, several, shown)
            except PicturesRefused:  # the one that is deleted must not stay for the others' sake
                shop.thread.renew(job, several, shown, files=())
            return
        shop.thread.remove(shown)
        for file_id in posted.file_ids:
            shop.thread.remove_file(file_id)
    except (SlackClosed, SlackRefused, SlackRevoked) as error:
        warn(
            "a deleted picture's message is left behind",
            job=job_id,
            error=str(error),
            ts=posted.ts,
        )
