"""Which photo is meant by words that come without one."""

from typing import Any

import pytest

from bot.requests import photo_above
from functions.jobs.bucket_layout import STAGED, step_key
from functions.jobs.model import Parent, Thread
from functions.jobs.wish import Resolution, Wish
from tests.bot.gestures.driving import DIRECT, BotHarness
from tests.bot.gestures.test_messages import write
from tests.bot.looking import Json
from tests.local.slack.driver import ANNA, PHOTOS, YUN, eventually

DM = DIRECT[ANNA]


def posted(stage: BotHarness, *names: str, user: str = ANNA, **more: Any) -> tuple[list[str], Json]:
    """Photos of a person's own, without a word to us."""
    files = [stage.upload(name, user=user) for name in names]
    return files, write(stage, "the new cups", user=user, file_ids=files, **more)


def photos(stage: BotHarness) -> list[str]:
    return [job["photo"]["file_id"] for job in stage.jobs()]


# --- in a thread


def test_a_photo_that_was_posted_without_a_mention_is_meant_by_a_reply(stage: BotHarness) -> None:
    (photo,), first = posted(stage, "cup.jpg")
    write(stage, "@Backdrop on a beach", thread_ts=first["ts"], user=YUN)
    (job,) = stage.jobs()
    assert job["photo"] == {"from": "slack-file", "file_id": photo, "name": "cup.jpg"}
    assert (job["gesture"], job["wish"]) == ("mention", {"prompt": "on a beach"})
    assert job["asker"]["user_id"] == YUN
    assert job["thread"] == {"channel": PHOTOS, "thread_ts": first["ts"]}


def test_of_several_the_nearest_above_is_meant(stage: BotHarness) -> None:
    _, first = posted(stage, "cup.jpg")
    (jug,), _ = posted(stage, "jug.jpg", thread_ts=first["ts"])
    message = write(stage, "@Backdrop", thread_ts=first["ts"])  # which says nothing yet
    posted(stage, "later.jpg", thread_ts=first["ts"])
    edited = {"user": ANNA, "channel": PHOTOS, "ts": message["ts"], "text": "@Backdrop on a beach"}
    stage.slack.act("PATCH", "messages", **edited)
    stage.wait_for_jobs(1)
    assert photos(stage) == [jug]


def test_photos_of_one_message_are_meant_together_each_with_its_mask(stage: BotHarness) -> None:
    files, first = posted(stage, "cup.jpg", "jug.jpg", "jug.mask.png")
    write(stage, "@Backdrop on a beach", thread_ts=first["ts"])
    jobs = {job["photo"]["file_id"]: job.get("mask", {}).get("file_id") for job in stage.jobs()}
    assert jobs == {files[0]: None, files[1]: files[2]}


def test_a_picture_of_ours_and_a_photo_below_it_are_each_the_nearest_in_turn(
    stage: BotHarness,
) -> None:
    _, first = posted(stage, "cup.jpg")
    parent = stage.job(thread=thread_of(first))
    stage.finish(parent)
    stage.show(parent)
    write(stage, "@Backdrop on a beach", thread_ts=first["ts"])
    assert stage.jobs()[0]["photo"]["job_id"] == parent.id
    (jug,), _ = posted(stage, "jug.jpg", thread_ts=first["ts"])
    write(stage, "@Backdrop on a lake", thread_ts=first["ts"])
    lake = next(job for job in stage.jobs() if job["wish"]["prompt"] == "on a lake")
    assert lake["photo"]["file_id"] == jug
    assert lake["wish"] == {"prompt": "on a lake"}  # of another picture's product nothing is kept


def test_of_a_deleted_picture_the_photo_above_it_is_meant(stage: BotHarness) -> None:
    (photo,), first = posted(stage, "cup.jpg")
    parent = stage.job(thread=thread_of(first))
    stage.finish(parent)
    stage.show(parent)
    stage.ledger.add_tombstone(parent.id, why="delete", by=ANNA)
    write(stage, "@Backdrop on a beach", thread_ts=first["ts"])
    assert photos(stage) == [photo]


def test_below_a_cut_out_its_own_photo_is_meant(stage: BotHarness) -> None:
    parent, _ = stage.result()
    cut = stage.job(gesture="cutout", thread=parent.place, parent=Parent(job_id=parent.id))
    stage.finish(cut, generated=None)
    stage.show(cut)
    write(stage, "@Backdrop on a beach", thread_ts=parent.place.thread_ts)
    (job,) = stage.jobs()
    assert job["photo"]["job_id"] == parent.id


def test_below_a_picture_that_was_fitted_from_a_fitted_one_the_photo_of_the_first_is_meant(
    stage: BotHarness,
) -> None:
    """As for two shops of one shape, both of whose sizes an earlier picture has pixels for."""
    parent, _ = stage.result()
    above = parent
    for _ in range(2):
        above = stage.job(gesture="fit", thread=parent.place, parent=Parent(job_id=above.id))
        stage.finish(above, generated=None)
        stage.ledger.bucket.delete(step_key(above.id, STAGED))
    stage.show(above)
    write(stage, "@Backdrop on a beach", thread_ts=parent.place.thread_ts)
    assert stage.whispers() == []
    (job,) = stage.jobs()
    assert job["photo"]["job_id"] == parent.id


def test_files_that_are_no_pictures_are_passed_over(stage: BotHarness) -> None:
    (photo,), first = posted(stage, "cup.jpg")
    notes = stage.slack.upload(b"some words", name="notes.txt")
    write(stage, "the order", thread_ts=first["ts"], file_ids=[notes])
    write(stage, "@Backdrop on a beach", thread_ts=first["ts"])
    assert photos(stage) == [photo]


def test_outside_of_a_thread_the_photo_is_asked_for(stage: BotHarness) -> None:
    posted(stage, "cup.jpg")
    write(stage, "@Backdrop on a beach")
    assert stage.jobs() == []
    assert stage.whispers()[0].startswith("I need a photo")
    assert stage.slack.calls("conversations.replies") == []


# --- words and options


def test_an_option_alone_keeps_the_words(stage: BotHarness) -> None:
    parent, _ = stage.result(wish=Wish(prompt="a wet street", product="car", avoid="people"))
    write(stage, "@Backdrop --size 9:16", thread_ts=parent.place.thread_ts)
    (job,) = stage.jobs()
    assert job["wish"] == {
        "prompt": "a wet street",
        "product": "car",
        "avoid": "people",
        "resolution": {"width": 720, "height": 1280},
    }


def test_a_template_alone_takes_the_place_of_the_words(stage: BotHarness) -> None:
    parent, _ = stage.result(wish=Wish(prompt="a wet street", product="car"))
    write(stage, "@Backdrop --template marble", thread_ts=parent.place.thread_ts)
    assert stage.jobs()[0]["wish"] == {"template": "大理石", "product": "car"}


def test_words_alone_keep_the_options(stage: BotHarness) -> None:
    wide = Resolution(width=1280, height=720)
    parent, _ = stage.result(wish=Wish(template="大理石", product="car", resolution=wide))
    write(stage, "@Backdrop on a beach", thread_ts=parent.place.thread_ts)
    assert stage.jobs()[0]["wish"] == {
        "prompt": "on a beach",
        "product": "car",
        "resolution": {"width": 1280, "height": 720},
    }


def test_a_mention_alone_paints_nothing_again(stage: BotHarness) -> None:
    parent, _ = stage.result()
    write(stage, "@Backdrop", thread_ts=parent.place.thread_ts)
    assert stage.jobs() == []
    assert stage.whispers()[0].startswith("Tell me what the new background should be")


# --- in a direct message


def test_words_without_a_photo_mean_the_last_one_there(stage: BotHarness) -> None:
    write(stage, "on a lake", channel=DM, file_ids=[stage.upload("first.jpg")])
    photo = stage.upload("cup.jpg")
    write(stage, "on a beach --product cup --size 16:9", channel=DM, file_ids=[photo])
    message = write(stage, "in the snow instead", channel=DM)
    (job,) = [job for job in stage.jobs() if job["wish"]["prompt"] == "in the snow instead"]
    assert job["photo"]["file_id"] == photo
    assert job["wish"]["product"] == "cup"
    assert job["wish"]["resolution"] == {"width": 1280, "height": 720}
    assert job["thread"] == {"channel": DM, "thread_ts": message["ts"]}


def test_a_picture_that_came_there_without_a_photo_is_the_last_one(stage: BotHarness) -> None:
    """As one does that was asked for in the form."""
    write(stage, "on a lake", channel=DM, file_ids=[stage.upload("first.jpg")])
    parent = stage.job(thread=Thread(channel=DM))
    stage.finish(parent)
    stage.show(parent)
    write(stage, "in the snow instead", channel=DM)
    assert parent.id in [job["photo"].get("job_id") for job in stage.jobs()]


# --- what is not known is asked for


def is_asked_for(stage: BotHarness, said: str) -> bool:
    (whisper,) = eventually(stage.whispers)
    return stage.jobs() == [] and said in whisper


def test_a_slow_slack_is_not_waited_for_and_nothing_is_guessed(stage: BotHarness) -> None:
    """Although we know which picture that thread has shown last."""
    first = write(stage, "Thanks!", channel=DM)
    parent = stage.job(thread=Thread(channel=DM, thread_ts=first["ts"]))
    stage.finish(parent)
    stage.show(parent)
    stage.ledger.set_latest_in_thread(DM, first["ts"], parent.id)
    stage.slack.fault(op="conversations.replies", delay_s=2.0, times=-1)
    write(stage, "on a beach", channel=DM, thread_ts=first["ts"])
    (said,) = stage.whispers(channel=DM)
    assert said.startswith("I could not look through the messages above yours")
    assert stage.jobs() == []
    assert max(row["ms"] for row in stage.slack.deliveries()) < 3000


def test_what_slack_does_not_let_us_read_is_asked_for(stage: BotHarness) -> None:
    _, first = posted(stage, "cup.jpg")
    stage.slack.without_scope("channels:history")
    stage.slack.write("@Backdrop on a beach", thread_ts=first["ts"])
    assert is_asked_for(stage, "I could not look through the messages above yours")


def test_of_a_thread_that_is_longer_than_a_page_nothing_is_guessed(
    stage: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack gives a thread from its beginning: what is nearest stands at the other end."""
    monkeypatch.setattr(photo_above, "OF_A_THREAD", 3)
    _, first = posted(stage, "cup.jpg")
    for _ in range(3):
        write(stage, "nice", thread_ts=first["ts"])
    write(stage, "@Backdrop on a beach", thread_ts=first["ts"])
    assert is_asked_for(stage, "I could not look through the messages above yours")


def test_a_photo_that_somebody_else_forwarded_is_not_taken(stage: BotHarness) -> None:
    """It is from where the asker may not be; the one who forwards it has seen it."""
    photo = stage.upload("secret.jpg")
    secret = write(stage, "--not-yet public", channel=DM, file_ids=[photo])
    first = write(stage, "see", forward={"channel": DM, "ts": secret["ts"]})
    write(stage, "@Backdrop on a beach", thread_ts=first["ts"], user=YUN)
    (whisper,) = stage.whispers(user=YUN)
    assert stage.jobs() == []
    assert "forwarded from elsewhere" in whisper or "别人从其他地方转发来的" in whisper
    write(stage, "@Backdrop on a beach", thread_ts=first["ts"])
    (job,) = stage.jobs()
    assert job["photo"] == {
        "from": "slack-file",
        "file_id": photo,
        "name": "secret.jpg",
        "forwarded": True,
    }


def thread_of(message: Json) -> Thread:
    return Thread(channel=PHOTOS, thread_ts=str(message["ts"]))
