"""What becomes of a job, from the open queue to the thread."""

import io
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import requests
from PIL import Image

from functions.jobs.errors import ErrorCode
from functions.jobs.logos import logo_of, store_logo
from functions.jobs.model import EarlierJob
from functions.jobs.steps import Outcome
from functions.jobs.wish import Logo, Resolution, Wish
from functions.worker import photos
from functions.worker.safe_http import fetch
from functions.worker.steps import store
from tests.worker.conftest import OTHER_PERSON, PROGRESS, WorkerHarness, photo_bytes


def outcome_of(worker: WorkerHarness, job_id: str) -> Outcome:
    outcome = worker.ledger.outcome(job_id)
    assert outcome is not None
    return outcome


def test_a_photo_becomes_a_picture_in_its_thread(worker: WorkerHarness) -> None:
    (job,) = worker.ask(Wish(prompt="on a wooden table", product="vase"))
    worker.run()
    (told,) = worker.thread(job)
    assert told["text"].startswith(f"<@{job.asker.user_id}>")
    assert "vase" in str(told["blocks"])
    assert worker.thread(job, PROGRESS) == []
    outcome = outcome_of(worker, job.id)
    assert outcome.state == "succeeded"
    assert [picture.name for picture in outcome.pictures] == [
        "picture.jpg",
        "preview.jpg",
        "mask.png",
        "before.jpg",
    ]
    assert list(worker.ledger.open_jobs()) == []


def test_the_link_in_the_message_opens_the_full_picture(worker: WorkerHarness) -> None:
    (job,) = worker.ask(Wish(prompt="on sand", resolution=Resolution(width=1280, height=720)))
    worker.run()
    (told,) = worker.thread(job)
    links = [one for one in told["blocks"][2]["elements"][0]["elements"] if "url" in one]
    answer = requests.get(links[0]["url"], timeout=30)
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (1280, 720)


def test_all_ten_fields_reach_aiart(worker: WorkerHarness) -> None:
    mask = io.BytesIO()
    Image.new("L", (320, 240), 0).save(mask, "PNG")
    with Image.open(io.BytesIO(mask.getvalue())) as drawn:
        drawn.paste(255, (100, 60, 220, 200))
        mask = io.BytesIO()
        drawn.save(mask, "PNG")
    wish = Wish(template="大理石", avoid="people", product="vase", watermark=False)
    (job,) = worker.ask(wish, mask=mask.getvalue())
    worker.run()
    (task,) = worker.tasks()
    assert task["template"] == "大理石"
    assert task["product"] == "vase"
    assert task["logo_add"] == 0
    assert outcome_of(worker, job.id).state == "succeeded"


def test_base64_answers_are_understood(worker: WorkerHarness) -> None:
    (job,) = worker.ask(Wish(prompt="on sand", answer_as="base64"))
    worker.run()
    assert outcome_of(worker, job.id).state == "succeeded"


def test_an_earlier_jobs_photo_can_be_used_again(worker: WorkerHarness) -> None:
    (first,) = worker.ask()
    worker.run()
    (second,) = worker.ask()
    worker.ledger.close_request(second.id)
    import msgspec  # noqa: PLC0415  # only here

    again = msgspec.structs.replace(second, photo=EarlierJob(job_id=first.id))
    worker.ledger.accept(again)
    worker.run()
    assert outcome_of(worker, second.id).state == "succeeded"
    assert len(worker.tasks()) == 2


def test_an_upload_of_several_photos_has_one_progress_message_and_a_reply_each(
    worker: WorkerHarness,
) -> None:
    jobs = worker.ask(photos=3)
    worker.run()
    assert len(worker.thread(jobs[0])) == 3 + 1  # and the summary
    assert worker.thread(jobs[0], PROGRESS) == []
    posts = [row for row in worker.calls("slack", "chat.postMessage") if row["status"] == 200]
    assert len(posts) == 5
    assert len(worker.calls("slack", "chat.delete")) == 1


def test_a_bad_photo_fails_at_once_and_the_others_go_on(worker: WorkerHarness) -> None:
    (bad,) = worker.ask(data=b"%PDF-1.7 not a picture")
    (good,) = worker.ask()
    worker.run()
    assert outcome_of(worker, good.id).state == "succeeded"
    failed = outcome_of(worker, bad.id).failed
    assert failed is not None
    assert failed.code is ErrorCode.PHOTO_NOT_AN_IMAGE
    assert "photo-0.jpg" in worker.words(bad)
    assert len(worker.tasks()) == 1


def test_the_asker_reads_their_own_language(worker: WorkerHarness) -> None:
    (job,) = worker.ask(user=OTHER_PERSON)
    worker.run()
    assert "图片做好了" in worker.words(job)


def test_a_finished_job_that_is_asked_for_again_is_only_closed(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.run()
    assert worker.ledger.accept(job)
    worker.run()
    assert list(worker.ledger.open_jobs()) == []
    assert len(worker.tasks()) == 1
    assert len(worker.thread(job)) == 1


def test_a_cancelled_job_ends_without_a_word_and_without_a_call(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.ledger.add_tombstone(job.id, why="cancel", by=job.asker.user_id)
    worker.run()
    assert outcome_of(worker, job.id).state == "cancelled"
    assert worker.tasks() == []
    assert worker.thread(job) == []
    assert worker.thread(job, PROGRESS) == []


def test_a_job_that_waited_too_long_is_let_go_with_words(worker: WorkerHarness) -> None:
    (job,) = worker.ask(created_at=worker.ledger.clock() - 7300)
    worker.run()
    failed = outcome_of(worker, job.id).failed
    assert failed is not None
    assert failed.code is ErrorCode.TOO_OLD
    assert worker.tasks() == []


def test_without_a_base_for_links_jobs_are_refused_with_words(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.run(LINK_BASE_URL="undefined")
    assert "LINK_BASE_URL" in worker.words(job)
    assert worker.tasks() == []


def test_paused_keeps_the_jobs(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.run(PAUSED="1")
    assert worker.tasks() == []
    assert worker.ledger.outcome(job.id) is None
    worker.run()
    assert outcome_of(worker, job.id).state == "succeeded"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
def test_a_jpg_that_is_really_something_else_just_works(worker: WorkerHarness, kind: str) -> None:
    (job,) = worker.ask(data=photo_bytes(kind=kind))
    worker.run()
    assert outcome_of(worker, job.id).state == "succeeded"


def test_a_logo_stands_in_place_of_the_words_and_it_is_kept_on_record_who_got_it(
    worker: WorkerHarness,
) -> None:
    held = io.BytesIO()
    Image.new("RGB", (100, 50), (255, 0, 0)).save(held, "PNG")
    logo = logo_of(held.getvalue(), corner="top-left", share=20)
    store_logo(worker.ledger.bucket, logo, held.getvalue())
    (job,) = worker.ask(Wish(prompt="on sand", logo=logo))
    worker.run()
    picture = worker.outcome(job).pictures[0]
    with Image.open(io.BytesIO(worker.ledger.bucket.get(picture.key))) as painted:
        place = logo.rect_in(job.wish.resolution)
        assert (place.width, place.height) == (256, 128)
        inside = painted.convert("RGB").crop(
            (place.x + 4, place.y + 4, place.x + place.width - 4, place.y + place.height - 4)
        )
    lows, highs = zip(*inside.getextrema(), strict=True)
    assert lows[0] > 240  # JPEG, so nearly red
    assert max(highs[1:]) < 20
    assert worker.keys("unmarked/") == [f"unmarked/{job.id}.json"]


def test_a_logo_that_is_gone_is_said_before_anything_is_paid(worker: WorkerHarness) -> None:
    gone = Logo(url="", key="logos/gone.png", width=9, height=9)
    (job,) = worker.ask(Wish(prompt="on sand", logo=gone))
    worker.run()
    failed = worker.outcome(job).failed
    assert failed
    assert failed.code is ErrorCode.LOGO_GONE
    assert worker.calls("aiart", "ReplaceBackground") == []


def test_the_mask_is_not_decoded_before_the_picture_that_is_waited_for(
    worker: WorkerHarness,
) -> None:
    decoded: list[str] = []
    mask_decoded, patch = threading.Event(), worker.monkeypatch

    def fetch_picture_last(url: str, **rules: Any) -> bytes:
        if "mask" not in url:
            mask_decoded.wait(0.5)
        return fetch(url, **rules)

    def note(name: str, decode: Callable[[bytes], Any], data: bytes) -> Any:
        decoded.append(name)
        if name == "mask":
            mask_decoded.set()
        return decode(data)

    patch.setattr(store, "fetch", fetch_picture_last)
    patch.setattr(photos, "previewed", partial(note, "picture", photos.previewed), raising=False)
    patch.setattr(
        photos, "check_picture", partial(note, "mask", photos.check_picture), raising=False
    )
    (job,) = worker.ask()
    worker.run()
    assert worker.outcome(job).state == "succeeded"
    assert decoded == ["picture", "mask"]


def test_the_named_job_is_read_while_the_tombstones_are_still_listed(
    worker: WorkerHarness,
) -> None:
    (job,) = worker.ask()
    worker.fault("cos", op="LIST", target="tombstones/", delay_s=0.5)
    path = f"/1250000000/shop/requests/{job.id}.json"
    worker.run(event={"Records": [{"cos": {"cosObject": {"key": path}}}]})
    (listed, *_) = (row for row in worker.calls("cos", "LIST") if row["ms"] > 400)
    read = next(row for row in worker.calls("cos", "GET") if row["target"].startswith("requests/"))
    assert read["at"] < listed["at"] + 0.3
    assert worker.outcome(job).state == "succeeded"
