"""Notice, while jobs are accepted, that the worker is silent, and tell the administrators once.

The check runs in another thread; accepting jobs waits for it ``MOMENT_S`` at the most and never
fails because of it.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout

import msgspec
from slack_sdk import WebClient

from bot.job_messages import line_for_admins
from bot.slack_api.threads import ThreadClient
from bot.texts import text
from functions.jobs import silence
from functions.jobs.bucket import BucketUnavailable, KeysExpired
from functions.jobs.ledger import Ledger
from functions.jobs.recent_reads import RecentReads
from functions.log import log, warn

WELL_FOR_S = 60.0
MOMENT_S = 0.3  # after the jobs are written: as a rule the check has ended by then


class Watch(msgspec.Struct, frozen=True):
    """Check, for one request, whether the worker is silent. Without ``admin_channel`` only the log
    is told.

    ``recent`` belongs to the process: after a check that found the worker well, there is no other
    one for ``WELL_FOR_S`` or less.
    """

    ledger: Ledger
    slack: WebClient
    admin_channel: str
    silent_after_s: float = silence.SILENT_AFTER_S
    recent: RecentReads = msgspec.field(default_factory=RecentReads)

    def begin(self, threads: ThreadPoolExecutor) -> "Future[int | None]":
        """Start the check in one of ``threads``; ``silent_minutes`` takes what this returns."""
        return threads.submit(self._silent_minutes)

    def silent_minutes(self, looking: "Future[int | None]") -> int | None:
        """Give for how many minutes the worker has been silent, waiting ``MOMENT_S`` at the most;
        None if it is not silent, or that is not known yet.
        """
        try:
            return looking.result(MOMENT_S)
        except FutureTimeout:
            return None

    def tell_admins(self, minutes: int) -> None:
        """Tell the administrators of a silence, once whichever instance notices it.

        Where Slack does not take the message, the next instance that notices it tells them.
        """
        try:
            if silence.is_first_to_notice(self.ledger):
                warn("the worker is silent", minutes=minutes)
                line = line_for_admins(text("en", "admin.silent", minutes=minutes))
                if not ThreadClient(self.slack).tell_admins(self.admin_channel, line):
                    silence.leave_it_to_others(self.ledger)
        except (BucketUnavailable, KeysExpired) as error:
            log("the worker is silent, and that could not be noted", error=type(error).__name__)

    def _silent_minutes(self) -> int | None:
        try:
            seconds = self.recent.read(
                "silence",
                lambda: silence.silent_for_s(self.ledger, after_s=self.silent_after_s),
                within_s=min(WELL_FOR_S, self.silent_after_s / 5),
                keeps=lambda found: found is None,
            )
        except Exception as error:  # noqa: BLE001  # nothing is refused because of it
            log("the worker could not be looked after", error=type(error).__name__)
            return None
        return None if seconds is None else int(seconds // 60)
