"""Find the photo that a message without one means: the nearest above it.

In a thread that is a photo which anybody posted there, with or without a mention, or a picture of
ours; in a direct message outside of threads, the last one. One page of messages is read, within
``WITHIN_S``; if it does not tell which photo is meant, the asker is asked, and nothing is guessed.
A photo forwarded by somebody else is refused: the asker may not be allowed to see its source.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import TimeoutError as FutureTimeout
from decimal import Decimal
from itertools import chain
from typing import Any

import msgspec

from bot.request_context import RequestContext
from bot.slack_api.client import SLACK_TROUBLE
from bot.slack_api.messages import UserMessage, pictures_of
from bot.views.result import meant_jobs
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.job_ids import id_of_message
from functions.jobs.model import SlackFile
from functions.jobs.report import JobReport, parent_job

# Numbers of messages. Slack gives a thread from its beginning: a longer one is not seen whole.
OF_A_THREAD, OF_A_DIRECT_MESSAGE, OF_ONE_MESSAGE = 200, 50, 1
WITHIN_S = 1.2
MOST_ANCESTORS = 10
PHOTOLESS = {"cutout", "fit"}  # gestures whose jobs are made from a picture and stage no photo
SHOWABLE = {"image/png", "image/jpeg", "image/gif"}  # what Slack shows in a block

RawMessage = Mapping[str, Any]


class Page(msgspec.Struct, frozen=True):
    """Hold a message and those above it. ``is_whole``: none near the message is missing."""

    messages: Sequence[RawMessage]
    is_whole: bool = True

    def message_at(self, ts: str) -> RawMessage | None:
        """Give the message with that ``ts``; None if the page does not have it."""
        return next((one for one in self.messages if one.get("ts") == ts), None)

    def above(self, ts: str) -> Iterator[RawMessage]:
        """Give the messages above the one at ``ts``, the nearest first."""
        earlier = [
            one for one in self.messages if one.get("ts") and Decimal(one["ts"]) < Decimal(ts)
        ]
        yield from sorted(earlier, key=lambda one: Decimal(one["ts"]), reverse=True)


class PhotoAbove(msgspec.Struct, frozen=True):
    """Hold the ``photos`` that are meant, with their masks, or ``parent``, the job that is meant.

    ``like`` is the job whose words and options hold where the new message has none; ``showable``
    are the ids of files of which Slack shows a thumbnail.
    """

    photos: tuple[SlackFile, ...] = ()
    parent: JobReport | None = None
    like: JobReport | None = None
    showable: frozenset[str] = frozenset()


NOTHING_ABOVE, UNREAD = PhotoAbove(), Page((), is_whole=False)


def read_page(message: UserMessage, context: RequestContext) -> Page:
    """Read a message and those above it from Slack; ``UNREAD`` if that takes too long or fails."""
    try:
        return context.writers.submit(_page, message, context).result(WITHIN_S)
    except (FutureTimeout, *SLACK_TROUBLE):
        return UNREAD


def means_a_photo_above(message: UserMessage) -> bool:
    """Say whether a message may mean a photo above: it is in a thread or a direct message."""
    return message.thread_ts != message.ts or message.channel.startswith("D")


def photo_above(
    message: UserMessage, page: Page, context: RequestContext, *, as_shown: bool = False
) -> PhotoAbove:
    """Give the nearest photo above the message; empty if there is none.

    ``as_shown`` is as for ``shown_parent``. Raises ``Refused`` if the page is not whole, or the
    nearest photo was forwarded by somebody else.
    """
    if not page.is_whole:
        raise _refused("not-read")
    for raw in page.above(message.ts):
        if context.is_ours(raw):
            parent = shown_parent(raw, context, as_shown=as_shown)
            if parent:
                return PhotoAbove(parent=parent, like=parent)
            continue
        photos = pictures_of(raw)
        if any(photo.forwarded for photo in photos) and raw.get("user") != message.user_id:
            raise _refused("forwarded-by-another")
        if photos:
            like = _job_of(raw, photos, message, context)
            return PhotoAbove(tuple(photos), like=like, showable=showable_of(raw))
    return NOTHING_ABOVE


def shown_parent(
    raw: RawMessage, context: RequestContext, *, as_shown: bool = False
) -> JobReport | None:
    """Give the job whose picture a message of ours shows; None if it shows none.

    For a cut-out or a fitted picture, which may be fitted from a fitted one, that is the job they
    were made from, whose photo is meant; but with ``as_shown``, where the shown picture itself is
    meant, its own job.
    """
    if not context.is_ours(raw):
        return None
    meant = chain.from_iterable(map(meant_jobs, raw.get("blocks") or []))
    found = (parent_job(context.ledger, job_id) for job_id in dict.fromkeys(meant))
    shown = next(filter(None, found), None)
    if as_shown:
        return shown
    for _ in range(MOST_ANCESTORS):
        if not (shown and shown.job.parent and shown.job.gesture in PHOTOLESS):
            break
        shown = parent_job(context.ledger, shown.job.parent.job_id)
    return shown


def showable_of(raw: RawMessage) -> frozenset[str]:
    """Give the ids of a message's files of which Slack shows a thumbnail."""
    files = (file for file in raw.get("files") or [] if isinstance(file, Mapping))
    return frozenset(
        str(file["id"])
        for file in files
        if file.get("id") and file.get("mimetype") in SHOWABLE and not file.get("is_external")
    )


def _page(message: UserMessage, context: RequestContext) -> Page:
    is_reply = message.thread_ts != message.ts
    if is_reply:
        limit = OF_A_THREAD
    else:
        limit = OF_A_DIRECT_MESSAGE if message.channel.startswith("D") else OF_ONE_MESSAGE
    where = message.channel, message.ts, message.thread_ts
    page = context.messages_until(*where, limit=limit)
    if not (is_reply and page.get("has_more")):
        return Page(page["messages"])
    own = context.messages_until(*where, limit=2, oldest=message.ts)  # and the thread's first
    return Page(own["messages"], is_whole=False)


def _job_of(
    raw: RawMessage, photos: Sequence[SlackFile], message: UserMessage, context: RequestContext
) -> JobReport | None:
    """Give the job whose picture the thread below the photos shows last, else the first's."""
    ts = str(raw["ts"])
    newest = context.ledger.latest_in_thread(message.channel, ts)
    first = id_of_message(message.channel, ts, photos[0].file_id)
    found = parent_job(context.ledger, newest) if newest else None
    return found or parent_job(context.ledger, first)


def _refused(rule: str) -> Refused:
    return Refused(Problem(ErrorCode.PHOTO_MISSING, "photo", {"rule": rule}))
