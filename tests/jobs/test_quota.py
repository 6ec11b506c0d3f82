"""So many pictures a day, however many ask at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.jobs import quota
from functions.jobs.bucket import Bucket
from functions.jobs.model import Asker
from functions.jobs.quota import Quota
from tests.jobs.driving import Cos
from tests.jobs.making import job_ids

DAY = "2026-11-22"
ANNA = quota.of_person(Asker(team_id="T1", user_id="U1"), 3)


def places(bucket: Bucket) -> list[str]:
    return list(quota.free_places(bucket, ANNA, day=DAY))


def test_a_quota_has_as_many_places_as_its_limit(bucket: Bucket) -> None:
    assert places(bucket) == [f"quota/{DAY}/people/T1/U1/{n:06d}" for n in range(3)]
    assert quota.used(bucket, ANNA, day=DAY) == 0


def test_a_place_that_was_taken_is_counted_and_no_longer_free(bucket: Bucket) -> None:
    first, second, *_ = places(bucket)
    assert quota.take(bucket, first, "job-1")
    assert quota.used(bucket, ANNA, day=DAY) == 1
    assert places(bucket)[0] == second


def test_a_job_takes_one_place_however_often_it_is_tried(bucket: Bucket) -> None:
    (first, *_) = places(bucket)
    assert [quota.take(bucket, first, "job-1") for _ in range(3)] == [True] * 3
    assert not quota.take(bucket, first, "job-2")
    assert quota.used(bucket, ANNA, day=DAY) == 1


def test_of_many_jobs_that_want_one_place_at_once_one_gets_it(bucket: Bucket) -> None:
    (first, *_) = places(bucket)
    with ThreadPoolExecutor(16) as pool:
        got = list(pool.map(lambda job: quota.take(bucket, first, job), job_ids(16)))
    assert got.count(True) == 1


def test_a_place_that_is_given_back_is_free_again(bucket: Bucket) -> None:
    (first, *_) = places(bucket)
    quota.take(bucket, first, "job-1")
    quota.give_back(bucket, first, "job-2")  # not its own
    assert quota.is_taken_by(bucket, first, "job-1")
    quota.give_back(bucket, first, "job-1")
    quota.give_back(bucket, first, "job-1")
    assert places(bucket)[0] == first
    assert quota.take(bucket, first, "job-2")


def test_a_listing_that_lags_cannot_break_the_limit(bucket: Bucket, cos: Cos) -> None:
    cos.settings(list_lag_s=60)
    (first, *_) = places(bucket)
    assert quota.take(bucket, first, "job-1")
    assert places(bucket)[0] == first  # the listing does not know yet
    assert not quota.take(bucket, first, "job-2")


def test_days_and_people_do_not_touch_each_other(bucket: Bucket) -> None:
    quota.take(bucket, places(bucket)[0], "job-1")
    for other in (
        quota.of_person(Asker(team_id="T1", user_id="U10"), 3),
        quota.of_person(Asker(team_id="T2", user_id="U1"), 3),
        quota.of_team(Asker(team_id="T1", user_id="U1"), 3),
        quota.of_team(Asker(client="U1"), 3),
        Quota(quota.EVERYBODY, 3),
    ):
        assert quota.used(bucket, other, day=DAY) == 0
        assert not quota.is_of(places(bucket)[0], other)
    assert quota.used(bucket, ANNA, day="2026-11-23") == 0
    assert quota.is_of(places(bucket)[0], ANNA)


@pytest.mark.parametrize(
    ("at", "day"),
    [(0.0, "1970-01-01"), (1795305599.999, "2026-11-21"), (1795305600.0, "2026-11-22")],
)
def test_a_day_begins_at_midnight_utc(at: float, day: str) -> None:
    assert quota.day_of(at) == day
