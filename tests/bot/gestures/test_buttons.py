"""The buttons under a result that start jobs."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.requests.follow_ups import FollowUp
from bot.views.cutout import CutOut, cutout_blocks
from functions.jobs.errors import ErrorCode
from functions.jobs.model import SlackFile, Thread
from functions.jobs.steps import Failed, Staged
from functions.jobs.wish import Packshot, Resolution, Wish, parse_resolution
from tests.bot.gestures.conftest import BotWith
from tests.bot.gestures.driving import BotHarness, take_places
from tests.bot.looking import block_of, menu_entry, shown_text
from tests.jobs.other_versions import expire
from tests.local.slack.driver import ANNA, PHOTOS, YUN, eventually

EXPIRED = "The photo of this picture is no longer kept. Please upload it again."


def test_again_is_the_same_wish_on_the_same_photo(stage: BotHarness) -> None:
    parent, ts = stage.result()
    stage.press("again", ts)
    (job,) = stage.jobs()
    assert job["gesture"] == "again"
    assert job["wish"] == {"prompt": "on a wet street", "product": "car"}
    assert job["photo"]["job_id"] == parent.id
    assert "mask" not in job
    assert job["asker"] == {"team_id": "T0BACKDROP", "user_id": ANNA}
    assert job["thread"] == {"channel": PHOTOS, "thread_ts": parent.place.thread_ts}
    assert job["parent"] == {"job_id": parent.id}
    assert job["upload"]["jobs"] == [job["id"]]
    assert stage.whispers() == []  # its progress follows


def test_a_mask_is_used_again_too(stage: BotHarness) -> None:
    parent, ts = stage.result(mask=SlackFile(file_id="F2", name="mask.png"))
    stage.press("again", ts)
    assert stage.jobs()[0]["mask"] == {"from": "job", "job_id": parent.id}


def test_ten_presses_are_one_job(stage: BotHarness) -> None:
    _, ts = stage.result()
    with ThreadPoolExecutor(10) as people:
        list(people.map(lambda _: stage.press("again", ts), range(10)))
    assert len(stage.jobs()) == 1
    said = stage.whispers()
    assert said == ["Already made, or being made now."] * 9


def test_two_people_who_press_the_same_button_make_one_job(stage: BotHarness) -> None:
    _, ts = stage.result()
    stage.press("again", ts)
    stage.press("again", ts, user=YUN)
    assert len(stage.jobs()) == 1
    assert stage.whispers(user=YUN) == ["这一张已经做好，或正在制作。"]


def test_a_press_just_after_the_picture_came_still_means_that_picture(stage: BotHarness) -> None:
    _, ts = stage.result()
    stage.press("again", ts)
    (first,) = stage.jobs()
    child = stage.ledger.job(first["id"])
    assert child
    stage.finish(child, finished_at=time.time())
    stage.press("again", ts)
    assert stage.jobs() == []


def test_a_button_that_could_not_be_renewed_works_again_later(stage: BotHarness) -> None:
    _, ts = stage.result()
    stage.press("again", ts)
    (first,) = stage.jobs()
    child = stage.ledger.job(first["id"])
    assert child
    stage.finish(child, finished_at=time.time() - 3600)
    stage.press("again", ts)
    (second,) = stage.jobs()
    assert second["id"] != first["id"]
    assert second["parent"]["token"] == first["id"][:8]  # as the renewed button says


def test_somebody_else_may_ask_again_for_themselves(stage: BotHarness) -> None:
    _, ts = stage.result(user=ANNA)
    stage.press("again", ts, user=YUN)
    assert stage.jobs()[0]["asker"]["user_id"] == YUN


def test_three_variations_are_three_jobs_that_are_told_together(stage: BotHarness) -> None:
    parent, ts = stage.result()
    stage.press("variations", ts)
    jobs = stage.jobs()
    assert sorted(job["variation"] for job in jobs) == [1, 2, 3]
    assert {job["gesture"] for job in jobs} == {"variation"}
    assert len({job["id"] for job in jobs}) == 3
    (upload,) = {str(job["upload"]) for job in jobs}
    assert "'together': True" in upload
    assert all(job["photo"]["job_id"] == parent.id for job in jobs)
    assert stage.whispers() == []  # its progress follows


def test_another_size_is_the_same_wish_in_that_size(stage: BotHarness) -> None:
    _, ts = stage.result()
    option = _size_option(stage, ts, "9:16")
    stage.press("size", ts, selected_option=option)
    (job,) = stage.jobs()
    assert job["gesture"] == "size"
    assert job["wish"]["resolution"] == {"width": 720, "height": 1280}


def test_two_sizes_are_two_jobs_and_one_size_twice_is_one(stage: BotHarness) -> None:
    parent, ts = stage.result()
    for _ in range(2):
        stage.press("size", ts, selected_option=_size_option(stage, ts, "9:16"))
    (job,) = stage.jobs()
    wide = FollowUp(gesture="size", resolution=parse_resolution("16:9"))
    assert job["id"] not in wide.ids(parent, "")


def test_a_size_of_ones_own_is_asked_for_in_a_form(stage: BotHarness) -> None:
    _, ts = stage.result()
    stage.press("size", ts, selected_option=_size_option(stage, ts, "other"))
    assert stage.modal()
    assert stage.jobs() == []


def test_a_cut_out_is_made_from_the_result(stage: BotHarness) -> None:
    parent, ts = stage.result()
    stage.press("cutout", ts)
    (job,) = stage.jobs()
    assert job["gesture"] == "cutout"
    assert job["parent"]["job_id"] == parent.id


def test_a_cut_out_that_is_there_is_shown_and_not_made_again(stage: BotHarness) -> None:
    _, ts = stage.result()
    stage.press("cutout", ts)
    (asked,) = stage.jobs()
    cut = stage.ledger.job(str(asked["id"]))
    assert cut is not None
    stage.finish_cutout(cut)
    for _ in range(2):
        stage.press("cutout", ts)
    assert stage.jobs() == []
    shown = str(stage.ephemerals()[-1])
    assert f"/i/{cut.id}/" in shown
    assert "image" in shown
    stage.slack.settings(
        image_failures=1000
    )  # Slack cannot download the picture: its link is shown
    before = len(stage.whispers())
    stage.press("cutout", ts)
    (answer,) = stage.ephemerals()[before:]
    assert "Slack could not show the picture here." in shown_text(answer)
    assert f"/i/{cut.id}/" in str(answer)


def test_a_packshot_is_made_from_the_result(stage: BotHarness) -> None:
    parent, ts = stage.result()
    stage.press("packshot", ts)
    (job,) = stage.jobs()
    assert job["gesture"] == "packshot"
    assert job["wish"] == {
        "product": "car",
        "packshot": {},
        "resolution": {"width": 2000, "height": 2000},
    }
    assert job["photo"]["job_id"] == parent.id
    assert stage.whispers() == ["On its way."]


def test_below_a_packshot_its_shadow_comes_or_goes(stage: BotHarness) -> None:
    wish = Wish(packshot=Packshot(fill=70), resolution=Resolution(width=800, height=800))
    job = stage.job(gesture="packshot", wish=wish)
    stage.finish(job, generated=None)
    shown = CutOut(800, 800, stage.links.picture(job.id, "picture.png"))
    picture = {"image_url": stage.links.picture(job.id, "preview.jpg")}
    ts = stage.post(job, cutout_blocks(job, shown, picture, "en"))
    stage.press("packshot", ts)
    (child,) = stage.jobs()
    assert child["wish"]["packshot"] == {"fill": 70, "shadow": True}
    assert child["wish"]["resolution"] == {"width": 800, "height": 800}


def test_the_buttons_stand_in_the_order_of_use(stage: BotHarness) -> None:
    _, ts = stage.result()
    buttons = block_of(stage.message(ts), "actions")["elements"]
    assert [one["action_id"] for one in buttons] == [
        *("again", "variations", "change", "download", "scene", "more"),
    ]
    entries = [str(option["value"]) for option in buttons[-1]["options"]]
    assert [entry.partition("/")[0] for entry in entries] == [
        *("size", "size", "cutout", "packshot", "delete"),
    ]


def test_a_result_that_stands_in_no_thread_gets_one(stage: BotHarness) -> None:
    """As what /backdrop <address> has brought."""
    _, ts = stage.result(thread=Thread(channel=PHOTOS))
    stage.press("again", ts)
    assert stage.jobs()[0]["thread"] == {"channel": PHOTOS, "thread_ts": ts}


def test_try_again_takes_the_photo_from_where_it_was(stage: BotHarness) -> None:
    ts = stage.tell(stage.job(), Failed(at=1.0, code=ErrorCode.AIART_TROUBLE))
    stage.press("again", ts)
    (again,) = stage.jobs()
    assert again["photo"] == {"from": "slack-file", "file_id": "F0123456789", "name": "cup.jpg"}


def test_a_button_works_before_the_end_is_written(stage: BotHarness) -> None:
    """The asker reads the result a moment before ``done`` is there."""
    job = stage.job()
    stage.ledger.accept(job)
    stage.ledger.write_step(job.id, Staged(photo_key="photos/a", width=320, height=240))
    stage.press("again", stage.show(job))
    assert {one["gesture"] for one in stage.jobs()} == {"mention", "again"}


# --- presses that lead to nothing


@pytest.mark.parametrize("button", ["again", "cutout", "variations", "change"])
def test_a_picture_whose_photo_has_expired_is_told_to_who_presses_and_nothing_is_begun(
    button: str, stage: BotHarness
) -> None:
    parent, ts = stage.result()
    expire(stage.ledger.bucket, parent.id)
    stage.press(button, ts)
    assert stage.whispers() == [EXPIRED]
    assert stage.jobs() == []
    assert stage.slack.look("views", user=ANNA)["stack"] == []


def test_another_size_of_a_picture_whose_photo_has_expired_is_told_likewise(
    stage: BotHarness,
) -> None:
    parent, ts = stage.result()
    expire(stage.ledger.bucket, parent.id)
    stage.press("size", ts, selected_option=_size_option(stage, ts, "9:16"))
    assert stage.whispers() == [EXPIRED]
    assert stage.jobs() == []


def test_a_mention_below_a_picture_whose_photo_has_expired_asks_for_the_photo(
    stage: BotHarness,
) -> None:
    parent, _ = stage.result()
    place = parent.place
    stage.ledger.set_latest_in_thread(place.channel, place.thread_ts, parent.id)
    expire(stage.ledger.bucket, parent.id)
    stage.slack.write("@Backdrop at night", channel=PHOTOS, thread_ts=place.thread_ts)
    (said,) = eventually(stage.whispers)
    assert said.startswith("The photo is no longer there. Please upload it again.")
    assert stage.jobs() == []


def test_a_button_under_a_deleted_picture_says_so(stage: BotHarness) -> None:
    job, ts = stage.result()
    stage.ledger.add_tombstone(job.id, why="delete", by=YUN)
    for action_id in ("again", "variations", "cutout", "change"):
        stage.press(action_id, ts)
    assert stage.jobs() == []
    assert stage.modal() is None
    assert set(stage.whispers()) == {"This picture has been deleted or has expired."}


def test_a_button_whose_job_was_swept_away_says_so(stage: BotHarness) -> None:
    """Long after the delete, only a blank record is left."""
    job = stage.job()
    stage.sweep(job)
    stage.press("again", stage.show(job))
    assert stage.jobs() == []
    assert stage.whispers() == ["This picture has been deleted or has expired."]


def test_a_button_on_a_message_that_nobody_remembers_says_so(stage: BotHarness) -> None:
    stage.press("again", stage.show(stage.job()))
    assert stage.jobs() == []
    assert stage.whispers() == ["This picture has been deleted or has expired."]


def test_a_button_that_no_version_knows_any_more_says_so(stage: BotHarness) -> None:
    job = stage.job()
    old = {"type": "button", "action_id": "sparkle", "text": {"type": "plain_text", "text": "?"}}
    ts = stage.post(job, [{"type": "actions", "elements": [old]}])
    assert stage.press("sparkle", ts)["ok"]
    assert stage.whispers() == ["This button has expired."]


def test_when_the_bucket_does_not_answer_slack_is_told_that_it_did_not_work(
    stage: BotHarness,
) -> None:
    _, ts = stage.result()
    stage.cos.fault(op="PUT", status=503, times=1)
    assert not stage.press("again", ts)["ok"]
    assert stage.jobs() == []
    stage.press("again", ts)
    assert len(stage.jobs()) == 1


# --- what the operator allows


def test_a_quota_is_said_kindly_before_anything_is_accepted(
    stage: BotHarness, bot_with: BotWith
) -> None:
    bot_with(QUOTA_PER_USER_PER_DAY="2")
    _, ts = stage.result()
    take_places(stage, f"people/T0BACKDROP/{ANNA}", 2)
    stage.press("again", ts)
    assert stage.jobs() == []
    (said,) = stage.whispers()
    assert said.startswith("You have used today's 2 pictures.")
    stage.press("again", ts, user=YUN)
    assert len(stage.jobs()) == 1


def test_a_cut_out_is_free(stage: BotHarness, bot_with: BotWith) -> None:
    bot_with(QUOTA_PER_TEAM_PER_DAY="1")
    _, ts = stage.result()
    take_places(stage, "teams/T0BACKDROP", 1)
    stage.press("cutout", ts)
    assert len(stage.jobs()) == 1
    stage.press("again", ts)
    assert len(stage.jobs()) == 1


def test_a_mark_that_was_left_out_when_it_might_comes_back_when_it_may_not(
    stage: BotHarness,
) -> None:
    wish = Wish(prompt="a beach", watermark=False)
    _, ts = stage.result(wish=wish)
    stage.press("again", ts)
    assert stage.jobs()[0]["wish"] == {"prompt": "a beach"}


def test_a_size_of_the_parent_stays(stage: BotHarness) -> None:
    wish = Wish(prompt="a beach", resolution=Resolution(width=1280, height=720))
    _, ts = stage.result(wish=wish)
    stage.press("variations", ts)
    assert {str(job["wish"]["resolution"]) for job in stage.jobs()} == {
        "{'width': 1280, 'height': 720}"
    }


def _size_option(stage: BotHarness, ts: str, name: str) -> str:
    """The value of a menu's entry."""
    return menu_entry(stage.message(ts)["blocks"], "size", f":{name}")
