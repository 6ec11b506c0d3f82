"""Whether aiart takes our account at all. When it does not, the queue pauses and keeps every job.

Written down in the bucket, so that the administrators are told once however many runs meet it,
and so that only one job is tried again every few minutes.
"""

from bot.texts import text
from functions.jobs.model import Record
from functions.jobs.records import Records, Unreadable
from functions.log import log, warn
from functions.worker.verdicts import AccountUnusable
from functions.worker.workshop import Workshop

KEY = "state/account.json"
TRY_AGAIN_S = 180.0


class Trouble(Record, frozen=True, kw_only=True):
    """aiart refused the account ``since`` then; one job may be tried at ``next_try``."""

    since: float
    next_try: float
    vendor_code: str
    told: bool = False


class Account:
    """The account's state in this run."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._records = Records(shop.ledger.bucket)
        self._trouble = self._read()

    @property
    def in_trouble(self) -> bool:
        """Whether aiart's last word was a refusal."""
        return self._trouble is not None

    @property
    def may_try(self) -> bool:
        """Whether a job may be painted now: any job, or after a refusal one every few minutes."""
        return self._trouble is None or self._shop.ledger.clock() >= self._trouble.next_try

    def works(self) -> None:
        """aiart has painted."""
        if self._trouble:
            log("aiart takes the account again")
            self._trouble = None
            self._shop.ledger.bucket.delete(KEY)

    def refused(self, verdict: AccountUnusable) -> None:
        """aiart refuses the account: pause, and tell those who can mend it, once."""
        now = self._shop.ledger.clock()
        before = self._trouble
        warn("aiart refuses the account", vendor_code=verdict.vendor_code)
        self._trouble = Trouble(
            since=before.since if before else now,
            next_try=now + TRY_AGAIN_S,
            vendor_code=verdict.vendor_code,
            told=(before is not None and before.told) or self._tell(verdict),
        )
        self._records.write(KEY, self._trouble)

    def _tell(self, verdict: AccountUnusable) -> bool:
        facts = {"vendor_code": verdict.vendor_code, "request_id": verdict.request_id}
        return self._shop.tell_admins(text("en", "admin.account", **facts))

    def _read(self) -> Trouble | None:
        try:
            return self._records.read(KEY, Trouble)
        except Unreadable as error:  # the next refusal writes it anew
            warn("what stands about the account cannot be read", record=str(error))
            return None
