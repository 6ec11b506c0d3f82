"""Cancel, delete, keeping one of several."""

import msgspec
import pytest

from bot.views.buttons import NO_TOKENS, delete_button
from bot.views.progress import Progress, progress_blocks
from functions.jobs.bucket_layout import CALLING
from functions.jobs.model import Job, Upload
from functions.jobs.steps import Posted
from tests.bot.gestures.conftest import BotWith
from tests.bot.gestures.driving import BotHarness
from tests.bot.looking import Json, block_of, shown_text
from tests.conftest import BOT_TOKEN
from tests.local.slack.driver import ADMIN, ANNA, PHOTOS, YUN

NOT_YOURS = "Only \n and workspace admins can do that."  # with the person's name in between


def waiting(stage: BotHarness, count: int = 1) -> tuple[list[Job], str]:
    """Accepted jobs of one upload, and their progress message."""
    thread = stage.thread(ANNA, PHOTOS)
    drafts = [stage.job(thread=thread) for _ in range(count)]
    upload = Upload(id=drafts[0].upload.id, jobs=tuple(job.id for job in drafts))
    jobs = [msgspec.structs.replace(job, upload=upload) for job in drafts]
    for job in jobs:
        stage.ledger.accept(job)
    blocks = progress_blocks(Progress(total=count, ahead=2), "en", upload=upload)
    return jobs, stage.post(jobs[0], blocks)


def tombstones(stage: BotHarness) -> set[str]:
    return set(stage.cos.listed("tombstones/"))


# --- cancel


def test_the_asker_cancels_all_that_waits(stage: BotHarness) -> None:
    jobs, ts = waiting(stage, 3)
    stage.press("cancel", ts)
    assert tombstones(stage) == {f"tombstones/{job.id}/cancel.json" for job in jobs}
    assert stage.whispers() == ["Cancelled 3 pictures."]


def test_what_is_being_made_already_is_told_to_whoever_cancels(stage: BotHarness) -> None:
    jobs, ts = waiting(stage, 3)
    stage.ledger.acquire_attempt(jobs[0].id, CALLING, seconds=60, limit=2)
    stage.press("cancel", ts)
    said = "Cancelled 2 pictures. 1 picture is being made already and will still arrive."
    assert stage.whispers() == [said]
    for job in jobs[1:]:
        stage.ledger.acquire_attempt(job.id, CALLING, seconds=60, limit=2)
    stage.press("cancel", ts)
    assert "Too late: there is nothing left to cancel." in stage.whispers()[-1]


def test_a_photo_that_is_not_accepted_yet_is_cancelled_with_the_others(stage: BotHarness) -> None:
    """Accepting it has failed, and Slack will tell of the message once more."""
    (accepted, ended, not_yet), ts = waiting(stage, 3)
    stage.ledger.close_request(not_yet.id)
    stage.finish(ended)
    stage.ledger.close_request(ended.id)
    stage.press("cancel", ts)
    expected = {f"tombstones/{job.id}/cancel.json" for job in (accepted, not_yet)}
    assert tombstones(stage) == expected


@pytest.mark.parametrize(("count", "ended"), [(90, 0), (100, 0), (100, 90)])
def test_a_hundred_photos_can_be_cancelled_with_one_press(
    stage: BotHarness, count: int, ended: int
) -> None:
    """The button has room for the ids of ninety."""
    jobs, ts = waiting(stage, count)
    for job in jobs[:ended]:
        stage.finish(job)
    jobs = jobs[ended:]
    stage.slack.settings(answer_limit_s=60.0)  # of a machine that is busy nothing is asked
    assert stage.press("cancel", ts)["ok"]
    stage.slack.settings(answer_limit_s=3.0)
    assert len(tombstones(stage)) == len(jobs)


def test_ten_presses_of_cancel_are_one(stage: BotHarness) -> None:
    _, ts = waiting(stage)
    for _ in range(10):
        assert stage.press("cancel", ts)["ok"]
    assert len(tombstones(stage)) == 1


def test_somebody_else_may_not_cancel_but_an_administrator_may(stage: BotHarness) -> None:
    _, ts = waiting(stage)
    stage.press("cancel", ts, user=YUN)
    assert tombstones(stage) == set()
    assert stage.whispers(user=YUN) == ["只有\n和工作区管理员可以这样做。"]
    stage.press("cancel", ts, user=ADMIN)
    assert len(tombstones(stage)) == 1


def test_cancel_comes_too_late_for_what_is_done(stage: BotHarness) -> None:
    (job,), ts = waiting(stage)
    stage.finish(job)
    stage.press("cancel", ts)
    assert tombstones(stage) == set()
    assert stage.whispers() == ["Too late: there is nothing left to cancel."]


# --- delete


def test_the_asker_deletes_picture_and_message(stage: BotHarness) -> None:
    job, ts = stage.result()
    stage.delete(ts)
    assert tombstones(stage) == {f"tombstones/{job.id}/delete.json"}
    assert not stage.is_there(ts)
    assert stage.whispers() == ["Deleted: the picture, its link and this message."]


def test_somebody_else_may_not_delete(stage: BotHarness) -> None:
    _, ts = stage.result(user=YUN)
    stage.delete(ts, user=ANNA)
    assert tombstones(stage) == set()
    assert stage.is_there(ts)
    assert stage.whispers() == [NOT_YOURS]


def test_an_administrator_deletes_anybodys_picture(stage: BotHarness) -> None:
    _, ts = stage.result()
    stage.delete(ts, user=ADMIN)
    assert len(tombstones(stage)) == 1
    assert not stage.is_there(ts)


def test_when_slack_does_not_say_who_is_an_administrator_nobody_is(stage: BotHarness) -> None:
    _, ts = stage.result()
    stage.slack.fault(op="users.info", error="internal_error", status=500, times=-1)
    stage.delete(ts, user=ADMIN)
    assert tombstones(stage) == set()


def test_deleting_asks_first(stage: BotHarness) -> None:
    _, ts = stage.result()
    stage.press("delete", ts)
    assert tombstones(stage) == set()
    view = stage.modal()
    assert view
    assert "Delete this picture?" in shown_text(view)


def test_whoever_may_not_is_not_even_asked(stage: BotHarness) -> None:
    _, ts = stage.result(user=YUN)
    stage.press("delete", ts, user=ANNA)
    assert stage.modal() is None
    assert YUN in str(stage.ephemerals())


def test_the_delete_button_of_an_older_version_still_works(stage: BotHarness) -> None:
    job, _ = stage.result()
    button = delete_button(job.id, NO_TOKENS, "en")
    ts = stage.post(
        job, [{"type": "actions", "block_id": f"result-{job.id}", "elements": [button]}]
    )
    stage.press("delete", ts)
    assert tombstones(stage) == {f"tombstones/{job.id}/delete.json"}


def test_a_picture_is_deleted_although_slack_keeps_its_message(stage: BotHarness) -> None:
    _, ts = stage.result()
    stage.slack.fault(op="chat.delete", error="message_not_found")
    stage.delete(ts)
    assert len(tombstones(stage)) == 1


def test_a_picture_that_was_uploaded_to_slack_is_deleted_there_too(stage: BotHarness) -> None:
    job = stage.job()
    stage.finish(job)
    client = stage.slack.client_with(BOT_TOKEN)
    uploaded = client.files_upload_v2(filename="picture.jpg", content=stage.jpeg)
    file_id = str(uploaded["files"][0]["id"])
    ts = stage.show(job, source={"slack_file": {"id": file_id}})
    stage.delete(ts)
    assert stage.slack.ask("GET", f"/_client/files/{file_id}").status_code == 404


# --- several


def pictures_in(message: Json) -> list[str]:
    return [block["block_id"] for block in message["blocks"] if block["type"] == "image"]


def test_one_of_several_is_kept_and_the_others_are_put_away(stage: BotHarness) -> None:
    jobs, ts = stage.several()
    stage.press_in(f"result-{jobs[1].id}", "use_this", ts)
    message = stage.message(ts)
    assert pictures_in(message) == [f"picture-{jobs[1].id}"]
    buttons = [one["action_id"] for one in block_of(message, "actions")["elements"]]
    assert buttons == ["again", "variations", "change", "download", "scene", "more", "show_all"]
    assert stage.ledger.chosen_variation(jobs[0].upload.id) == jobs[1].id
    assert stage.cos.listed("tombstones/") == []  # nothing is lost


def test_all_can_be_shown_again(stage: BotHarness) -> None:
    jobs, ts = stage.several()
    stage.press_in(f"result-{jobs[1].id}", "use_this", ts)
    stage.press("show_all", ts)
    assert pictures_in(stage.message(ts)) == [f"picture-{job.id}" for job in jobs]
    assert stage.ledger.chosen_variation(jobs[0].upload.id) == ""


def test_keeping_one_twice_is_keeping_it_once(stage: BotHarness) -> None:
    """Two people press it before either sees what became of it."""
    jobs, ts = stage.several()
    press = stage.as_it_is_now(f"result-{jobs[2].id}", "use_this", ts)
    press()
    kept = shown_text(stage.message(ts))
    press()
    assert shown_text(stage.message(ts)) == kept


def test_the_one_that_is_kept_has_its_newest_buttons(stage: BotHarness) -> None:
    jobs, ts = stage.several()
    stage.ledger.renew_button(jobs[0].id, "again", "abcdefgh")
    stage.press_in(f"result-{jobs[0].id}", "use_this", ts)
    (again, *_) = block_of(stage.message(ts), "actions")["elements"]
    assert again["value"] == f"{jobs[0].id}:abcdefgh"


def test_deleting_the_one_that_is_kept_shows_the_others(stage: BotHarness) -> None:
    jobs, ts = stage.several()
    stage.press_in(f"result-{jobs[0].id}", "use_this", ts)
    stage.delete(ts)
    assert pictures_in(stage.message(ts)) == [f"picture-{job.id}" for job in jobs[1:]]
    assert tombstones(stage) == {f"tombstones/{jobs[0].id}/delete.json"}
    assert stage.whispers() == ["Deleted: this picture and its link. The others stay."]


@pytest.mark.parametrize(
    "fault",
    [
        {"error": "internal_error", "status": 500},
        {"error": "ratelimited", "status": 429},
        {"error": "invalid_blocks"},
    ],
)
def test_deleting_one_of_several_takes_no_other_along_when_slack_has_trouble(
    stage: BotHarness, fault: Json
) -> None:
    """The worker draws the message anew within a minute."""
    jobs, ts = stage.several()
    stage.press_in(f"result-{jobs[0].id}", "use_this", ts)
    stage.slack.fault(op="chat.update", times=-1, **fault)
    stage.delete(ts)
    assert stage.is_there(ts)
    assert tombstones(stage) == {f"tombstones/{jobs[0].id}/delete.json"}
    assert stage.ledger.chosen_variation(jobs[0].upload.id) == ""  # so that the others are drawn
    assert stage.whispers() == ["Deleted: this picture and its link. The others stay."]


def test_deleting_one_of_several_takes_no_other_along_without_links(
    stage: BotHarness, bot_with: BotWith
) -> None:
    jobs, ts = stage.several()
    stage.press_in(f"result-{jobs[0].id}", "use_this", ts)
    bot_with(LINK_SECRETS="")
    stage.delete(ts)
    assert stage.is_there(ts)
    assert tombstones(stage) == {f"tombstones/{jobs[0].id}/delete.json"}


def test_deleting_the_last_of_several_takes_the_message_away(stage: BotHarness) -> None:
    jobs, ts = stage.several(1)
    stage.press_in(f"result-{jobs[0].id}", "use_this", ts)
    stage.delete(ts)
    assert not stage.is_there(ts)


def test_when_slack_will_not_change_the_message_the_person_is_told(stage: BotHarness) -> None:
    jobs, ts = stage.several()
    stage.slack.fault(op="chat.update", error="internal_error", status=500)
    stage.press_in(f"result-{jobs[0].id}", "use_this", ts)
    assert stage.whispers() == ["Slack would not change the message just now. Please press again."]
    assert stage.ledger.chosen_variation(jobs[0].upload.id) == ""  # all are still shown


UNSHOWN = "Slack could not show the picture here."


def test_where_slack_cannot_download_the_pictures_the_chosen_one_is_shown_in_words(
    stage: BotHarness,
) -> None:
    jobs, ts = stage.several(side_by_side=True)
    stage.slack.settings(image_failures=1000)
    stage.press("use_this_2", ts)
    message = stage.message(ts)
    assert UNSHOWN in shown_text(message)
    assert pictures_in(message) == stage.whispers() == []
    assert stage.ledger.chosen_variation(jobs[0].upload.id) == jobs[1].id
    stage.slack.settings(image_failures=0)
    stage.press("show_all", ts)  # tries the addresses again
    assert pictures_in(stage.message(ts)) == [f"picture-{job.id}" for job in jobs]


def test_a_picture_that_slack_could_not_download_once_is_still_shown_as_a_picture(
    stage: BotHarness,
) -> None:
    jobs, ts = stage.several(side_by_side=True)
    stage.slack.settings(image_failures=1)
    stage.press("use_this_1", ts)
    assert pictures_in(stage.message(ts)) == [f"picture-{jobs[0].id}"]


@pytest.fixture
def file_ids(stage: BotHarness) -> list[str]:
    client = stage.slack.client_with(BOT_TOKEN)
    uploads = [client.files_upload_v2(filename="picture.jpg", content=stage.jpeg) for _ in range(3)]
    return [str(uploaded["files"][0]["id"]) for uploaded in uploads]


def test_all_that_were_uploaded_are_shown_again_from_their_files(
    stage: BotHarness, file_ids: list[str]
) -> None:
    jobs, ts = stage.several(source={"slack_file": {"id": file_ids[1]}})
    posted = Posted(where="thread", jobs=jobs[0].upload.jobs, file_ids=tuple(file_ids))
    stage.ledger.write_step(jobs[0].upload.id, posted)
    stage.slack.settings(image_failures=1000)
    stage.press_in(f"result-{jobs[1].id}", "use_this", ts)
    stage.press("show_all", ts)
    shown = [block for block in stage.message(ts)["blocks"] if block["type"] == "image"]
    assert [block["slack_file"]["id"] for block in shown] == file_ids


def test_a_file_that_is_gone_from_slack_is_told_in_words(
    stage: BotHarness, file_ids: list[str]
) -> None:
    jobs, ts = stage.several(source={"slack_file": {"id": file_ids[0]}})
    stage.slack.client_with(BOT_TOKEN).files_delete(file=file_ids[0])
    stage.slack.settings(image_failures=1000)
    stage.press_in(f"result-{jobs[1].id}", "use_this", ts)
    assert UNSHOWN in shown_text(stage.message(ts))


def test_pictures_that_were_uploaded_to_slack_are_shown_from_there(stage: BotHarness) -> None:
    client = stage.slack.client_with(BOT_TOKEN)
    uploaded = client.files_upload_v2(filename="picture.jpg", content=stage.jpeg)
    source = {"slack_file": {"id": str(uploaded["files"][0]["id"])}}
    jobs, ts = stage.several(source=source)
    stage.press_in(f"result-{jobs[0].id}", "use_this", ts)
    assert block_of(stage.message(ts), "image")["slack_file"]["id"] == source["slack_file"]["id"]


@pytest.mark.parametrize("links", ["LINK_SECRETS", "LINK_BASE_URL"])
def test_without_links_nothing_is_changed(stage: BotHarness, bot_with: BotWith, links: str) -> None:
    bot_with(**{links: ""})
    jobs, ts = stage.several()
    before = shown_text(stage.message(ts))
    stage.press_in(f"result-{jobs[0].id}", "use_this", ts)
    assert shown_text(stage.message(ts)) == before
    assert stage.whispers()
