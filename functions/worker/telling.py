"""Last steps: tell the asker, exactly once.

A message is claimed before it is posted. When the answer to posting was lost, the place is
searched for our metadata before anything is posted again.
"""

from collections.abc import Callable
from functools import partial
from typing import Literal

import msgspec

from bot.messages import Told, previews_of
from bot.slack import SlackBusy, SlackClosed, SlackRefused, SlackRevoked, SlackUnclear
from bot.thread import Files, PicturesRefused, Shown
from functions.jobs.model import Job
from functions.jobs.steps import Claim, Posted
from functions.log import log, timed_step, warn
from functions.worker.errors import AttemptsExhausted, RetryAt, take_turn, turn_name
from functions.worker.picture_uploads import NextTurn, Pictures, PictureUploads, mending
from functions.worker.workshop import Workshop

POST_LIMIT_S = 150.0  # the slowest way: two refused pictures, in the thread and in the channel
TURNS = 20
UNCLEAR_PAUSE_S = 3.0
CLOCKS_APART_S = 300.0  # ours and Slack's, when looking for a message by its time


def tell(shop: Workshop, job: Job, told: Callable[[], Told]) -> Posted:
    """Reply with what became of a job. Raises ``RetryAt`` while Slack cannot take it."""
    return tell_about(shop, job, job.id, told)


def tell_about(
    shop: Workshop, job: Job, about: str, told: Callable[[], Told], *, jobs: tuple[str, ...] = ()
) -> Posted:
    """Tell it once; ``about`` is the job's id, or that of an upload whose ``jobs`` are told
    together. ``told`` is not asked for what was told already.
    """
    if job.thread is None:
        return Posted(where="unasked", jobs=jobs)
    posted = shop.ledger.step(about, Posted)
    if posted:
        return posted
    with timed_step(job.id, "posted") as fields:
        posted = msgspec.structs.replace(_tell(shop, job, about, told()), jobs=jobs)
        fields["where"] = posted.where
    return shop.ledger.record(about, posted)


def _tell(shop: Workshop, job: Job, about: str, told: Told) -> Posted:
    """In the thread, or else to the asker alone, or else (with a line in the log) nowhere."""
    turn = 0
    try:
        turn = take_turn(shop.ledger, about, "posting", seconds=POST_LIMIT_S, limit=TURNS)
        uploads = PictureUploads.noted(shop, about) if turn > 1 else None
        before = uploads.turn + 1 if uploads else 1  # turns that have left nothing to be looked for
        found = _find(shop, job, about) if turn > before else None
        if found and not found.is_broken:
            return _posted(job, found)
        post = partial(_post, shop, job, told) if found is None else lambda _: found
        pictures = Pictures(shop, about, previews_of(told))
        if uploads is None:
            return _posted(job, pictures.by_address(post, turn))
        send = mending(shop, job, told, uploads) if uploads.ts else post
        return _posted(job, pictures.as_files(uploads, send))
    except SlackBusy as busy:
        shop.ledger.release(about, turn_name("posting", turn))
        raise RetryAt(shop.ledger.clock() + busy.retry_after_s) from busy
    except (SlackUnclear, NextTurn) as unclear:
        pause_s = UNCLEAR_PAUSE_S if isinstance(unclear, SlackUnclear) else 0.0
        again = shop.ledger.clock() + pause_s
        shop.ledger.note(about, turn_name("posting", turn), Claim(nonce="", deadline=again))
        raise RetryAt(again) from unclear
    except (SlackRevoked, SlackClosed, SlackRefused, AttemptsExhausted) as error:
        warn("could not tell the asker", job=job.id, error=str(error), remedy=REMEDIES[type(error)])
        return Posted(where="nowhere")


REMEDIES: dict[type[Exception], str] = {
    SlackRevoked: "install the Slack app again and set its new SLACK_BOT_TOKEN",
    SlackClosed: "invite the bot to the channel, and allow it to write to people",
    SlackRefused: "compare the Slack app's scopes with the manifest",
    AttemptsExhausted: "look at Slack's status; the picture is under its link",
}


def _post(shop: Workshop, job: Job, told: Told, files: Files) -> Shown:
    try:
        return shop.thread.post(job, told, files=files)
    except PicturesRefused:  # wherever it is posted
        raise
    except (SlackClosed, SlackRefused) as error:
        if not job.asker.user_id:  # a program cannot be written to
            raise
        log("told directly", job=job.id, because=str(error))
        return shop.thread.tell_directly(job, told, files=files)


def _posted(job: Job, shown: Shown) -> Posted:
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


def _find(shop: Workshop, job: Job, about: str) -> Shown | None:
    """What an earlier turn has posted, where it was asked for or to the asker alone."""
    since = job.created_at - CLOCKS_APART_S
    try:
        found = shop.thread.find(job.place, "told", about, since=since)
    except SlackClosed:
        found = None
    if found or not job.asker.user_id:
        return found
    return shop.thread.find_direct(job.asker, about, since=since)
