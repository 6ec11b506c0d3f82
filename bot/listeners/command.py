"""Handle /backdrop: open the form, start a job from a photo's address, or answer a question."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.listeners import check
from bot.listeners.auto import AUTO, auto
from bot.listeners.scene import SCENE, scene
from bot.listeners.zip_pictures import of_last_day
from bot.request_context import RequestContext
from bot.requests.form_opening import (
    FormOpening,
    default_values,
    new_form_state,
    open_form,
    values_from_text,
)
from bot.requests.new_job import Asked, new_job
from bot.requests.photo_urls import TypedAddress, photo_from_url, typed_address
from bot.requests.policy import check_allowed, person_problems
from bot.requests.prompt_parser import (
    HELP,
    asks_for_zip,
    build_wish,
    shops_to_check,
    typed_prompt,
    unescaped,
)
from bot.requests.scenes import scene_fields
from bot.texts import Language, text
from bot.usage import usage_of
from bot.views import Block, section
from bot.views.agreement import agreement_blocks
from bot.views.help import help_blocks
from bot.views.refusal import fix_command_value, refusal_blocks
from bot.views.usage import Usage, usage_lines
from functions.jobs.errors import Problem, Refused
from functions.jobs.job_ids import id_of_slash
from functions.jobs.model import PhotoUrl, Thread
from functions.jobs.wish import Wish

SlackResponseBody = dict[str, Any]
CHECK = {"check", "检查", "核对"}
USAGE, MARK = {"usage", "用量"}, {"watermark", "水印"}


def on_command(command: Mapping[str, Any], context: RequestContext) -> SlackResponseBody | None:
    """Handle the command by its text; give the answer, or None if a form or a job follows.

    In this order: a single word, ``check``, ``auto``, ``scene``, an address; all else is a form.
    """
    said = unescaped(str(command.get("text") or "")).strip()
    user_id = str(command["user_id"])
    answer = _word_alone(said, user_id, str(command["trigger_id"]), context)
    if answer:
        return answer
    word, behind = (*said.split(maxsplit=1), "", "")[:2]
    is_check = word.lower() in CHECK
    if is_check and (typed_address(behind) or shops_to_check(said) is not None):
        return check.of_address(behind, command, context)
    if AUTO.match(said):
        return auto(said, command, context)
    if SCENE.match(said):
        return scene(said, command, context)
    address = typed_address(said)
    if address:
        return _start(said, address, command, context)
    return _open(said, command, context)


def _word_alone(
    said: str, user_id: str, trigger_id: str, context: RequestContext
) -> SlackResponseBody | None:
    """Answer help, usage, zip or watermark, if that is the whole text; else None."""
    if said.lower() in HELP:
        return context.command_response(user_id, partial(help_blocks, limits=context.config.limits))
    if said.lower() in USAGE:
        return context.command_response(user_id, partial(_usage, usage=usage_of(user_id, context)))
    if asks_for_zip(said):
        return of_last_day(user_id, trigger_id, context)
    if said.lower() in MARK and context.config.limits.watermark_optional:
        agreed = context.may_leave_mark_out(user_id)
        return context.command_response(user_id, partial(agreement_blocks, agreed=agreed))
    return None


def _usage(language: Language, *, usage: Usage) -> list[Block]:
    return [section("\n".join(usage_lines(usage, language)))]


def _start(
    said: str, address: TypedAddress, command: Mapping[str, Any], context: RequestContext
) -> SlackResponseBody | None:
    """Accept a job for the photo at an address; the picture will be posted in the channel."""
    user_id, channel = str(command["user_id"]), str(command["channel_id"])
    job_id = id_of_slash(str(command["trigger_id"]), address.url)
    try:
        photo, wish = _understood(address, user_id, channel, context)
        asked = Asked(
            gesture="slash",
            at=time.time(),
            wish=wish,
            asker=context.asker(user_id),
            thread=Thread(channel=channel),
        )
        job = new_job(asked, job_id, photo)
        check_allowed([job], context)
    except Refused as refused:
        answer = partial(refusal_blocks, refused.problems, fix=fix_command_value(said))
        return context.command_response(user_id, answer)
    context.accept([job])
    return None  # its progress follows


def _understood(
    address: TypedAddress, user_id: str, channel: str, context: RequestContext
) -> tuple[PhotoUrl, Wish]:
    """Read the photo and the wish. Raises ``Refused`` with the problems of both."""
    problems: list[Problem] = []
    try:
        photo = photo_from_url(address.url, context)
    except Refused as refused:
        problems.extend(refused.problems)
    optional = context.config.limits.watermark_optional
    try:
        typed = typed_prompt(address.words, watermark_optional=optional)
        scenes = partial(scene_fields, context, user_id, channel)
        wish = build_wish(typed, context.personal_defaults(user_id), scenes)
    except Refused as refused:
        problems.extend(refused.problems)
    if problems:
        raise Refused(*problems)
    return photo, wish


def _open(
    said: str, command: Mapping[str, Any], context: RequestContext
) -> SlackResponseBody | None:
    """Open the form, filled in with ``said``; its pictures will be posted in the channel."""
    user_id = str(command["user_id"])
    problems = person_problems(user_id, context)
    if problems:
        return context.command_response(user_id, partial(refusal_blocks, problems))
    start = default_values(user_id, context)
    opening = FormOpening(
        user_id=user_id,
        trigger_id=str(command["trigger_id"]),
        state=new_form_state(Thread(channel=str(command["channel_id"]))),
        values=values_from_text(said, start) if said else start,
    )
    return None if open_form(opening, context) else _line(user_id, "form.not_opened", context)


def _line(user_id: str, key: str, context: RequestContext) -> SlackResponseBody:
    return context.command_response(user_id, lambda language: [section(text(language, key))])
