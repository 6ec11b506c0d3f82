"""From a person's message to accepted jobs, or to a line that says what is missing."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.asking import Message, Reading, jobs_for
from bot.desk import Desk
from bot.earlier import Earlier, earlier_job
from bot.limits import refuse_unallowed
from bot.views.refusal import edited_blocks, refusal_blocks
from functions.jobs.errors import Refused
from functions.jobs.model import Gesture


def is_from_a_person(event: Mapping[str, Any]) -> bool:
    """No bot may set us to work, ourselves least of all."""
    return bool(event.get("user")) and not event.get("bot_id")


def ask(
    message: Message,
    desk: Desk,
    *,
    gesture: Gesture,
    scene: Mapping[str, object] | None = None,
) -> None:
    """Accept a job per photo and say that we have seen it, or say what is missing.

    ``scene``: a wish's words or template, for a message that has none.
    """
    asker = desk.asker(message.user_id)
    parent = None if message.files else _shown_in_thread(message, desk)
    reading = Reading(
        gesture="change" if parent else gesture,
        defaults={**_defaults(desk, message.user_id, parent), **(scene or {})},
        parent=parent,
        watermark_optional=desk.config.limits.watermark_optional,
    )
    try:
        jobs = jobs_for(
            message,
            asker=asker,
            bot_user_id=desk.bot_user_id,
            now=time.time(),
            reading=reading,
        )
        refuse_unallowed(jobs, desk)
    except Refused as refused:
        desk.whisper_once(message, partial(refusal_blocks, refused.problems))
        return
    if message.edited and any(desk.ledger.outcome(job.id) for job in jobs):
        desk.whisper_once(message, edited_blocks)
        return
    new = desk.accept(jobs)
    if message.edited and not any(new):
        desk.whisper_once(message, edited_blocks)
        return
    desk.seen(message.channel, message.ts)


def _defaults(desk: Desk, user_id: str, parent: Earlier | None) -> dict[str, object]:
    """What the message need not say: as for the picture in its thread, or as the person likes."""
    if parent:
        wish = parent.job.wish
        return {
            "product": wish.product,
            "avoid": wish.avoid,
            "resolution": wish.resolution,
            "watermark": wish.watermark or not desk.config.limits.watermark_optional,
        }
    return desk.own_defaults(user_id)


def _shown_in_thread(message: Message, desk: Desk) -> Earlier | None:
    """The job whose picture the message's thread has shown last."""
    if message.thread_ts == message.ts:
        return None
    job_id = desk.ledger.newest_in(message.channel, message.thread_ts)
    return earlier_job(desk.ledger, job_id) if job_id else None
