"""Variations: painted one by one, told in one message once all of them are decided."""

import pytest

from functions.jobs.errors import ErrorCode
from functions.jobs.model import Job
from functions.jobs.steps import Posted, Stored
from tests.worker.conftest import PROGRESS, WorkerHarness


def parent_of_three(worker: WorkerHarness) -> Job:
    (parent,) = worker.ask()
    worker.run()
    return parent


def told_about(worker: WorkerHarness, parent: Job) -> list[dict[str, object]]:
    """What the thread has been told since the parent's own picture."""
    return worker.thread(parent)[1:]


def pictures_in(message: dict[str, object]) -> int:
    return str(message["blocks"]).count("'type': 'image'")


def test_three_variations_come_in_one_message(worker: WorkerHarness) -> None:
    parent = parent_of_three(worker)
    jobs = worker.press(parent, "variation", count=3)
    worker.run()
    (told,) = told_about(worker, parent)
    assert pictures_in(told) == 3
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
    assert pictures_in(told) == 2
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
    assert pictures_in(told) == 2
    assert worker.outcome(jobs[1]).state == "cancelled"


def test_one_that_was_never_accepted_is_not_waited_for(worker: WorkerHarness) -> None:
    parent = parent_of_three(worker)
    jobs = worker.press(parent, "variation", count=3)
    worker.ledger.close_request(jobs[2].id)
    worker.run()
    assert pictures_in(told_about(worker, parent)[0]) == 2
    worker.ledger.accept(jobs[2])  # after all
    worker.run()
    late = told_about(worker, parent)
    assert [pictures_in(message) for message in late] == [2, 1]
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
    assert pictures_in(told) == 3
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


def test_pictures_that_slack_cannot_read_are_all_uploaded(worker: WorkerHarness) -> None:
    parent = parent_of_three(worker)
    worker.slack_settings(image_failures=50)
    jobs = worker.press(parent, "variation", count=3)
    worker.run()
    (told,) = told_about(worker, parent)
    assert str(told["blocks"]).count("slack_file") == 3
    posted = worker.outcome(jobs[0]).posted
    assert posted is not None
    assert len(posted.file_ids) == 3


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
