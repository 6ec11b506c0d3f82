"""Download all: pictures that there are, in one file. The worker packs it, and answers with a link.

What the asker may see is all that is packed: what is shown in the thread where they press, or what
they have asked for themselves, which goes to them alone.
"""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import takewhile
from typing import Any

from bot.request_context import RequestContext
from bot.requests.follow_ups import FollowUp, parent_job_of, start_follow_up
from bot.requests.new_job import Asked, new_job
from bot.requests.policy import check_allowed
from bot.slack_api.block_actions import parse_block_action
from bot.texts import text
from bot.views import section
from bot.views.refusal import refusal_blocks
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.job_ids import id_of_slash
from functions.jobs.model import PicturesOf
from functions.jobs.wish import Wish

DAY_S = 86_400.0
MOST = 100  # the worker's limit: more are refused at once


def of_upload(body: Mapping[str, Any], context: RequestContext) -> None:
    """Pack the pictures of an upload: the button below its last message."""
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
    said = "zip.packing_one" if len(made) == 1 else "zip.packing"
    accepted = (said, {"count": len(made)})
    pictures = PicturesOf(jobs=found[0].job.upload.jobs)
    start_follow_up(action, context, FollowUp("zip", pictures=pictures, accepted=accepted))


def of_thread(body: Mapping[str, Any], context: RequestContext) -> None:
    """Pack all pictures of the thread in which it was chosen; the worker finds them there."""
    child = FollowUp("zip", pictures=PicturesOf(), accepted=("zip.packing_thread", {}))
    start_follow_up(parse_block_action(body), context, child)


def of_last_day(user_id: str, trigger_id: str, context: RequestContext) -> dict[str, Any]:
    """Pack what a person has asked for in the last 24 hours, and send it to them alone."""
    now = time.time()
    past = context.ledger.history(context.team_id, user_id)
    recent = [one.job_id for one in takewhile(lambda one: one.at > now - DAY_S, past)]
    made = _with_pictures(recent, context)
    try:
        _check(made)
        asked = Asked(
            gesture="zip",
            at=now,
            wish=Wish(),
            asker=context.asker(user_id),
            thread=context.open_direct_message(user_id),
        )
        job = new_job(asked, id_of_slash(trigger_id, "zip"), PicturesOf(jobs=tuple(made[::-1])))
        check_allowed([job], context)
    except Refused as refused:
        return context.command_response(user_id, partial(refusal_blocks, refused.problems))
    context.accept([job])
    return context.command_response(
        user_id,
        lambda language: [section(text(language, "zip.packing_day", count=len(made)))],
    )


def _with_pictures(job_ids: Sequence[str], context: RequestContext) -> list[str]:
    """Those of the jobs that have ended with a picture; the worker looks closer."""

    def has_picture(job_id: str) -> bool:
        outcome = context.ledger.outcome(job_id)
        is_zip = outcome is not None and outcome.job is not None and outcome.job.gesture == "zip"
        return outcome is not None and bool(outcome.pictures) and not is_zip

    if not job_ids:
        return []
    found = context.map_concurrently(has_picture, job_ids)
    return [job_id for job_id, has in zip(job_ids, found, strict=True) if has]


def _check(made: Sequence[str]) -> None:
    """Raises ``Refused`` for none, or for more than a zip takes."""
    if not made:
        raise Refused(Problem(ErrorCode.ZIP_EMPTY))
    if len(made) > MOST:
        raise Refused(Problem(ErrorCode.ZIP_TOO_MANY, "", {"count": len(made), "most": MOST}))
