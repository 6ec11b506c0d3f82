"""Delete: the picture, its link and its message go. For its asker and for administrators."""

from collections.abc import Mapping
from typing import Any

from bot.listeners.choose_variation import update_variations_message
from bot.request_context import RequestContext
from bot.requests.follow_ups import parent_job_of
from bot.slack_api.block_actions import BlockAction, parse_block_action
from bot.slack_api.client import SLACK_TROUBLE, call
from bot.views.result import shown_job
from functions.jobs.model import Job
from functions.log import log


def delete(body: Mapping[str, Any], context: RequestContext) -> None:
    """The button under a result; Slack has asked whether they are sure."""
    action = parse_block_action(body)
    found = parent_job_of(action, context)
    if found is None:
        return
    job = found[0].job
    if job.asker.user_id != action.user_id and not context.is_admin(action.user_id):
        context.post_ephemeral_text(action.user_id, action.ephemeral_place, "press.not_yours")
        return
    context.ledger.add_tombstone(job.id, why="delete", by=action.user_id)
    others_stay = _others_stay(job, action, context)
    if not others_stay:
        _remove(action, context)
    _remove_files(action, job.id, context)
    done = "delete.one_done" if others_stay else "delete.done"
    context.post_ephemeral_text(action.user_id, action.ephemeral_place, done)


def _others_stay(job: Job, action: BlockAction, context: RequestContext) -> bool:
    """Of several pictures in one message the others are shown again.

    A message that Slack would not change just now stays as it is, for the worker to draw anew:
    it may hold pictures that nobody wants to lose.
    """
    if not job.upload.together:
        return False
    context.ledger.choose_variation(job.upload.id, "")
    return update_variations_message(job, action, context) != "nothing-left"


def _remove(action: BlockAction, context: RequestContext) -> None:
    """Take the message away. What is not there any more is as good as gone."""
    try:
        call(context.slack.chat_delete, channel=action.channel, ts=action.message_ts)
    except SLACK_TROUBLE as error:
        log("a message was left behind", error=str(error), channel=action.channel)


def _remove_files(action: BlockAction, job_id: str, context: RequestContext) -> None:
    """What was uploaded to Slack because it could not read the picture's address."""
    for block in action.blocks:
        file_id = (block.get("slack_file") or {}).get("id")
        if file_id and shown_job(block) == job_id:
            try:
                call(context.slack.files_delete, file=file_id)
            except SLACK_TROUBLE as error:
                log("a file was left behind", error=str(error), job=job_id)
