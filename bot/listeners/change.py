"""Change...: the form, filled in as the picture was asked for."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.request_context import RequestContext
from bot.requests.follow_ups import parent_job_of
from bot.requests.form_opening import FormOpening, new_form_state, open_form, values_from_job
from bot.requests.policy import person_problems
from bot.slack_api.block_actions import parse_block_action
from bot.views.refusal import refusal_blocks


def change(body: Mapping[str, Any], context: RequestContext) -> None:
    """The button under a result."""
    action = parse_block_action(body)
    found = parent_job_of(action, context)
    if found is None:
        return
    problems = person_problems(action.user_id, context)
    if problems:
        context.post_ephemeral(
            action.user_id, action.ephemeral_place, partial(refusal_blocks, problems)
        )
        return
    parent, said = found
    opened = open_form(
        FormOpening(
            user_id=action.user_id,
            trigger_id=action.trigger_id,
            state=new_form_state(action.place, parent=parent.job.id, token=said.token),
            values=values_from_job(parent),
        ),
        context,
    )
    if not opened:
        context.post_ephemeral_text(action.user_id, action.ephemeral_place, "form.not_opened")
