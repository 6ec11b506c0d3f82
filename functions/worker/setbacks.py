"""What follows for a job when one of its steps ends other than well."""

import random

from bot.slack import SlackBusy, SlackClosed, SlackRevoked, SlackUnclear
from functions.jobs.bucket import BucketTrouble
from functions.jobs.errors import ErrorCode
from functions.jobs.records import Unreadable
from functions.log import log, log_crash, warn
from functions.worker.entry import ENDING, Entry, Stage
from functions.worker.keeping import BAD_PICTURES, BadPicture
from functions.worker.verdicts import AiartTrouble, Cancelled, JobFailed, Later

AIART_TROUBLES, CRASHES = 3, 3
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0


def take(entry: Entry, error: BaseException, *, now: float) -> None:
    """Let the entry wait, fail or be cancelled. ``now`` is in Unix seconds."""
    match error:
        case Later(until=until):
            entry.not_before = until
        case Cancelled():
            entry.give_up(error)
        case AiartTrouble():
            entry.aiart_troubles += 1
            _wait_or_fail(entry, error, entry.aiart_troubles, AIART_TROUBLES, now=now)
        case JobFailed():
            entry.fail(error)
        case BadPicture(code=code):
            entry.bad_pictures += 1
            verdict = JobFailed(code, perhaps_billed=True)
            _wait_or_fail(entry, verdict, entry.bad_pictures, BAD_PICTURES, now=now)
        case SlackRevoked(code=code) | SlackClosed(code=code) if entry.stage not in ENDING:
            entry.fail(JobFailed(code))
        case BucketTrouble() | SlackUnclear():
            entry.troubles += 1
            entry.not_before = now + _pause_s(entry.troubles)
            log("trouble", job=entry.job_id, stage=entry.stage.value, error=str(error))
        case SlackBusy(retry_after_s=wait_s):
            entry.not_before = now + wait_s
        case Unreadable():
            warn(
                "a record cannot be read; left for a person to look at",
                job=entry.job_id,
                record=str(error),
            )
            entry.stage = Stage.OVER
        case _:
            _crashed(entry, error, now=now)


def _wait_or_fail(entry: Entry, verdict: JobFailed, count: int, limit: int, *, now: float) -> None:
    if count >= limit:
        entry.fail(verdict)
    else:
        entry.not_before = now + _pause_s(count)


def _crashed(entry: Entry, error: BaseException, *, now: float) -> None:
    """A mistake of ours. Not for ever: the asker is told; or, if that is what fails, later."""
    entry.crashes += 1
    log_crash("crash", error, job=entry.job_id, stage=entry.stage.value)
    if entry.crashes < CRASHES:
        entry.not_before = now + _pause_s(entry.crashes)
    elif entry.stage in ENDING - {Stage.CUTTING, Stage.GENERATED}:
        entry.stage = Stage.OVER  # the next run tries again
    else:
        perhaps_billed = entry.generated is not None
        entry.fail(JobFailed(ErrorCode.INTERNAL, perhaps_billed=perhaps_billed))
        entry.crashes = 0


def _pause_s(count: int) -> float:
    """Growing, jittered, capped."""
    pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (count - 1))
    return pause_s * random.uniform(0.75, 1.25)  # noqa: S311  # no secret
