"""Post what became of a job to its asker, exactly once.

A message is posted under a lease. If the answer to posting was lost, the thread is searched for a
message with our metadata before anything is posted again.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Literal

import msgspec

from bot.job_messages import JobMessage, previews_of, without_mention
from bot.slack_api.client import ChannelClosed, RateLimited, SlackRefused, TokenRevoked
from bot.slack_api.threads import Files, PicturesRefused, PostedMessage
from functions.jobs.bucket_layout import POSTING, PROGRESS, attempt_name
from functions.jobs.leases import AttemptsExhausted
from functions.jobs.model import Job, Thread
from functions.jobs.report import JobReport
from functions.jobs.steps import FirstTold, Lease, Posted, ProgressShown
from functions.log import log, timed_step, warn
from functions.worker.context import WorkerContext
from functions.worker.errors import RetryAt
from functions.worker.picture_uploads import Pictures, PicturesUnshown, PictureUploads, mending
from functions.worker.slack_retry import NotNow, say

POST_LIMIT_S = 150.0  # the slowest case: pictures refused in the thread, then when told directly
ATTEMPTS = 20
CLOCKS_APART_S = 300.0  # ours and Slack's, when looking for a message by its time


def post_report(context: WorkerContext, report: JobReport) -> Posted:
    """Post a job's result in its thread; return the record of the message.

    Raises ``RetryAt`` while Slack cannot take it, ``JobFailed`` if links are not configured, and
    ``Cancelled`` if the picture is to be deleted. That is checked while the lease is taken.
    """
    job = report.job
    if report.failed:
        return post_about(context, job, job.id, lambda: _job_message(context, report))
    with ThreadPoolExecutor(1, "tombstone") as beside:
        asked = beside.submit(context.stop_if_deleted, job)

        def make_message() -> JobMessage:
            asked.result()
            return _job_message(context, report)

        try:
            return post_about(context, job, job.id, make_message)
        finally:
            asked.result()  # checked even if no message was made: posted before, or lease held


def _job_message(context: WorkerContext, report: JobReport) -> JobMessage:
    job_message = context.job_message_of(report)
    if job_message is None:
        raise ValueError(f"{report.job.id} is not decided")
    return job_message if _claim_mention(context, report.job) else without_mention(job_message)


def _claim_mention(context: WorkerContext, job: Job) -> bool:
    """Say whether this job's message mentions the asker: in a batch, only the first one does."""
    if not job.upload.is_batch:
        return True
    return context.ledger.write_step(job.upload.id, FirstTold(job_id=job.id)).job_id == job.id


def has_mention(context: WorkerContext, job: Job) -> bool:
    """Say whether the job's posted message mentions its asker.

    A batch without a record of its first message was posted by an older version, which mentioned
    the asker in all of them.
    """
    if not job.upload.is_batch:
        return True
    first = context.ledger.read_step(job.upload.id, FirstTold)
    return first is None or first.job_id == job.id


def _in_its_place(context: WorkerContext, job: Job) -> Job:
    """Return the job with the thread to post in: below its parent message, if there is one."""
    if not job.has_parent_message:
        return job
    parent = context.ledger.read_note(job.upload.id, PROGRESS, ProgressShown)
    if parent is None:  # Slack would not take it
        return job
    place = Thread(channel=parent.channel, thread_ts=parent.ts)
    return msgspec.structs.replace(job, thread=place)


def post_about(
    context: WorkerContext,
    job: Job,
    about: str,
    make_message: Callable[[], JobMessage],
    *,
    jobs: tuple[str, ...] = (),
) -> Posted:
    """Post a message once, and record it under ``about``.

    ``about`` is the job's id, or that of an upload with all its ``jobs``. ``make_message`` is not
    called if the message was posted already. Raises ``RetryAt`` while Slack cannot take it.
    """
    if job.thread is None:
        return Posted(where="unasked", jobs=jobs)
    with timed_step(job.id, "posted") as fields:
        posted = _post_somewhere(context, _in_its_place(context, job), about, make_message)
        fields["where"] = posted.where
    return context.ledger.write_step(about, msgspec.structs.replace(posted, jobs=jobs))


def _post_somewhere(
    context: WorkerContext, job: Job, about: str, make_message: Callable[[], JobMessage]
) -> Posted:
    """Post in the thread, or else to the asker alone, or else log that nobody could be told."""
    ledger, attempt = context.ledger, 0

    def post() -> Posted:
        nonlocal attempt
        begun = ledger.acquire_unless(
            lambda: ledger.read_step(about, Posted),
            about,
            POSTING,
            seconds=POST_LIMIT_S,
            limit=ATTEMPTS,
        )
        if isinstance(begun, Posted):
            return begun
        attempt = begun
        try:
            job_message = make_message()
        except BaseException:  # nothing was posted
            ledger.release(about, attempt_name(POSTING, attempt))
            raise
        return _posted(job, _post_once(context, job, about, job_message, attempt))

    def leave_attempt(why: NotNow | PicturesUnshown, until: float) -> None:
        name = attempt_name(POSTING, attempt)
        if isinstance(why, RateLimited):
            context.ledger.release(about, name)
        else:
            context.ledger.write_note(about, name, Lease(nonce="", deadline=until))

    try:
        posted = say(post, now=context.ledger.clock, before_later=leave_attempt)
    except PicturesUnshown as unshown:
        now = context.ledger.clock()
        leave_attempt(unshown, now)
        raise RetryAt(now) from unshown
    if isinstance(posted, Posted):
        return posted
    remedy = REMEDIES[type(posted.error)]
    warn("could not tell the asker", job=job.id, error=str(posted.error), remedy=remedy)
    return Posted(where="nowhere")


def _post_once(
    context: WorkerContext, job: Job, about: str, job_message: JobMessage, attempt: int
) -> PostedMessage:
    """Post, unless an earlier attempt with an unknown outcome turns out to have posted.

    Raises ``PicturesUnshown`` if the pictures have to become files.
    """
    uploads = PictureUploads.noted(context, about) if attempt > 1 else None
    fruitless = uploads.attempt + 1 if uploads else 1  # up to it, no message is unaccounted for
    found = _find(context, job, about) if attempt > fruitless else None
    if found and not found.is_broken:
        return found
    post = partial(_post, context, job, job_message) if found is None else lambda _: found
    pictures = Pictures(context, about, previews_of(job_message))
    if uploads is None:
        return pictures.by_address(post, attempt)
    send = mending(context, job, job_message, uploads) if uploads.ts else post
    return pictures.as_files(uploads, send)


REMEDIES: dict[type[Exception], str] = {
    TokenRevoked: "install the Slack app again and set its new SLACK_BOT_TOKEN",
    ChannelClosed: "invite the bot to the channel, and allow it to write to people",
    SlackRefused: "compare the Slack app's scopes with the manifest",
    AttemptsExhausted: "look at Slack's status; the picture is under its link",
}


def _post(context: WorkerContext, job: Job, job_message: JobMessage, files: Files) -> PostedMessage:
    try:
        return context.thread.post(job.place, context.message(job, job_message), files=files)
    except PicturesRefused:  # the same pictures would be refused in a direct message, too
        raise
    except (ChannelClosed, SlackRefused) as error:
        if not job.asker.user_id:  # a program cannot be written to
            raise
        log("told directly", job=job.id, because=str(error))
        content = context.message(job, job_message, direct=True)
        return context.thread.post_direct(job.asker, content, files=files)


def _posted(job: Job, shown: PostedMessage) -> Posted:
    where: Literal["thread", "direct-message"] = (
        "thread" if shown.channel == job.place.channel else "direct-message"
    )
    return Posted(
        where=where,
        channel=shown.channel,
        ts=shown.ts,
        thread_ts=shown.thread_ts,
        file_ids=shown.file_ids,
    )


def _find(context: WorkerContext, job: Job, about: str) -> PostedMessage | None:
    """Find an earlier attempt's message, in the job's thread or in the asker's direct messages."""
    since = job.created_at - CLOCKS_APART_S
    try:
        found = context.thread.find_own_message(job.place, "told", about, since=since)
    except ChannelClosed:
        found = None
    if found or not job.asker.user_id:
        return found
    return context.thread.find_own_direct_message(job.asker, about, since=since)
