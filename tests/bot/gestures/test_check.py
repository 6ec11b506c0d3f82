"""Check: the word in a message, the shortcut of any message with pictures, the command."""

import pytest

from bot.requests.prompt_parser import shops_to_check
from functions.jobs.model import Parent
from functions.jobs.shops import SHOPS
from tests.bot.gestures.driving import BotHarness
from tests.local.slack.driver import ANNA, PHOTOS, eventually


@pytest.mark.parametrize(
    ("said", "shops"),
    [
        ("check", []),
        ("Check amazon", ["amazon"]),
        ("check --for amazon, ebay", ["amazon", "ebay"]),
        ("检查 亚马逊、淘宝", ["amazon", "taobao"]),
        ("检查 亚马逊和淘宝？", ["amazon", "taobao"]),
        ("check amazon?", ["amazon"]),
        ("check " + ", ".join(shop.key for shop in SHOPS), [shop.key for shop in SHOPS]),
    ],
)
def test_the_word_with_shops_or_alone_asks_for_a_check(said: str, shops: list[str]) -> None:
    found = shops_to_check(said)
    assert found is not None
    assert [shop.key for shop in found] == shops


@pytest.mark.parametrize("said", ["check pattern tablecloth", "on a check cloth", "checkered", ""])
def test_words_for_a_background_are_none(said: str) -> None:
    assert shops_to_check(said) is None


def test_in_a_thread_our_picture_is_checked_as_it_was_made(stage: BotHarness) -> None:
    parent, _ = stage.result()
    thread = parent.place.thread_ts
    stage.slack.write("@Backdrop check amazon", channel=PHOTOS, thread_ts=thread)
    stage.wait_for_jobs(1)
    (job,) = stage.jobs()
    assert (job["gesture"], job["wish"]) == ("check", {"shop": "amazon"})
    assert job["photo"] == {"from": "pictures", "jobs": [parent.id], "name": "cup.png"}
    assert job["thread"]["thread_ts"] == thread


@pytest.mark.parametrize("gesture", ["fit", "cutout"])
def test_a_picture_made_of_another_is_checked_itself(stage: BotHarness, gesture: str) -> None:
    parent, _ = stage.result()
    made, ts = stage.result(
        gesture=gesture, thread=parent.place, parent=Parent(job_id=parent.id), channel=PHOTOS
    )
    thread = parent.place.thread_ts
    stage.slack.write("@Backdrop check amazon", channel=PHOTOS, thread_ts=thread)
    stage.wait_for_jobs(1)
    where = {"channel": PHOTOS, "message_ts": ts}
    stage.slack.act("POST", "shortcuts", user=ANNA, callback_id="check_pictures", **where)
    stage.wait_for_jobs(2)
    assert [job["photo"]["jobs"] for job in stage.jobs()] == [[made.id], [made.id]]


def test_the_shortcut_checks_each_picture_of_a_message(stage: BotHarness) -> None:
    files = [stage.upload("a.jpg"), stage.upload("b.jpg")]
    message = stage.slack.write("the new cups", file_ids=files)
    where = {"channel": PHOTOS, "message_ts": message["ts"]}
    stage.slack.act("POST", "shortcuts", user=ANNA, callback_id="check_pictures", **where)
    eventually(lambda: len(stage.jobs()) == 2)
    assert {job["photo"]["file_id"] for job in stage.jobs()} == {*files}
    assert {job["wish"].get("shop", "") for job in stage.jobs()} == {""}


def test_a_message_without_a_picture_is_asked_for_one(stage: BotHarness) -> None:
    message = stage.slack.write("no picture here")
    where = {"channel": PHOTOS, "message_ts": message["ts"]}
    stage.slack.act("POST", "shortcuts", user=ANNA, callback_id="check_pictures", **where)
    (said,) = eventually(stage.whispers)
    assert said.startswith("I need a photo")


@pytest.mark.parametrize("between", [" ", "\n", "  "])
def test_the_command_checks_the_picture_at_an_address(stage: BotHarness, between: str) -> None:
    stage.command(f"check{between}https://shop.example/cup.jpg ebay")
    (job,) = stage.jobs()
    assert (job["gesture"], job["wish"]) == ("check", {"shop": "ebay"})
    assert job["photo"] == {"from": "url", "url": "https://shop.example/cup.jpg"}
