"""Variations: painted one by one, told in one message once all of them are decided."""

import io
from typing import Any

import pytest
import requests
from PIL import Image

from functions.jobs.errors import ErrorCode
from functions.jobs.model import Job
from functions.jobs.steps import Posted, Stored
from tests.worker.conftest import PROGRESS, WorkerHarness
from tests.worker.test_labels import said_in


def parent_of_three(worker: WorkerHarness) -> Job:
    (parent,) = worker.ask()
    worker.run()
    return parent


def told_about(worker: WorkerHarness, parent: Job) -> list[dict[str, Any]]:
    """What the thread has been told since the parent's own picture."""
    return worker.thread(parent)[1:]


def pictures_in(message: dict[str, Any]) -> int:
    return str(message["blocks"]).count("'type': 'image'")


def numbers_on(message: dict[str, Any]) -> list[str]:
    return [one["text"]["text"] for one in message["blocks"][-1]["elements"]]


def sheet_of(message: dict[str, Any]) -> Image.Image:
    (shown,) = [block for block in message["blocks"] if block["type"] == "image"]
    answer = requests.get(shown["image_url"], timeout=30)
    assert answer.status_code == 200
    return Image.open(io.BytesIO(answer.content))


def test_the_progress_shows_them_as_each_arrives(worker: WorkerHarness) -> None:
    parent = parent_of_three(worker)
    worker.aiart_settings(duration_s=0.6)
    jobs = worker.press(parent, "variation", count=3)
    worker.run()
    found = [key for job in jobs for key in worker.keys(f"results/{job.id}/sheet-")]
    names = [key.rpartition("sheet-")[2] for key in found]
    assert sorted(name.count("_") for name in names) == [0, 1, 2]  # in whatever order they came
    assert all("AIGC" in said_in(worker.ledger.bucket.get(key)) for key in found)
    updates = worker.calls("slack", "chat.update")
    assert sum("image" in row["detail"]["blocks"] for row in updates) >= 2


def test_a_deleted_one_leaves_no_picture_of_all(worker: WorkerHarness) -> None:
    parent = parent_of_three(worker)
    jobs = worker.press(parent, "variation", count=3)
    worker.run()
    (told,) = told_about(worker, parent)
    (shown,) = [block for block in told["blocks"] if block["type"] == "image"]
    worker.ledger.add_tombstone(jobs[1].id, why="delete", by="U1")
    worker.run()
    assert [key for key in worker.keys("results/") if "sheet-" in key] == []
    assert requests.get(shown["image_url"], timeout=30).status_code == 410
    assert pictures_in(told_about(worker, parent)[0]) == 2


def test_three_variations_come_in_one_message(worker: WorkerHarness) -> None:
    parent = parent_of_three(worker)
    jobs = worker.press(parent, "variation", count=3)
    worker.run()
    (told,) = told_about(worker, parent)
    assert pictures_in(told) == 1
    assert numbers_on(told) == ["1", "2", "3", "Show all"]
    assert sheet_of(told).size == (3 * 480 + 2 * 12, 480)
    assert str(told["text"]).startswith(f"<@{parent.asker.user_id}>")
    outcomes = [worker.outcome(job) for job in jobs]
    assert [outcome.state for outcome in outcomes] == ["succeeded"] * 3
    assert {o.posted.ts for o in outcomes if o.posted} == {told["ts"]}
    assert len(worker.tasks()) == 4
    assert worker.thread(parent, PROGRESS) == []


def test_one_that_fails_is_named_beside_the_others(worker: WorkerHarness) -> None:
    parent = parent_of_three(worker)
    jobs = worker.press(parent, "variation", count=3)
    refused = "OperationDenied.TextIllegalDetected"
    worker.fault("aiart", op="ReplaceBackground", error=refused, skip=1)
    worker.run()
    (told,) = told_about(worker, parent)
    assert len(numbers_on(told)) == 2 + 1
    states = sorted(worker.outcome(job).state for job in jobs)
    assert states == ["failed", "succeeded", "succeeded"]


def test_when_all_fail_it_is_said_once(worker: WorkerHarness) -> None:
    parent = parent_of_three(worker)
    jobs = worker.press(parent, "variation", count=3)
    refused = "OperationDenied.TextIllegalDetected"
    worker.fault("aiart", op="ReplaceBackground", error=refused, times=-1)
    worker.run()
    (told,) = told_about(worker, parent)
    assert "moderation" in str(told["blocks"])
    failed = [worker.outcome(job).failed for job in jobs]
    assert [one.code for one in failed if one] == [ErrorCode.WORDS_ILLEGAL] * 3


def test_one_that_is_taken_back_is_not_waited_for(worker: WorkerHarness) -> None:
    parent = parent_of_three(worker)
    jobs = worker.press(parent, "variation", count=3)
    worker.ledger.add_tombstone(jobs[1].id, why="cancel", by="U1")
    worker.run()
    (told,) = told_about(worker, parent)
    assert numbers_on(told) == ["1", "2", "Show all"]
    assert worker.outcome(jobs[1]).state == "cancelled"


def test_one_that_was_never_accepted_is_not_waited_for(worker: WorkerHarness) -> None:
    parent = parent_of_three(worker)
    jobs = worker.press(parent, "variation", count=3)
    worker.ledger.close_request(jobs[2].id)
    worker.run()
    assert numbers_on(told_about(worker, parent)[0]) == ["1", "2", "Show all"]
    worker.ledger.accept(jobs[2])  # after all
    worker.run()
    late = told_about(worker, parent)
    assert [pictures_in(message) for message in late] == [1, 1]  # two in one, and the late one
    assert worker.outcome(jobs[2]).state == "succeeded"


def test_a_run_that_dies_between_them_tells_once_in_the_end(worker: WorkerHarness) -> None:
    parent = parent_of_three(worker)
    jobs = worker.press(parent, "variation", count=3)
    low = "ResourceUnavailable.LowBalance"
    worker.fault("aiart", op="ReplaceBackground", error=low, skip=2, times=-1)
    worker.run()
    assert sum(worker.ledger.read_step(job.id, Stored) is not None for job in jobs) == 2
    assert told_about(worker, parent) == []
    worker.no_faults("aiart")
    worker.ledger.bucket.delete("state/account.json")
    worker.run()
    (told,) = told_about(worker, parent)
    assert numbers_on(told) == ["1", "2", "3", "Show all"]
    assert len(worker.tasks()) == 4


def test_a_lost_answer_to_the_post_is_looked_for(worker: WorkerHarness) -> None:
    parent = parent_of_three(worker)
    worker.monkeypatch.setattr("functions.worker.slack_retry.UNCLEAR_PAUSE_S", 0.1)
    jobs = worker.press(parent, "variation", count=3)
    # The first post is progress; the second is the pictures.
    worker.fault("slack", op="chat.postMessage", drop="after", skip=1)
    worker.run()
    (told,) = told_about(worker, parent)
    assert worker.ledger.read_step(jobs[0].upload.id, Posted) is not None
    assert {o.posted.ts for o in map(worker.outcome, jobs) if o.posted} == {told["ts"]}


def test_a_picture_of_all_that_slack_cannot_read_is_uploaded(worker: WorkerHarness) -> None:
    parent = parent_of_three(worker)
    worker.slack_settings(image_failures=50)
    jobs = worker.press(parent, "variation", count=3)
    worker.run()
    (told,) = told_about(worker, parent)
    assert str(told["blocks"]).count("slack_file") == 1
    posted = worker.outcome(jobs[0]).posted
    assert posted is not None
    assert len(posted.file_ids) == 1


@pytest.mark.parametrize("taken_back", [[0, 1, 2], [0, 1]])
def test_when_few_are_left_they_are_told_as_usual(
    worker: WorkerHarness, taken_back: list[int]
) -> None:
    parent = parent_of_three(worker)
    jobs = worker.press(parent, "variation", count=3)
    for number in taken_back:
        worker.ledger.add_tombstone(jobs[number].id, why="cancel", by="U1")
    worker.run()
    assert [pictures_in(message) for message in told_about(worker, parent)] == [1] * (
        3 - len(taken_back)
    )
