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
from bot.slack_api.pictures import with_pictures_or_words
from bot.views import spoken
from bot.views.result import shown_job
from functions.jobs.model import Job
from functions.jobs.steps import Posted
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
    if update_variations_message(job, action, context, chosen=chosen) == "drawn":
        context.ledger.choose_variation(job.upload.id, chosen)
    else:
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

    def update(sources: Sequence[Block]) -> None:
        shown = content.blocks(sources)
        call(
            context.slack.chat_update,
            channel=action.channel,
            ts=action.message_ts,
            text=spoken(shown),
            blocks=shown,
        )

    try:
        with_pictures_or_words(_pictures(content.drawings, job, action, context), update)
    except SLACK_TROUBLE as error:
        log("not drawn anew", error=str(error), upload=job.upload.id)
        return "not-now"
    return "drawn"


def _pictures(
    drawings: Sequence[MessagePicture], job: Job, action: BlockAction, context: RequestContext
) -> list[Block]:
    """Give each picture's source: the file that was uploaded for the message, else its address."""
    files = {
        shown_job(block): str(block["slack_file"]["id"])
        for block in action.blocks
        if (block.get("slack_file") or {}).get("id")
    }
    if files:  # the other pictures, too, were posted as files, which only the record names
        posted = context.ledger.read_step(job.upload.id, Posted)
        if posted and len(posted.file_ids) == len(posted.jobs):
            files = dict(zip(posted.jobs, posted.file_ids, strict=True)) | files
    uploaded = {job_id: {"slack_file": {"id": file_id}} for job_id, file_id in files.items()}
    return [uploaded.get(one.job_id) or {"image_url": one.preview.url} for one in drawings]
