"""Cancel: takes back what waits in line. The worker has the last word: it may be painting."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.desk import Desk
from bot.pressing import press_of
from functions.jobs.identity import is_job_id


def cancel(body: Mapping[str, Any], desk: Desk) -> None:
    """The button on the progress message. Its asker may press it, and an administrator."""
    press = press_of(body)
    _, _, names = press.value.partition(":")
    job_ids = [name for name in names.split(",") if is_job_id(name)]
    open_jobs = [job for job in desk.side_by_side(desk.ledger.job, job_ids) if job]
    answer = partial(desk.whisper_line, press.user_id, press.aside)
    if not open_jobs:
        answer("cancel.too_late")
        return
    is_own = all(job.asker.user_id == press.user_id for job in open_jobs)
    if not is_own and not desk.people.is_admin(press.user_id):
        answer("press.not_yours")
        return
    bury = partial(desk.ledger.bury, why="cancel", by=press.user_id)
    desk.side_by_side(bury, _not_ended(job_ids, {job.id for job in open_jobs}, desk))
    answer("cancel.done")


def _not_ended(job_ids: list[str], are_open: set[str], desk: Desk) -> list[str]:
    """Those that wait, and those that will: a photo whose acceptance failed half-way is accepted
    when Slack tells of the message again, which may be after the press.
    """
    others = [job_id for job_id in job_ids if job_id not in are_open]
    outcomes = desk.side_by_side(desk.ledger.outcome, others) if others else []
    ended = {job_id for job_id, outcome in zip(others, outcomes, strict=True) if outcome}
    return [job_id for job_id in job_ids if job_id not in ended]
