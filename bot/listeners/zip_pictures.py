"""Handle requests for all pictures in one file: the worker packs a zip and posts its link.

Only what the asker may see is packed: the pictures shown in the thread where they ask, or those
they asked for themselves, whose zip goes to them alone.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice, takewhile
from typing import Any

from bot.request_context import RequestContext
from bot.requests.follow_ups import FollowUp, parent_job_of, start_follow_up
from bot.requests.new_job import Asked, new_job
from bot.requests.policy import check_allowed
from bot.slack_api.block_actions import parse_block_action
from bot.slack_api.messages import UserMessage
from bot.texts import Language, text
from bot.views import Block, section
from bot.views.refusal import refusal_blocks
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.job_ids import id_of_message, id_of_slash
from functions.jobs.model import Job, PicturesOf, Thread
from functions.jobs.wish import Wish

Said = Callable[[Language], list[Block]]
DAY_S = 86_400.0
MOST = 100  # the worker's limit: more are refused at once
LOOKED_AT_MOST = 200  # jobs of a day: each costs a read, and Slack waits three seconds


def of_upload(body: Mapping[str, Any], context: RequestContext) -> None:
    """Handle Download all below a batch's last message: zip the pictures of that upload."""
    action = parse_block_action(body)
    found = parent_job_of(action, context)
    if found is None:
        return
    made = _with_pictures(found[0].job.upload.jobs, context)
    try:
        _check(made)
    except Refused as refused:
        context.post_ephemeral(
            action.user_id, action.ephemeral_place, partial(refusal_blocks, refused.problems)
        )
        return
    accepted = ("zip.packing", {"count": len(made)})
    pictures = PicturesOf(jobs=found[0].job.upload.jobs)
    start_follow_up(action, context, FollowUp("zip", pictures=pictures, accepted=accepted))


def of_message(message: UserMessage, context: RequestContext) -> None:
    """Handle ``zip`` in a message: zip the pictures of its thread, which the worker finds.

    Outside of a thread, zip what the person asked for in the last 24 hours.
    """
    job_id = id_of_message(message.channel, message.ts, "zip")
    try:
        if message.thread_ts != message.ts:
            place = Thread(channel=message.channel, thread_ts=message.thread_ts)
            said: Said = partial(_line, key="zip.packing_thread")
            job = _job(job_id, PicturesOf(), message.user_id, place, context)
        else:
            job, said = _of_last_day(message.user_id, job_id, context)
        check_allowed([job], context)
    except Refused as refused:
        context.post_ephemeral_once(message, "refusal", partial(refusal_blocks, refused.problems))
        return
    context.accept([job])
    context.post_ephemeral_once(message, "zip", said)


def of_last_day(user_id: str, trigger_id: str, context: RequestContext) -> dict[str, Any]:
    """Handle ``/backdrop zip``: zip what the person asked for in the last 24 hours; answer it."""
    try:
        job, said = _of_last_day(user_id, id_of_slash(trigger_id, "zip"), context)
        check_allowed([job], context)
    except Refused as refused:
        return context.command_response(user_id, partial(refusal_blocks, refused.problems))
    context.accept([job])
    return context.command_response(user_id, said)


def _of_last_day(user_id: str, job_id: str, context: RequestContext) -> tuple[Job, Said]:
    """Make the zip job for the last 24 hours, told in a direct message, and the answer's blocks.

    Raises ``Refused`` for no pictures, and for too many.
    """
    now = time.time()
    past = context.ledger.history(context.team_id, user_id)
    day = takewhile(lambda one: one.at > now - DAY_S, past)
    recent = [one.job_id for one in islice(day, LOOKED_AT_MOST)]
    made = _with_pictures(recent, context)
    _check(made)
    place = context.open_direct_message(user_id)
    job = _job(job_id, PicturesOf(jobs=tuple(made[::-1])), user_id, place, context)
    return job, partial(_line, key="zip.packing_day", count=len(made))


def _job(
    job_id: str, pictures: PicturesOf, user_id: str, place: Thread, context: RequestContext
) -> Job:
    asked = Asked(
        gesture="zip", at=time.time(), wish=Wish(), asker=context.asker(user_id), thread=place
    )
    return new_job(asked, job_id, pictures)


def _line(language: Language, *, key: str, **facts: int) -> list[Block]:
    return [section(text(language, key, **facts))]


def _with_pictures(job_ids: Sequence[str], context: RequestContext) -> list[str]:
    """Filter jobs that ended with a picture, no zips; the worker checks the pictures themselves."""

    def has_picture(job_id: str) -> bool:
        outcome = context.ledger.outcome(job_id)
        is_zip = outcome is not None and outcome.job is not None and outcome.job.gesture == "zip"
        return outcome is not None and bool(outcome.pictures) and not is_zip

    if not job_ids:
        return []
    found = context.map_concurrently(has_picture, job_ids)
    return [job_id for job_id, has in zip(job_ids, found, strict=True) if has]


def _check(made: Sequence[str]) -> None:
    """Check that there are pictures, and not more than a zip takes. Raises ``Refused``."""
    if not made:
        raise Refused(Problem(ErrorCode.ZIP_EMPTY))
    if len(made) > MOST:
        raise Refused(Problem(ErrorCode.ZIP_TOO_MANY, "", {"count": len(made), "most": MOST}))
