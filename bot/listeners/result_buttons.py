"""Handle the buttons under a result that ask for another picture: start jobs or open the form."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.job_messages import CutOutReady
from bot.listeners import delete
from bot.listeners.unknown_action import on_unknown_action
from bot.request_context import RequestContext
from bot.requests.follow_ups import FollowUp, kept_parent_of, made_before, start_follow_up
from bot.requests.form_opening import (
    FormOpening,
    new_form_state,
    open_form,
    picture_of,
    values_from_job,
)
from bot.requests.policy import person_problems
from bot.slack_api.block_actions import BlockAction, parse_block_action
from bot.views.buttons import OTHER_SIZE, entry_chosen, parse_button_value
from bot.views.cutout import cutout_again_blocks
from bot.views.failure import needs_another_photo
from bot.views.refusal import refusal_blocks
from functions.jobs.errors import Refused
from functions.jobs.wish import parse_resolution

VARIATIONS = 3


def again(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle Again: start a job with the same wish on the same photo."""
    start_follow_up(parse_block_action(body), context, FollowUp(gesture="again"))


def change(body: Mapping[str, Any], context: RequestContext, *, focus: str = "") -> None:
    """Handle Change…: open the form with the job's wish and photo, the cursor in field ``focus``.

    If the job failed because of its photo, the form asks for another one.
    """
    action = parse_block_action(body)
    found = kept_parent_of(action, context)
    if found is None:
        return
    problems = person_problems(action.user_id, context)
    if problems:
        context.answer(action, partial(refusal_blocks, problems))
        return
    parent, said = found
    state = new_form_state(action.place, parent=parent.job.id, token=said.token)
    if parent.failed and needs_another_photo(parent.failed):
        state = new_form_state(action.place)
    opened = open_form(
        FormOpening(
            user_id=action.user_id,
            trigger_id=action.trigger_id,
            state=state,
            values=values_from_job(parent, action.user_id, context),
            picture=picture_of(parent, context.links),
            focus=focus,
        ),
        context,
    )
    if not opened:
        context.answer_text(action, "form.not_opened")


def variations(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle 3 more: start ``VARIATIONS`` jobs of the same wish, with one result message."""
    start_follow_up(
        parse_block_action(body), context, FollowUp(gesture="variation", count=VARIATIONS)
    )


def size(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle a size in the menu: start a job in that size; the last entry opens the form."""
    action = parse_block_action(body)
    said = parse_button_value(action.value)
    if said and said.size == OTHER_SIZE:
        change(body, context, focus="own_size")
        return
    try:
        resolution = parse_resolution(said.size if said else "")
    except Refused:
        context.answer_text(action, "press.gone")
        return
    start_follow_up(action, context, FollowUp(gesture="size", resolution=resolution))


def cutout(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle Remove background: start a job for the product alone on transparency.

    The worker makes it without aiart. If it was made already, that one is shown.
    """
    _start_once(parse_block_action(body), context, FollowUp(gesture="cutout"))


def packshot(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle White packshot: the same for the product on white.

    Below a packshot the button asks for one with, or without, a shadow.
    """
    _start_once(parse_block_action(body), context, FollowUp(gesture="packshot"))


def _start_once(action: BlockAction, context: RequestContext, child: FollowUp) -> None:
    made = made_before(action, child, context)
    if not (made and _show_again(made, action, context)):
        start_follow_up(action, context, child)


def _show_again(job_id: str, action: BlockAction, context: RequestContext) -> bool:
    found = context.job_message_of(job_id, context.links) if context.links else None
    job, ready = found or (None, None)
    if job is None or not isinstance(ready, CutOutReady):
        return False
    picture = {"image_url": ready.preview.url}
    blocks = partial(cutout_again_blocks, job, ready.cutout)
    context.post_ephemeral_picture(action.user_id, action.ephemeral_place, blocks, picture)
    return True


def more(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle a choice in a result's menu as a press of the button that it stands for."""
    name, said = entry_chosen(parse_block_action(body).value)
    entries = {"size": size, "cutout": cutout, "packshot": packshot, "delete": delete.ask}
    chosen = entries.get(name)
    pressed = {**body, "actions": [{**body["actions"][0], "selected_option": {"value": said}}]}
    (chosen or on_unknown_action)(pressed, context)
