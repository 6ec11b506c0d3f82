"""A message that mentions the bot, end to end: people, Slack's events, the bot, the bucket."""

from collections.abc import Callable

import pytest

from tests.bot.driving import Bot, event, eyes_on, requests_in, settled, whispers
from tests.jobs.driving import Cos
from tests.local.slack.driver import ANNA, PHOTOS, YUN, Slack

DIRECT = "D0MERCHEN1"
WORDS = "@Backdrop on a wet street"


@pytest.mark.usefixtures("bot")
def test_a_photo_and_words_are_one_job_and_get_the_eyes(
    cos: Cos, slack: Slack, jpeg: bytes
) -> None:
    """Three events tell of one upload."""
    photo = slack.upload(jpeg, name="car.jpg")
    message = slack.write(f"{WORDS} & at <night> --product car", file_ids=[photo])
    rows = settled(slack, 3)
    assert {row["type"] for row in rows} == {"message.file_share", "app_mention", "file_shared"}
    assert {row["status"] for row in rows} == {200}
    (job,) = requests_in(cos)
    assert job["wish"] == {"prompt": "on a wet street & at <night>", "product": "car"}
    url = f"http://{slack.address}/files-pri/T0BACKDROP-{photo}/download/car.jpg"
    named = {"file_id": photo, "name": "car.jpg", "url": url}
    assert job["photo"] == {"from": "slack-file", **named}
    assert job["asker"] == {"team_id": "T0BACKDROP", "user_id": ANNA}
    assert job["thread"] == {"channel": PHOTOS, "thread_ts": message["ts"]}
    assert eyes_on(slack, message["ts"]) == ["U0BACKDROP"]
    assert whispers(slack) == []


@pytest.mark.usefixtures("bot")
def test_the_word_packshot_with_a_photo_and_its_mask_is_a_packshot_job(
    cos: Cos, slack: Slack, jpeg: bytes
) -> None:
    photo, mask = slack.upload(jpeg, name="car.jpg"), slack.upload(jpeg, name="car.mask.png")
    slack.write("@Backdrop packshot --shadow on", file_ids=[photo, mask])
    settled(slack, 4)
    (job,) = requests_in(cos)
    assert job["wish"]["packshot"] == {"shadow": True}
    assert job["mask"]["file_id"] == mask
    assert whispers(slack) == []


@pytest.mark.usefixtures("bot")
def test_a_photo_for_several_shops_says_before_what_it_costs(
    cos: Cos, slack: Slack, jpeg: bytes
) -> None:
    words = f"{WORDS} --for Amazon, Instagram, Stories, eBay"
    slack.write(words, file_ids=[slack.upload(jpeg, name="car.jpg")])
    settled(slack, 3)
    jobs = {job["wish"]["shop"]: job for job in requests_in(cos)}
    assert sorted(jobs) == ["amazon", "ebay", "instagram", "stories"]
    assert jobs["stories"]["wish"]["resolution"] == {"width": 1080, "height": 1920}
    assert jobs["ebay"]["gesture"] == "fit"
    assert jobs["ebay"]["parent"]["job_id"] == jobs["amazon"]["id"]
    assert {tuple(job["upload"]["jobs"]) for job in jobs.values()} == {
        tuple(jobs[key]["id"] for key in ("amazon", "instagram", "stories", "ebay"))
    }
    (said,) = whispers(slack)
    assert said == (
        "4 pictures: Amazon, Instagram, Stories, eBay. 3 paid calls. "
        "1 of them fitted from another of about the same shape, without a call."
    )


@pytest.mark.usefixtures("bot")
def test_the_bot_posts_nothing_into_the_channel(slack: Slack, jpeg: bytes) -> None:
    slack.write(WORDS, file_ids=[slack.upload(jpeg)])
    settled(slack, 3)
    assert slack.calls("chat.postMessage") == []
    assert len(slack.messages()) == 1


@pytest.mark.usefixtures("bot")
def test_every_answer_comes_within_slacks_three_seconds(
    slack: Slack, jpeg: bytes, record_property: Callable[[str, object], None]
) -> None:
    slack.write(WORDS, file_ids=[slack.upload(jpeg) for _ in range(10)])
    rows = settled(slack, 12)
    record_property("slowest_answer_ms", max(row["ms"] for row in rows))
    assert max(row["ms"] for row in rows) < 3000
    assert {row["attempt"] for row in rows} == {0}


@pytest.mark.usefixtures("bot")
def test_several_photos_with_a_mask_are_as_many_jobs(cos: Cos, slack: Slack, jpeg: bytes) -> None:
    names = ["a.jpg", "a.mask.png", "b.jpg"]
    photos = [slack.upload(jpeg, name=name) for name in names]
    message = slack.write(WORDS, file_ids=photos)
    settled(slack, 5)
    jobs = {job["photo"]["name"]: job for job in requests_in(cos)}
    assert sorted(jobs) == ["a.jpg", "b.jpg"]
    assert jobs["a.jpg"]["mask"]["file_id"] == photos[1]
    assert "mask" not in jobs["b.jpg"]
    order = [jobs["a.jpg"]["id"], jobs["b.jpg"]["id"]]
    assert [job["upload"]["jobs"] for job in jobs.values()] == [order, order]
    assert eyes_on(slack, message["ts"]) == ["U0BACKDROP"]


@pytest.mark.usefixtures("bot")
def test_a_reply_in_a_thread_is_answered_in_that_thread(
    cos: Cos, slack: Slack, jpeg: bytes
) -> None:
    first = slack.write("the new cups")
    slack.write(WORDS, file_ids=[slack.upload(jpeg)], thread_ts=first["ts"])
    settled(slack, 4)
    (job,) = requests_in(cos)
    assert job["thread"] == {"channel": PHOTOS, "thread_ts": first["ts"]}


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("in_thread", [False, True])
def test_a_mention_that_comes_without_its_files_finds_them(
    in_thread: bool, cos: Cos, slack: Slack, jpeg: bytes
) -> None:
    parent = slack.write("the new cups")["ts"] if in_thread else ""
    if parent:
        slack.write("and another reply", thread_ts=parent)
    before = len(slack.deliveries())
    slack.settings(sparse_mentions=True)
    events = {"events_url": slack.ask("GET", "/_control/app").json()["events_url"]}
    slack.ask("PUT", "/_control/app", json=events | {"events": ["app_mention"]})
    message = slack.write(WORDS, file_ids=[slack.upload(jpeg)], thread_ts=parent)
    settled(slack, before + 1)
    assert len(requests_in(cos)) == 1
    assert eyes_on(slack, message["ts"], thread_ts=parent or message["ts"]) == ["U0BACKDROP"]
    assert whispers(slack) == []


@pytest.mark.usefixtures("bot")
def test_when_slack_cannot_say_what_hangs_on_a_message_it_asks_again(
    cos: Cos, slack: Slack, jpeg: bytes
) -> None:
    slack.settings(sparse_mentions=True)
    slack.fault(op="conversations.history", error="internal_error", status=500)
    app = slack.ask("GET", "/_control/app").json()
    slack.ask("PUT", "/_control/app", json=app | {"events": ["app_mention"]})
    slack.write(WORDS, file_ids=[slack.upload(jpeg)])
    rows = settled(slack, 1)
    assert [row["status"] for row in rows] == [500, 200]
    assert len(requests_in(cos)) == 1
    assert whispers(slack) == []


@pytest.mark.usefixtures("bot")
def test_a_mention_in_a_direct_message_is_a_job_too(cos: Cos, slack: Slack, jpeg: bytes) -> None:
    """Slack raises no app_mention there."""
    message = slack.write(WORDS, file_ids=[slack.upload(jpeg)], channel=DIRECT)
    settled(slack, 2)
    (job,) = requests_in(cos)
    assert job["thread"]["channel"] == DIRECT
    assert eyes_on(slack, message["ts"], channel=DIRECT) == ["U0BACKDROP"]


# --- what cannot become a job


@pytest.mark.usefixtures("bot")
def test_a_mention_without_a_photo_is_told_once_what_is_missing(cos: Cos, slack: Slack) -> None:
    message = slack.write(WORDS)
    settled(slack, 2)
    (said,) = whispers(slack)
    assert said.startswith("I need a photo")
    assert requests_in(cos) == []
    assert eyes_on(slack, message["ts"]) == []


@pytest.mark.usefixtures("bot")
def test_a_photo_without_words_is_told_once_although_two_events_come(
    cos: Cos, slack: Slack, jpeg: bytes
) -> None:
    slack.write("@Backdrop", file_ids=[slack.upload(jpeg)])
    settled(slack, 3)
    (said,) = whispers(slack)
    assert said.startswith("Tell me what the new background should be")
    assert requests_in(cos) == []
    assert len(slack.calls("users.info")) <= 1  # remembered for a while


@pytest.mark.usefixtures("bot")
def test_everything_that_is_wrong_is_told_in_the_persons_language(
    cos: Cos, slack: Slack, jpeg: bytes
) -> None:
    photo = slack.upload(jpeg, user=YUN, name="a.jpg")
    slack.write(f"@Backdrop {'夜' * 257} --尺寸 很大", user=YUN, file_ids=[photo])
    settled(slack, 3)
    (said,) = whispers(slack, user=YUN)
    assert "比上限 256 多了 1 个" in said
    assert "看不懂尺寸“很大”" in said
    assert requests_in(cos) == []


@pytest.mark.usefixtures("bot")
def test_in_a_thread_the_answer_is_whispered_in_that_thread(slack: Slack) -> None:
    first = slack.write("the new cups")
    slack.write(WORDS, thread_ts=first["ts"])
    settled(slack, 3)
    assert len(whispers(slack, thread_ts=first["ts"])) == 1


@pytest.mark.usefixtures("bot")
def test_what_people_typed_is_shown_back_without_its_meaning(slack: Slack, jpeg: bytes) -> None:
    typed = "<!channel> *b* :car: &amp;b"
    slack.write(f"@Backdrop a beach --size {typed}", file_ids=[slack.upload(jpeg)])
    settled(slack, 3)
    (blocks,) = (m["blocks"] for m in slack.messages(user=ANNA) if m.get("is_ephemeral"))
    assert {block["text"]["type"] for block in blocks if "text" in block} == {"plain_text"}
    assert typed in blocks[0]["text"]["text"]


@pytest.mark.usefixtures("bot")
def test_a_whisper_that_slack_does_not_take_harms_nothing(slack: Slack) -> None:
    slack.fault(op="chat.postEphemeral", error="internal_error", status=500, times=-1)
    slack.write(WORDS)
    assert {row["status"] for row in settled(slack, 2)} == {200}


# --- who is not listened to


@pytest.mark.usefixtures("bot")
def test_a_photo_without_a_mention_is_none_of_our_business(
    cos: Cos, slack: Slack, jpeg: bytes
) -> None:
    slack.write("look, the new cups", file_ids=[slack.upload(jpeg)])
    settled(slack, 2)
    (looked,) = cos.calls()  # whether every photo posted here becomes a job
    assert looked["target"].startswith("settings/channels/")
    assert whispers(slack) == []


def test_a_mention_by_a_bot_sets_nobody_to_work(bot: Bot, cos: Cos) -> None:
    mention = {"text": "<@U0BACKDROP> a beach", "ts": "1.1", "channel": PHOTOS}
    files = {"files": [{"id": "F1", "name": "a.jpg"}]}
    for who in ({"bot_id": "B1"}, {"bot_id": "B0BACKDROP", "user": "U0BACKDROP"}, {}):
        for kind in ({"type": "app_mention"}, {"type": "message", "subtype": "file_share"}):
            assert bot.post_signed(event(kind | mention | files | who)).status_code == 200
    assert cos.listed() == []
