"""When nothing may be painted, the jobs are kept and those who wait are told so, once."""

import time
from typing import Any

import pytest

from functions.config import worker_config
from functions.jobs.bucket import Bucket
from functions.jobs.model import Asker, Job
from functions.worker.handler import context_of
from functions.worker.run.lifecycle import State, StepResult
from functions.worker.run.paint_times import GenerationTimes
from functions.worker.run.progress import ProgressReporter
from functions.worker.run.schedule import Schedule
from infra.local.slack.world import PRODUCT_PHOTOS_ID
from tests.worker.conftest import PROGRESS, WorkerHarness

HELD: dict[str, dict[str, Any]] = {
    "paused": {"environ": {"PAUSED": "1"}},
    "no money": {"error": "ResourceUnavailable.LowBalance"},
    "spent": {"environ": {"SPEND_CAP_PER_DAY": "1"}},
}


def hold(worker: WorkerHarness, why: str) -> dict[str, str]:
    """Bring about the reason; gives the variables of the runs that follow."""
    how = HELD[why]
    if "error" in how:
        worker.fault("aiart", op="ReplaceBackground", error=how["error"], times=-1)
    if why == "spent":
        worker.ask()
        worker.run()  # without the cap: it takes no place
        worker.ask()
        worker.run(SPEND_CAP_PER_DAY="1")
    environ: dict[str, str] = how.get("environ", {})
    return environ


def progress_of(worker: WorkerHarness, job: Job) -> str:
    (message,) = worker.thread(job, PROGRESS)
    return str(message["blocks"])


def told_admins(worker: WorkerHarness, words: str) -> int:
    posts = worker.calls("slack", "chat.postMessage")
    return sum(words in str(row["detail"].get("text")) for row in posts)


@pytest.mark.parametrize("why", HELD)
def test_everybody_who_waits_is_told_that_their_job_is_kept(
    worker: WorkerHarness, why: str
) -> None:
    environ = hold(worker, why)
    jobs = [worker.ask()[0] for _ in range(3)]
    painted = len(worker.tasks())
    worker.run(**environ)
    assert len(list(worker.ledger.open_jobs())) == 3
    assert len(worker.tasks()) == painted
    for job in jobs:
        words = "after midnight UTC" if why == "spent" else "cannot be used just now"
        assert words in progress_of(worker, job)
        assert "Cancel" in progress_of(worker, job)


@pytest.mark.parametrize("why", HELD)
def test_they_are_told_once_however_many_runs_meet_it(worker: WorkerHarness, why: str) -> None:
    environ = hold(worker, why)
    worker.ask()
    worker.run(**environ)
    said = len(worker.calls("slack", "chat.update")) + len(
        worker.calls("slack", "chat.postMessage")
    )
    worker.run(**environ)
    worker.run(**environ)
    now = len(worker.calls("slack", "chat.update")) + len(worker.calls("slack", "chat.postMessage"))
    assert now == said


def test_the_cap_is_told_to_the_administrators_once_a_day(worker: WorkerHarness) -> None:
    for _ in range(3):
        worker.ask()
        worker.run(SPEND_CAP_PER_DAY="1", ADMIN_CHANNEL=PRODUCT_PHOTOS_ID)
    assert told_admins(worker, "SPEND_CAP_PER_DAY") == 1
    assert len(worker.tasks()) == 1


def test_a_picture_that_is_painted_after_the_cap_is_met_does_not_end_the_suspension(
    worker: WorkerHarness,
) -> None:
    worker.aiart_settings(duration_s=0.3)
    for _ in range(4):
        worker.ask()
    worker.run(SPEND_CAP_PER_DAY="2", ADMIN_CHANNEL=PRODUCT_PHOTOS_ID)
    worker.run(SPEND_CAP_PER_DAY="2", ADMIN_CHANNEL=PRODUCT_PHOTOS_ID)
    assert told_admins(worker, "SPEND_CAP_PER_DAY") == 1
    assert len(worker.tasks()) == 2


def test_raising_the_cap_goes_on_at_once(worker: WorkerHarness) -> None:
    jobs = [worker.ask()[0] for _ in range(3)]
    worker.run(SPEND_CAP_PER_DAY="1")
    assert len(worker.tasks()) == 1
    worker.run(SPEND_CAP_PER_DAY="3")
    assert len(worker.tasks()) == 3
    assert [worker.outcome(job).state for job in jobs] == ["succeeded"] * 3
    assert all(worker.thread(job, PROGRESS) == [] for job in jobs)


def test_a_new_day_goes_on(worker: WorkerHarness) -> None:
    jobs = [worker.ask()[0] for _ in range(2)]
    worker.run(SPEND_CAP_PER_DAY="1")
    (key,) = worker.keys("quota/")
    worker.ledger.bucket.delete(key)  # yesterday's, as it were
    worker.run(SPEND_CAP_PER_DAY="1")
    assert [worker.outcome(job).state for job in jobs] == ["succeeded"] * 2


def test_jobs_of_programs_are_kept_for_a_day(worker: WorkerHarness) -> None:
    job = worker.ask_by_program(created_at=time.time() - 23 * 3600)
    old = worker.ask_by_program(id="a" * 20, created_at=time.time() - 25 * 3600)
    worker.run()
    assert worker.outcome(job).state == "succeeded"
    failed = worker.outcome(old).failed
    assert failed is not None
    assert (failed.code.value, failed.facts) == ("too_old", {"hours": 24})
    assert "24 hours" in failed.words


def test_jobs_of_workflows_are_given_up_as_soon_as_a_persons(worker: WorkerHarness) -> None:
    asker = Asker(client="Workflow", language="en")
    old = worker.ask_by_program(gesture="workflow", asker=asker, created_at=time.time() - 3 * 3600)
    worker.run()
    failed = worker.outcome(old).failed
    assert failed is not None
    assert (failed.code.value, failed.facts) == ("too_old", {"hours": 2})


# --- what is written down about it


def refuse_the_account(worker: WorkerHarness) -> None:
    worker.fault("aiart", op="ReplaceBackground", error="ResourceUnavailable.LowBalance", times=-1)


def test_a_picture_of_an_earlier_run_does_not_say_that_the_account_works(
    worker: WorkerHarness,
) -> None:
    (painted,) = worker.ask()
    worker.run()
    refuse_the_account(worker)
    worker.ask()
    worker.run(ADMIN_CHANNEL=PRODUCT_PHOTOS_ID)
    worker.ledger.bucket.delete(f"done/{painted.id}.json")  # as if that run had died before its end
    worker.ledger.accept(painted)
    worker.run(ADMIN_CHANNEL=PRODUCT_PHOTOS_ID)
    assert worker.outcome(painted).state == "succeeded"
    assert worker.keys("state/account.json")
    assert told_admins(worker, "LowBalance") == 1


def test_trouble_in_writing_it_down_does_not_end_the_run(worker: WorkerHarness) -> None:
    refuse_the_account(worker)
    worker.fault(
        "cos", op="PUT", target="state/account.json", error="SlowDown", status=503, times=-1
    )
    jobs = [worker.ask()[0] for _ in range(3)]
    worker.run()
    assert len(list(worker.ledger.open_jobs())) == 3
    assert all("Nothing is lost" in progress_of(worker, job) for job in jobs)


@pytest.mark.parametrize("name", ["account", "spend-cap"])
def test_what_cannot_be_read_does_not_hold_the_queue(worker: WorkerHarness, name: str) -> None:
    worker.ledger.bucket.put(f"state/{name}.json", b"{", content_type="application/json")
    (job,) = worker.ask()
    worker.run(SPEND_CAP_PER_DAY="9")
    assert worker.outcome(job).state == "succeeded"


# --- how long it will take


def test_nobody_promises_anything_before_there_is_a_sample(bucket: Bucket) -> None:
    assert GenerationTimes(bucket, at_once=1).estimate_s(3) is None


def test_an_estimate_is_what_the_latest_took_times_those_in_line(bucket: Bucket) -> None:
    pace = GenerationTimes(bucket, at_once=1)
    for seconds in [1000.0] * 5 + [10.0] * 10 + [20.0] * 10:
        pace.add(seconds)
    again = GenerationTimes(bucket, at_once=1)  # as the next run reads it
    assert again.estimate_s(0) == 15
    assert again.estimate_s(3) == 60
    assert GenerationTimes(bucket, at_once=2).estimate_s(3) == 30


def test_a_pace_that_cannot_be_read_is_none(bucket: Bucket) -> None:
    bucket.put("state/pace.json", b"{", content_type="application/json")
    assert GenerationTimes(bucket, at_once=1).estimate_s(0) is None


def test_those_who_wait_are_told_about_how_long(worker: WorkerHarness) -> None:
    GenerationTimes(worker.ledger.bucket, at_once=1).add(300.0)
    worker.aiart_settings(duration_s=1.0)
    jobs = [worker.ask()[0] for _ in range(2)]
    worker.run()
    said = [
        str(row["detail"].get("text"))
        for op in ("chat.postMessage", "chat.update")
        for row in worker.calls("slack", op)
    ]
    assert any("about 5 min to go" in line for line in said)
    assert any("about 10 min to go" in line for line in said)
    assert all(worker.outcome(job).state == "succeeded" for job in jobs)


def test_the_thread_knows_its_newest_picture(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.run()
    place = job.place
    assert worker.ledger.latest_in_thread(place.channel, place.thread_ts) == job.id
    (child,) = worker.press(job, "again")
    worker.run()
    assert worker.ledger.latest_in_thread(place.channel, place.thread_ts) == child.id


def test_a_picture_in_a_channel_begins_a_thread_of_its_own(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.fault("slack", op="chat.postMessage", error="thread_not_found", skip=1)
    worker.run()
    posted = worker.outcome(job).posted
    assert posted is not None
    assert posted.thread_ts == posted.ts
    assert worker.ledger.latest_in_thread(posted.channel, posted.ts) == job.id


def test_of_two_lines_at_the_same_time_the_later_one_stays(worker: WorkerHarness) -> None:
    """aiart may refuse within milliseconds, while "Painting" still waits for its estimate."""
    (job,) = worker.ask()
    schedule = Schedule()
    run = schedule.add(job.id)
    for reached in (StepResult(State.LOADED, job=job), StepResult(State.STAGED)):
        run.advance(reached)
    schedule.begin(run)

    def estimate_s(_ahead: int) -> None:
        time.sleep(0.3)  # as long as COS may take to say how long the last ones took

    workshop = context_of(worker_config(worker.environ))
    with ProgressReporter(
        workshop, schedule, kept=lambda: "" if run.has_place else "unusable", estimate_s=estimate_s
    ) as progress:
        for has_place in (True, False):
            run.has_place = has_place
            progress.show_painting(run)
    assert "Nothing is lost" in progress_of(worker, job)
