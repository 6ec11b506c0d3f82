"""A button under a result means a new wish once its press has led to something."""

from collections.abc import Mapping
from typing import Any

import pytest

from functions.jobs.bucket_layout import FIRST_TOLD, step_key
from functions.jobs.model import Job
from tests.worker.conftest import WorkerHarness


def values(message: Mapping[str, Any]) -> dict[str, str]:
    """What each button says, and of the menu's entries the one for a cut-out."""
    said = {}
    for one in message["blocks"][-1]["elements"]:
        if "value" in one:
            said[one["action_id"]] = one["value"]
        for option in one.get("options", []):
            name, _, value = option["value"].partition("/")
            if name == "cutout":
                said[name] = value
    return said


def done(worker: WorkerHarness, **how: Any) -> Job:
    (job,) = worker.ask(**how)
    worker.run()
    return job


def test_ten_presses_are_one_job_and_a_later_press_is_another(worker: WorkerHarness) -> None:
    parent = done(worker)
    first = [worker.press(parent, "again")[0] for _ in range(10)]
    assert len({job.id for job in first}) == 1
    worker.run()
    assert values(worker.thread(parent)[0])["again"] == f"{parent.id}:{first[0].id[:8]}"
    (later,) = worker.press(parent, "again")
    assert later.id != first[0].id
    worker.run()
    assert len(worker.tasks()) == 3
    assert values(worker.thread(parent)[0])["again"] == f"{parent.id}:{later.id[:8]}"


def test_the_other_buttons_of_the_message_stay_as_they_are(worker: WorkerHarness) -> None:
    parent = done(worker)
    before = values(worker.thread(parent)[0])
    (child,) = worker.press(parent, "cutout")
    worker.run()
    after = values(worker.thread(parent)[0])
    assert after == {**before, "cutout": f"{parent.id}:{child.id[:8]}"}


def test_two_children_that_end_at_once_renew_both_buttons(worker: WorkerHarness) -> None:
    parent = done(worker)
    (again,), (cut,) = worker.press(parent, "again"), worker.press(parent, "cutout")
    worker.run()
    after = values(worker.thread(parent)[0])
    assert after["again"] == f"{parent.id}:{again.id[:8]}"
    assert after["cutout"] == f"{parent.id}:{cut.id[:8]}"


def test_variations_renew_their_button_once(worker: WorkerHarness) -> None:
    parent = done(worker)
    jobs = worker.press(parent, "variation", count=3)
    before = len(worker.calls("slack", "chat.update"))
    worker.run()
    changed = worker.calls("slack", "chat.update")[before:]
    ours = worker.thread(parent)[0]["ts"]
    assert sum(row["detail"].get("ts") == ours for row in changed) == 1
    assert values(worker.thread(parent)[0])["variations"] == f"{parent.id}:{jobs[0].id[:8]}"


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_a_press_that_led_to_nothing_may_be_repeated(worker: WorkerHarness, end: str) -> None:
    parent = done(worker)
    (child,) = worker.press(parent, "again")
    if end == "cancelled":
        worker.ledger.add_tombstone(child.id, why="cancel", by="U1")
    else:
        refused = "OperationDenied.TextIllegalDetected"
        worker.fault("aiart", op="ReplaceBackground", error=refused)
    worker.run()
    assert worker.outcome(child).state == end
    assert worker.press(parent, "again")[0].id != child.id


def test_try_again_under_a_failure_is_renewed_too(worker: WorkerHarness) -> None:
    worker.fault("aiart", op="ReplaceBackground", error="FailedOperation.InnerError", times=3)
    parent = done(worker)
    assert worker.outcome(parent).state == "failed"
    (child,) = worker.press(parent, "again")
    worker.run()
    assert worker.outcome(child).state == "succeeded"
    assert values(worker.thread(parent)[0])["again"] == f"{parent.id}:{child.id[:8]}"


def test_of_several_pictures_only_the_chosen_one_shows_its_buttons(worker: WorkerHarness) -> None:
    parent = done(worker)
    jobs = worker.press(parent, "variation", count=3)
    worker.run()
    upload = jobs[0].upload.id
    worker.ledger.choose_variation(upload, jobs[1].id)
    (child,) = worker.press(jobs[1], "again")
    (other,) = worker.press(jobs[2], "again")
    worker.run()
    assert values(worker.thread(parent)[1])["again"] == f"{jobs[1].id}:{child.id[:8]}"
    assert worker.ledger.buttons(jobs[2].id) == {"again": other.id[:8]}


@pytest.mark.parametrize(
    "fault",
    [
        {"error": "message_not_found"},
        {"error": "is_archived"},
        {"error": "msg_too_long"},
        {"status": 500},
        {"drop": "after"},
    ],
)
def test_a_message_that_cannot_be_changed_keeps_no_job_from_its_end(
    worker: WorkerHarness, fault: dict[str, Any]
) -> None:
    parent = done(worker)
    (child,) = worker.press(parent, "cutout")
    worker.fault("slack", op="chat.update", times=-1, **fault)
    worker.run()
    assert worker.outcome(child).state == "succeeded"
    assert worker.ledger.buttons(parent.id) == {"cutout": child.id[:8]}


def test_slack_asking_to_wait_is_waited_for_and_tells_nothing_twice(worker: WorkerHarness) -> None:
    parent = done(worker)
    (child,) = worker.press(parent, "cutout")
    worker.fault("slack", op="chat.update", error="ratelimited", retry_after_s=1)
    worker.run()
    assert len(worker.thread(parent)) == 2
    assert values(worker.thread(parent)[0])["cutout"] == f"{parent.id}:{child.id[:8]}"
    assert worker.outcome(child).state == "succeeded"


def test_a_picture_that_was_uploaded_stays_the_file_that_it_is(worker: WorkerHarness) -> None:
    worker.slack_settings(image_failures=2)
    parent = done(worker)
    uploads = len(worker.calls("slack", "files.completeUploadExternal"))
    worker.press(parent, "cutout")
    worker.run()
    (picture,) = [b for b in worker.thread(parent)[0]["blocks"] if b["type"] == "image"]
    assert "slack_file" in picture
    assert len(worker.calls("slack", "files.completeUploadExternal")) == uploads


def test_to_renew_a_button_decides_nothing_about_whom_a_batch_mentions(
    worker: WorkerHarness,
) -> None:
    """Earlier versions mentioned the asker in each message, and wrote down nothing of it."""
    jobs = worker.ask(photos=2)
    worker.run()
    second = max(jobs, key=lambda job: worker.outcome(job).finished_at)
    noted = step_key(second.upload.id, FIRST_TOLD)
    assert noted in worker.keys("steps/")
    worker.ledger.bucket.delete(noted)
    worker.press(second, "again")
    worker.run()
    assert noted not in worker.keys("steps/")
    posted = worker.outcome(second).posted
    (told,) = [one for one in worker.thread(second) if posted and one["ts"] == posted.ts]
    assert f"<@{second.asker.user_id}>" in told["text"]
