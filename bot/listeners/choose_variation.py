"""Keep one of several pictures and put the others away, until Show all."""

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
    """Take the button under one of several."""
    action = parse_block_action(body)
    found = parent_job_of(action, context)
    if found:
        job = found[0].job
        _show(job, action, context, chosen=job.id)


def show_all(body: Mapping[str, Any], context: RequestContext) -> None:
    """Take the way back."""
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
    """Draw the message that was pressed anew; ``job`` is one of its jobs, ``chosen`` shown alone.

    ``not-now`` says nothing about what is left: Slack would not, or there are no links to show.
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
    """Show what had to be uploaded to Slack from there again."""
    uploaded: dict[str, Block] = {}
    for block in action.blocks:
        file_id = (block.get("slack_file") or {}).get("id")
        if file_id:
            uploaded[shown_job(block)] = {"slack_file": {"id": file_id}}
    return [uploaded.get(one.job_id) or {"image_url": one.preview.url} for one in drawings]
