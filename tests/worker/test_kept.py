"""When nothing may be painted, the jobs are kept and those who wait are told so, once."""

import time
from typing import Any

import pytest

from functions.config import worker_config
from functions.jobs.bucket import Bucket
from functions.jobs.model import Asker, Job
from functions.worker.handler import workshop_of
from functions.worker.run.lifecycle import Reached, State
from functions.worker.run.paint_times import GenerationTimes
from functions.worker.run.progress import ProgressReporter
from functions.worker.run.schedule import Schedule
from infra.local.slack.world import PRODUCT_PHOTOS_ID
from tests.worker.conftest import PROGRESS, Shop

HELD: dict[str, dict[str, Any]] = {
    "paused": {"environ": {"PAUSED": "1"}},
    "no money": {"error": "ResourceUnavailable.LowBalance"},
    "spent": {"environ": {"SPEND_CAP_PER_DAY": "1"}},
}


def hold(shop: Shop, why: str) -> dict[str, str]:
    """Bring about the reason; gives the variables of the runs that follow."""
    how = HELD[why]
    if "error" in how:
        shop.fault("aiart", op="ReplaceBackground", error=how["error"], times=-1)
    if why == "spent":
        shop.ask()
        shop.run()  # without the cap: it takes no place
        shop.ask()
        shop.run(SPEND_CAP_PER_DAY="1")
    environ: dict[str, str] = how.get("environ", {})
    return environ


def progress_of(shop: Shop, job: Job) -> str:
    (message,) = shop.thread(job, PROGRESS)
    return str(message["blocks"])


def told_admins(shop: Shop, words: str) -> int:
    posts = shop.calls("slack", "chat.postMessage")
    return sum(words in str(row["detail"].get("text")) for row in posts)


@pytest.mark.parametrize("why", HELD)
def test_everybody_who_waits_is_told_that_their_job_is_kept(shop: Shop, why: str) -> None:
    environ = hold(shop, why)
    jobs = [shop.ask()[0] for _ in range(3)]
    painted = len(shop.tasks())
    shop.run(**environ)
    assert len(list(shop.ledger.open_jobs())) == 3
    assert len(shop.tasks()) == painted
    for job in jobs:
        assert "kept" in progress_of(shop, job)
        assert "Cancel" in progress_of(shop, job)


@pytest.mark.parametrize("why", HELD)
def test_they_are_told_once_however_many_runs_meet_it(shop: Shop, why: str) -> None:
    environ = hold(shop, why)
    shop.ask()
    shop.run(**environ)
    said = len(shop.calls("slack", "chat.update")) + len(shop.calls("slack", "chat.postMessage"))
    shop.run(**environ)
    shop.run(**environ)
    now = len(shop.calls("slack", "chat.update")) + len(shop.calls("slack", "chat.postMessage"))
    assert now == said


def test_the_cap_is_told_to_the_administrators_once_a_day(shop: Shop) -> None:
    for _ in range(3):
        shop.ask()
        shop.run(SPEND_CAP_PER_DAY="1", ADMIN_CHANNEL=PRODUCT_PHOTOS_ID)
    assert told_admins(shop, "SPEND_CAP_PER_DAY") == 1
    assert len(shop.tasks()) == 1


def test_raising_the_cap_goes_on_at_once(shop: Shop) -> None:
    jobs = [shop.ask()[0] for _ in range(3)]
    shop.run(SPEND_CAP_PER_DAY="1")
    assert len(shop.tasks()) == 1
    shop.run(SPEND_CAP_PER_DAY="3")
    assert len(shop.tasks()) == 3
    assert [shop.outcome(job).state for job in jobs] == ["succeeded"] * 3
    assert all(shop.thread(job, PROGRESS) == [] for job in jobs)


def test_a_new_day_goes_on(shop: Shop) -> None:
    jobs = [shop.ask()[0] for _ in range(2)]
    shop.run(SPEND_CAP_PER_DAY="1")
    (key,) = shop.keys("quota/")
    shop.ledger.bucket.delete(key)  # yesterday's, as it were
    shop.run(SPEND_CAP_PER_DAY="1")
    assert [shop.outcome(job).state for job in jobs] == ["succeeded"] * 2


def test_jobs_of_programs_are_kept_for_a_day(shop: Shop) -> None:
    job = shop.ask_by_program(created_at=time.time() - 23 * 3600)
    old = shop.ask_by_program(id="a" * 20, created_at=time.time() - 25 * 3600)
    shop.run()
    assert shop.outcome(job).state == "succeeded"
    failed = shop.outcome(old).failed
    assert failed is not None
    assert (failed.code.value, failed.facts) == ("too_old", {"hours": 24})
    assert "24 hours" in failed.words


def test_jobs_of_workflows_are_given_up_as_soon_as_a_persons(shop: Shop) -> None:
    asker = Asker(client="Workflow", language="en")
    old = shop.ask_by_program(gesture="workflow", asker=asker, created_at=time.time() - 3 * 3600)
    shop.run()
    failed = shop.outcome(old).failed
    assert failed is not None
    assert (failed.code.value, failed.facts) == ("too_old", {"hours": 2})


# --- what is written down about it


def refuse_the_account(shop: Shop) -> None:
    shop.fault("aiart", op="ReplaceBackground", error="ResourceUnavailable.LowBalance", times=-1)


def test_a_picture_of_an_earlier_run_does_not_say_that_the_account_works(shop: Shop) -> None:
    (painted,) = shop.ask()
    shop.run()
    refuse_the_account(shop)
    shop.ask()
    shop.run(ADMIN_CHANNEL=PRODUCT_PHOTOS_ID)
    shop.ledger.bucket.delete(f"done/{painted.id}.json")  # as if that run had died before its end
    shop.ledger.accept(painted)
    shop.run(ADMIN_CHANNEL=PRODUCT_PHOTOS_ID)
    assert shop.outcome(painted).state == "succeeded"
    assert shop.keys("state/account.json")
    assert told_admins(shop, "LowBalance") == 1


def test_trouble_in_writing_it_down_does_not_end_the_run(shop: Shop) -> None:
    refuse_the_account(shop)
    shop.fault("cos", op="PUT", target="state/account.json", error="SlowDown", status=503, times=-1)
    jobs = [shop.ask()[0] for _ in range(3)]
    shop.run()
    assert len(list(shop.ledger.open_jobs())) == 3
    assert all("kept" in progress_of(shop, job) for job in jobs)


@pytest.mark.parametrize("name", ["account", "spend-cap"])
def test_what_cannot_be_read_does_not_hold_the_queue(shop: Shop, name: str) -> None:
    shop.ledger.bucket.put(f"state/{name}.json", b"{", content_type="application/json")
    (job,) = shop.ask()
    shop.run(SPEND_CAP_PER_DAY="9")
    assert shop.outcome(job).state == "succeeded"


# --- how long it will take


def test_nobody_promises_anything_before_there_is_a_sample(bucket: Bucket) -> None:
    assert GenerationTimes(bucket).estimate_s(3, at_once=1) is None


def test_an_estimate_is_what_the_latest_took_times_those_in_line(bucket: Bucket) -> None:
    pace = GenerationTimes(bucket)
    for seconds in [1000.0] * 5 + [10.0] * 10 + [20.0] * 10:
        pace.add(seconds)
    again = GenerationTimes(bucket)  # as the next run reads it
    assert again.estimate_s(0, at_once=1) == 15
    assert again.estimate_s(3, at_once=1) == 60
    assert again.estimate_s(3, at_once=2) == 30


def test_a_pace_that_cannot_be_read_is_none(bucket: Bucket) -> None:
    bucket.put("state/pace.json", b"{", content_type="application/json")
    assert GenerationTimes(bucket).estimate_s(0, at_once=1) is None


def test_those_who_wait_are_told_about_how_long(shop: Shop) -> None:
    GenerationTimes(shop.ledger.bucket).add(300.0)
    shop.aiart_settings(duration_s=1.0)
    jobs = [shop.ask()[0] for _ in range(2)]
    shop.run()
    said = [
        str(row["detail"].get("text"))
        for op in ("chat.postMessage", "chat.update")
        for row in shop.calls("slack", op)
    ]
    assert any("About 5 min." in line for line in said)
    assert any("About 10 min." in line for line in said)
    assert all(shop.outcome(job).state == "succeeded" for job in jobs)


def test_the_thread_knows_its_newest_picture(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.run()
    place = job.place
    assert shop.ledger.newest_in(place.channel, place.thread_ts) == job.id
    (child,) = shop.press(job, "again")
    shop.run()
    assert shop.ledger.newest_in(place.channel, place.thread_ts) == child.id


def test_a_picture_in_a_channel_begins_a_thread_of_its_own(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.fault("slack", op="chat.postMessage", error="thread_not_found", skip=1)
    shop.run()
    posted = shop.outcome(job).posted
    assert posted is not None
    assert posted.thread_ts == posted.ts
    assert shop.ledger.newest_in(posted.channel, posted.ts) == job.id


def test_of_two_lines_at_the_same_time_the_later_one_stays(shop: Shop) -> None:
    """aiart may refuse within milliseconds, while "Painting" still waits for its estimate."""
    (job,) = shop.ask()
    schedule = Schedule()
    run = schedule.add(job.id)
    for reached in (Reached(State.LOADED, job=job), Reached(State.STAGED)):
        run.reach(reached)
    schedule.begin(run)

    def estimate_s(_ahead: int) -> None:
        time.sleep(0.3)  # as long as COS may take to say how long the last ones took

    workshop = workshop_of(worker_config(shop.environ))
    with ProgressReporter(
        workshop, schedule, is_held=lambda: not run.has_place, estimate_s=estimate_s
    ) as progress:
        for has_place in (True, False):
            run.has_place = has_place
            progress.painting(run)
    assert "kept" in progress_of(shop, job)
