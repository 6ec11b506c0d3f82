"""The form: opened by the shortcuts (the command and Change... open it too), and submitted."""

import time
from collections.abc import Mapping
from typing import Any

from bot import words
from bot.desk import Desk
from bot.earlier import Earlier, earlier_job
from bot.filling import Filled, field_errors, jobs_from, read_form
from bot.limits import refuse_unallowed
from bot.listeners.upload import pictures_of
from bot.opening import Opening, draft_again, fresh_memory, open_form, own_draft, typed_draft
from bot.views.form import CALLBACK, PHOTOS_MOST
from bot.views.result import shown_job
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.model import Thread

__all__ = ["CALLBACK", "new_picture", "submitted", "use_photos"]

Answer = dict[str, Any]
SHOWABLE = {"image/png", "image/jpeg", "image/gif"}  # what Slack shows in a block


def new_picture(body: Mapping[str, Any], desk: Desk) -> None:
    """The global shortcut: an empty form, whose pictures go to the asker alone."""
    user_id = str(body["user"]["id"])
    opening = Opening(
        user_id=user_id,
        trigger_id=str(body["trigger_id"]),
        memory=fresh_memory(),
        draft=own_draft(user_id, desk),
    )
    open_form(opening, desk)


def use_photos(body: Mapping[str, Any], desk: Desk) -> None:
    """The shortcut in a message's menu: its photos and its words, answered in its thread."""
    user_id, message = str(body["user"]["id"]), body["message"]
    channel, thread_ts = str(body["channel"]["id"]), str(message.get("thread_ts") or "")
    place = Thread(channel=channel, thread_ts=thread_ts or str(body["message_ts"]))
    parent = _shown(message, desk)
    typed = words.decode(words.without_mentions(str(message.get("text") or "")), bot_user_id="")
    photos = () if parent else tuple(pictures_of(message)[:PHOTOS_MOST])
    opening = Opening(
        user_id=user_id,
        trigger_id=str(body["trigger_id"]),
        memory=fresh_memory(place, photos=photos, parent=parent.job.id if parent else ""),
        draft=draft_again(parent) if parent else typed_draft(typed, own_draft(user_id, desk)),
        thumbnails=_showable(message),
    )
    if not open_form(opening, desk):
        aside = Thread(channel=channel, thread_ts=thread_ts)
        desk.whisper_line(user_id, aside, "form.not_opened")


def submitted(body: Mapping[str, Any], desk: Desk) -> Answer | None:
    """The form was sent: jobs, or sentences under the fields that have something wrong."""
    user_id = str(body["user"]["id"])
    filled = read_form(body["view"])
    try:
        parent = _parent(filled, desk)
        jobs = jobs_from(
            filled,
            asker=desk.asker(user_id),
            place=_place(filled, user_id, desk),
            parent=parent,
            now=time.time(),
        )
        refuse_unallowed(jobs, desk)
    except Refused as refused:
        errors = field_errors(refused.problems, filled, desk.language(user_id))
        return {"response_action": "errors", "errors": errors}
    desk.accept(jobs)
    return None


def _parent(filled: Filled, desk: Desk) -> Earlier | None:
    if not filled.memory.parent:
        return None
    parent = earlier_job(desk.ledger, filled.memory.parent)
    if parent is None:
        raise Refused(Problem(ErrorCode.PHOTO_GONE, "photo"))
    return parent


def _shown(message: Mapping[str, Any], desk: Desk) -> Earlier | None:
    """The job whose picture a message of ours shows: its photo is meant, not the picture."""
    job_ids = [shown_job(block) for block in message.get("blocks") or []]
    found = next((job_id for job_id in job_ids if job_id), None)
    return earlier_job(desk.ledger, found) if found else None


def _place(filled: Filled, user_id: str, desk: Desk) -> Thread:
    memory = filled.memory
    if not memory.channel:
        return desk.direct(user_id)
    return Thread(channel=memory.channel, thread_ts=memory.thread_ts)


def _showable(message: Mapping[str, Any]) -> frozenset[str]:
    files = (file for file in message.get("files") or [] if isinstance(file, Mapping))
    return frozenset(
        str(file["id"])
        for file in files
        if file.get("id") and file.get("mimetype") in SHOWABLE and not file.get("is_external")
    )
