"""Check, before anything is spent, that the operator allows what is asked for.

For quotas this is only a courtesy to the asker: the worker counts for good, just before it calls
aiart.
"""

import time
from collections.abc import Sequence

from bot.request_context import RequestContext
from functions.config import DIRECT_MESSAGES, Limits
from functions.jobs import quota
from functions.jobs.errors import ErrorCode, Facts, Problem, Refused
from functions.jobs.model import UNPAINTED, Asker, Job
from functions.jobs.quota import Quota
from functions.jobs.report import JobReport, is_photo_kept
from functions.jobs.wish import Wish, limit_problems
from functions.log import log


def check_allowed(jobs: Sequence[Job], context: RequestContext) -> None:
    """Check person, channel, mark, limits and quotas for the jobs of one gesture.

    Raises ``Refused`` with every problem.
    """
    limits, first = context.config.limits, jobs[0]
    problems = person_problems(first.asker.user_id, context) or [
        *channel_problems(first.place.channel, limits),
        *watermark_problems(first.wish, first.asker.user_id, context),
    ]
    # The first of several sizes may be a fitted one. A wish taken over from an earlier job for one
    # that paints nothing was checked with that job.
    asked = next((job for job in jobs if job.gesture not in UNPAINTED), None)
    problems += limit_problems(asked.wish) if asked else []
    if not problems and asked and asked.is_painted:
        problems = quota_problems(first.asker, context)
    if problems:
        raise Refused(*problems)


def person_problems(user_id: str, context: RequestContext) -> list[Problem]:
    """Give the problem if the operator does not serve this person: an external, or a guest.

    It is ``PERSON_UNKNOWN`` where Slack does not say in time who they are: then nothing is spent.
    """
    choices = context.config.choices
    external = False if choices.allow_external else context.is_external(user_id)
    if external:
        return [Problem(ErrorCode.PERSON_EXTERNAL)]
    guest = False if choices.allow_guests else context.is_guest(user_id)
    if guest:
        return [Problem(ErrorCode.PERSON_GUEST)]
    if external is None or guest is None:
        log("nobody knows who asks, so nothing is spent", user=user_id, event=context.event_id)
        return [Problem(ErrorCode.PERSON_UNKNOWN)]
    return []


def check_kept(parent: JobReport | None, context: RequestContext) -> None:
    """Check that an earlier job's photo is still kept, if there is one. Raises ``Refused``."""
    if parent and not is_photo_kept(context.ledger, parent):
        raise Refused(Problem(ErrorCode.PHOTO_GONE, "photo"))


def channel_problems(channel: str, limits: Limits) -> list[Problem]:
    """Give the problem if the operator does not allow this channel, or direct messages."""
    name = DIRECT_MESSAGES if channel.startswith("D") else channel
    if not limits.allowed_channels or name in limits.allowed_channels:
        return []
    allowed = [one for one in limits.allowed_channels if one != DIRECT_MESSAGES]
    facts: dict[str, str | int] = {"channels": ",".join(allowed)}
    return [Problem(ErrorCode.CHANNEL_NOT_ALLOWED, "", facts)]


def watermark_problems(wish: Wish, user_id: str, context: RequestContext) -> list[Problem]:
    """Give the problem if the wish leaves the mark out and this person may not have that.

    A workflow has no ``user_id`` (``""``), so nobody who could have agreed.
    """
    if wish.is_marked or (user_id and context.may_leave_mark_out(user_id)):
        return []
    if not context.config.limits.watermark_optional:
        return [Problem(ErrorCode.WATERMARK_FIXED, "watermark")]
    facts: Facts = {"rule": "logo"} if wish.logo else {}
    facts = facts if user_id else {"rule": "workflow"}
    return [Problem(ErrorCode.WATERMARK_NOT_AGREED, "watermark", facts)]


def quotas_of(asker: Asker, limits: Limits) -> list[tuple[Quota, ErrorCode]]:
    """Give the quotas that limit a person, each with the code that says it is used up."""
    both = [
        (quota.of_person(asker, limits.per_user_per_day), ErrorCode.QUOTA_PERSON),
        (quota.of_team(asker, limits.per_team_per_day), ErrorCode.QUOTA_TEAM),
    ]
    return [(one, code) for one, code in both if one.limit]


def quota_problems(asker: Asker, context: RequestContext) -> list[Problem]:
    """Give the problems of quotas that are used up today, as a LIST of the bucket shows them."""
    now = time.time()
    day = quota.day_of(now)
    return [
        Problem(code, "", {"limit": one.limit, "resets_at": quota.resets_at(now)})
        for one, code in quotas_of(asker, context.config.limits)
        if quota.used(context.ledger.bucket, one, day=day) >= one.limit
    ]
