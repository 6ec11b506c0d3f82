"""Say how a step can end other than well, and spread the pauses that follow.

``run.lifecycle`` says what follows for the job.
"""

import random

from functions.jobs.errors import ErrorCode, Facts


def jittered(pause_s: float, *, least: float = 0.75, most: float = 1.25) -> float:
    """Make a pause between ``least`` and ``most`` times as long.

    So those that failed together do not all try again at the same moment.
    """
    return pause_s * random.uniform(least, most)  # noqa: S311  # no secret


class RetryAt(Exception):
    """Say that nothing can be done about this job before ``until`` (Unix seconds)."""

    def __init__(self, until: float) -> None:
        super().__init__(f"until {until:.0f}")
        self.until = until


class JobFailed(Exception):
    """Fail the job, with what the asker is told and what support will ask for."""

    def __init__(
        self,
        code: ErrorCode,
        facts: Facts | None = None,
        *,
        vendor_code: str = "",
        request_id: str = "",
        perhaps_billed: bool = False,
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.facts = facts or {}
        self.vendor_code = vendor_code
        self.request_id = request_id
        self.perhaps_billed = perhaps_billed


class Cancelled(Exception):
    """Say that the job is cancelled or shall be deleted: it is closed without a message."""


class BadPicture(Exception):
    """Say that aiart's picture is missing or unreadable; a moment later it may be there."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.value)
        self.code = code


class AiartBusy(Exception):
    """Say that somebody else is painting with this account; nothing was billed."""


class Suspended(Exception):
    """Say that painting is suspended. A job that was to call next has not called."""


class AiartUnavailable(JobFailed):
    """Say that aiart has passing trouble; nothing was billed. After a few times the job fails."""


class AccountUnusable(JobFailed):
    """Say that aiart refuses the account itself: no job can be done, and none is to blame."""


class SpendCapReached(Exception):
    """Say that the day's pictures are spent: no job can be done, and none is to blame."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} a day")
        self.limit = limit


class RunEnding(Exception):
    """Say that this run has too little time left for a call; the next one goes on."""
