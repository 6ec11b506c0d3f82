"""Count a job against its quotas just before aiart is called for it, and free unused places.

A person's and a team's quotas count jobs; everybody's quota, the spend cap, counts calls, because a
call that brings no picture may be billed. A place is recorded before it is taken, so that a run
that dies in between neither loses it nor takes a second one. Only the worker with the job's lease
(``COUNTING``) changes its places, and it makes no change that could end after the lease: by then
another worker may count the job.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from functions.config import Limits
from functions.jobs import quota
from functions.jobs.bucket_layout import CALLING, COUNTED, COUNTING, attempt_name
from functions.jobs.errors import ErrorCode, Facts
from functions.jobs.leases import AttemptsExhausted, LeaseHeld
from functions.jobs.ledger import Ledger
from functions.jobs.model import Job
from functions.jobs.quota import EVERYBODY, Quota
from functions.jobs.steps import CALLS, Counted, Lease
from functions.worker.errors import JobFailed, SpendCapReached

COUNTING_S = 70.0  # the lease: a few calls to the bucket are usually much faster
SLOWEST_CALL_S = 35.0  # one call to the bucket: three tries and the pauses in between
WORKERS_APART_S = 20.0  # between two workers' clocks: each is within 10 s of the bucket's
COUNTINGS = 20  # leases per job


class QuotaPlaces:
    """Take and free jobs' places within this invocation's limits (0: no limit).

    Threads may share it. ``spend_cap`` is everybody's calls a day.
    """

    def __init__(self, ledger: Ledger, limits: Limits, *, spend_cap: int) -> None:
        self._ledger = ledger
        self._limits = limits
        self._spend_cap = spend_cap
        self._counted: set[tuple[str, int]] = set()

    def count(self, job: Job, call: int = 1) -> None:
        """Take the places that the job still lacks for its ``call`` (from 1).

        Raises ``JobFailed`` when the person's or the team's quota is used up, ``SpendCapReached``
        when everybody's is, and ``LeaseHeld`` while another worker counts the job, or if this one
        is too slow. When a quota is used up, the places that were just taken are freed again.
        """
        quotas = self._quotas(job)
        if not quotas or (job.id, call) in self._counted:
            return
        with self._alone(job.id) as in_time:
            keys = list(self._noted(job.id))
            taken: list[str] = []
            for one, verdict in quotas:
                owner = quota.owner(job.id, call if one.whose == EVERYBODY else 1)
                if self._has_place(one, owner, keys):
                    continue
                key = self._take(job.id, one, owner, keys, in_time)
                if key is None:
                    owners = {quota.owner(job.id, 1), quota.owner(job.id, call)}
                    self._free(taken, owners, in_time)
                    raise verdict
                taken.append(key)
        self._counted.add((job.id, call))

    def give_back(self, job_id: str) -> None:
        """Free the places of a job that ends without a picture.

        Those of calls that aiart may have got stay taken. Raises ``LeaseHeld`` as ``count`` does.
        """
        if not self._limits_anything or not self._noted(job_id):
            return
        with self._alone(job_id) as in_time:
            unused = {
                quota.owner(job_id, call)
                for call in range(1, CALLS + 1)
                if not self._is_had(job_id, call)
            }
            self._free(self._noted(job_id), unused, in_time)

    @property
    def has_cap(self) -> bool:
        """Say whether there is a limit for everybody together."""
        return self._spend_cap > 0

    @property
    def _limits_anything(self) -> bool:
        limits = self._limits
        return bool(limits.per_user_per_day or limits.per_team_per_day or self._spend_cap)

    def _quotas(self, job: Job) -> list[tuple[Quota, Exception]]:
        """List the job's quotas, each with the error to raise if it is used up."""
        person = quota.of_person(job.asker, self._limits.per_user_per_day)
        team = quota.of_team(job.asker, self._limits.per_team_per_day)
        everybody = Quota(EVERYBODY, self._spend_cap)
        resets_at = quota.resets_at(self._ledger.clock())
        found: list[tuple[Quota, Exception]] = []
        if person.limit and not job.asker.client:
            facts: Facts = {"limit": person.limit, "resets_at": resets_at}
            found.append((person, JobFailed(ErrorCode.QUOTA_PERSON, facts)))
        if team.limit:
            facts = {"limit": team.limit, "resets_at": resets_at}
            found.append((team, JobFailed(ErrorCode.QUOTA_TEAM, facts)))
        if everybody.limit:
            found.append((everybody, SpendCapReached(everybody.limit)))
        return found

    @contextmanager
    def _alone(self, job_id: str) -> Iterator[Callable[[], None]]:
        """Hold the job's lease for counting. Raises ``LeaseHeld`` while another worker has it.

        Yields a function to call before each change: it raises ``LeaseHeld`` if the change could
        end after the lease. When dead runs have used up all ``COUNTINGS`` leases, goes on without.
        """
        clock, attempt = self._ledger.clock, 0
        deadline = clock() + COUNTING_S - WORKERS_APART_S

        def in_time() -> None:
            if clock() + SLOWEST_CALL_S > deadline:
                raise LeaseHeld(clock())

        with suppress(AttemptsExhausted):
            attempt = self._ledger.acquire_attempt(
                job_id, COUNTING, seconds=COUNTING_S, limit=COUNTINGS
            )
        try:
            yield in_time
        finally:
            if attempt and clock() < deadline:  # else another worker may have the next lease
                self._ledger.release(job_id, attempt_name(COUNTING, attempt))

    def _noted(self, job_id: str) -> tuple[str, ...]:
        """Read the keys of the places that the job has taken, or was about to take."""
        noted = self._ledger.read_note(job_id, COUNTED, Counted)
        return noted.keys if noted else ()

    def _has_place(self, one: Quota, owner: str, keys: list[str]) -> bool:
        bucket = self._ledger.bucket
        return any(quota.is_taken_by(bucket, key, owner) for key in keys if quota.is_of(key, one))

    def _take(
        self, job_id: str, one: Quota, owner: str, keys: list[str], in_time: Callable[[], None]
    ) -> str | None:
        """Take a free place, add its key to ``keys`` and return it; None if there is none."""
        bucket = self._ledger.bucket
        day = quota.day_of(self._ledger.clock())
        for key in quota.free_places(bucket, one, day=day):
            in_time()
            self._ledger.write_note(job_id, COUNTED, Counted(keys=(*keys, key)))
            in_time()
            if quota.take(bucket, key, owner):
                keys.append(key)
                return key
        return None

    def _free(self, keys: Sequence[str], owners: set[str], in_time: Callable[[], None]) -> None:
        for key in keys:
            in_time()
            quota.give_back(self._ledger.bucket, key, *owners)

    def _is_had(self, job_id: str, call: int) -> bool:
        """Say whether aiart may have got the call: a refusal at no cost removes its lease."""
        return self._ledger.read_note(job_id, attempt_name(CALLING, call), Lease) is not None
