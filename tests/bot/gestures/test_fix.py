"""A message that was refused is mended where it stands: by editing it, or in the form."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from functions.jobs.model import PhotoUrl
from infra.local.slack.world import TEAM_ID
from tests.bot.gestures.conftest import BotWith
from tests.bot.gestures.driving import BotHarness, take_places
from tests.bot.gestures.forms import fields_of, initial
from tests.bot.gestures.test_messages import write
from tests.bot.looking import Json, pieces, shown_text
from tests.local.slack.driver import ANNA, PHOTOS, YUN, eventually

WRONG = "@Backdrop on a beach --size 3:9 --prodcut mug --template marbel --watermark off"
CUP = "https://shop.example/cup.jpg"


def refusals(stage: BotHarness, *, user: str = ANNA, **where: Any) -> list[Json]:
    """The messages that only that person sees."""
    shown = stage.slack.messages(user=user, **where)
    return [message for message in shown if message.get("is_ephemeral")]


def fix(stage: BotHarness, **where: Any) -> Json:
    """Press Fix… under the only refusal; gives the form."""
    (refusal,) = eventually(lambda: refusals(stage, **where))
    stage.press("fix", refusal["ts"])
    view = stage.modal()
    assert view
    return view


def has_fix(message: Json) -> bool:
    return any(piece.get("action_id") == "fix" for piece in pieces(message["blocks"]))


def test_all_mistakes_of_a_message_are_named_at_once(stage: BotHarness) -> None:
    write(stage, WRONG)  # and without a photo
    (refusal,) = refusals(stage)
    said = shown_text(refusal)
    for mistake in (
        "I need a photo",
        "The shape 3:9 is too long",
        "Did you mean --product?",
        "There is no template “marbel”",
        "mark cannot be left out",
    ):
        assert mistake in said


def test_among_them_is_the_mark_that_one_has_not_agreed_to_leave_out(
    stage: BotHarness, bot_with: BotWith
) -> None:
    bot_with(WATERMARK_OPTIONAL="1")
    write(stage, WRONG)
    (refusal,) = refusals(stage)
    assert "The shape 3:9 is too long" in shown_text(refusal)
    assert any(piece.get("action_id") == "agree_unmarked" for piece in pieces(refusal["blocks"]))


def test_a_refused_message_is_mended_in_the_form_with_its_photo_and_words(
    stage: BotHarness,
) -> None:
    photo = stage.upload()
    message = write(stage, "@Backdrop on a beach --size 3:9 --product mug", file_ids=[photo])
    view = fix(stage)
    assert "cup.jpg" in shown_text(view)
    assert [initial(view, one) for one in ("words", "product", "own_size")] == [
        "on a beach",
        "mug",
        "3:9",
    ]
    focused = [one for one in view["blocks"] if one.get("element", {}).get("focus_on_load")]
    assert [one["block_id"] for one in focused] == ["own_size"]  # where it is wrong
    stage.submit(own_size="3:4")
    (job,) = stage.jobs()
    assert job["photo"]["file_id"] == photo
    assert job["wish"]["prompt"] == "on a beach"
    assert job["wish"]["resolution"] == {"width": 960, "height": 1280}
    assert job["thread"] == {"channel": PHOTOS, "thread_ts": message["ts"]}


def test_photos_that_the_form_has_no_room_for_are_told(stage: BotHarness) -> None:
    photos = [stage.upload(f"{n}.jpg") for n in range(11)]
    write(stage, "@Backdrop on a beach --size 3:9", file_ids=photos)
    assert "1 photo of the message" in shown_text(fix(stage))


def test_the_button_stands_below_a_sentence_that_says_both_ways(stage: BotHarness) -> None:
    write(stage, "@Backdrop a beach --size 3:9", file_ids=[stage.upload()])
    photo = stage.upload(user=YUN)
    write(stage, "@Backdrop 沙滩 --尺寸 3:9", file_ids=[photo], user=YUN)
    (english,), (chinese,) = refusals(stage), refusals(stage, user=YUN)
    assert "Edit your message, or press Fix." in shown_text(english)
    assert "请编辑你的消息，或点“修正…”。" in shown_text(chinese)
    assert has_fix(english)
    assert has_fix(chinese)


def test_where_a_photo_is_missing_nobody_is_sent_to_edit(stage: BotHarness) -> None:
    """Slack has no way to add a file to a message that is sent."""
    write(stage, "@Backdrop on a beach")
    view = fix(stage)
    assert "Edit your message" not in shown_text(refusals(stage)[0])
    assert initial(view, "words") == "on a beach"
    stage.submit(photos=[stage.upload()])
    assert stage.jobs()[0]["wish"]["prompt"] == "on a beach"


def test_the_form_has_the_message_as_it_is_now(stage: BotHarness) -> None:
    message = write(stage, "@Backdrop a beach --size 3:9", file_ids=[stage.upload()])
    edited = {"user": ANNA, "channel": PHOTOS, "ts": message["ts"]}
    stage.slack.act("PATCH", "messages", **edited, text="@Backdrop a lake --size 2:9")
    eventually(lambda: len(refusals(stage)) == 2)
    stage.press("fix", refusals(stage)[0]["ts"])
    view = stage.modal()
    assert view
    assert (initial(view, "words"), initial(view, "own_size")) == ("a lake", "2:9")


def test_below_a_picture_its_photo_and_words_are_filled_in(stage: BotHarness) -> None:
    parent, _ = stage.result()
    thread_ts = parent.place.thread_ts
    write(stage, "@Backdrop --size 3:9", thread_ts=thread_ts)
    view = fix(stage, thread_ts=thread_ts)
    assert "photos" not in fields_of(view)
    assert [initial(view, one) for one in ("words", "product")] == ["on a wet street", "car"]
    stage.submit(own_size="3:4")
    (job,) = stage.jobs()
    assert job["photo"]["job_id"] == parent.id


def test_below_somebodys_photo_that_photo_is_filled_in(stage: BotHarness) -> None:
    photo = stage.upload("jug.jpg", user=YUN)
    first = write(stage, "the new jug", file_ids=[photo], user=YUN)
    write(stage, "@Backdrop a beach --size 3:9", thread_ts=first["ts"])
    assert "jug.jpg" in shown_text(fix(stage, thread_ts=first["ts"]))
    stage.submit(own_size="3:4")
    assert stage.jobs()[0]["photo"]["file_id"] == photo


def test_nobody_else_can_press_it(stage: BotHarness) -> None:
    """Slack shows it to the asker alone; a press that says otherwise opens nothing."""
    write(stage, "@Backdrop a beach --size 3:9", file_ids=[stage.upload()])
    (refusal,) = refusals(stage)
    button = next(one for one in pieces(refusal["blocks"]) if one.get("action_id") == "fix")
    payload = {
        "type": "block_actions",
        "team": {"id": TEAM_ID},
        "user": {"id": YUN, "team_id": TEAM_ID},
        "channel": {"id": PHOTOS},
        "container": {"type": "message", "message_ts": refusal["ts"], "channel_id": PHOTOS},
        "trigger_id": "1.1.a",
        "actions": [{**button, "block_id": "b", "action_ts": "1.1"}],
    }
    body = urlencode({"payload": json.dumps(payload)})
    stage.slack.ask("POST", "/_control/deliver", json={"payload": body, "door": "interactions"})
    assert stage.modal(YUN) is None
    assert stage.slack.calls("views.open") == []
    assert "Slack 暂时没有给我看你的消息" in stage.whispers(user=YUN)[0]


def test_a_message_that_is_gone_is_said_to_be(stage: BotHarness) -> None:
    message = write(stage, "@Backdrop a beach --size 3:9", file_ids=[stage.upload()])
    stage.slack.act("DELETE", "messages", user=ANNA, channel=PHOTOS, ts=message["ts"])
    stage.press("fix", refusals(stage)[0]["ts"])
    assert stage.modal() is None
    assert any("would not show me your message" in said for said in stage.whispers())


def test_what_other_words_would_not_mend_has_no_button(
    stage: BotHarness, bot_with: BotWith
) -> None:
    bot_with(QUOTA_PER_USER_PER_DAY="2")
    take_places(stage, f"people/T0BACKDROP/{ANNA}", 2)
    write(stage, "@Backdrop a beach", file_ids=[stage.upload()])
    (refusal,) = refusals(stage)
    assert not has_fix(refusal)
    assert "press Fix" not in shown_text(refusal)


def test_a_command_is_mended_with_its_address(stage: BotHarness) -> None:
    stage.command(f"{CUP} a beach --size 3:9")
    assert "Type the command again, or press Fix." in shown_text(refusals(stage)[0])
    view = fix(stage)
    assert "shop.example/cup.jpg" in shown_text(view)
    assert "photos" not in fields_of(view)
    assert (initial(view, "words"), initial(view, "own_size")) == ("a beach", "3:9")
    stage.submit(own_size="3:4")
    (job,) = stage.jobs()
    assert job["photo"] == {"from": "url", "url": PhotoUrl(url=CUP).url}
    assert job["thread"] == {"channel": PHOTOS}


@pytest.mark.parametrize("text", ["http://shop.example/cup.jpg a beach", f"{CUP} " + "x" * 1990])
def test_a_command_whose_address_is_wrong_or_too_long_is_told_what_to_do(
    stage: BotHarness, text: str
) -> None:
    stage.command(text)
    (refusal,) = refusals(stage)
    if len(text) > 1999:
        assert not has_fix(refusal)  # a button's value has no room for it
        return
    assert "photos" in fields_of(fix(stage))
    assert initial(stage.modal() or {}, "words") == "a beach"


def test_it_opens_within_the_triggers_three_seconds(stage: BotHarness) -> None:
    write(stage, "@Backdrop a beach --size 3:9", file_ids=[stage.upload()])
    stage.slack.fault(op="*.*", delay_s=0.15, times=-1)
    stage.cos.fault(op="*", delay_s=0.075, times=-1)
    fix(stage)
    assert max(row["ms"] for row in stage.slack.deliveries("block_actions")) < 3000
