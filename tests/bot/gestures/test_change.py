"""The form that changes a picture: filled in as it was asked for."""

import pytest

from functions.jobs.errors import ErrorCode
from functions.jobs.model import PhotoUrl, SlackFile
from functions.jobs.steps import Failed
from functions.jobs.wish import Resolution, Wish
from tests.bot.gestures.driving import BotHarness
from tests.bot.gestures.forms import fields_of, initial, wish_of
from tests.bot.looking import Json, menu_entry, pieces
from tests.local.slack.driver import ANNA, YUN


def test_change_fills_the_form_in_as_the_picture_was_asked_for(stage: BotHarness) -> None:
    wish = Wish(prompt="a & b", product="car", avoid="people")
    parent, ts = stage.result(wish=wish, mask=SlackFile(file_id="F2"))
    stage.press("change", ts)
    view = stage.modal()
    assert view
    assert [initial(view, name) for name in ("words", "product", "avoid")] == [
        "a & b",
        "car",
        "people",
    ]
    assert "photos" not in fields_of(view)
    stage.submit(words="a beach")
    (job,) = stage.jobs()
    assert job["gesture"] == "change"
    assert wish_of(job) == {"prompt": "a beach", "product": "car", "avoid": "people"}
    assert job["photo"]["job_id"] == job["mask"]["job_id"] == parent.id
    assert job["parent"]["job_id"] == parent.id
    assert job["thread"]["thread_ts"] == parent.place.thread_ts


def test_the_form_shows_the_photo_that_is_used_again(stage: BotHarness) -> None:
    photo = stage.upload("jug.jpg")
    _, ts = stage.result(photo=SlackFile(file_id=photo, name="jug.jpg"))
    assert shown_picture(stage, ts)["slack_file"] == {"id": photo}


def test_a_photo_that_slack_has_not_is_shown_by_its_link(stage: BotHarness) -> None:
    parent, ts = stage.result(photo=PhotoUrl(url="https://shop.example/cup.jpg"))
    assert shown_picture(stage, ts)["image_url"] == stage.links.picture(parent.id, "before.jpg")


def test_a_photo_that_slack_cannot_show_does_not_keep_the_form_from_opening(
    stage: BotHarness,
) -> None:
    _, ts = stage.result(photo=SlackFile(file_id="F0GONE", name="jug.jpg"))
    stage.press("change", ts)
    assert stage.modal()


def shown_picture(stage: BotHarness, ts: str) -> Json:
    """What Change… shows beside its first line."""
    stage.press("change", ts)
    view = stage.modal()
    assert view
    return dict(view["blocks"][0]["accessory"])


def test_another_size_begins_where_one_types_it(stage: BotHarness) -> None:
    _, ts = stage.result()
    other = menu_entry(stage.message(ts)["blocks"], "size", ":other")
    stage.press("size", ts, selected_option=other)
    view = stage.modal()
    assert view
    focused = [
        one["block_id"] for one in view["blocks"] if "focus_on_load" in one.get("element", {})
    ]
    assert focused == ["own_size"]


@pytest.mark.parametrize(
    ("filled", "size"),
    [
        ({"size": "9:16"}, {"width": 720, "height": 1280}),
        ({"size": "9:16", "own_size": "900:600"}, {"width": 900, "height": 600}),
        ({"words": "a lake"}, {"width": 2000, "height": 2000}),
    ],
)
def test_a_size_chosen_in_the_menu_counts_more_than_one_that_the_form_was_opened_with(
    stage: BotHarness, filled: dict[str, str], size: Json
) -> None:
    wish = Wish(prompt="a beach", resolution=Resolution(width=2000, height=2000))
    _, ts = stage.result(wish=wish)
    stage.press("change", ts)
    stage.submit(**filled)
    (job,) = stage.jobs()
    assert job["wish"]["resolution"] == size


def test_a_photo_that_could_not_be_used_is_replaced_in_the_form(stage: BotHarness) -> None:
    wish = Wish(prompt="a beach", product="cup")
    failed = Failed(at=1.0, code=ErrorCode.PHOTO_EMPTY)
    refused = stage.job(wish=wish)
    ts = stage.tell(refused, failed)
    (button,) = [one for one in pieces(stage.message(ts)["blocks"]) if "action_id" in one]
    assert button["text"]["text"] == "Fix…"
    stage.press("change", ts)
    view = stage.modal()
    assert view
    assert [initial(view, name) for name in ("words", "product")] == ["a beach", "cup"]
    photo = stage.upload("jug.jpg")
    stage.submit(photos=[photo])
    (job,) = stage.jobs()
    assert job["photo"]["file_id"] == photo
    assert wish_of(job) == {"prompt": "a beach", "product": "cup"}
    assert job["thread"]["thread_ts"] == refused.place.thread_ts


def test_a_mask_that_could_not_be_used_is_replaced_and_the_photo_stays(stage: BotHarness) -> None:
    refused = stage.job(mask=SlackFile(file_id="F2"))
    ts = stage.tell(refused, Failed(at=1.0, code=ErrorCode.MASK_ALL_OPAQUE))
    stage.press("change", ts)
    mask = stage.upload("mask.png")
    stage.submit(mask=[mask])
    (job,) = stage.jobs()
    assert job["photo"]["file_id"] == "F0123456789"
    assert job["mask"]["file_id"] == mask


def test_a_new_mask_replaces_the_old_one(stage: BotHarness) -> None:
    _, ts = stage.result(mask=SlackFile(file_id="F2"))
    stage.press("change", ts)
    mask = stage.upload("mask.png")
    stage.submit(mask=[mask])
    assert stage.jobs()[0]["mask"]["file_id"] == mask


def test_two_people_change_the_same_picture_into_two(stage: BotHarness) -> None:
    _, ts = stage.result()
    for user in (ANNA, YUN):
        stage.press("change", ts, user=user)
        stage.submit(user=user, words="a beach")
    assert len(stage.jobs()) == 2


def test_a_picture_that_was_deleted_meanwhile_cannot_be_changed(stage: BotHarness) -> None:
    parent, ts = stage.result()
    stage.press("change", ts)
    stage.ledger.add_tombstone(parent.id, why="delete", by=ANNA)
    sent = stage.submit(words="a beach")
    assert sent["errors"] == {"words": "The photo is no longer there. Please upload it again."}
