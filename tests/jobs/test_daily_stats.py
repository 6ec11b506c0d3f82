"""How a day is written down and summed up: all of it in keys, so that no job has to be read."""

import pytest

from functions.jobs.bucket import Bucket
from functions.jobs.daily_stats import (
    JobStat,
    Percentiles,
    claim_summary,
    is_summed_up,
    record_end,
    stats_of,
    summary_of,
)
from functions.jobs.errors import ErrorCode
from functions.jobs.steps import Failed, Generated, Outcome
from tests.jobs.driving import Cos
from tests.jobs.making import a_job, job_ids

NOON = 1_795_348_800.0  # 2026-11-22 12:00 UTC
DAY = "2026-11-22"
PAINTED = Generated(at=NOON - 1, call=1, request_id="r", seconds=9.5)


def test_an_end_is_read_back_from_its_key_alone(bucket: Bucket, cos: Cos) -> None:
    job = a_job(job_ids(1)[0], created_at=NOON - 30.25)
    record_end(bucket, job, Outcome(state="succeeded", finished_at=NOON, generated=PAINTED))
    (row,) = stats_of(bucket, DAY)
    assert row == JobStat(job_id=job.id, state="succeeded", wait_s=19.75, painting_s=9.5)
    assert cos.calls("GET") == []


def test_a_failure_has_its_code_and_whoever_was_not_painted_has_no_times(bucket: Bucket) -> None:
    failed = Failed(at=NOON, code=ErrorCode.PHOTO_NOT_AN_IMAGE)
    job = a_job(job_ids(1)[0], created_at=NOON - 1)
    record_end(bucket, job, Outcome(state="failed", finished_at=NOON, failed=failed))
    assert [*stats_of(bucket, DAY)] == [
        JobStat(job_id=job.id, state="failed", code="photo_not_an_image")
    ]


def test_a_day_begins_and_ends_at_midnight_utc(bucket: Bucket) -> None:
    midnight = NOON - 12 * 3600
    for job_id, at in zip(job_ids(2), (midnight - 1, midnight), strict=True):
        record_end(bucket, a_job(job_id), Outcome(state="cancelled", finished_at=at))
    assert [one.job_id for one in stats_of(bucket, DAY)] == job_ids(2)[1:]
    assert [one.job_id for one in stats_of(bucket, "2026-11-21")] == job_ids(2)[:1]


def test_a_job_whose_end_was_written_twice_counts_once(bucket: Bucket) -> None:
    job = a_job(job_ids(1)[0])
    for outcome in (
        Outcome(state="succeeded", finished_at=NOON, generated=PAINTED),
        Outcome(state="cancelled", finished_at=NOON + 1),
    ):
        record_end(bucket, job, outcome)
        record_end(bucket, job, outcome)
    assert len([*stats_of(bucket, DAY)]) == 1


def test_what_somebody_else_put_there_is_left_out(bucket: Bucket, cos: Cos) -> None:
    for name in ("readme.txt", "a.b.c.d.e", f"{'a' * 20}.succeeded.-.-", f"{'a' * 20}.x.-.١.-"):
        cos.write(f"days/{DAY}/{name}", b"")
    assert [*stats_of(bucket, DAY)] == []


def test_a_day_costs_a_list_and_no_call_for_each_job(bucket: Bucket, cos: Cos) -> None:
    for job_id in job_ids(30):
        cos.write(f"days/{DAY}/{job_id}.succeeded.-.1000.8000", b"")
    assert summary_of(DAY, stats_of(bucket, DAY)).ended == 30
    assert len(cos.calls()) == len(cos.calls("LIST")) == 1


def test_the_summary_counts_states_and_codes_and_spreads_the_times() -> None:
    ends = [
        JobStat(job_id=job_id, state="succeeded", wait_s=float(n), painting_s=8.0)
        for n, job_id in enumerate(job_ids(101))
    ]
    ends += [JobStat(job_id="b" * 20, state="failed", code="too_old")]
    summary = summary_of(DAY, ends)
    assert (summary.ended, summary.states) == (102, {"failed": 1, "succeeded": 101})
    assert summary.codes == {"too_old": 1}
    assert summary.wait == Percentiles(50.0, 95.0)
    assert summary.painting == Percentiles(8.0, 8.0)


@pytest.mark.parametrize("waits", [[], [3.0]])
def test_few_jobs_have_a_summary_too(waits: list[float]) -> None:
    ends = [JobStat(job_id="b" * 20, state="succeeded", wait_s=wait) for wait in waits]
    assert summary_of(DAY, ends).wait == (Percentiles(3.0, 3.0) if waits else None)


def test_one_run_gets_the_right_to_log_a_day(bucket: Bucket) -> None:
    assert not is_summed_up(bucket, DAY)
    assert [claim_summary(bucket, DAY) for _ in range(3)] == [True, False, False]
    assert is_summed_up(bucket, DAY)
    assert claim_summary(bucket, "2026-11-23")
