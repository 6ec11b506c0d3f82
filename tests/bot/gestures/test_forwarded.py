"""A message that somebody forwards, with its photo, and a few words."""

from typing import Any

from functions.jobs.settings import ChannelSettings, save_channel_settings
from tests.bot.driving import settled
from tests.bot.gestures.driving import DIRECT, BotHarness
from tests.bot.looking import Json
from tests.local.slack.driver import ANNA, PHOTOS, YUN

ELSEWHERE = DIRECT[YUN]
DM = DIRECT[ANNA]


def forward(stage: BotHarness, text: str, *, file: str = "", channel: str = PHOTOS) -> Json:
    """Anna posts into a direct message; she forwards it with a few words; Slack tells of both."""
    first = stage.slack.write("the new cup", channel=DM, file_ids=[file] if file else [])
    source = {"channel": DM, "ts": first["ts"]}
    message = stage.slack.write(text, channel=channel, forward=source)
    settled(stage.slack, 2 + bool(file) + text.startswith("@Backdrop"))
    return message


def forwarded_jobs(stage: BotHarness) -> list[dict[str, Any]]:
    return [job for job in stage.jobs() if job["photo"].get("forwarded")]


def test_a_mention_with_a_forwarded_photo_is_a_job(stage: BotHarness) -> None:
    photo = stage.upload()
    message = forward(stage, "@Backdrop on a beach", file=photo)
    (job,) = forwarded_jobs(stage)
    assert (job["gesture"], job["photo"]["file_id"]) == ("mention", photo)
    assert job["thread"] == {"channel": PHOTOS, "thread_ts": message["ts"]}


def test_a_photo_that_is_forwarded_into_a_direct_message_is_a_job(stage: BotHarness) -> None:
    forward(stage, "on a beach", file=stage.upload(), channel=DM)
    (job,) = forwarded_jobs(stage)
    assert job["wish"] == {"prompt": "on a beach"}


def test_a_photo_forwarded_into_a_channel_of_photos_gets_its_scene(
    stage: BotHarness,
) -> None:
    settings = ChannelSettings(auto=True, by=YUN, at=1.0, words="on a table")
    save_channel_settings(stage.ledger.bucket, PHOTOS, settings)
    forward(stage, "", file=stage.upload())
    (job,) = forwarded_jobs(stage)
    assert (job["gesture"], job["wish"]) == ("upload", {"prompt": "on a table"})


def test_a_forwarded_message_without_a_photo_is_told_what_to_do(stage: BotHarness) -> None:
    forward(stage, "@Backdrop on a beach")
    (said,) = stage.whispers()
    assert said.startswith("I cannot see a photo in the message that you forwarded")
    assert forwarded_jobs(stage) == []
