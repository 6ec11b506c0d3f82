"""Who hears first that their photos are in line, and what waits for that."""

import pytest
from msgspec.structs import replace

from functions.worker.run import runner
from infra.local.slack.world import OPERATIONS_ID
from tests.caller import call
from tests.worker.conftest import PROGRESS, WorkerHarness


def test_who_asks_for_one_picture_is_not_announced_after_anothers_whole_batch(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is painted before it is announced, and Slack takes its time."""
    monkeypatch.setattr(runner, "ANNOUNCE_WITHIN_S", 60.0)  # all is read first, however slowly
    settings = f"http://{worker.cos}/_control/settings"
    call("PUT", settings, {"clock_skew_s": -30})  # so LIST shows the batch as the older
    batch = [worker.ask()[0] for _ in range(12)]
    call("PUT", settings, {"clock_skew_s": 0})
    (single,) = worker.ask(user=OPERATIONS_ID)
    worker.slack_settings(latency_s=0.2)
    worker.run()
    posted = [one["detail"]["thread_ts"] for one in worker.calls("slack", "chat.postMessage")]
    announced = list(dict.fromkeys(posted))
    assert len(announced) == len(batch) + 1
    before, at_once = 1, 3  # messages; those of one moment arrive in whatever order
    assert announced.index(single.place.thread_ts) < before + at_once


def times(worker: WorkerHarness, name: str) -> float:
    """When a step's record was first written (Unix seconds)."""
    rows = worker.calls("cos", "PUT")
    return next(float(row["at"]) for row in rows if row["target"].endswith(f"/{name}.json"))


def test_nobody_waits_for_it_to_be_written_down_where_the_progress_stands(
    worker: WorkerHarness,
) -> None:
    worker.fault("cos", op="PUT", target="steps/*/progress.json", delay_s=1.0)
    (job,) = worker.ask()
    worker.run()
    assert times(worker, "calling-1") < times(worker, "progress") + 1.0
    assert worker.outcome(job).state == "succeeded"
    assert worker.thread(job, PROGRESS) == []


def test_results_below_a_progress_message_wait_until_it_is_written_down(
    worker: WorkerHarness,
) -> None:
    worker.fault("cos", op="PUT", target="steps/*/progress.json", delay_s=1.0)
    jobs = worker.ask(photos=2)
    for job in jobs:  # as a form's, which have no message of their own
        worker.ledger.close_request(job.id)
        worker.ledger.accept(replace(job, gesture="form", thread=replace(job.place, thread_ts="")))
    worker.run()
    assert times(worker, "calling-1") >= times(worker, "progress") + 1.0
    assert [worker.outcome(job).state for job in jobs] == ["succeeded", "succeeded"]
