"""Use this one: keeps one of several pictures and puts the others away, until Show all."""

from collections.abc import Mapping
from typing import Any

from bot.request_context import RequestContext
from bot.requests.follow_ups import parent_job_of
from bot.several import update_variations_message
from bot.slack_api.block_actions import BlockAction, parse_block_action
from functions.jobs.model import Job


def use_this(body: Mapping[str, Any], context: RequestContext) -> None:
    """The button under one of several."""
    action = parse_block_action(body)
    found = parent_job_of(action, context)
    if found:
        job = found[0].job
        _show(job, action, context, chosen=job.id)


def show_all(body: Mapping[str, Any], context: RequestContext) -> None:
    """The way back."""
    action = parse_block_action(body)
    found = parent_job_of(action, context)
    if found:
        _show(found[0].job, action, context, chosen="")


def _show(job: Job, action: BlockAction, context: RequestContext, *, chosen: str) -> None:
    context.ledger.choose_variation(job.upload.id, chosen)
    if update_variations_message(job, action, context, chosen=chosen) != "drawn":
        context.post_ephemeral_text(action.user_id, action.ephemeral_place, "press.trouble")
