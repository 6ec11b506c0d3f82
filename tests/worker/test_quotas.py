"""Limits that protect the bill: counted just before the call, once, and given back for nothing."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from functions.config import Limits
from functions.jobs import quota
from functions.jobs.bucket import Bucket
from functions.jobs.bucket_layout import COUNTING
from functions.jobs.errors import ErrorCode
from functions.jobs.leases import LeaseHeld
from functions.jobs.ledger import Ledger
from functions.jobs.model import Asker, Job
from functions.jobs.steps import Lease
from functions.worker.errors import JobFailed, SpendCapReached
from functions.worker.quota_places import COUNTING_S, SLOWEST_CALL_S, QuotaPlaces
from functions.worker.run.suspension import Suspension
from tests.jobs.making import a_job, job_ids
from tests.worker.conftest import OTHER_PERSON, WorkerHarness
from tests.worker.test_never_pay_twice import let_claims_run_out

TEAM = Asker(team_id="T1", user_id="U1")


def places(ledger: Ledger) -> list[str]:
    """The places that are taken, without their day."""
    return [row.key.split("/", 2)[2] for row in ledger.bucket.list("quota/")]


def counter(ledger: Ledger, *, person: int = 0, team: int = 0, cap: int = 0) -> QuotaPlaces:
    limits = Limits(per_user_per_day=person, per_team_per_day=team)
    return QuotaPlaces(ledger, limits, spend_cap=cap)


def failed_code(worker: WorkerHarness, job: Job) -> ErrorCode | None:
    failed = worker.outcome(job).failed
    return failed.code if failed else None


# --- counting


def test_a_job_takes_a_place_of_each_quota_once(ledger: Ledger) -> None:
    job = a_job(asker=TEAM)
    for _ in range(3):
        counter(ledger, person=5, team=5, cap=5).count(job)  # as by three runs
    assert places(ledger) == ["all/000000", "people/T1/U1/000000", "teams/T1/000000"]


def test_without_limits_nothing_is_looked_at(ledger: Ledger) -> None:
    counter(ledger).count(a_job())
    counter(ledger).give_back(a_job().id)
    assert places(ledger) == []


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"person": 1}, ErrorCode.QUOTA_PERSON),
        ({"person": 9, "team": 1}, ErrorCode.QUOTA_TEAM),
    ],
)
def test_what_is_used_up_is_refused_and_the_other_places_given_back(
    limits: dict[str, int], code: ErrorCode, ledger: Ledger
) -> None:
    one, two = job_ids(2)
    counter(ledger, **limits).count(a_job(one, asker=TEAM))
    before = places(ledger)
    with pytest.raises(JobFailed) as failed:
        counter(ledger, **limits).count(a_job(two, asker=TEAM))
    facts = {"limit": 1, "resets_at": quota.resets_at(ledger.clock())}
    assert (failed.value.code, failed.value.facts) == (code, facts)
    assert places(ledger) == before


def test_the_cap_for_everybody_is_nobodys_fault(ledger: Ledger) -> None:
    one, two = job_ids(2)
    counter(ledger, cap=1).count(a_job(one))
    with pytest.raises(SpendCapReached):
        counter(ledger, cap=1).count(a_job(two, asker=Asker(team_id="T2", user_id="U2")))


def test_a_program_has_a_teams_quota_of_its_own(ledger: Ledger) -> None:
    counter(ledger, person=1, team=1).count(a_job(asker=Asker(client="shop")))
    assert places(ledger) == ["clients/shop/000000"]


def test_a_run_that_dies_while_counting_takes_no_second_place(ledger: Ledger) -> None:
    job = a_job(asker=TEAM)
    day = quota.day_of(ledger.clock())
    counting = counter(ledger, person=5, team=5)
    counting.count(job)
    ledger.bucket.delete(f"quota/{day}/teams/T1/000000")  # it died before it had taken this one
    counter(ledger, person=5, team=5).count(job)
    assert places(ledger) == ["people/T1/U1/000000", "teams/T1/000000"]


def test_many_at_once_never_count_past_the_limit(ledger: Ledger) -> None:
    jobs = [a_job(job_id, asker=TEAM) for job_id in job_ids(8)]
    refused: list[str] = []

    def count(job: Job) -> None:
        try:
            counter(ledger, person=3).count(job)
        except JobFailed:
            refused.append(job.id)

    threads = [threading.Thread(target=count, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 5
    assert len(places(ledger)) == 3


def test_what_may_have_been_billed_is_not_given_back(ledger: Ledger) -> None:
    job = a_job(asker=TEAM)
    counting = counter(ledger, person=5)
    counting.count(job)
    assert isinstance(ledger.acquire(job.id, "calling-1", seconds=60), Lease)
    counting.give_back(job.id)
    assert len(places(ledger)) == 1
    ledger.release(job.id, "calling-1")
    counting.give_back(job.id)
    assert places(ledger) == []


def test_each_call_takes_a_place_under_the_cap_and_each_job_one_of_a_persons(
    ledger: Ledger,
) -> None:
    job = a_job(asker=TEAM)
    for call in (1, 2, 2):
        counter(ledger, person=5, cap=5).count(job, call)
    assert places(ledger) == ["all/000000", "all/000001", "people/T1/U1/000000"]


def test_a_call_that_aiart_did_not_have_gives_its_place_back_alone(ledger: Ledger) -> None:
    job = a_job(asker=TEAM)
    counting = counter(ledger, person=5, cap=5)
    counting.count(job, 1)
    ledger.acquire(job.id, "calling-1", seconds=60)
    counting.count(job, 2)
    counting.give_back(job.id)
    assert places(ledger) == ["all/000000", "people/T1/U1/000000"]


def test_a_second_call_beyond_the_cap_keeps_the_firsts_places(ledger: Ledger) -> None:
    job = a_job(asker=TEAM)
    counting = counter(ledger, person=5, cap=1)
    counting.count(job, 1)
    with pytest.raises(SpendCapReached):
        counting.count(job, 2)
    assert places(ledger) == ["all/000000", "people/T1/U1/000000"]


@pytest.mark.parametrize("seed", range(5))
def test_workers_that_count_a_job_at_once_leave_no_place_behind(ledger: Ledger, seed: int) -> None:
    """Another job's place becomes free in between, so that they do not see the same ones free."""
    job, other = (a_job(job_id, asker=TEAM) for job_id in job_ids(2))
    counter(ledger, person=9).count(other)

    def count(_: int) -> None:
        with suppress(LeaseHeld):
            counter(ledger, person=9).count(job)

    with ThreadPoolExecutor(4) as workers:
        counted = workers.map(count, range(4))
        counter(ledger, person=9).give_back(other.id)
        list(counted)
    counter(ledger, person=9).count(job)
    assert len(places(ledger)) == 1
    counter(ledger, person=9).give_back(job.id)
    assert places(ledger) == []


def test_while_one_worker_counts_a_job_another_waits(ledger: Ledger) -> None:
    job = a_job(asker=TEAM)
    ledger.acquire(job.id, "counting-1", seconds=60)
    with pytest.raises(LeaseHeld):
        counter(ledger, person=9).count(job)
    assert places(ledger) == []


def test_however_many_runs_died_while_counting_the_job_is_counted(ledger: Ledger) -> None:
    job = a_job(asker=TEAM)
    for attempt in range(1, 30):
        ledger.acquire(job.id, f"counting-{attempt}", seconds=-1)
    counter(ledger, person=9).count(job)
    assert len(places(ledger)) == 1


class SlowWorker:
    """A worker that counts a job, one of whose calls takes longer than it should."""

    def __init__(self, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.time()
        self.ledger = Ledger(bucket, clock=lambda: self.now)
        self.job = a_job(asker=TEAM)
        self._monkeypatch = monkeypatch

    def count(self) -> None:
        counter(self.ledger, person=5).count(self.job)

    def is_slow(
        self, where: Any, call: str, seconds: float, meanwhile: Callable[[], object]
    ) -> None:
        """Its next call of that name takes so long, and something happens meanwhile."""
        original = getattr(where, call)

        def slow(*args: Any, **named: Any) -> Any:
            self._monkeypatch.setattr(where, call, original)
            self.now += seconds
            meanwhile()
            return original(*args, **named)

        self._monkeypatch.setattr(where, call, slow)


@pytest.fixture
def slow_worker(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> SlowWorker:
    return SlowWorker(bucket, monkeypatch)


def test_a_worker_that_was_slower_than_its_lease_takes_no_second_place(
    slow_worker: SlowWorker,
) -> None:
    """Another has counted the job while its LIST was tried again and again."""
    slow_worker.is_slow(quota, "free_places", COUNTING_S + 1, meanwhile=slow_worker.count)
    with pytest.raises(LeaseHeld):
        slow_worker.count()
    assert places(slow_worker.ledger) == ["people/T1/U1/000000"]
    slow_worker.count()
    assert places(slow_worker.ledger) == ["people/T1/U1/000000"]


def test_a_worker_that_was_slower_than_its_lease_does_not_open_the_way_to_a_third(
    slow_worker: SlowWorker,
) -> None:
    def begin() -> None:
        slow_worker.ledger.acquire_attempt(slow_worker.job.id, COUNTING, seconds=60, limit=2)

    slow_worker.is_slow(quota, "free_places", COUNTING_S + 1, meanwhile=begin)
    for _ in range(2):
        with pytest.raises(LeaseHeld):
            slow_worker.count()
    assert places(slow_worker.ledger) == []


def test_a_place_is_not_taken_where_that_might_outlast_the_lease(slow_worker: SlowWorker) -> None:
    slow_worker.is_slow(Ledger, "write_note", SLOWEST_CALL_S, meanwhile=lambda: None)
    with pytest.raises(LeaseHeld):
        slow_worker.count()
    assert places(slow_worker.ledger) == []
    slow_worker.count()  # at once: the lease was given back
    assert places(slow_worker.ledger) == ["people/T1/U1/000000"]


def test_a_place_is_not_given_back_where_that_might_outlast_the_lease(
    slow_worker: SlowWorker,
) -> None:
    slow_worker.count()
    slow_worker.is_slow(QuotaPlaces, "_is_had", SLOWEST_CALL_S, meanwhile=lambda: None)
    giving = counter(slow_worker.ledger, person=5)
    with pytest.raises(LeaseHeld):
        giving.give_back(slow_worker.job.id)
    assert places(slow_worker.ledger) == ["people/T1/U1/000000"]
    giving.give_back(slow_worker.job.id)
    assert places(slow_worker.ledger) == []


# --- in a run


def test_a_picture_that_fails_moderation_counts_its_second_call_towards_the_cap(
    worker: WorkerHarness,
) -> None:
    error = "FailedOperation.GenerateImageFailed"
    worker.fault("aiart", op="ReplaceBackground", error=error, times=-1)
    for _ in range(5):
        worker.ask()
    for _ in range(2):
        worker.run(SPEND_CAP_PER_DAY="3")
    assert len(worker.calls("aiart", "ReplaceBackground")) == 3
    assert len(worker.keys("quota/")) == 3


def test_a_call_that_was_counted_is_made_though_another_meets_the_cap_meanwhile(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_met = threading.Event()
    take, spent = quota.take, Suspension.spent

    def take_the_last_slowly(bucket: Bucket, key: str, owner: str) -> bool:
        is_taken = take(bucket, key, owner)
        if key.endswith("000002"):
            assert is_met.wait(20), "nobody has met the cap"
        return is_taken

    def spent_and_said(suspension: Suspension, reached: SpendCapReached) -> None:
        spent(suspension, reached)
        is_met.set()

    monkeypatch.setattr(quota, "take", take_the_last_slowly)
    monkeypatch.setattr(Suspension, "spent", spent_and_said)
    error = "FailedOperation.GenerateImageFailed"
    worker.fault("aiart", op="ReplaceBackground", error=error, times=-1)
    for _ in range(3):
        worker.ask()
    worker.run(SPEND_CAP_PER_DAY="3")
    assert len(worker.calls("aiart", "ReplaceBackground")) == 3


def test_a_job_cancelled_after_its_run_died_keeps_no_place(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    QuotaPlaces(worker.ledger, Limits(per_user_per_day=1), spend_cap=9).count(job)
    assert len(worker.keys("quota/")) == 2
    worker.ledger.add_tombstone(job.id, why="cancel", by=job.asker.user_id)
    worker.run(QUOTA_PER_USER_PER_DAY="1", SPEND_CAP_PER_DAY="9")
    assert worker.outcome(job).state == "cancelled"
    assert worker.keys("quota/") == []


def test_the_second_picture_of_a_persons_day_is_refused_with_words(worker: WorkerHarness) -> None:
    mine = [worker.ask()[0] for _ in range(2)]
    (others,) = worker.ask(user=OTHER_PERSON)
    worker.run(QUOTA_PER_USER_PER_DAY="1")
    (refused,) = [job for job in mine if worker.outcome(job).state == "failed"]
    assert failed_code(worker, refused) is ErrorCode.QUOTA_PERSON
    assert failed_code(worker, others) is None
    assert "today's 1 picture." in worker.words(refused)
    assert len(worker.tasks()) == 2


def test_a_refused_job_gives_its_place_to_the_next(worker: WorkerHarness) -> None:
    (refused,) = worker.ask()
    worker.fault("aiart", op="ReplaceBackground", error="OperationDenied.TextIllegalDetected")
    worker.run(QUOTA_PER_TEAM_PER_DAY="1")
    assert failed_code(worker, refused) is ErrorCode.WORDS_ILLEGAL
    (next_one,) = worker.ask()
    worker.run(QUOTA_PER_TEAM_PER_DAY="1")
    assert failed_code(worker, next_one) is None


def test_a_photo_that_cannot_be_used_is_never_counted(worker: WorkerHarness) -> None:
    worker.ask(data=b"%PDF-1.7 not a picture")
    worker.run(QUOTA_PER_USER_PER_DAY="1")
    assert worker.keys("quota/") == []


def test_a_lost_answer_keeps_its_one_place(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.fault("aiart", op="ReplaceBackground", drop="after")
    worker.run(QUOTA_PER_USER_PER_DAY="3")
    let_claims_run_out(worker, job)
    worker.run(QUOTA_PER_USER_PER_DAY="3")
    assert worker.outcome(job).state == "succeeded"
    assert len(worker.keys("quota/")) == 1


def test_a_cut_out_is_not_counted(worker: WorkerHarness) -> None:
    (parent,) = worker.ask()
    worker.run(QUOTA_PER_USER_PER_DAY="1")
    (child,) = worker.press(parent, "cutout")
    worker.run(QUOTA_PER_USER_PER_DAY="1")
    assert worker.outcome(child).state == "succeeded"
