"""Last steps: tell the asker, exactly once; and the progress message that comes before it.

A message is claimed before it is posted. When the answer to posting was lost, the thread is
searched for our metadata before anything is posted again.
"""

import threading
from collections.abc import Callable
from typing import Literal

from bot.slack import SlackBusy, SlackClosed, SlackRefused, SlackRevoked, SlackUnclear
from bot.thread import PreviewPicture, Shown
from bot.views.progress import Progress
from bot.views.result import Result
from functions.jobs.errors import ErrorCode
from functions.jobs.model import Job, Record
from functions.jobs.steps import Claim, Failed, Generated, Posted, Stored
from functions.log import log, timed_step, warn
from functions.worker.verdicts import JobFailed, Later, NoTurnLeft, take_turn, turn_name
from functions.worker.workshop import Workshop

POST_LIMIT_S = 150.0  # the slowest way: two refused pictures, then an upload
PROGRESS_LIMIT_S = 30.0
TURNS = 20
UNCLEAR_PAUSE_S = 3.0
CLOCKS_APART_S = 300.0  # ours and Slack's, when looking for a message by its time


class ProgressShown(Record, frozen=True, kw_only=True):
    """Where an upload's progress message stands."""

    channel: str
    ts: str


def tell_result(shop: Workshop, job: Job, generated: Generated, stored: Stored) -> Posted:
    """Reply with the picture. Raises ``Later`` while Slack cannot take it."""
    if shop.links is None:
        raise JobFailed(ErrorCode.LINKS_NOT_CONFIGURED)
    picture, preview = stored.pictures[0], stored.pictures[1]
    result = Result(
        width=picture.width,
        height=picture.height,
        seconds=max(1, round(generated.seconds)),
        full_size_url=shop.links.picture(job.id, picture.name),
        perhaps_billed_twice=generated.perhaps_billed_twice,
    )
    shown = PreviewPicture(
        url=shop.links.picture(job.id, preview.name),
        read=lambda: shop.ledger.bucket.get(preview.key),
    )
    return _tell_once(
        shop,
        job,
        in_thread=lambda: shop.thread.post_result(job, result, shown),
        directly=lambda: shop.thread.tell_directly(job, (result, shown)),
    )


def tell_failure(shop: Workshop, job: Job, failed: Failed) -> Posted:
    """Reply with what went wrong. Raises ``Later`` while Slack cannot take it."""
    return _tell_once(
        shop,
        job,
        in_thread=lambda: shop.thread.post_failure(job, failed),
        directly=lambda: shop.thread.tell_directly(job, failed),
    )


def _tell_once(
    shop: Workshop, job: Job, *, in_thread: Callable[[], Shown], directly: Callable[[], Shown]
) -> Posted:
    if job.thread is None:
        return Posted(where="unasked")
    posted = shop.ledger.step(job.id, Posted)
    if posted:
        return posted
    with timed_step(job.id, "posted") as fields:
        posted = _tell(shop, job, in_thread=in_thread, directly=directly)
        fields["where"] = posted.where
    return shop.ledger.record(job.id, posted)


def _tell(
    shop: Workshop, job: Job, *, in_thread: Callable[[], Shown], directly: Callable[[], Shown]
) -> Posted:
    """In the thread, or else to the asker alone, or else (with a line in the log) nowhere."""
    turn = 0
    try:
        turn = take_turn(shop.ledger, job.id, "posting", seconds=POST_LIMIT_S, limit=TURNS)
        found = _find(shop, job) if turn > 1 else None
        if found:
            return _posted(job, found)
        try:
            return _posted(job, in_thread())
        except (SlackClosed, SlackRefused) as error:
            log("told directly", job=job.id, because=str(error))
            return _posted(job, directly())
    except SlackBusy as busy:
        shop.ledger.release(job.id, turn_name("posting", turn))
        raise Later(shop.ledger.clock() + busy.retry_after_s) from busy
    except SlackUnclear as unclear:
        again = shop.ledger.clock() + UNCLEAR_PAUSE_S
        shop.ledger.note(job.id, turn_name("posting", turn), Claim(nonce="", deadline=again))
        raise Later(again) from unclear
    except (SlackRevoked, SlackClosed, SlackRefused, NoTurnLeft) as error:
        warn("could not tell the asker", job=job.id, error=str(error), remedy=REMEDIES[type(error)])
        return Posted(where="nowhere")


REMEDIES: dict[type[Exception], str] = {
    SlackRevoked: "install the Slack app again and set its new SLACK_BOT_TOKEN",
    SlackClosed: "invite the bot to the channel, and allow it to write to people",
    SlackRefused: "compare the Slack app's scopes with the manifest",
    NoTurnLeft: "look at Slack's status; the picture is under its link",
}


def _posted(job: Job, shown: Shown) -> Posted:
    where: Literal["thread", "direct-message"] = (
        "thread" if shown.channel == job.place.channel else "direct-message"
    )
    return Posted(where=where, channel=shown.channel, ts=shown.ts)


def _find(shop: Workshop, job: Job) -> Shown | None:
    """What an earlier turn has posted, in the thread or to the asker alone."""
    since = job.created_at - CLOCKS_APART_S
    try:
        found = shop.thread.find(job.place, "told", job.id, since=since)
    except SlackClosed:
        found = None
    return found or shop.thread.find_direct(job, since=since)


class ProgressKeeper:
    """The progress messages of one run, each shown or removed by one thread at a time.

    Progress is a courtesy: when Slack cannot take it just now, it is left out. Taking it away is
    not: that is tried until it works.
    """

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._shown: dict[str, Shown] = {}
        self._removed: set[str] = set()
        self._turns: dict[str, int] = {}

    def show(self, job: Job, progress: Progress) -> None:
        """Show how the upload is getting on. Raises ``SlackClosed`` or ``SlackRevoked``."""
        if job.thread is None:
            return
        upload = job.upload.id
        with self._one_at_a_time(upload):
            if upload in self._removed:
                return
            try:
                before = self._shown.get(upload) or self._look_up(job)
                self._shown[upload] = now = self._show(job, progress, before)
            except (SlackBusy, SlackUnclear, SlackRefused, Later, NoTurnLeft) as error:
                log("progress left out", job=job.id, because=str(error))
                return
            if now != before:
                record = ProgressShown(channel=now.channel, ts=now.ts)
                self._shop.ledger.note(upload, "progress", record)

    def _show(self, job: Job, progress: Progress, before: Shown | None) -> Shown:
        try:
            return self._shop.thread.show_progress(job, progress, shown=before)
        except (SlackBusy, SlackClosed, SlackRefused, SlackRevoked):
            turn = self._turns.pop(job.upload.id, 0)
            if turn:  # Slack has said no: nothing was posted that would have to be looked for
                self._shop.ledger.release(job.upload.id, turn_name("showing", turn))
            raise

    def remove(self, job: Job) -> None:
        """Take the message away. Raises ``Later`` while Slack cannot."""
        if job.thread is None:
            return
        upload = job.upload.id
        with self._one_at_a_time(upload):
            try:
                shown = self._shown.get(upload) or self._look_up(job)
                if shown:
                    self._shop.thread.remove(shown)
            except SlackBusy as busy:
                raise Later(self._shop.ledger.clock() + busy.retry_after_s) from busy
            except SlackUnclear as unclear:
                raise Later(self._shop.ledger.clock() + UNCLEAR_PAUSE_S) from unclear
            except (SlackClosed, SlackRevoked, SlackRefused, NoTurnLeft) as error:
                warn("progress message left behind", job=job.id, error=str(error))
            self._removed.add(upload)

    def _look_up(self, job: Job) -> Shown | None:
        """The message as an earlier run has left it, or the right to post the first one."""
        ledger = self._shop.ledger
        noted = ledger.noted(job.upload.id, "progress", ProgressShown)
        if noted:
            return Shown(noted.channel, noted.ts)
        turn = take_turn(ledger, job.upload.id, "showing", seconds=PROGRESS_LIMIT_S, limit=TURNS)
        self._turns[job.upload.id] = turn
        if turn == 1:
            return None
        since = job.created_at - CLOCKS_APART_S
        return self._shop.thread.find(job.place, "progress", job.upload.id, since=since)

    def _one_at_a_time(self, upload: str) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(upload, threading.Lock())
