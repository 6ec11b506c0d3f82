"""Delete a picture, its link and its message, if its asker or an administrator wants it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from bot.listeners.choose_variation import update_variations_message
from bot.request_context import RequestContext
from bot.requests.follow_ups import parent_job_of
from bot.slack_api.block_actions import BlockAction, parse_block_action
from bot.slack_api.client import SLACK_TROUBLE, call
from bot.views.buttons import DeleteState, delete_state, delete_view
from bot.views.refusal import not_yours_blocks
from bot.views.result import shown_job
from functions.jobs.model import Job
from functions.log import log


def delete(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle the Delete button, also of older messages; Slack has asked for confirmation."""
    action = parse_block_action(body)
    job = _may_delete(action, context)
    if job:
        _delete(job, action, _uploaded(job.id, action), context)


def ask(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle Delete in a result's menu: open the form that asks for confirmation, if allowed."""
    action = parse_block_action(body)
    job = _may_delete(action, context)
    if job is None:
        return
    state = DeleteState(
        job_id=job.id,
        channel=action.channel,
        message_ts=action.message_ts,
        thread_ts=action.thread_ts,
        file_ids=_uploaded(job.id, action),
    )
    view = delete_view(state, context.language(action.user_id))
    try:
        call(context.slack.views_open, trigger_id=action.trigger_id, view=view)
    except SLACK_TROUBLE as error:
        log("the question was not opened", error=str(error), job=job.id)
        context.post_ephemeral_text(action.user_id, action.ephemeral_place, "form.not_opened")


def on_delete_confirmed(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle the confirmation: delete the picture.

    Who may is checked again, because hours may have passed.
    """
    state = delete_state(str(body["view"].get("private_metadata") or ""))
    action = BlockAction(
        user_id=str(body["user"]["id"]),
        value=f"{state.job_id}:",
        trigger_id="",
        channel=state.channel,
        message_ts=state.message_ts,
        thread_ts=state.thread_ts,
    )
    job = _may_delete(action, context)
    if job:
        _delete(job, action, state.file_ids, context)


def _may_delete(action: BlockAction, context: RequestContext) -> Job | None:
    """Give the job to delete; None if it is gone or the presser may not, which they are told."""
    found = parent_job_of(action, context)
    if found is None:
        return None
    job = found[0].job
    if job.asker.user_id == action.user_id or context.is_admin(action.user_id):
        return job
    context.post_ephemeral(
        action.user_id, action.ephemeral_place, partial(not_yours_blocks, job.asker)
    )
    return None


def _delete(
    job: Job, action: BlockAction, file_ids: Sequence[str], context: RequestContext
) -> None:
    context.ledger.add_tombstone(job.id, why="delete", by=action.user_id, is_painted=True)
    others_stay = _others_stay(job, action, context)
    if not others_stay:
        _remove(action, context)
    for file_id in file_ids:
        _remove_file(file_id, context)
    done = "delete.one_done" if others_stay else "delete.done"
    context.post_ephemeral_text(action.user_id, action.ephemeral_place, done)


def _others_stay(job: Job, action: BlockAction, context: RequestContext) -> bool:
    """Update a message of several variations, and say whether it stays, with those left.

    It stays, too, if Slack does not take the update now: it may show pictures that are to be kept.
    The worker updates it then.
    """
    if not job.upload.together:
        return False
    context.ledger.choose_variation(job.upload.id, "")
    return update_variations_message(job, action, context) != "nothing-left"


def _remove(action: BlockAction, context: RequestContext) -> None:
    """Delete the pressed message. A failure is only logged."""
    try:
        call(context.slack.chat_delete, channel=action.channel, ts=action.message_ts)
    except SLACK_TROUBLE as error:
        log("a message was left behind", error=str(error), channel=action.channel)


def _uploaded(job_id: str, action: BlockAction) -> tuple[str, ...]:
    """List the ids of files that show the job's picture where Slack could not read its address."""
    files = [
        (block.get("slack_file") or {}).get("id")
        for block in action.blocks
        if shown_job(block) == job_id
    ]
    return tuple(str(file_id) for file_id in files if file_id)


def _remove_file(file_id: str, context: RequestContext) -> None:
    try:
        call(context.slack.files_delete, file=file_id)
    except SLACK_TROUBLE as error:
        log("a file was left behind", error=str(error))
