"""What becomes of a job, from the open queue to the thread."""

import io

import pytest
import requests
from PIL import Image

from functions.jobs.errors import ErrorCode
from functions.jobs.model import EarlierJob, Resolution, Wish
from functions.jobs.steps import Outcome
from tests.worker.conftest import OTHER_PERSON, PROGRESS, Shop, photo_bytes


def outcome_of(shop: Shop, job_id: str) -> Outcome:
    outcome = shop.ledger.outcome(job_id)
    assert outcome is not None
    return outcome


def test_a_photo_becomes_a_picture_in_its_thread(shop: Shop) -> None:
    (job,) = shop.ask(Wish(prompt="on a wooden table", product="vase"))
    shop.run()
    (told,) = shop.thread(job)
    assert told["text"].startswith(f"<@{job.asker.user_id}>")
    assert "vase" in str(told["blocks"])
    assert shop.thread(job, PROGRESS) == []
    outcome = outcome_of(shop, job.id)
    assert outcome.state == "succeeded"
    assert [picture.name for picture in outcome.pictures] == [
        "picture.jpg",
        "preview.jpg",
        "mask.png",
        "before.jpg",
    ]
    assert list(shop.ledger.open_jobs()) == []


def test_the_link_in_the_message_opens_the_full_picture(shop: Shop) -> None:
    (job,) = shop.ask(Wish(prompt="on sand", resolution=Resolution(width=1280, height=720)))
    shop.run()
    (told,) = shop.thread(job)
    links = [one for one in told["blocks"][2]["elements"][0]["elements"] if "url" in one]
    answer = requests.get(links[0]["url"], timeout=30)
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (1280, 720)


def test_all_ten_fields_reach_aiart(shop: Shop) -> None:
    mask = io.BytesIO()
    Image.new("L", (320, 240), 0).save(mask, "PNG")
    with Image.open(io.BytesIO(mask.getvalue())) as drawn:
        drawn.paste(255, (100, 60, 220, 200))
        mask = io.BytesIO()
        drawn.save(mask, "PNG")
    wish = Wish(template="大理石", avoid="people", product="vase", watermark=False)
    (job,) = shop.ask(wish, mask=mask.getvalue())
    shop.run()
    (task,) = shop.tasks()
    assert task["template"] == "大理石"
    assert task["product"] == "vase"
    assert task["logo_add"] == 0
    assert outcome_of(shop, job.id).state == "succeeded"


def test_base64_answers_are_understood(shop: Shop) -> None:
    (job,) = shop.ask(Wish(prompt="on sand", answer_as="base64"))
    shop.run()
    assert outcome_of(shop, job.id).state == "succeeded"


def test_an_earlier_jobs_photo_can_be_used_again(shop: Shop) -> None:
    (first,) = shop.ask()
    shop.run()
    (second,) = shop.ask()
    shop.ledger.close(second.id)
    import msgspec  # noqa: PLC0415  # only here

    again = msgspec.structs.replace(second, photo=EarlierJob(job_id=first.id))
    shop.ledger.accept(again)
    shop.run()
    assert outcome_of(shop, second.id).state == "succeeded"
    assert len(shop.tasks()) == 2


def test_an_upload_of_several_photos_has_one_progress_message_and_a_reply_each(shop: Shop) -> None:
    jobs = shop.ask(photos=3)
    shop.run()
    assert len(shop.thread(jobs[0])) == 3
    assert shop.thread(jobs[0], PROGRESS) == []
    posts = [row for row in shop.calls("slack", "chat.postMessage") if row["status"] == 200]
    assert len(posts) == 4
    assert len(shop.calls("slack", "chat.delete")) == 1


def test_a_bad_photo_fails_at_once_and_the_others_go_on(shop: Shop) -> None:
    (bad,) = shop.ask(data=b"%PDF-1.7 not a picture")
    (good,) = shop.ask()
    shop.run()
    assert outcome_of(shop, good.id).state == "succeeded"
    failed = outcome_of(shop, bad.id).failed
    assert failed is not None
    assert failed.code is ErrorCode.PHOTO_NOT_AN_IMAGE
    assert "photo-0.jpg" in shop.words(bad)
    assert len(shop.tasks()) == 1


def test_the_asker_reads_their_own_language(shop: Shop) -> None:
    (job,) = shop.ask(user=OTHER_PERSON)
    shop.run()
    assert "图片做好了" in shop.words(job)


def test_a_finished_job_that_is_asked_for_again_is_only_closed(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.run()
    assert shop.ledger.accept(job)
    shop.run()
    assert list(shop.ledger.open_jobs()) == []
    assert len(shop.tasks()) == 1
    assert len(shop.thread(job)) == 1


def test_a_cancelled_job_ends_without_a_word_and_without_a_call(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.ledger.bury(job.id, why="cancel", by=job.asker.user_id)
    shop.run()
    assert outcome_of(shop, job.id).state == "cancelled"
    assert shop.tasks() == []
    assert shop.thread(job) == []
    assert shop.thread(job, PROGRESS) == []


def test_a_job_that_waited_too_long_is_let_go_with_words(shop: Shop) -> None:
    (job,) = shop.ask(created_at=shop.ledger.clock() - 7300)
    shop.run()
    failed = outcome_of(shop, job.id).failed
    assert failed is not None
    assert failed.code is ErrorCode.TOO_OLD
    assert shop.tasks() == []


def test_without_a_base_for_links_jobs_are_refused_with_words(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.run(LINK_BASE_URL="undefined")
    assert "LINK_BASE_URL" in shop.words(job)
    assert shop.tasks() == []


def test_paused_keeps_the_jobs(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.run(PAUSED="1")
    assert shop.tasks() == []
    assert shop.ledger.outcome(job.id) is None
    shop.run()
    assert outcome_of(shop, job.id).state == "succeeded"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
def test_a_jpg_that_is_really_something_else_just_works(shop: Shop, kind: str) -> None:
    (job,) = shop.ask(data=photo_bytes(kind=kind))
    shop.run()
    assert outcome_of(shop, job.id).state == "succeeded"
