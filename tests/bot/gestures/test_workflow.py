"""The workflow step at the bot: a run that is told of twice, or late, is one job."""

from typing import Any

import pytest

from tests.bot.gestures.conftest import BotWith
from tests.bot.gestures.driving import DIRECT, BotHarness
from tests.local.slack.driver import ANNA, PHOTOS, Slack, eventually

PHOTO = "https://shop.example/cup.jpg"


def run_step(slack: Slack, **inputs: str) -> dict[str, Any]:
    step = {"user": ANNA, "callback_id": "replace_background", "inputs": inputs}
    return dict(slack.act("POST", "functions", **step)["execution"])


def state_of(slack: Slack, run: dict[str, Any]) -> dict[str, Any]:
    runs = slack.look("executions")["executions"]
    found: dict[str, Any] = next(one for one in runs if one["id"] == run["id"])
    return found


def test_a_run_that_slack_tells_of_three_times_is_one_job(stage: BotHarness, slack: Slack) -> None:
    run_step(slack, photo=PHOTO, words="on sand", size="16:9", product="cup", channel=PHOTOS)
    eventually(lambda: len(stage.jobs()) == 1)
    (told,) = slack.deliveries("function_executed")
    answer = slack.ask(
        "POST", "/_control/redeliver", json={"event_id": told["event_id"], "times": 2}
    )
    assert answer.status_code == 200
    (job,) = stage.jobs()
    assert job["gesture"] == "workflow"
    assert job["asker"]["client"] == "Workflow"
    assert job["wish"]["resolution"] == {"width": 1280, "height": 720}
    assert job["thread"] == {"channel": PHOTOS}


def test_a_run_that_cannot_be_accepted_ends_at_once_in_the_language_of_its_words(
    stage: BotHarness, slack: Slack
) -> None:
    run = run_step(slack, photo=PHOTO, words="桌" * 257)
    eventually(lambda: state_of(slack, run)["state"] == "failed")
    assert "257" in state_of(slack, run)["error"]
    assert "字" in state_of(slack, run)["error"]
    assert not stage.jobs()


def test_what_is_typed_into_a_step_is_read_as_in_a_message(stage: BotHarness, slack: Slack) -> None:
    run_step(slack, photo=f"“{PHOTO}”，", words="海滩——商品马克杯", size="16x9", template="")
    (job,) = eventually(stage.jobs)
    assert job["photo"]["url"] == PHOTO
    assert job["wish"]["prompt"] == "海滩"
    assert job["wish"]["product"] == "马克杯"
    assert job["wish"]["resolution"] == {"width": 1280, "height": 720}


def test_a_shop_typed_among_the_words_overrides_the_steps_size(
    stage: BotHarness, slack: Slack
) -> None:
    run_step(slack, photo=PHOTO, words="on sand --for amazon", size="16:9")
    (job,) = eventually(stage.jobs)
    assert job["wish"]["shop"] == "amazon"
    assert job["wish"]["resolution"] == {"width": 2000, "height": 2000}


def test_words_that_are_none_end_a_run_at_once(stage: BotHarness, slack: Slack) -> None:
    run = run_step(slack, photo=PHOTO, words="…")
    eventually(lambda: state_of(slack, run)["state"] == "failed")
    assert "Tell me what the new background should be" in state_of(slack, run)["error"]
    assert not stage.jobs()


def test_a_photo_whose_upload_is_not_finished_is_accepted_for_its_channel_only(
    stage: BotHarness, slack: Slack, jpeg: bytes
) -> None:
    """Slack does not say yet where it is shared: the worker looks again."""
    slack.settings(late_uploads_s=60)
    file_id = slack.upload(jpeg)
    slack.write("the cup", file_ids=[file_id])
    run_step(slack, photo=file_id, words="on sand", channel=PHOTOS)
    (job,) = eventually(stage.jobs)
    assert job["photo"] == {"from": "slack-file", "file_id": file_id, "shared_in": PHOTOS}


def test_a_photo_without_a_channel_to_show_it_in_is_refused(
    stage: BotHarness, slack: Slack, jpeg: bytes
) -> None:
    slack.settings(late_uploads_s=60)
    file_id = slack.upload(jpeg)
    slack.write("the cup", file_ids=[file_id])
    run = run_step(slack, photo=file_id, words="on sand")
    eventually(lambda: state_of(slack, run)["state"] == "failed")
    assert not stage.jobs()


def fails(stage: BotHarness, run: dict[str, Any], words: str) -> None:
    eventually(lambda: state_of(stage.slack, run)["state"] == "failed")
    assert words in state_of(stage.slack, run)["error"]
    assert stage.jobs() == []


@pytest.mark.parametrize("channel", ["C0SHOPNEWS", "C0NOWHERE1", ANNA, DIRECT[ANNA], "#products"])
def test_a_channel_that_we_are_not_in_ends_a_run_before_anything_is_spent(
    channel: str, stage: BotHarness, slack: Slack
) -> None:
    """A person's id would open a conversation with them."""
    fails(stage, run_step(slack, photo=PHOTO, words="on sand", channel=channel), "Invite me there")


def test_an_archived_channel_ends_a_run_at_once(stage: BotHarness, slack: Slack) -> None:
    run = run_step(slack, photo=PHOTO, words="on sand", channel="C0ARCHIVED")
    fails(stage, run, "archived")


@pytest.mark.parametrize(
    ("channel", "words"), [({"channel": PHOTOS}, "in this channel"), ({}, "certain channels only")]
)
def test_a_run_obeys_the_channels_that_the_operator_allows(
    channel: dict[str, str], words: str, stage: BotHarness, slack: Slack, bot_with: BotWith
) -> None:
    bot_with(ALLOWED_CHANNELS="C0SHOPNEWS")
    fails(stage, run_step(slack, photo=PHOTO, words="on sand", **channel), words)


def test_a_run_is_told_of_again_while_slack_cannot_say_where_it_leads(
    stage: BotHarness, slack: Slack
) -> None:
    slack.fault(op="conversations.info", error="internal_error", times=1)
    run_step(slack, photo=PHOTO, words="on sand", channel=PHOTOS)
    eventually(lambda: len(stage.jobs()) == 1)


def test_a_file_that_is_shared_elsewhere_is_no_runs_to_show(
    stage: BotHarness, slack: Slack, jpeg: bytes
) -> None:
    file_id = slack.upload(jpeg)
    slack.write("on a beach, for us alone", channel=DIRECT[ANNA], file_ids=[file_id])
    run = run_step(slack, photo=file_id, words="on sand", channel=PHOTOS)
    eventually(lambda: state_of(stage.slack, run)["state"] == "failed")
    assert "not shared in the step's channel" in state_of(slack, run)["error"]
    assert {job["gesture"] for job in stage.jobs()} <= {"direct"}


@pytest.mark.parametrize(
    "error", ["access_denied", "no_permission", "ekm_access_denied", "team_access_not_granted"]
)
def test_a_file_that_slack_hides_ends_a_run_with_what_to_do(
    error: str, stage: BotHarness, slack: Slack, jpeg: bytes
) -> None:
    file_id = slack.upload(jpeg)
    slack.write("the cup", file_ids=[file_id])
    slack.fault(op="files.info", error=error)
    run = run_step(slack, photo=file_id, words="on sand", channel=PHOTOS)
    fails(stage, run, "does not let me read this photo")
