"""Two machines whose clocks are minutes apart: the one that is wrong calls nobody, and says so."""

import time
from collections.abc import Callable
from functools import partial

import pytest

from functions.jobs.bucket import Bucket
from functions.jobs.leases import ClockWrong, LeaseHeld
from functions.jobs.ledger import Ledger
from functions.jobs.steps import Lease
from infra.local.slack.world import PRODUCT_PHOTOS_ID
from tests.jobs.making import JOB_ID
from tests.worker.conftest import PROGRESS, WorkerHarness
from tests.worker.test_kept import told_admins

FIVE_MINUTES_S = 300.0


def off_by(seconds: float) -> Callable[[], float]:
    return lambda: time.time() + seconds


def run_off_by(worker: WorkerHarness, seconds: float) -> None:
    with worker.monkeypatch.context() as patch:
        patch.setattr("functions.worker.handler.Ledger", partial(Ledger, clock=off_by(seconds)))
        worker.run(ADMIN_CHANNEL=PRODUCT_PHOTOS_ID)


@pytest.mark.parametrize("ahead_s", [FIVE_MINUTES_S, -FIVE_MINUTES_S])
def test_a_machine_whose_clock_is_wrong_calls_nobody_and_keeps_the_jobs(
    worker: WorkerHarness, ahead_s: float
) -> None:
    jobs = [worker.ask()[0] for _ in range(2)]
    run_off_by(worker, ahead_s)
    assert worker.calls("aiart", "ReplaceBackground") == []
    assert {job.id for job in jobs} == {row.job_id for row in worker.ledger.open_jobs()}
    assert [key for key in worker.keys("steps/") if "calling" in key] == []
    for job in jobs:
        (message,) = worker.thread(job, PROGRESS)
        assert "Nothing is lost" in str(message["blocks"])
    worker.run()
    assert [worker.outcome(job).state for job in jobs] == ["succeeded"] * 2


def test_the_administrators_are_told_once_a_day_which_way_it_is_wrong(
    worker: WorkerHarness,
) -> None:
    worker.ask()
    for _ in range(3):
        run_off_by(worker, -FIVE_MINUTES_S)
    assert told_admins(worker, "The worker's clock is -") == 1


def test_a_call_that_another_machine_makes_is_not_taken_for_lost(worker: WorkerHarness) -> None:
    """By a clock that is ahead its lease has run out; another worker is paying for it."""
    (job,) = worker.ask()
    assert isinstance(worker.ledger.acquire(job.id, "calling-1", seconds=60), Lease)
    run_off_by(worker, FIVE_MINUTES_S)
    assert worker.calls("aiart", "ReplaceBackground") == []
    assert worker.ledger.outcome(job.id) is None
    assert worker.ledger.read_note(job.id, "calling-2", Lease) is None


@pytest.mark.parametrize("ahead_s", [8.0, -8.0])
def test_a_few_seconds_are_what_the_margin_is_for(bucket: Bucket, ahead_s: float) -> None:
    ledger = Ledger(bucket, clock=off_by(ahead_s))
    assert isinstance(ledger.acquire(JOB_ID, "calling-1", seconds=9, clock_within_s=10.0), Lease)


def test_a_lease_that_is_gone_when_it_is_read_back_says_nothing_of_the_clock(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time of an earlier answer must not be taken for that of this one."""
    ledger = Ledger(bucket)
    ledger.job(JOB_ID)
    ledger.write_note(JOB_ID, "counted", Lease(nonce="", deadline=0))
    ledger.read_note(JOB_ID, "counted", Lease)
    monkeypatch.setattr(bucket, "put", lambda *_, **__: None)
    later = Ledger(bucket, clock=off_by(FIVE_MINUTES_S))
    with pytest.raises(LeaseHeld):
        later.acquire(JOB_ID, "calling-1", seconds=9, clock_within_s=10.0)


def test_other_leases_are_taken_whatever_the_clock_says(bucket: Bucket) -> None:
    """Nobody pays twice for a photo that is decoded twice."""
    ledger = Ledger(bucket, clock=off_by(FIVE_MINUTES_S))
    assert ledger.acquire_attempt(JOB_ID, "staging", seconds=9, limit=3) == 1
    with pytest.raises(ClockWrong):
        ledger.acquire(JOB_ID, "calling-1", seconds=9, clock_within_s=10.0)
