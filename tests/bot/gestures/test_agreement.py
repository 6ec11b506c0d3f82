"""The mark is left out only for who has agreed once to what that means, whatever the gesture."""

import pytest

from functions.jobs.settings import PersonSettings, person_settings, save_person_settings
from functions.jobs.wish import Wish
from tests.bot.gestures.conftest import BotWith
from tests.bot.gestures.driving import BotHarness
from tests.bot.gestures.forms import fields_of, opened, wish_of
from tests.bot.gestures.test_form import ticked
from tests.bot.gestures.test_home import agree_in_home, choose, look, own, texts
from tests.bot.gestures.test_workflow import PHOTO, run_step, state_of
from tests.local.slack.driver import ANNA, PHOTOS, YUN, Slack, eventually

MEANING = "Who gets such a picture is kept on record"
THE_WAY = "needs your agreement, once: /backdrop watermark"
ADDRESS = "https://shop.example/cup.jpg on a beach --watermark off"


@pytest.fixture(autouse=True)
def _optional(bot_with: BotWith) -> None:
    bot_with(WATERMARK_OPTIONAL="1")


def press_agree(stage: BotHarness) -> None:
    """Press the button under the newest whisper that has it."""
    messages = stage.slack.messages(channel=PHOTOS, user=ANNA)
    whisper = [one for one in messages if "agree_unmarked" in str(one.get("blocks"))][-1]
    where = {"channel": PHOTOS, "message_ts": whisper["ts"], "block_id": "agreement"}
    assert stage.slack.act("POST", "actions", user=ANNA, action_id="agree_unmarked", **where)["ok"]


def agreed(stage: BotHarness, user: str = ANNA) -> bool:
    return person_settings(stage.ledger.bucket, "T0BACKDROP", user).agreed_unmarked_at > 0


def mention(stage: BotHarness) -> None:
    stage.slack.write("@Backdrop on a beach --watermark off", file_ids=[stage.upload()])


def test_words_are_refused_with_the_way_to_agree_and_taken_after_it(stage: BotHarness) -> None:
    mention(stage)
    said = eventually(stage.whispers)[0]
    assert THE_WAY in said
    assert MEANING in said
    assert stage.jobs() == []
    press_agree(stage)
    assert agreed(stage)
    mention(stage)
    stage.wait_for_jobs(1)
    assert stage.jobs()[0]["wish"]["watermark"] is False


def test_a_command_is_refused_likewise(stage: BotHarness) -> None:
    stage.command(ADDRESS)
    assert THE_WAY in stage.whispers()[0]
    assert MEANING in stage.whispers()[0]
    assert stage.jobs() == []
    press_agree(stage)
    stage.command(ADDRESS)
    assert stage.jobs()[0]["wish"]["watermark"] is False


@pytest.mark.parametrize("typed", ["watermark", "水印"])
def test_the_command_says_what_it_means_before_anybody_agrees(
    stage: BotHarness, typed: str
) -> None:
    stage.command(typed)
    assert MEANING in stage.whispers()[0]
    assert not agreed(stage)
    press_agree(stage)
    assert agreed(stage)


def test_the_form_says_it_under_the_box(stage: BotHarness) -> None:
    assert "watermark" in fields_of(opened(stage))
    sent = stage.submit(photos=[stage.upload()], words="a beach", watermark=[])
    assert THE_WAY in sent["errors"]["watermark"]
    assert stage.jobs() == []


def test_home_has_the_menu_only_for_who_has_agreed_and_lets_them_withdraw(
    stage: BotHarness,
) -> None:
    home = look(stage)
    assert not any(block.get("block_id") == "home_watermark" for block in home["blocks"])
    assert any(MEANING in line for line in texts(home))
    agree_in_home(stage)
    choose(stage, "home_watermark", "off")
    assert own(stage).watermark is False
    agree_in_home(stage, "withdraw")
    assert (own(stage).watermark, own(stage).agreed_unmarked_at) == (None, 0.0)


def test_what_an_earlier_release_has_saved_is_no_agreement(stage: BotHarness) -> None:
    save_person_settings(stage.ledger.bucket, "T0BACKDROP", ANNA, PersonSettings(watermark=False))
    assert ticked(opened(stage))
    stage.submit(photos=[stage.upload()], words="a beach")
    assert wish_of(stage.jobs()[0]) == {"prompt": "a beach"}


def test_one_persons_agreement_is_not_anothers(stage: BotHarness) -> None:
    """Whoever presses a button under an unmarked picture without it gets the mark."""
    agreed_by_anna = PersonSettings(agreed_unmarked_at=1.0)
    save_person_settings(stage.ledger.bucket, "T0BACKDROP", ANNA, agreed_by_anna)
    _, ts = stage.result(wish=Wish(prompt="a beach", watermark=False))
    stage.press("again", ts)
    stage.press("variations", ts, user=YUN)
    by_asker = {job["asker"]["user_id"]: job["wish"].get("watermark", True) for job in stage.jobs()}
    assert by_asker == {ANNA: False, YUN: True}


def test_a_change_of_an_unmarked_picture_begins_with_the_mark(stage: BotHarness) -> None:
    _, ts = stage.result(wish=Wish(prompt="a beach", watermark=False))
    stage.press("change", ts)
    view = stage.modal(ANNA)
    assert view
    assert ticked(view)


def test_a_channels_scene_is_refused_likewise(stage: BotHarness) -> None:
    stage.command("auto on on a beach --watermark off")
    assert THE_WAY in stage.whispers()[0]


def test_a_workflow_is_nobody_who_could_agree(stage: BotHarness, slack: Slack) -> None:
    run = run_step(slack, photo=PHOTO, words="on sand --watermark off")
    eventually(lambda: state_of(slack, run)["state"] == "failed")
    assert "nobody is there who could agree" in state_of(slack, run)["error"]
    assert stage.jobs() == []
