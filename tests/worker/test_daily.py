"""The day before in one line, logged once by whichever run of the timer comes first."""

import logging
from typing import Any

import pytest

from functions.jobs.daily_stats import record_end
from functions.jobs.errors import ErrorCode
from functions.jobs.ledger import Ledger
from functions.jobs.steps import Failed, Generated, Outcome
from functions.worker.maintenance import SETTLE_S, DaysSummedUp, sum_up_yesterday
from tests.jobs.making import a_job, job_ids
from tests.worker.conftest import WorkerHarness

MIDNIGHT = 1_795_305_600.0  # 2026-11-22 00:00 UTC
SOON_AFTER = MIDNIGHT + SETTLE_S


@pytest.fixture(autouse=True)
def _info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="backdrop")


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [row.__dict__["fields"] for row in caplog.records if row.getMessage() == "day"]


def at(ledger: Ledger, now: float) -> Ledger:
    return Ledger(ledger.bucket, clock=lambda: now)


def ten_jobs(ledger: Ledger, *, ended_at: float) -> None:
    for n, job_id in enumerate(job_ids(10)):
        job = a_job(job_id, created_at=ended_at - 20 - n)
        painted = Generated(at=ended_at - 1, call=1, request_id="r", seconds=9.0)
        failed = Failed(at=ended_at, code=ErrorCode.PHOTO_NOT_AN_IMAGE)
        ok = Outcome(state="succeeded", finished_at=ended_at, generated=painted)
        bad = Outcome(state="failed", finished_at=ended_at, failed=failed)
        record_end(ledger.bucket, job, bad if n == 0 else ok)


def test_the_day_before_is_one_line_with_counts_codes_and_times(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    ten_jobs(ledger, ended_at=MIDNIGHT - 60)
    for _ in range(3):
        sum_up_yesterday(at(ledger, SOON_AFTER), DaysSummedUp())
    assert lines(caplog) == [
        {
            "day": "2026-11-21",
            "ended": 10,
            "failed": 1,
            "succeeded": 9,
            "codes": {"photo_not_an_image": 1},
            "wait_p50_s": 15.0,
            "wait_p95_s": 18.6,
            "painting_p50_s": 9.0,
            "painting_p95_s": 9.0,
        }
    ]


def test_a_day_without_jobs_has_its_line_too(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    sum_up_yesterday(at(ledger, SOON_AFTER), DaysSummedUp())
    assert lines(caplog) == [{"day": "2026-11-21", "ended": 0, "codes": {}}]


def test_a_day_is_summed_up_when_what_ended_at_its_end_is_surely_written_down(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    for now in (SOON_AFTER - 1, SOON_AFTER):
        sum_up_yesterday(at(ledger, now), DaysSummedUp())
    assert [line["day"] for line in lines(caplog)] == ["2026-11-20", "2026-11-21"]


def test_an_instance_that_comes_second_is_silent(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("functions.worker.maintenance.is_summed_up", lambda *_: False)
    for _ in range(2):
        sum_up_yesterday(at(ledger, SOON_AFTER), DaysSummedUp())
    assert len(lines(caplog)) == 1


def test_the_timers_run_writes_the_ends_down_and_sums_the_day_before_up(
    worker: WorkerHarness,
) -> None:
    (good,) = worker.ask()
    worker.run()
    (key,) = worker.keys("days/")
    assert f"/{good.id}.succeeded.-." in key
    assert len(worker.keys("summaries/")) == 1
