"""Counts a job against its quotas, once, just before aiart is called for it.

The places are written down before they are taken, so that a run that dies in between neither
loses one nor takes two.
"""

from functions.config import Limits
from functions.jobs import quota
from functions.jobs.bucket_layout import COUNTED
from functions.jobs.errors import ErrorCode
from functions.jobs.ledger import Ledger
from functions.jobs.model import Job
from functions.jobs.quota import EVERYBODY, Quota
from functions.jobs.steps import Counted
from functions.worker.errors import JobFailed, SpendCapReached


class QuotaPlaces:
    """The limits of this invocation; 0 is none. Threads may share it."""

    def __init__(self, ledger: Ledger, limits: Limits, *, spend_cap: int) -> None:
        self._ledger = ledger
        self._limits = limits
        self._spend_cap = spend_cap
        self._counted: set[str] = set()

    def count(self, job: Job) -> None:
        """Take the job's places, if it has none yet. The caller holds the right to call aiart.

        Raises ``JobFailed`` when a quota is used up, and ``SpendCapReached``.
        """
        quotas = self._quotas(job)
        if not quotas or job.id in self._counted:
            return
        noted = self._ledger.read_note(job.id, COUNTED, Counted) or Counted()
        held: list[str] = []
        for one, verdict in quotas:
            key = self._held(job.id, one, noted) or self._take(job.id, one, held)
            if key is None:
                self._give_back(job.id, held)
                raise verdict
            held.append(key)
        self._counted.add(job.id)

    def give_back(self, job_id: str) -> None:
        """The job has ended without a picture: free its places, unless it may have been billed."""
        if not self._limits_anything:
            return
        noted = self._ledger.read_note(job_id, COUNTED, Counted)
        if noted and not self._ledger.may_be_billed(job_id):
            self._give_back(job_id, noted.keys)

    @property
    def has_cap(self) -> bool:
        """Whether there is a limit for everybody together."""
        return self._spend_cap > 0

    @property
    def _limits_anything(self) -> bool:
        limits = self._limits
        return bool(limits.per_user_per_day or limits.per_team_per_day or self._spend_cap)

    def _quotas(self, job: Job) -> list[tuple[Quota, Exception]]:
        """What the job counts towards, and what follows when that is used up."""
        person = quota.of_person(job.asker, self._limits.per_user_per_day)
        team = quota.of_team(job.asker, self._limits.per_team_per_day)
        everybody = Quota(EVERYBODY, self._spend_cap)
        found: list[tuple[Quota, Exception]] = []
        if person.limit and not job.asker.client:
            found.append((person, JobFailed(ErrorCode.QUOTA_PERSON, {"limit": person.limit})))
        if team.limit:
            found.append((team, JobFailed(ErrorCode.QUOTA_TEAM, {"limit": team.limit})))
        if everybody.limit:
            found.append((everybody, SpendCapReached(everybody.limit)))
        return found

    def _held(self, job_id: str, one: Quota, noted: Counted) -> str | None:
        """The place that an earlier run has taken for the job."""
        bucket = self._ledger.bucket
        mine = (key for key in noted.keys if quota.is_of(key, one))
        return next((key for key in mine if quota.is_taken_by(bucket, key, job_id)), None)

    def _take(self, job_id: str, one: Quota, held: list[str]) -> str | None:
        bucket = self._ledger.bucket
        day = quota.day_of(self._ledger.clock())
        for key in quota.free_places(bucket, one, day=day):
            self._ledger.write_note(job_id, COUNTED, Counted(keys=(*held, key)))
            if quota.take(bucket, key, job_id):
                return key
        return None

    def _give_back(self, job_id: str, keys: "tuple[str, ...] | list[str]") -> None:
        for key in keys:
            quota.give_back(self._ledger.bucket, key, job_id)
