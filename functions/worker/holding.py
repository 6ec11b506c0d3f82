"""Why nothing may be painted just now: switched off, no account, or the day's pictures are spent.

Whatever it is, the jobs are kept and those who wait are told so.
"""

import msgspec

from bot.texts import text
from functions.jobs.bucket import Missing
from functions.jobs.model import Record
from functions.jobs.quota import day_of
from functions.log import log, warn
from functions.worker.account import Account
from functions.worker.verdicts import AccountUnusable, CapReached
from functions.worker.workshop import Workshop

KEY = "state/spend-cap.json"


class CapTold(Record, frozen=True, kw_only=True):
    """The administrators know that on that day (UTC) the cap was reached."""

    day: str


class Holds:
    """What holds the queue in this run. ``paused``: the operator has switched it off."""

    def __init__(self, shop: Workshop, *, paused: bool) -> None:
        self._shop = shop
        self._paused = paused
        self._account = Account(shop)
        self._spent_on = ""

    @property
    def is_on(self) -> bool:
        """Whether those who wait shall be told that their job is kept."""
        return self._paused or self._account.in_trouble or self._is_spent

    @property
    def may_paint(self) -> bool:
        """Whether a job may be painted now, be it to see whether the account works again."""
        return not self._paused and not self._is_spent and self._account.may_try

    @property
    def one_at_a_time(self) -> bool:
        """Whether one job is to show how things stand before the others follow."""
        return self._account.in_trouble

    def painted(self) -> None:
        """aiart has painted."""
        self._account.works()

    def take(self, verdict: AccountUnusable | CapReached) -> None:
        """Nothing more is painted for now. Those who can mend it are told, once."""
        if isinstance(verdict, AccountUnusable):
            self._account.refused(verdict)
            return
        today = day_of(self._shop.ledger.clock())
        self._spent_on = today
        log("the day's pictures are spent", limit=verdict.limit)
        if self._told_on() != today and self._shop.tell_admins(
            text("en", "admin.cap", limit=verdict.limit)
        ):
            data = msgspec.json.encode(CapTold(day=today))
            self._shop.ledger.bucket.put(KEY, data, content_type="application/json")

    @property
    def _is_spent(self) -> bool:
        return self._spent_on == day_of(self._shop.ledger.clock())

    def _told_on(self) -> str:
        try:
            return msgspec.json.decode(self._shop.ledger.bucket.get(KEY), type=CapTold).day
        except Missing:
            return ""
        except msgspec.MsgspecError as error:
            warn("a record cannot be read", record=KEY, error=type(error).__name__)
            return ""
