"""Direct messages, channels where every photo becomes a job, and words in a result's thread."""

from typing import Any

import pytest

from functions.jobs.model import SlackFile
from functions.jobs.settings import (
    ChannelSettings,
    PersonSettings,
    save_channel_settings,
    save_person_settings,
)
from functions.jobs.wish import Packshot, Resolution, Wish
from infra.local.slack.world import TEAM_ID
from tests.bot.driving import BOT_ID, Bot, event, eyes_on, settled
from tests.bot.gestures.conftest import BotWith
from tests.bot.gestures.driving import DIRECT, BotHarness, take_places
from tests.bot.looking import Json
from tests.local.slack.driver import ANNA, PHOTOS, YUN

DM = DIRECT[ANNA]


def write(stage: BotHarness, text: str, **more: Any) -> Json:
    """A message, once the bot has answered all that Slack tells of it."""
    before = len({row["event_id"] for row in stage.slack.deliveries() if row["event_id"]})
    message = stage.slack.write(text, **more)
    is_mention = "@Backdrop" in text and not str(more.get("channel", "C")).startswith("D")
    settled(stage.slack, before + 1 + is_mention + len(more.get("file_ids", ())))
    return message


# --- direct messages


def test_a_photo_and_words_need_no_mention(stage: BotHarness) -> None:
    message = write(stage, "on a beach & sun", channel=DM, file_ids=[stage.upload()])
    (job,) = stage.jobs()
    assert job["gesture"] == "direct"
    assert job["wish"] == {"prompt": "on a beach & sun"}
    assert job["thread"] == {"channel": DM, "thread_ts": message["ts"]}
    assert eyes_on(stage.slack, message["ts"], channel=DM) == [BOT_ID]


def test_a_direct_message_without_a_photo_is_told_how(stage: BotHarness) -> None:
    write(stage, "a beach", channel=DM)
    (said,) = stage.whispers(channel=DM)
    assert said.startswith("I need a photo: send me one with a few words.")


@pytest.mark.parametrize("said", ["help", "Hello!", "?", "帮助", "你好"])
def test_who_says_hello_or_asks_for_help_is_told_how_it_works(stage: BotHarness, said: str) -> None:
    write(stage, said, channel=DM)
    write(stage, f"@Backdrop {said}")
    for whispers in (stage.whispers(channel=DM), stage.whispers()):
        assert [one.startswith("I put product photos on new backgrounds.") for one in whispers] == [
            True
        ]


def test_thanks_for_a_picture_are_not_painted(stage: BotHarness) -> None:
    parent, _ = stage.result()
    write(stage, "@Backdrop Thank you!", thread_ts=parent.place.thread_ts)
    write(stage, "谢谢", channel=DM)
    assert (stage.jobs(), stage.whispers(), stage.whispers(channel=DM)) == ([], [], [])


def test_what_the_bot_itself_writes_there_sets_nobody_to_work(stage: BotHarness) -> None:
    stage.result(channel=DM)
    settled(stage.slack, 2)  # the message without a photo, and the bot's own
    assert len(stage.whispers(channel=DM)) == 1  # to the first
    assert stage.jobs() == []


def test_editing_what_was_refused_there_is_taken(stage: BotHarness) -> None:
    message = write(stage, "a beach --size huge", channel=DM, file_ids=[stage.upload()])
    assert stage.jobs() == []
    edited = {"user": ANNA, "channel": DM, "ts": message["ts"], "text": "a beach --size 16:9"}
    stage.slack.act("PATCH", "messages", **edited)
    stage.wait_for_jobs(1)
    assert stage.jobs()[0]["wish"]["resolution"] == {"width": 1280, "height": 720}
    assert stage.jobs()[0]["gesture"] == "direct"


def test_editing_and_deleting_there_is_no_new_wish(stage: BotHarness) -> None:
    message = write(stage, "a beach", channel=DM, file_ids=[stage.upload()])
    stage.slack.act("PATCH", "messages", user=ANNA, channel=DM, ts=message["ts"], text="a lake")
    stage.slack.act("DELETE", "messages", user=ANNA, channel=DM, ts=message["ts"])
    settled(stage.slack, 4)
    assert len(stage.jobs()) == 1
    (said,) = stage.whispers(channel=DM)
    assert said.startswith("I used the words as they were first sent.")


# --- every photo of a channel


def switch_on(stage: BotHarness, **scene: Any) -> None:
    settings = ChannelSettings(auto=True, by=YUN, at=1.0, **scene)
    save_channel_settings(stage.ledger.bucket, PHOTOS, settings)


def test_a_photo_without_words_gets_the_channels_scene(stage: BotHarness) -> None:
    switch_on(
        stage, words="on a table", product="cup", resolution=Resolution(width=720, height=900)
    )
    message = write(stage, "", file_ids=[stage.upload()])
    (job,) = stage.jobs()
    assert job["gesture"] == "upload"
    assert job["wish"] == {
        "prompt": "on a table",
        "product": "cup",
        "resolution": {"width": 720, "height": 900},
    }
    assert eyes_on(stage.slack, message["ts"]) == [BOT_ID]


def test_words_beside_the_photo_count_more(stage: BotHarness) -> None:
    switch_on(stage, template="大理石", product="cup")
    write(stage, "on a beach --product mug", file_ids=[stage.upload()])
    assert stage.jobs()[0]["wish"] == {"prompt": "on a beach", "product": "mug"}


def test_an_older_photo_whose_words_are_corrected_is_not_painted(stage: BotHarness) -> None:
    message = write(stage, "our new cup, isnt it nice", file_ids=[stage.upload()])
    stage.command("auto on")
    text = "our new cup, isn't it nice"
    stage.slack.act("PATCH", "messages", user=ANNA, channel=PHOTOS, ts=message["ts"], text=text)
    settled(stage.slack, 4)
    assert stage.jobs() == []


def test_a_channels_packshot_has_a_size_where_none_is_set(stage: BotHarness) -> None:
    """As where the operator has narrowed the sizes since it was set."""
    switch_on(stage, packshot=Packshot())
    write(stage, "", file_ids=[stage.upload()])
    (job,) = stage.jobs()
    assert job["wish"]["resolution"] == {"width": 2000, "height": 2000}


def test_a_caption_that_asks_for_several_sizes_is_told_what_they_cost(stage: BotHarness) -> None:
    switch_on(stage, words="on a table")
    write(stage, "on a beach --for amazon, xiaohongshu", file_ids=[stage.upload()])
    assert len(stage.jobs()) == 2
    (said,) = stage.whispers()
    assert said.startswith("2 pictures: ")


def test_a_channel_may_have_a_template(stage: BotHarness) -> None:
    switch_on(stage, template="大理石")
    write(stage, "", file_ids=[stage.upload()])
    assert stage.jobs()[0]["wish"] == {"template": "大理石"}


def test_without_words_and_scene_the_person_is_told_what_is_missing(stage: BotHarness) -> None:
    switch_on(stage)
    write(stage, "", file_ids=[stage.upload()])
    (said,) = stage.whispers()
    assert said.startswith("Tell me what the new background should be")


CHAT = "look at these -- what do you all think? --colour or not? " + "so nice " * 40


@pytest.mark.parametrize("text", [CHAT, "nice --foo", "new! --size huge"])
def test_chat_under_a_photo_gets_the_channels_scene(stage: BotHarness, text: str) -> None:
    switch_on(stage, words="on a table")
    write(stage, text, file_ids=[stage.upload()])
    assert stage.jobs()[0]["wish"] == {"prompt": "on a table"}
    assert stage.whispers() == []


def test_chat_under_a_photo_is_left_alone_where_there_is_no_scene(stage: BotHarness) -> None:
    switch_on(stage)
    write(stage, CHAT, file_ids=[stage.upload()])
    assert (stage.jobs(), stage.whispers()) == ([], [])


def test_always_the_channels_scene_is_so_whatever_stands_there(stage: BotHarness) -> None:
    switch_on(stage, words="on a table", always=True)
    write(stage, "on a beach --size 16:9", file_ids=[stage.upload()])
    assert stage.jobs()[0]["wish"] == {"prompt": "on a table"}


def test_a_caption_that_is_written_later_counts(stage: BotHarness) -> None:
    switch_on(stage)
    message = write(stage, "", file_ids=[stage.upload()])
    edited = {"user": ANNA, "channel": PHOTOS, "ts": message["ts"], "text": "on a beach"}
    stage.slack.act("PATCH", "messages", **edited)
    stage.wait_for_jobs(1)
    assert stage.jobs()[0]["wish"] == {"prompt": "on a beach"}
    stage.slack.act("PATCH", "messages", **edited | {"text": "on a lake"})
    settled(stage.slack, 4)
    assert len(stage.whispers()) == 1  # that words were missing, in the beginning


def test_a_mention_in_such_a_channel_is_still_one_job(stage: BotHarness) -> None:
    switch_on(stage, words="on a table")
    write(stage, "@Backdrop a beach", file_ids=[stage.upload()])
    (job,) = stage.jobs()
    assert job["gesture"] == "mention"


def test_files_that_are_no_pictures_stay_what_they_are(stage: BotHarness) -> None:
    switch_on(stage, words="on a table")
    notes = stage.slack.upload(b"some words", name="notes.txt")
    write(stage, "", file_ids=[notes])
    write(stage, "", file_ids=[notes, stage.upload()])
    (job,) = stage.jobs()
    assert job["photo"]["name"] == "cup.jpg"
    assert stage.whispers() == []


def test_photos_in_threads_are_talk(stage: BotHarness) -> None:
    switch_on(stage, words="on a table")
    first = write(stage, "the new cups")
    write(stage, "", thread_ts=first["ts"], file_ids=[stage.upload()])
    assert stage.jobs() == []


def test_switched_off_again_photos_are_left_alone(stage: BotHarness) -> None:
    switch_on(stage, words="on a table")
    save_channel_settings(stage.ledger.bucket, PHOTOS, ChannelSettings(auto=False, by=YUN))
    write(stage, "", file_ids=[stage.upload()])
    assert stage.jobs() == []


def test_a_bots_photos_never_trigger(stage: BotHarness, bot: Bot) -> None:
    switch_on(stage, words="on a table")
    for who in ({"bot_id": "B1", "user": "U1"}, {"bot_id": "B1"}, {"user": BOT_ID, "bot_id": "B0"}):
        photo = {"files": [{"id": "F1", "name": "a.jpg", "mimetype": "image/jpeg"}]}
        posted = {"type": "message", "subtype": "file_share", "channel": PHOTOS, "ts": "1.1"}
        assert bot.post_signed(event(posted | photo | who)).status_code == 200
    assert stage.jobs() == []


# --- in the thread of a result


def test_a_mention_without_a_photo_means_the_same_photo_again(stage: BotHarness) -> None:
    wish = Wish(prompt="a wet street", product="car", avoid="people")
    parent, _ = stage.result(wish=wish, mask=SlackFile(file_id="F2"))
    thread_ts = parent.place.thread_ts
    stage.ledger.set_latest_in_thread(PHOTOS, thread_ts, parent.id)
    message = write(stage, "@Backdrop on a beach", thread_ts=thread_ts, user=YUN)
    (job,) = stage.jobs()
    assert job["gesture"] == "change"
    assert job["wish"] == {"prompt": "on a beach", "product": "car", "avoid": "people"}
    assert job["photo"]["job_id"] == job["mask"]["job_id"] == parent.id
    assert job["parent"] == {"job_id": parent.id}
    assert job["asker"]["user_id"] == YUN
    assert job["thread"]["thread_ts"] == thread_ts
    assert eyes_on(stage.slack, message["ts"], thread_ts=thread_ts) == [BOT_ID]


def test_a_guests_words_count_for_the_workspace_that_was_asked(
    stage: BotHarness, bot_with: BotWith
) -> None:
    """In a shared channel a message's ``team`` is the sender's own: quota, settings and history
    are kept for the app's.
    """
    bot_with(ALLOW_EXTERNAL="1")
    guest = stage.slack.ask("POST", "/_control/guest").json()
    parent, _ = stage.result()
    stage.ledger.set_latest_in_thread(PHOTOS, parent.place.thread_ts, parent.id)
    settings = PersonSettings(language="zh")
    save_person_settings(stage.ledger.bucket, TEAM_ID, guest["user"], settings)
    where = {"thread_ts": parent.place.thread_ts, "user": guest["user"]}
    write(stage, "@Backdrop on a beach", **where)
    (job,) = stage.jobs()
    assert job["asker"] == {
        "team_id": TEAM_ID,
        "user_team": guest["team"],
        "user_id": guest["user"],
        "language": "zh",
    }


def test_a_guests_photo_and_a_guests_press_are_a_guests_too(
    stage: BotHarness, bot_with: BotWith
) -> None:
    bot_with(ALLOW_EXTERNAL="1")
    guest = stage.slack.ask("POST", "/_control/guest").json()
    photo = stage.slack.upload(stage.jpeg, user=guest["user"])
    write(stage, "@Backdrop on a beach", file_ids=[photo], user=guest["user"])
    _, ts = stage.result()
    stage.press("again", ts, user=guest["user"])
    askers = [job["asker"] for job in stage.jobs()]
    assert [asker["team_id"] for asker in askers] == [TEAM_ID, TEAM_ID]
    by_press = [asker for asker in askers if "user_team" in asker]
    # Of a guest's file events tell the id alone, and a message with files has no team.
    assert [asker["user_team"] for asker in by_press] == [guest["team"]]


def test_a_photo_in_that_mention_is_meant_itself(stage: BotHarness) -> None:
    parent, _ = stage.result()
    stage.ledger.set_latest_in_thread(PHOTOS, parent.place.thread_ts, parent.id)
    photo = stage.upload("jug.jpg")
    write(stage, "@Backdrop a beach", thread_ts=parent.place.thread_ts, file_ids=[photo])
    (job,) = stage.jobs()
    assert job["photo"]["file_id"] == photo
    assert job["wish"] == {"prompt": "a beach"}
    assert "parent" not in job


def test_in_a_thread_without_a_picture_a_photo_is_still_missing(stage: BotHarness) -> None:
    first = write(stage, "the new cups")
    write(stage, "@Backdrop a beach", thread_ts=first["ts"])
    (said,) = stage.whispers()
    assert said.startswith("I need a photo")


def test_a_picture_that_was_deleted_is_not_meant(stage: BotHarness) -> None:
    parent, _ = stage.result()
    stage.ledger.set_latest_in_thread(PHOTOS, parent.place.thread_ts, parent.id)
    stage.ledger.add_tombstone(parent.id, why="delete", by=ANNA)
    write(stage, "@Backdrop a beach", thread_ts=parent.place.thread_ts)
    assert stage.jobs() == []
    assert stage.whispers()[0].startswith("I need a photo")


def test_the_same_words_told_twice_are_one_job(stage: BotHarness) -> None:
    parent, _ = stage.result()
    stage.ledger.set_latest_in_thread(PHOTOS, parent.place.thread_ts, parent.id)
    write(stage, "@Backdrop a beach", thread_ts=parent.place.thread_ts)
    row = next(row for row in stage.slack.deliveries() if row["type"] == "app_mention")
    stage.slack.ask(
        "POST",
        "/_control/redeliver",
        json={"event_id": row["event_id"], "times": 5, "new_event_id": True},
    )
    assert len(stage.jobs()) == 1


def test_in_a_direct_thread_words_alone_will_do(stage: BotHarness) -> None:
    parent, _ = stage.result(channel=DM)
    stage.ledger.set_latest_in_thread(DM, parent.place.thread_ts, parent.id)
    write(stage, "on a beach", channel=DM, thread_ts=parent.place.thread_ts)
    assert stage.jobs()[0]["photo"]["job_id"] == parent.id


# --- what the person and the operator prefer


def test_own_defaults_hold_where_the_message_says_nothing(
    stage: BotHarness, bot_with: BotWith
) -> None:
    bot_with(WATERMARK_OPTIONAL="1")
    own = PersonSettings(
        language="zh",
        resolution=Resolution(width=1280, height=720),
        watermark=False,
        agreed_unmarked_at=1.0,
    )
    save_person_settings(stage.ledger.bucket, "T0BACKDROP", ANNA, own)
    write(stage, "@Backdrop a beach", file_ids=[stage.upload()])
    write(stage, "@Backdrop a lake --size 1:1 --watermark on", file_ids=[stage.upload("b.jpg")])
    beach, lake = sorted(stage.jobs(), key=lambda job: str(job["wish"]["prompt"]))
    assert beach["wish"] == {
        "prompt": "a beach",
        "resolution": {"width": 1280, "height": 720},
        "watermark": False,
    }
    assert beach["asker"]["language"] == "zh"
    assert lake["wish"]["resolution"] == {"width": 1280, "height": 1280}
    assert "watermark" not in lake["wish"]


def test_the_mark_may_not_go_unless_the_operator_allows_it(stage: BotHarness) -> None:
    write(stage, "@Backdrop a beach --watermark off", file_ids=[stage.upload()])
    (said,) = stage.whispers()
    assert said.startswith("The “AI generated” mark cannot be left out in this workspace.")
    assert stage.jobs() == []


def test_an_own_default_that_is_not_allowed_any_more_does_not_count(stage: BotHarness) -> None:
    save_person_settings(stage.ledger.bucket, "T0BACKDROP", ANNA, PersonSettings(watermark=False))
    write(stage, "@Backdrop a beach", file_ids=[stage.upload()])
    assert stage.jobs()[0]["wish"] == {"prompt": "a beach"}


def test_a_used_up_quota_is_told_once_about_a_message(stage: BotHarness, bot_with: BotWith) -> None:
    bot_with(QUOTA_PER_TEAM_PER_DAY="2")
    take_places(stage, "teams/T0BACKDROP", 2)
    write(stage, "@Backdrop a beach", file_ids=[stage.upload()])
    (said,) = stage.whispers()
    assert said.startswith("Your team has used today's 2 pictures.")
    assert stage.jobs() == []


def test_direct_messages_can_be_closed(stage: BotHarness, bot_with: BotWith) -> None:
    bot_with(ALLOWED_CHANNELS=PHOTOS)
    write(stage, "a beach", channel=DM, file_ids=[stage.upload()])
    assert stage.jobs() == []
    assert stage.whispers(channel=DM)[0].startswith("I may not be used in this channel.")
    write(stage, "@Backdrop a beach", file_ids=[stage.upload()])
    assert len(stage.jobs()) == 1
