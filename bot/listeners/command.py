"""/backdrop: opens the form, starts at once with a photo's address, or answers a question."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from bot import words
from bot.desk import Desk
from bot.elsewhere import TypedAddress, photo_at, typed_address
from bot.limits import refuse_unallowed
from bot.listeners.auto import AUTO, auto
from bot.opening import Opening, fresh_memory, open_form, own_draft, typed_draft
from bot.texts import Language, text
from bot.usage import usage_of
from bot.views import Block, section
from bot.views.help import help_blocks
from bot.views.refusal import refusal_blocks
from bot.views.usage import Usage, usage_lines
from functions.jobs import identity
from functions.jobs.errors import Refused
from functions.jobs.model import Job, Thread, Upload

Answer = dict[str, Any]
HELP, USAGE = {"help", "?", "帮助"}, {"usage", "用量"}


def typed(command: Mapping[str, Any], desk: Desk) -> Answer | None:
    """The command, whatever stands behind it."""
    said = words.unescaped(str(command.get("text") or "")).strip()
    user_id = str(command["user_id"])
    if said.lower() in HELP:
        return desk.answer(user_id, partial(help_blocks, limits=desk.config.limits))
    if said.lower() in USAGE:
        return desk.answer(user_id, partial(_usage, usage=usage_of(user_id, desk)))
    if AUTO.match(said):
        return auto(said, command, desk)
    address = typed_address(said)
    if address:
        return _start(address, command, desk)
    return _open(said, command, desk)


def _usage(language: Language, *, usage: Usage) -> list[Block]:
    return [section("\n".join(usage_lines(usage, language)))]


def _start(address: TypedAddress, command: Mapping[str, Any], desk: Desk) -> Answer:
    """A job for the photo at an address; its picture is posted into the channel."""
    user_id = str(command["user_id"])
    job_id = identity.of_slash(str(command["trigger_id"]), address.url)
    optional = desk.config.limits.watermark_optional
    try:
        parsed = words.read(address.words, watermark_optional=optional)
        job = Job(
            id=job_id,
            gesture="slash",
            created_at=time.time(),
            wish=words.wish(parsed, desk.own_defaults(user_id)),
            photo=photo_at(address.url, desk),
            asker=desk.asker(user_id),
            thread=Thread(channel=str(command["channel_id"])),
            upload=Upload(id=identity.of_jobs([job_id]), jobs=(job_id,)),
        )
        refuse_unallowed([job], desk)
    except Refused as refused:
        return desk.answer(user_id, partial(refusal_blocks, refused.problems))
    desk.accept([job])
    return _line(user_id, "command.accepted", desk)


def _open(said: str, command: Mapping[str, Any], desk: Desk) -> Answer | None:
    """The form, with what was typed already; its pictures are posted into the channel."""
    user_id = str(command["user_id"])
    start = own_draft(user_id, desk)
    opening = Opening(
        user_id=user_id,
        trigger_id=str(command["trigger_id"]),
        memory=fresh_memory(Thread(channel=str(command["channel_id"]))),
        draft=typed_draft(said, start) if said else start,
    )
    return None if open_form(opening, desk) else _line(user_id, "form.not_opened", desk)


def _line(user_id: str, key: str, desk: Desk) -> Answer:
    return desk.answer(user_id, lambda language: [section(text(language, key))])
