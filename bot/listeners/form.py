"""Open the form by the shortcuts, and handle its submission, whatever has opened it."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec.structs import replace

from bot.request_context import RequestContext
from bot.requests.form_opening import (
    FormOpening,
    default_values,
    new_form_state,
    open_form,
    picture_of,
    values_from_job,
    values_from_text,
)
from bot.requests.from_form import SubmittedForm, field_errors, jobs_from_form, parse_submission
from bot.requests.photo_above import showable_of, shown_parent
from bot.requests.policy import check_allowed, check_kept, person_problems
from bot.requests.prompt_parser import mentions, unescape, without_mentions
from bot.requests.scenes import scene_fields
from bot.slack_api.messages import pictures_of
from bot.views.form import CALLBACK, MAX_PHOTOS
from bot.views.progress import sizes_blocks
from bot.views.refusal import refusal_blocks
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.model import Job, SlackFile, Thread
from functions.jobs.report import JobReport, parent_job
from functions.jobs.wish import Logo

__all__ = ["CALLBACK", "new_picture", "on_form_submitted", "use_photos"]

SlackResponseBody = dict[str, Any]


def new_picture(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle the global shortcut: open an empty form, whose pictures go to the asker alone."""
    user_id = str(body["user"]["id"])
    opening = FormOpening(
        user_id=user_id,
        trigger_id=str(body["trigger_id"]),
        state=new_form_state(),
        values=default_values(user_id, context),
    )
    open_form(opening, context)


def use_photos(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle the shortcut in a message's menu: open the form with that message's photos.

    The result is posted in the message's thread. The message's words are filled in only if they
    were addressed to us: what people say to each other describes no background.
    """
    user_id, message = str(body["user"]["id"]), body["message"]
    channel, thread_ts = str(body["channel"]["id"]), str(message.get("thread_ts") or "")
    aside = Thread(channel=channel, thread_ts=thread_ts)
    problems = person_problems(user_id, context)
    if problems:
        context.post_ephemeral(user_id, aside, partial(refusal_blocks, problems))
        return
    place = Thread(channel=channel, thread_ts=thread_ts or str(body["message_ts"]))
    parent = shown_parent(message, context)
    said = str(message.get("text") or "")
    is_for_us = channel.startswith("D") or mentions(said, context.people.own_user_id())
    typed = unescape(without_mentions(said), bot_user_id="") if is_for_us else ""
    photos = () if parent else _photos_on(message, user_id)
    opening = FormOpening(
        user_id=user_id,
        trigger_id=str(body["trigger_id"]),
        state=new_form_state(
            place, photos=photos[:MAX_PHOTOS], parent=parent.job.id if parent else ""
        ),
        values=values_from_job(parent, user_id, context)
        if parent
        else values_from_text(typed, default_values(user_id, context)),
        thumbnails=showable_of(message),
        picture=picture_of(parent, context.links) if parent else {},
        left_out=max(0, len(photos) - MAX_PHOTOS),
    )
    if not open_form(opening, context):
        context.post_ephemeral_text(user_id, aside, "form.not_opened")


def _photos_on(message: Mapping[str, Any], user_id: str) -> tuple[SlackFile, ...]:
    """List a message's photos, without those that somebody else forwarded in it.

    Such photos come from a place that this person may not be allowed to see.
    """
    is_own = message.get("user") == user_id
    return tuple(photo for photo in pictures_of(message) if is_own or not photo.forwarded)


def on_form_submitted(body: Mapping[str, Any], context: RequestContext) -> SlackResponseBody | None:
    """Handle a submitted form: accept its jobs, or answer with errors under the fields."""
    user_id = str(body["user"]["id"])
    filled = parse_submission(body["view"])
    try:
        parent, place = _parent(filled, context), _place(filled, user_id, context)
        scenes = partial(scene_fields, context, user_id, place.channel)
        jobs = jobs_from_form(
            replace(filled, scenes=scenes, logo=_logo(parent, user_id, context)),
            asker=context.asker(user_id),
            place=place,
            parent=parent,
            now=time.time(),
        )
        check_allowed(jobs, context)
    except Refused as refused:
        errors = field_errors(refused.problems, filled, context.language(user_id))
        return {"response_action": "errors", "errors": errors}
    said = partial(sizes_blocks, jobs)
    if said("en"):  # jobs in several sizes: say what they cost before they are accepted
        context.post_ephemeral(user_id, jobs[0].place, said)
    context.accept(jobs)
    _remember_product(jobs[0], context)
    return None


def _logo(parent: JobReport | None, user_id: str, context: RequestContext) -> Logo | None:
    """Give the logo of the picture that is changed, if this person may use one."""
    return parent.job.wish.logo if parent and context.may_replace_mark(user_id) else None


def _remember_product(job: Job, context: RequestContext) -> None:
    """Save the product for the person's next form.

    An empty one is not saved from a form that changes an earlier picture.
    """
    user_id, product = job.asker.user_id, job.wish.product
    own = context.person_settings(user_id)
    if product == own.product or (job.parent and not product):
        return
    changed = replace(own, product=product)
    context.with_timeout(lambda: context.save_person_settings(user_id, changed), None)


def _parent(filled: SubmittedForm, context: RequestContext) -> JobReport | None:
    if not filled.state.parent:
        return None
    parent = parent_job(context.ledger, filled.state.parent)
    if parent is None:
        raise Refused(Problem(ErrorCode.PHOTO_GONE, "photo"))
    check_kept(parent, context)
    return parent


def _place(filled: SubmittedForm, user_id: str, context: RequestContext) -> Thread:
    memory = filled.state
    if not memory.channel:
        return context.open_direct_message(user_id)
    return Thread(channel=memory.channel, thread_ts=memory.thread_ts)
