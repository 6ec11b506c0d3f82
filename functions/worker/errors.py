"""Define the exceptions with which a step can end, and jitter the pauses between tries.

``run.lifecycle`` decides what each exception means for the job.
"""

import random

from functions.jobs.errors import ErrorCode, Facts


def jittered(pause_s: float, *, least: float = 0.75, most: float = 1.25) -> float:
    """Multiply a pause by a random factor between ``least`` and ``most``.

    That way, what failed at the same time is not tried again at the same time.
    """
    return pause_s * random.uniform(least, most)  # noqa: S311  # no secret


class RetryAt(Exception):
    """Put the job off: nothing can be done for it before ``until`` (Unix seconds)."""

    def __init__(self, until: float) -> None:
        super().__init__(f"until {until:.0f}")
        self.until = until


class JobFailed(Exception):
    """Fail the job. The asker is told ``code`` and ``facts``; support asks for the rest.

    ``vendor_code`` and ``request_id`` are aiart's. ``perhaps_billed``: a call may have been billed.
    """

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
    """Report that the job is cancelled or to be deleted: it is closed without a message."""


class BadPicture(Exception):
    """Report that aiart's picture is missing or unreadable; a moment later it may be there."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.value)
        self.code = code


class AiartBusy(Exception):
    """Report that another program paints with this account just now; nothing was billed."""


class Suspended(Exception):
    """Report that painting was suspended before this job made its call."""


class AiartUnavailable(JobFailed):
    """Report temporary trouble at aiart; nothing was billed. After a few times the job fails."""


class AccountUnusable(JobFailed):
    """Report that aiart refuses the account: no job can be painted, not only this one."""


class SpendCapReached(Exception):
    """Report that the day's ``limit`` of calls is used up: for all jobs, not only this one."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} a day")
        self.limit = limit


class RunEnding(Exception):
    """Report that this run has too little time left for a call; the next run makes it."""
