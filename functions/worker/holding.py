"""Why nothing may be painted just now: switched off, no account, or the day's pictures are spent.

Whatever it is, the jobs are kept and those who wait are told so.
"""

from concurrent.futures import ThreadPoolExecutor

from bot.texts import text
from functions.jobs.model import Record
from functions.jobs.quota import day_of
from functions.jobs.records import Records, Unreadable
from functions.log import log, warn
from functions.worker.account import Account
from functions.worker.verdicts import AccountUnusable, CapReached
from functions.worker.workshop import Workshop

KEY = "state/spend-cap.json"


class Spent(Record, frozen=True, kw_only=True):
    """On that day (UTC) the cap was reached; ``told``: the administrators know."""

    day: str
    told: bool = False


class Holds:
    """What holds the queue in this run. ``paused``: the operator has switched it off."""

    def __init__(self, shop: Workshop, *, paused: bool) -> None:
        self._shop = shop
        self._records = Records(shop.ledger.bucket)
        self._paused = paused
        with ThreadPoolExecutor(1, "holds") as beside:
            spent = beside.submit(self._read)
            self._account = Account(shop)
        self._spent = spent.result()
        self._met_cap = False  # in this run; before that, the number may have been raised

    @property
    def is_on(self) -> bool:
        """Whether those who wait shall be told that their job is kept."""
        return self._paused or self._account.in_trouble or self._is_spent

    @property
    def may_paint(self) -> bool:
        """Whether a job may be painted now, be it to see how things stand."""
        is_spent = self._met_cap and self._is_spent
        return not self._paused and not is_spent and self._account.may_try

    def painted(self) -> None:
        """aiart has painted."""
        self._spent = None
        self._account.works()

    def take(self, verdict: AccountUnusable | CapReached) -> None:
        """Nothing more is painted for now. Those who can mend it are told, once."""
        if isinstance(verdict, AccountUnusable):
            self._account.refused(verdict)
            return
        log("the day's pictures are spent", limit=verdict.limit)
        day = day_of(self._shop.ledger.clock())
        before = self._spent if self._is_spent else None
        line = text("en", "admin.cap", limit=verdict.limit)
        told = (before is not None and before.told) or self._shop.tell_admins(line)
        self._spent, self._met_cap = Spent(day=day, told=told), True
        if self._spent != before:
            self._records.write(KEY, self._spent)

    @property
    def _is_spent(self) -> bool:
        return self._spent is not None and self._spent.day == day_of(self._shop.ledger.clock())

    def _read(self) -> Spent | None:
        if not self._shop.counter.has_cap:
            return None
        try:
            return self._records.read(KEY, Spent)
        except Unreadable as error:  # reaching the cap writes it anew
            warn("what stands about the spend cap cannot be read", record=str(error))
            return None
