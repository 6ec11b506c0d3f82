"""Accept the jobs that a message asks for, or tell its author that it was edited too late."""

from collections.abc import Sequence
from functools import partial

from bot.request_context import RequestContext
from bot.slack_api.messages import UserMessage
from bot.views.progress import sizes_blocks
from bot.views.refusal import edited_blocks
from functions.jobs.model import Job


def accept_jobs(message: UserMessage, jobs: Sequence[Job], context: RequestContext) -> None:
    """Accept a message's jobs, or tell the author that it was edited too late to change them."""
    if not is_too_late(message, jobs, context):
        say_sizes(message, jobs, context)
        new = context.accept(jobs)
        if any(new) or not message.edited:
            context.react_with_eyes(message.channel, message.ts)
            return
    _say_too_late(message, jobs, context)


def is_too_late(message: UserMessage, jobs: Sequence[Job], context: RequestContext) -> bool:
    """Say whether an edit changes no job any more: one has ended, or all are accepted."""
    if not message.edited:
        return False
    ledger = context.ledger
    return any(ledger.outcome(job.id) for job in jobs) or all(ledger.job(job.id) for job in jobs)


def say_sizes(message: UserMessage, jobs: Sequence[Job], context: RequestContext) -> None:
    """Tell the author what jobs in several sizes cost, before they are accepted."""
    said = partial(sizes_blocks, jobs)
    if said("en"):
        context.post_ephemeral_once(message, "sizes", said)


def _say_too_late(message: UserMessage, jobs: Sequence[Job], context: RequestContext) -> None:
    """Tell the author that the jobs are those of the earlier words.

    Says nothing if they are those of the new ones: Slack repeats an edit that was accepted.
    """
    ended = [context.ledger.outcome(job.id) for job in jobs]
    accepted = [
        outcome.job if outcome else context.ledger.job(job.id)
        for job, outcome in zip(jobs, ended, strict=True)
    ]
    if all(one and one.wish == job.wish for one, job in zip(accepted, jobs, strict=True)):
        return
    is_failed = any(ended) and all(one is None or one.state == "failed" for one in ended)
    said = partial(edited_blocks, is_failed=is_failed, is_check=jobs[0].gesture == "check")
    context.post_ephemeral_once(message, "edited", said)
