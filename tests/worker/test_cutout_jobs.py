"""Cut-out jobs: made from what the parent left, without a word to aiart."""

import io

import msgspec
import pytest
import requests
from PIL import Image

from functions.jobs.errors import ErrorCode
from functions.jobs.model import Job
from functions.jobs.steps import Billed, Stored
from tests.worker.conftest import PROGRESS, WorkerHarness


def links_in(message: dict[str, object]) -> list[str]:
    """The addresses that a message links to, in order."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            if value.get("type") == "link":
                found.append(str(value["url"]))
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk(message["blocks"])
    return found


def cut(worker: WorkerHarness, parent: Job) -> Job:
    (child,) = worker.press(parent, "cutout")
    worker.run()
    return child


def test_a_cut_out_is_a_transparent_png_of_the_photos_size(worker: WorkerHarness) -> None:
    (parent,) = worker.ask()
    worker.run()
    child = cut(worker, parent)
    outcome = worker.outcome(child)
    assert (outcome.state, outcome.generated) == ("succeeded", None)
    assert [picture.name for picture in outcome.pictures] == ["cutout.png", "preview.jpg"]
    told = worker.thread(parent)[-1]
    (link,) = links_in(told)
    with Image.open(io.BytesIO(requests.get(link, timeout=30).content)) as picture:
        assert (picture.mode, picture.size) == ("RGBA", (320, 240))
    assert len(worker.tasks()) == 1
    assert worker.thread(parent, PROGRESS) == []


def test_a_persons_own_mask_is_what_is_cut_along(worker: WorkerHarness) -> None:
    drawn = Image.new("L", (320, 240), 0)
    drawn.paste(255, (100, 60, 220, 200))
    mask = io.BytesIO()
    drawn.save(mask, "PNG")
    (parent,) = worker.ask(mask=mask.getvalue())
    worker.run()
    child = cut(worker, parent)
    png = worker.ledger.bucket.get(f"results/{child.id}/cutout.png")
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.getchannel("A").getbbox() == (100, 60, 220, 200)


def test_without_a_mask_the_asker_is_told_so(worker: WorkerHarness) -> None:
    (parent,) = worker.ask()
    worker.run()
    outcome = worker.outcome(parent)
    kept = tuple(picture for picture in outcome.pictures if picture.name != "mask.png")
    without = msgspec.json.encode(msgspec.structs.replace(outcome, pictures=kept))
    worker.ledger.bucket.put(f"done/{parent.id}.json", without, content_type="application/json")
    failed = worker.outcome(cut(worker, parent)).failed
    assert failed is not None
    assert failed.code is ErrorCode.MASK_MISSING


@pytest.mark.parametrize("why", ["deleted", "never there"])
def test_of_a_picture_that_is_gone_nothing_is_cut(worker: WorkerHarness, why: str) -> None:
    (parent,) = worker.ask()
    if why == "deleted":
        worker.run()
        worker.ledger.erase_record(parent.id, Billed(at=1.0))
    else:
        worker.ledger.close_request(parent.id)
    failed = worker.outcome(cut(worker, parent)).failed
    assert failed is not None
    assert failed.code is ErrorCode.PHOTO_GONE


def test_a_cut_out_does_not_wait_for_a_queue_that_is_held(worker: WorkerHarness) -> None:
    (parent,) = worker.ask()
    worker.run()
    worker.ask()
    (child,) = worker.press(parent, "cutout")
    worker.run(PAUSED="1")
    assert worker.outcome(child).state == "succeeded"


def test_a_cut_out_is_never_what_new_words_in_the_thread_are_about(worker: WorkerHarness) -> None:
    (parent,) = worker.ask()
    worker.run()
    cut(worker, parent)
    place = parent.place
    assert worker.ledger.latest_in_thread(place.channel, place.thread_ts) == parent.id


def test_a_run_that_died_after_cutting_only_tells(worker: WorkerHarness) -> None:
    (parent,) = worker.ask()
    worker.run()
    worker.monkeypatch.setattr("functions.worker.run.lifecycle.FIRST_PAUSE_S", 60.0)
    worker.fault("slack", op="chat.postMessage", status=500, times=-1)
    worker.monkeypatch.setattr("functions.worker.slack_retry.UNCLEAR_PAUSE_S", 60.0)
    (child,) = worker.press(parent, "cutout")
    worker.run()
    assert worker.ledger.read_step(child.id, Stored) is not None
    worker.no_faults("slack")
    worker.ledger.release(child.id, "posting-1")
    worker.run()
    assert worker.outcome(child).state == "succeeded"
    assert len(worker.thread(parent)) == 2


def test_a_programs_job_has_its_cut_out_with_it(worker: WorkerHarness) -> None:
    job = worker.ask_by_program()
    worker.run()
    names = [picture.name for picture in worker.outcome(job).pictures]
    assert names == ["picture.jpg", "preview.jpg", "mask.png", "before.jpg", "cutout.png"]
