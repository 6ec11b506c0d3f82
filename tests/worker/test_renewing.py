"""A button under a result means a new wish once its press has led to something."""

from typing import Any

import pytest

from functions.jobs.chosen import choose
from functions.jobs.model import Job
from tests.bot.looking import pieces
from tests.worker.conftest import Shop


def values(message: dict[str, Any]) -> dict[str, str]:
    """What each button of a message says, by its action."""
    return {
        one["action_id"]: one["value"]
        for one in pieces(message["blocks"])
        if "value" in one and "action_id" in one
    }


def done(shop: Shop, **how: Any) -> Job:
    (job,) = shop.ask(**how)
    shop.run()
    return job


def test_ten_presses_are_one_job_and_a_later_press_is_another(shop: Shop) -> None:
    parent = done(shop)
    first = [shop.press(parent, "again")[0] for _ in range(10)]
    assert len({job.id for job in first}) == 1
    shop.run()
    assert values(shop.thread(parent)[0])["again"] == f"{parent.id}:{first[0].id[:8]}"
    (later,) = shop.press(parent, "again")
    assert later.id != first[0].id
    shop.run()
    assert len(shop.tasks()) == 3
    assert values(shop.thread(parent)[0])["again"] == f"{parent.id}:{later.id[:8]}"


def test_the_other_buttons_of_the_message_stay_as_they_are(shop: Shop) -> None:
    parent = done(shop)
    before = values(shop.thread(parent)[0])
    (child,) = shop.press(parent, "cutout")
    shop.run()
    after = values(shop.thread(parent)[0])
    assert after == {**before, "cutout": f"{parent.id}:{child.id[:8]}"}


def test_two_children_that_end_at_once_renew_both_buttons(shop: Shop) -> None:
    parent = done(shop)
    (again,), (cut,) = shop.press(parent, "again"), shop.press(parent, "cutout")
    shop.run()
    after = values(shop.thread(parent)[0])
    assert after["again"] == f"{parent.id}:{again.id[:8]}"
    assert after["cutout"] == f"{parent.id}:{cut.id[:8]}"


def test_variations_renew_their_button_once(shop: Shop) -> None:
    parent = done(shop)
    jobs = shop.press(parent, "variation", count=3)
    before = len(shop.calls("slack", "chat.update"))
    shop.run()
    changed = shop.calls("slack", "chat.update")[before:]
    ours = shop.thread(parent)[0]["ts"]
    assert sum(row["detail"].get("ts") == ours for row in changed) == 1
    assert values(shop.thread(parent)[0])["variations"] == f"{parent.id}:{jobs[0].id[:8]}"


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_a_press_that_led_to_nothing_may_be_repeated(shop: Shop, end: str) -> None:
    parent = done(shop)
    (child,) = shop.press(parent, "again")
    if end == "cancelled":
        shop.ledger.bury(child.id, why="cancel", by="U1")
    else:
        refused = "OperationDenied.TextIllegalDetected"
        shop.fault("aiart", op="ReplaceBackground", error=refused)
    shop.run()
    assert shop.outcome(child).state == end
    assert shop.press(parent, "again")[0].id != child.id


def test_try_again_under_a_failure_is_renewed_too(shop: Shop) -> None:
    shop.fault("aiart", op="ReplaceBackground", error="FailedOperation.InnerError", times=3)
    parent = done(shop)
    assert shop.outcome(parent).state == "failed"
    (child,) = shop.press(parent, "again")
    shop.run()
    assert shop.outcome(child).state == "succeeded"
    assert values(shop.thread(parent)[0])["again"] == f"{parent.id}:{child.id[:8]}"


def test_of_several_pictures_only_the_chosen_one_shows_its_buttons(shop: Shop) -> None:
    parent = done(shop)
    jobs = shop.press(parent, "variation", count=3)
    shop.run()
    upload = jobs[0].upload.id
    choose(shop.ledger, upload, jobs[1].id)
    (child,) = shop.press(jobs[1], "again")
    (other,) = shop.press(jobs[2], "again")
    shop.run()
    assert values(shop.thread(parent)[1])["again"] == f"{jobs[1].id}:{child.id[:8]}"
    assert shop.ledger.buttons(jobs[2].id) == {"again": other.id[:8]}


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
    shop: Shop, fault: dict[str, Any]
) -> None:
    parent = done(shop)
    (child,) = shop.press(parent, "cutout")
    shop.fault("slack", op="chat.update", times=-1, **fault)
    shop.run()
    assert shop.outcome(child).state == "succeeded"
    assert shop.ledger.buttons(parent.id) == {"cutout": child.id[:8]}


def test_slack_asking_to_wait_is_waited_for_and_tells_nothing_twice(shop: Shop) -> None:
    parent = done(shop)
    (child,) = shop.press(parent, "cutout")
    shop.fault("slack", op="chat.update", error="ratelimited", retry_after_s=1)
    shop.run()
    assert len(shop.thread(parent)) == 2
    assert values(shop.thread(parent)[0])["cutout"] == f"{parent.id}:{child.id[:8]}"
    assert shop.outcome(child).state == "succeeded"


def test_a_picture_that_was_uploaded_stays_the_file_that_it_is(shop: Shop) -> None:
    shop.slack_settings(image_failures=2)
    parent = done(shop)
    uploads = len(shop.calls("slack", "files.completeUploadExternal"))
    shop.press(parent, "cutout")
    shop.run()
    (picture,) = [b for b in shop.thread(parent)[0]["blocks"] if b["type"] == "image"]
    assert "slack_file" in picture
    assert len(shop.calls("slack", "files.completeUploadExternal")) == uploads
