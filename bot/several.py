"""Draws the message with several pictures for one wish anew, after somebody has chosen one."""

from typing import Literal

from bot.finished import Ended, ended
from bot.request_context import RequestContext
from bot.slack_api.block_actions import BlockAction
from bot.slack_api.client import SLACK_TROUBLE, call
from bot.views import Block
from bot.views.result import Result, shown_job
from bot.views.variations import Variation, variations_blocks, variations_fallback
from functions.jobs.model import Job
from functions.log import log

UpdateResult = Literal["drawn", "nothing-left", "not-now"]


def update_variations_message(
    job: Job, action: BlockAction, context: RequestContext, *, chosen: str = ""
) -> UpdateResult:
    """Change the message that was pressed; ``job`` is one of its jobs, ``chosen`` shown alone.

    ``not-now`` says nothing about what is left: Slack would not, or there are no links to show.
    """
    links = context.links
    if links is None:
        return "not-now"
    found = context.map_concurrently(
        lambda job_id: ended(job_id, links, context.ledger), job.upload.jobs
    )
    sources = _sources(action)
    variations = [
        Variation(
            job=one.job,
            shown=one.shown,
            picture=sources.get(one.job.id) or _picture(one),
        )
        for one in found
        if one
    ]
    done = sum(isinstance(one.shown, Result) for one in variations)
    if not done:
        return "nothing-left"
    language = context.language(job.asker.user_id)
    try:
        call(
            context.slack.chat_update,
            channel=action.channel,
            ts=action.message_ts,
            text=f"<@{job.asker.user_id}> {variations_fallback(done, language)}",
            blocks=variations_blocks(variations, language, chosen=chosen),
        )
    except SLACK_TROUBLE as error:
        log("not drawn anew", error=str(error), upload=job.upload.id)
        return "not-now"
    return "drawn"


def _picture(one: Ended) -> Block | None:
    return {"image_url": one.preview_url} if one.preview_url else None


def _sources(action: BlockAction) -> dict[str, Block]:
    """Pictures that had to be uploaded to Slack are shown from there again."""
    found: dict[str, Block] = {}
    for block in action.blocks:
        file_id = (block.get("slack_file") or {}).get("id")
        if file_id and shown_job(block):
            found[shown_job(block)] = {"slack_file": {"id": file_id}}
    return found
