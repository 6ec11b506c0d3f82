"""Cancel jobs that still wait. The worker decides: it may be painting one already."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.request_context import RequestContext
from bot.slack_api.block_actions import parse_block_action
from bot.views.progress import MAX_CANCEL_JOBS
from bot.views.refusal import not_yours_blocks
from functions.jobs.job_ids import is_job_id
from functions.jobs.report import JobReport, report_of


def cancel(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle Cancel on a progress message, pressed by the jobs' asker or an administrator.

    The answer counts the jobs that are cancelled, and those for which aiart was called already.
    """
    action = parse_block_action(body)
    _, _, listed = action.value.partition(":")
    job_ids = _of_upload([name for name in listed.split(",") if is_job_id(name)], context)
    open_jobs = [job for job in context.map_concurrently(context.ledger.job, job_ids) if job]
    answer = partial(context.post_ephemeral_text, action.user_id, action.ephemeral_place)
    if not open_jobs:
        answer("cancel.too_late")
        return
    others = [job.asker for job in open_jobs if job.asker.user_id != action.user_id]
    if others and not context.is_admin(action.user_id):
        blocks = partial(not_yours_blocks, others[0])
        context.post_ephemeral(action.user_id, action.ephemeral_place, blocks)
        return
    add_tombstone = partial(context.ledger.add_tombstone, why="cancel", by=action.user_id)
    names = _not_ended(job_ids, {job.id for job in open_jobs}, context)
    context.map_concurrently(add_tombstone, names)
    begun = sum(context.map_concurrently(context.ledger.has_been_called, names))
    if begun == len(names):
        answer("cancel.too_late")
    elif begun:
        answer("cancel.but_begun", count=len(names) - begun, begun=begun)
    else:
        answer("cancel.done", count=len(names))


def _of_upload(listed: list[str], context: RequestContext) -> list[str]:
    """Give the ids of all jobs of the upload: a button has room for the first of them only."""
    for job_id in listed if len(listed) == MAX_CANCEL_JOBS else ():
        report = report_of(job_id, context.ledger, with_steps=False)
        if isinstance(report, JobReport):
            return list(report.job.upload.jobs)
    return listed


def _not_ended(job_ids: list[str], are_open: set[str], context: RequestContext) -> list[str]:
    """List the jobs without an outcome: open ones, and those not accepted yet.

    A job whose acceptance failed is accepted when Slack repeats the event, maybe after the press.
    """
    others = [job_id for job_id in job_ids if job_id not in are_open]
    outcomes = context.map_concurrently(context.ledger.outcome, others) if others else []
    ended = {job_id for job_id, outcome in zip(others, outcomes, strict=True) if outcome}
    return [job_id for job_id in job_ids if job_id not in ended]
