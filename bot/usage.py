"""Count the pictures that a person had today and this month, and give the operator's limits."""

import time

from bot.request_context import RequestContext
from bot.views.usage import Usage, Used
from functions.jobs import quota
from functions.jobs.quota import Quota

COUNTED_MOST = 200  # of a month's jobs; with that many a count is shown with "+"


def usage_of(user_id: str, context: RequestContext, *, count_most: int = COUNTED_MOST) -> Usage:
    """Count a person's pictures by their daily quota, or without one by their newest jobs.

    Of the jobs ``count_most`` are looked at. Days are UTC.
    """
    asker, limits = context.asker(user_id), context.config.limits
    today = quota.day_of(time.time())
    team = quota.of_team(asker, limits.per_team_per_day)
    team_today = Used(_used(team, today, context), team.limit) if team.limit else None
    person = quota.of_person(asker, limits.per_user_per_day)
    if person.limit:
        days = [f"{today[:8]}{day:02d}" for day in range(1, int(today[8:]) + 1)]
        by_day = context.map_concurrently(lambda day: _used(person, day, context), days)
        return Usage(Used(by_day[-1], person.limit), Used(sum(by_day)), team_today)
    return _by_history(user_id, today, team_today, context, count_most)


def _used(one: Quota, day: str, context: RequestContext) -> int:
    return quota.used(context.ledger.bucket, one, day=day)


def _by_history(
    user_id: str, today: str, team_today: Used | None, context: RequestContext, count_most: int
) -> Usage:
    """Count this month's jobs for which aiart painted a picture, without deleted ones."""
    jobs: dict[str, str] = {}  # day by job id
    is_more = False
    for past in context.ledger.history(context.team_id, user_id):
        day = quota.day_of(past.at)
        if day[:7] != today[:7]:
            break
        if is_more := len(jobs) == count_most:
            break
        jobs[past.job_id] = day
    painted = context.map_concurrently(lambda job_id: _is_painted(job_id, context), list(jobs))
    days = [day for day, counts in zip(jobs.values(), painted, strict=True) if counts]
    return Usage(
        today=Used(days.count(today), is_more=is_more and set(jobs.values()) == {today}),
        month=Used(len(days), is_more=is_more),
        team_today=team_today,
    )


def _is_painted(job_id: str, context: RequestContext) -> bool:
    outcome = context.ledger.outcome(job_id)
    return outcome is not None and outcome.generated is not None
