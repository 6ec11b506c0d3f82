"""The three seconds that Slack waits, when everybody else is slow but alive."""

import pytest

from functions.jobs.settings import ChannelSettings, save_channel_settings
from tests.bot.gestures.driving import BotHarness
from tests.local.slack.driver import ADMIN, ANNA, PHOTOS, eventually

# Each call takes longer than usual (0.1 and 0.02 s), and leaves a busy machine room below 3 s.
SLACK_S, COS_S = 0.15, 0.075
CUP = "https://shop.example/cup.jpg"


def slow(stage: BotHarness) -> None:
    """From now on every call takes its time, and nobody's language is known."""
    stage.slack.fault(op="*.*", delay_s=SLACK_S, times=-1)
    stage.cos.fault(op="*", delay_s=COS_S, times=-1)


def answered(stage: BotHarness) -> None:
    """Every request was answered well, at the first try."""
    eventually(lambda: all(row["answered_at"] for row in stage.slack.deliveries()))
    rows = stage.slack.deliveries()
    assert {row["status"] for row in rows} == {200}
    assert {row["attempt"] for row in rows} == {0}
    assert max(row["ms"] for row in rows) < 3000


@pytest.mark.parametrize("action_id", ["again", "variations", "cutout", "change", "delete"])
def test_a_press(stage: BotHarness, action_id: str) -> None:
    _, ts = stage.result()
    slow(stage)
    stage.press(action_id, ts, user=ADMIN)
    answered(stage)


def test_keeping_one_of_several(stage: BotHarness) -> None:
    jobs, ts = stage.several()
    slow(stage)
    stage.press_in(f"result-{jobs[0].id}", "use_this", ts)
    answered(stage)


@pytest.mark.parametrize(
    "text", ["", "a beach", "help", "usage", "auto on a table", "auto off", f"{CUP} a beach", CUP]
)
def test_a_command(stage: BotHarness, text: str) -> None:
    thread = stage.thread(ANNA, PHOTOS)
    for _ in range(40 if text == "usage" else 1):  # where each is looked at
        stage.finish(stage.job(thread=thread), pictures=())
    slow(stage)
    stage.command(text)
    answered(stage)


def test_a_form(stage: BotHarness) -> None:
    stage.slack.act("POST", "shortcuts", user=ANNA, callback_id="new_picture")
    slow(stage)
    stage.submit(photos=[stage.upload(f"{n}.jpg") for n in range(10)], words="a beach")
    answered(stage)
    assert len(stage.jobs()) == 10


def test_a_shortcut_on_a_message(stage: BotHarness) -> None:
    ts = stage.slack.write("look", file_ids=[stage.upload()])["ts"]
    slow(stage)
    where = {"channel": PHOTOS, "message_ts": ts}
    stage.slack.act("POST", "shortcuts", user=ANNA, callback_id="use_photos", **where)
    answered(stage)
    assert stage.modal()


@pytest.mark.parametrize("text", ["@Backdrop a beach", "@Backdrop", "", "a beach"])
def test_a_message_with_ten_photos(stage: BotHarness, text: str) -> None:
    save_channel_settings(stage.ledger.bucket, PHOTOS, ChannelSettings(auto=True, words="a table"))
    photos = [stage.upload(f"{n}.jpg") for n in range(10)]
    slow(stage)
    stage.slack.write(text, file_ids=photos)
    answered(stage)


def test_words_for_a_photo_above(stage: BotHarness) -> None:
    first = stage.slack.write("the new cups", file_ids=[stage.upload()])
    slow(stage)
    stage.slack.write("@Backdrop a beach", thread_ts=first["ts"])
    stage.wait_for_jobs(1)
    answered(stage)
    assert len(stage.slack.calls("conversations.replies")) == 1  # for its own files as well


def test_home(stage: BotHarness) -> None:
    for _ in range(40):
        stage.finish(stage.job())
    slow(stage)
    stage.slack.act("POST", "home", user=ANNA)
    answered(stage)
    assert stage.home()


@pytest.fixture(autouse=True)
def _strangers(stage: BotHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's language is remembered from the test before."""
    monkeypatch.setattr("bot.slack_api.users.KEPT_S", -1.0)
