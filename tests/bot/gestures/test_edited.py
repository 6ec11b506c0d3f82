"""Messages that are edited while their jobs are open, and after these have ended."""

from functions.jobs.settings import ChannelSettings, save_channel_settings
from functions.jobs.steps import Checked
from tests.bot.driving import settled
from tests.bot.gestures.conftest import BotWith
from tests.bot.gestures.driving import BotHarness
from tests.bot.gestures.test_messages import write
from tests.bot.looking import Json
from tests.local.slack.driver import ANNA, PHOTOS, YUN

TOO_LATE = "I used the words as they were first sent."
CHECK_TOO_LATE = "The check is for the shops that were named"


def edit(stage: BotHarness, message: Json, text: str, *, events: int) -> None:
    """Edit a message, and wait until the bot has answered so many events more."""
    before = len({row["event_id"] for row in stage.slack.deliveries() if row["event_id"]})
    stage.slack.act("PATCH", "messages", user=ANNA, channel=PHOTOS, ts=message["ts"], text=text)
    settled(stage.slack, before + events)


def test_words_that_come_too_late_for_several_sizes_are_told_so_and_no_price_again(
    stage: BotHarness,
) -> None:
    message = write(stage, "@Backdrop on sand --for amazon, stories", file_ids=[stage.upload()])
    edit(stage, message, "@Backdrop on marble --for amazon, stories", events=2)
    assert {job["wish"]["prompt"] for job in stage.jobs()} == {"on sand"}
    price, late = stage.whispers()
    assert price.startswith("2 pictures: ")
    assert late.startswith(TOO_LATE)


def test_sizes_that_are_named_only_in_the_edit_are_told_with_their_price(
    stage: BotHarness,
) -> None:
    message = write(stage, "@Backdrop on sand --size huge", file_ids=[stage.upload()])
    edit(stage, message, "@Backdrop on sand --for amazon, stories", events=2)
    refusal, price = stage.whispers()
    assert "huge" in refusal
    assert price.startswith("2 pictures: ")
    assert len(stage.jobs()) == 2


def test_an_edit_that_was_taken_is_not_too_late_when_another_process_hears_of_it_again(
    stage: BotHarness, bot_with: BotWith
) -> None:
    message = write(stage, "@Backdrop on sand --size huge", file_ids=[stage.upload()])
    edit(stage, message, "@Backdrop on sand", events=2)
    assert len(stage.jobs()) == 1
    bot_with()
    taken = stage.slack.deliveries("app_mention")[-1]["event_id"]
    again = stage.slack.ask("POST", "/_control/redeliver", json={"event_id": taken})
    assert [row["status"] for row in again.json()["deliveries"]] == [200]
    (refusal,) = stage.whispers()
    assert "huge" in refusal


def test_where_every_photo_counts_an_edit_does_not_name_the_price_again(stage: BotHarness) -> None:
    settings = ChannelSettings(auto=True, by=YUN, at=1.0, words="on a table")
    save_channel_settings(stage.ledger.bucket, PHOTOS, settings)
    message = write(stage, "look at this --for amazon, stories", file_ids=[stage.upload()])
    edit(stage, message, "look at that --for amazon, stories", events=1)
    assert {job["wish"]["prompt"] for job in stage.jobs()} == {"look at this"}
    assert len(stage.whispers()) == 1


def test_shops_that_come_too_late_for_a_check_are_told_so(stage: BotHarness) -> None:
    message = write(stage, "@Backdrop check amazon", file_ids=[stage.upload()])
    edit(stage, message, "@Backdrop check etsy", events=2)
    (job,) = stage.jobs()
    assert job["wish"] == {"shop": "amazon"}
    (said,) = stage.whispers()
    assert said.startswith(CHECK_TOO_LATE)


def test_a_check_that_has_ended_is_not_opened_again_by_an_edit(stage: BotHarness) -> None:
    message = write(stage, "@Backdrop check amazon", file_ids=[stage.upload()])
    job = stage.ledger.job(stage.jobs()[0]["id"])
    assert job is not None
    stage.finish(job, pictures=(), generated=None, checked=(Checked(shop="amazon"),))
    edit(stage, message, "@Backdrop check etsy", events=2)
    assert stage.jobs() == []
    (said,) = stage.whispers()
    assert said.startswith(CHECK_TOO_LATE)
