"""Show one of several variations alone in their message, or all of them again."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from bot.job_messages import (
    JobFailedMessage,
    PictureReady,
    Variations,
    message,
)
from bot.request_context import RequestContext
from bot.requests.follow_ups import parent_job_of
from bot.slack_api.block_actions import BlockAction, parse_block_action
from bot.slack_api.client import SLACK_TROUBLE, call
from bot.slack_api.content import Block, MessagePicture
from bot.views.result import shown_job
from functions.jobs.model import Job
from functions.log import log

UpdateResult = Literal["drawn", "nothing-left", "not-now"]


def use_this(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle Use this one: show the picture above the button alone."""
    action = parse_block_action(body)
    found = parent_job_of(action, context)
    if found:
        job = found[0].job
        _show(job, action, context, chosen=job.id)


def show_all(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle Show all: show all pictures of the upload again."""
    action = parse_block_action(body)
    found = parent_job_of(action, context)
    if found:
        _show(found[0].job, action, context, chosen="")


def _show(job: Job, action: BlockAction, context: RequestContext, *, chosen: str) -> None:
    context.ledger.choose_variation(job.upload.id, chosen)
    if update_variations_message(job, action, context, chosen=chosen) != "drawn":
        context.post_ephemeral_text(action.user_id, action.ephemeral_place, "press.trouble")


def update_variations_message(
    job: Job, action: BlockAction, context: RequestContext, *, chosen: str = ""
) -> UpdateResult:
    """Update the pressed message; ``job`` is any of its jobs, that with the id ``chosen`` is alone.

    ``nothing-left``: no picture is left, and the message stays as it is. ``not-now``: Slack did not
    take the update, or the operator has set up no links; pictures may be left.
    """
    links = context.links
    if links is None:
        return "not-now"
    found = context.map_concurrently(
        lambda job_id: context.job_message_of(job_id, links), job.upload.jobs
    )
    left = [
        (one, shown)
        for one, shown in filter(None, found)
        if isinstance(shown, PictureReady | JobFailedMessage)
    ]
    if not any(isinstance(shown, PictureReady) for _, shown in left):
        return "nothing-left"
    content = message(job, Variations(left, chosen), context.language(job.asker.user_id))
    try:
        call(
            context.slack.chat_update,
            channel=action.channel,
            ts=action.message_ts,
            text=content.text,
            blocks=content.blocks(_pictures(content.drawings, action)),
        )
    except SLACK_TROUBLE as error:
        log("not drawn anew", error=str(error), upload=job.upload.id)
        return "not-now"
    return "drawn"


def _pictures(drawings: Sequence[MessagePicture], action: BlockAction) -> list[Block]:
    """Give each picture's source: the uploaded file that the message shows, else its address."""
    uploaded: dict[str, Block] = {}
    for block in action.blocks:
        file_id = (block.get("slack_file") or {}).get("id")
        if file_id:
            uploaded[shown_job(block)] = {"slack_file": {"id": file_id}}
    return [uploaded.get(one.job_id) or {"image_url": one.preview.url} for one in drawings]
