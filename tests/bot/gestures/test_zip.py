"""Download all: what is pressed or typed becomes one job, and says so."""

import time

import msgspec
import pytest

from bot.listeners import zip_pictures
from bot.texts import text
from bot.views import buttons
from functions.jobs.job_ids import id_of_message
from functions.jobs.model import Job, PicturesOf, Upload
from functions.jobs.steps import Picture
from infra.local.polling import until
from tests.bot.gestures.conftest import BotWith
from tests.bot.gestures.driving import DIRECT, BotHarness
from tests.bot.looking import Json
from tests.local.slack.driver import ANNA, PHOTOS, YUN

DAY_S = 86_400


def a_batch(stage: BotHarness, count: int, *, made: int) -> tuple[list[Job], str]:
    """An upload of which some have pictures, and a message with the button below it."""
    thread = stage.thread(ANNA, PHOTOS)
    drafts = [stage.job(thread=thread) for _ in range(count)]
    upload = Upload(id=drafts[0].upload.id, jobs=tuple(job.id for job in drafts))
    jobs = [msgspec.structs.replace(job, upload=upload) for job in drafts]
    for number, job in enumerate(jobs):
        stage.finish(job, **({} if number < made else {"state": "cancelled", "pictures": ()}))
    return jobs, with_buttons(stage, jobs[0])


def with_buttons(stage: BotHarness, job: Job) -> str:
    elements: list[Json] = [buttons.zip_button(job.id, "en")]
    return stage.post(job, [{"type": "actions", "block_id": "b", "elements": elements}])


def zips(stage: BotHarness) -> list[Job]:
    rows = [stage.ledger.job(row.job_id) for row in stage.ledger.open_jobs()]
    return [job for job in rows if job and job.gesture == "zip"]


def test_ten_presses_below_a_batch_are_one_zip_of_its_pictures(stage: BotHarness) -> None:
    jobs, ts = a_batch(stage, 3, made=2)
    for _ in range(10):
        stage.press("zip", ts)
    (asked,) = zips(stage)
    assert asked.photo == PicturesOf(jobs=tuple(job.id for job in jobs))
    assert asked.thread == jobs[0].thread
    assert asked.wish.prompt == ""
    said = stage.whispers()
    assert said[0] == "Packing 2 pictures… The zip comes here in a moment."
    assert set(said[1:]) == {text("en", "press.already")}


@pytest.mark.parametrize("said", ["zip", "Zip!", "打包"])
def test_zip_in_a_thread_packs_what_the_thread_shows(stage: BotHarness, said: str) -> None:
    job, _ = stage.result()
    written = stage.slack.write(
        f"@Backdrop {said}", user=YUN, channel=PHOTOS, thread_ts=job.place.thread_ts
    )
    asked = until(lambda: zips(stage), what="the zip to be accepted")[0]
    assert asked.photo == PicturesOf()
    assert (asked.asker.user_id, asked.thread) == (YUN, job.thread)
    assert asked.id == id_of_message(PHOTOS, str(written["ts"]), "zip")
    whispered = text("zh", "zip.packing_thread")  # theirs
    assert until(lambda: stage.whispers(user=YUN), what="a whisper") == [whispered]


def test_zip_said_outside_of_a_thread_means_ones_own_last_24_hours(stage: BotHarness) -> None:
    job, _ = stage.result()
    stage.slack.write("zip", user=ANNA, channel=DIRECT[ANNA])
    asked = until(lambda: zips(stage), what="the zip to be accepted")[0]
    assert asked.photo == PicturesOf(jobs=(job.id,))
    assert asked.place.channel == DIRECT[ANNA]


def test_of_a_batch_without_a_picture_there_is_no_zip(stage: BotHarness) -> None:
    _, ts = a_batch(stage, 2, made=0)
    stage.press("zip", ts)
    assert zips(stage) == []
    (said,) = stage.whispers()
    assert said.startswith("There is no picture to pack")


def test_more_pictures_than_a_zip_takes_are_refused_at_once(stage: BotHarness) -> None:
    _, ts = a_batch(stage, 101, made=101)
    stage.press("zip", ts)
    assert zips(stage) == []
    assert stage.whispers()[0].startswith("These are 101 pictures; a zip takes up to 100.")


def test_a_zip_needs_no_place_of_a_quota(stage: BotHarness, bot_with: BotWith) -> None:
    bot_with(QUOTA_PER_USER_PER_DAY="1")
    jobs, ts = a_batch(stage, 1, made=1)
    stage.cos.write(f"quota/{time.strftime('%Y-%m-%d', time.gmtime())}/{jobs[0].asker.name}/1", b"")
    stage.press("zip", ts)
    assert len(zips(stage)) == 1


# --- the last 24 hours


@pytest.mark.parametrize("typed", ["zip", "ZIP", "打包"])
def test_the_command_packs_ones_own_pictures_of_the_last_24_hours(
    stage: BotHarness, typed: str
) -> None:
    now = time.time()
    ages = {"old": DAY_S + 60, "older": 2 * DAY_S, "first": DAY_S - 60, "latest": 30}
    jobs = {name: stage.job(created_at=now - age) for name, age in ages.items()}
    for job in [*jobs.values(), theirs := stage.job(user=YUN)]:
        stage.finish(job)
    assert theirs.asker.user_id == YUN
    answer = stage.command(typed)
    (asked,) = zips(stage)
    assert asked.photo == PicturesOf(jobs=(jobs["first"].id, jobs["latest"].id))
    assert asked.place.channel.startswith("D")  # to them alone: it may be of several channels
    assert "Packing your 2 pictures of the last 24 hours" in str(answer)


def test_of_a_day_with_too_many_jobs_only_the_newest_are_looked_at(
    stage: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack waits three seconds, and each look is a read. Failed ones are no pictures."""
    for number in range(6):
        job = stage.job(created_at=time.time() - number)
        stage.finish(job, **({"pictures": ()} if number == 1 else {}))
    monkeypatch.setattr(zip_pictures, "LOOKED_AT_MOST", 4)
    monkeypatch.setattr(zip_pictures, "MOST", 2)
    answer = stage.command("zip")
    assert "These are 3 pictures" in str(answer)
    assert len([row for row in stage.cos.calls("GET") if row["target"].startswith("done/")]) == 4
    assert zips(stage) == []


def test_a_zip_is_no_picture_of_the_day(stage: BotHarness) -> None:
    job = stage.job()
    stage.finish(job)
    packed = Picture(
        name="pictures.zip",
        key="results/z/pictures.zip",
        content_type="application/zip",
        size_bytes=1,
        width=0,
        height=0,
    )
    zipped = stage.job(gesture="zip", photo=PicturesOf(jobs=(job.id,)))
    stage.finish(zipped, pictures=(packed,), generated=None)
    stage.command("zip")
    (asked,) = zips(stage)
    assert asked.photo == PicturesOf(jobs=(job.id,))


def test_without_a_picture_the_command_says_so(stage: BotHarness) -> None:
    assert "There is no picture to pack" in str(stage.command("zip", user=ANNA))
    assert zips(stage) == []
