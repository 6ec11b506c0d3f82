"""A message that mentions the bot, with photos and words.

Slack tells of one upload up to three times (``message`` with ``file_share``, ``app_mention``,
``file_shared``), and of each again when it is not answered. The jobs' identity makes them one.
An ``app_mention`` may come without the files that hang on its message, or not at all.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from bot.asking import Message, jobs_for, message_of
from bot.desk import Desk
from bot.views.refusal import edited_blocks, refusal_blocks
from bot.words import mentions
from functions.jobs.errors import Refused
from functions.log import log


def mentioned(event: Mapping[str, Any], desk: Desk) -> None:
    """``app_mention``."""
    if not is_from_a_person(event):
        return
    message = message_of(event, desk.team_id)
    if not message.files:
        files = desk.files_on(message.channel, message.ts, message.thread_ts)
        message = replace(message, files=files)
    ask(message, desk)


def shared(event: Mapping[str, Any], desk: Desk) -> None:
    """``message`` with ``file_share``: a mention when its text says so."""
    if is_from_a_person(event) and mentions(str(event.get("text") or ""), desk.bot_user_id):
        ask(message_of(event, desk.team_id), desk)


def is_from_a_person(event: Mapping[str, Any]) -> bool:
    """No bot may set us to work, ourselves least of all."""
    return bool(event.get("user")) and not event.get("bot_id")


def ask(message: Message, desk: Desk) -> None:
    """Accept a job per photo and say that we have seen it, or say what is missing."""
    try:
        jobs = jobs_for(message, bot_user_id=desk.bot_user_id, now=time.time())
    except Refused as refused:
        desk.whisper_once(message, partial(refusal_blocks, refused.problems))
        return
    if message.edited and any(desk.ledger.outcome(job.id) for job in jobs):
        desk.whisper_once(message, edited_blocks)
        return
    new = desk.accept(jobs)
    for job, is_new in zip(jobs, new, strict=True):
        log("accepted", job=job.id, upload=job.upload.id, new=is_new)
    if message.edited and not any(new):
        desk.whisper_once(message, edited_blocks)
        return
    desk.seen(message.channel, message.ts)
