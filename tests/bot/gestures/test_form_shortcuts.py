"""The form from the shortcuts: what it remembers of a message, and where its pictures go."""

from tests.bot.gestures.driving import DIRECT, BotHarness
from tests.bot.gestures.forms import FIELDS, fields_of, initial, shortcut
from tests.local.slack.driver import ANNA, PHOTOS, YUN


def test_from_anywhere_the_picture_goes_to_the_asker_alone(stage: BotHarness) -> None:
    assert shortcut(stage, "new_picture")
    stage.submit(photos=[stage.upload()], words="a beach")
    assert stage.jobs()[0]["thread"] == {"channel": DIRECT[ANNA]}


def test_when_slack_cannot_name_that_conversation_the_form_stays(stage: BotHarness) -> None:
    shortcut(stage, "new_picture")
    stage.slack.fault(op="conversations.open", error="internal_error", status=500)
    assert not stage.submit(photos=[stage.upload()], words="a beach")["ok"]
    assert stage.modal()
    assert stage.jobs() == []


def test_chat_beside_a_photo_is_no_description(stage: BotHarness) -> None:
    said = "@Workspace admin does this one look right?"
    message = stage.slack.write(said, user=YUN, file_ids=[stage.upload("cup.jpg", user=YUN)])
    view = shortcut(stage, "use_photos", channel=PHOTOS, message_ts=message["ts"])
    assert view
    assert initial(view, "words") is None


def test_a_messages_photos_and_words_to_us_are_remembered(stage: BotHarness) -> None:
    photos = [stage.upload("cup.jpg", user=YUN), stage.upload("jug.jpg", user=YUN)]
    message = stage.slack.write("@Backdrop on a beach & sun", user=YUN, file_ids=photos)
    view = shortcut(stage, "use_photos", channel=PHOTOS, message_ts=message["ts"])
    assert view
    shown = [b for b in view["blocks"] if b["type"] == "section"]
    assert [block["text"]["text"] for block in shown] == ["cup.jpg", "jug.jpg"]
    assert [block["accessory"]["slack_file"]["id"] for block in shown] == photos
    assert initial(view, "words") == "on a beach & sun"
    assert stage.submit()["ok"]
    jobs = [job for job in stage.jobs() if job["gesture"] == "form"]
    assert {job["photo"]["file_id"] for job in jobs} == set(photos)
    assert {job["thread"]["thread_ts"] for job in jobs} == {message["ts"]}
    assert {job["asker"]["user_id"] for job in jobs} == {ANNA}


def test_remembered_and_new_photos_go_together_up_to_ten(stage: BotHarness) -> None:
    message = stage.slack.write("look", file_ids=[stage.upload(f"{n}.jpg") for n in range(6)])
    shortcut(stage, "use_photos", channel=PHOTOS, message_ts=message["ts"])
    more = [stage.upload(f"more-{n}.jpg") for n in range(5)]
    sent = stage.submit(photos=more, words="a beach")
    assert sent["errors"] == {"photos": "These are 11 photos. Up to 10 photos at a time."}
    stage.submit(photos=more[:4], words="a beach")
    assert len(stage.jobs()) == 10


def test_photos_that_the_form_has_no_room_for_are_told(stage: BotHarness) -> None:
    photos = [stage.upload(f"{n}.jpg") for n in range(12)]
    message = stage.slack.write("look", file_ids=photos)
    view = shortcut(stage, "use_photos", channel=PHOTOS, message_ts=message["ts"])
    assert view
    assert "2 photos of the message are left out" in str(view["blocks"])
    stage.submit(words="a beach")
    assert {job["photo"]["file_id"] for job in stage.jobs()} == set(photos[:10])


def test_ten_photos_with_the_longest_names_are_remembered(stage: BotHarness) -> None:
    names = [f'{n}{"图" * 200}\u0007".jpg' for n in range(10)]
    message = stage.slack.write("look", file_ids=[stage.upload(name) for name in names])
    view = shortcut(stage, "use_photos", channel=PHOTOS, message_ts=message["ts"])
    assert view
    assert len(view["private_metadata"]) <= 3000


def test_files_that_are_no_pictures_are_left_alone(stage: BotHarness) -> None:
    text = stage.slack.upload(b"some words", name="notes.txt")
    message = stage.slack.write("look", file_ids=[text, stage.upload()])
    view = shortcut(stage, "use_photos", channel=PHOTOS, message_ts=message["ts"])
    assert view
    assert [b["text"]["text"] for b in view["blocks"] if b["type"] == "section"] == ["cup.jpg"]


def test_a_photo_that_somebody_else_forwarded_is_not_remembered(stage: BotHarness) -> None:
    """It is from where the presser may not be; the one who forwards it has seen it."""
    photo = stage.upload("secret.jpg")
    secret = stage.slack.write("not yet public", channel=DIRECT[ANNA], file_ids=[photo])
    message = stage.slack.write("see", forward={"channel": DIRECT[ANNA], "ts": secret["ts"]})
    for user, remembered in ((YUN, []), (ANNA, ["secret.jpg"])):
        view = shortcut(stage, "use_photos", user=user, channel=PHOTOS, message_ts=message["ts"])
        assert view
        shown = [b["text"]["text"] for b in view["blocks"] if b["type"] == "section"]
        assert shown == remembered


def test_a_message_without_photos_opens_an_empty_form(stage: BotHarness) -> None:
    message = stage.slack.write("a beach")
    view = shortcut(stage, "use_photos", channel=PHOTOS, message_ts=message["ts"])
    assert view
    assert fields_of(view) == FIELDS
    assert initial(view, "words") is None


def test_thumbnails_that_slack_refuses_do_not_keep_the_form_from_opening(stage: BotHarness) -> None:
    message = stage.slack.write("look", file_ids=[stage.upload()])
    stage.slack.fault(op="views.open", error="invalid_arguments")
    view = shortcut(stage, "use_photos", channel=PHOTOS, message_ts=message["ts"])
    assert view
    (shown,) = [block for block in view["blocks"] if block["type"] == "section"]
    assert shown["text"]["text"] == "cup.jpg"
    assert "accessory" not in shown
    notes = [block["elements"][0]["text"] for block in view["blocks"] if block["type"] == "context"]
    assert notes[-1].startswith("If I am not in this channel")


def test_on_one_of_our_pictures_the_photo_behind_it_is_meant(stage: BotHarness) -> None:
    parent, ts = stage.result()
    view = shortcut(stage, "use_photos", channel=PHOTOS, message_ts=ts)
    assert view
    assert initial(view, "words") == "on a wet street"
    stage.submit(words="a beach")
    assert stage.jobs()[0]["photo"]["job_id"] == parent.id


def test_on_variations_side_by_side_their_photo_is_meant(stage: BotHarness) -> None:
    jobs, ts = stage.several(side_by_side=True)
    view = shortcut(stage, "use_photos", channel=PHOTOS, message_ts=ts)
    assert view
    assert jobs[0].id in view["private_metadata"]
    stage.ledger.add_tombstone(jobs[0].id, why="delete", by=ANNA)
    view = shortcut(stage, "use_photos", channel=PHOTOS, message_ts=ts)
    assert view
    assert jobs[1].id in view["private_metadata"]
