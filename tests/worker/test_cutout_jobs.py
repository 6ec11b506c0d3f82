"""Cut-out jobs: made from what the parent left, without a word to aiart."""

import io

import msgspec
import pytest
import requests
from PIL import Image

from functions.jobs.errors import ErrorCode
from functions.jobs.model import Job
from functions.jobs.steps import Stored
from tests.worker.conftest import PROGRESS, Shop


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


def cut(shop: Shop, parent: Job) -> Job:
    (child,) = shop.press(parent, "cutout")
    shop.run()
    return child


def test_a_cut_out_is_a_transparent_png_of_the_photos_size(shop: Shop) -> None:
    (parent,) = shop.ask()
    shop.run()
    child = cut(shop, parent)
    outcome = shop.outcome(child)
    assert (outcome.state, outcome.generated) == ("succeeded", None)
    assert [picture.name for picture in outcome.pictures] == ["cutout.png", "preview.jpg"]
    told = shop.thread(parent)[-1]
    (link,) = links_in(told)
    with Image.open(io.BytesIO(requests.get(link, timeout=30).content)) as picture:
        assert (picture.mode, picture.size) == ("RGBA", (320, 240))
    assert len(shop.tasks()) == 1
    assert shop.thread(parent, PROGRESS) == []


def test_a_persons_own_mask_is_what_is_cut_along(shop: Shop) -> None:
    drawn = Image.new("L", (320, 240), 0)
    drawn.paste(255, (100, 60, 220, 200))
    mask = io.BytesIO()
    drawn.save(mask, "PNG")
    (parent,) = shop.ask(mask=mask.getvalue())
    shop.run()
    child = cut(shop, parent)
    png = shop.ledger.bucket.get(f"results/{child.id}/cutout.png")
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.getchannel("A").getbbox() == (100, 60, 220, 200)


def test_without_a_mask_the_asker_is_told_so(shop: Shop) -> None:
    (parent,) = shop.ask()
    shop.run()
    outcome = shop.outcome(parent)
    kept = tuple(picture for picture in outcome.pictures if picture.name != "mask.png")
    without = msgspec.json.encode(msgspec.structs.replace(outcome, pictures=kept))
    shop.ledger.bucket.put(f"done/{parent.id}.json", without, content_type="application/json")
    failed = shop.outcome(cut(shop, parent)).failed
    assert failed is not None
    assert failed.code is ErrorCode.MASK_MISSING


@pytest.mark.parametrize("why", ["deleted", "never there"])
def test_of_a_picture_that_is_gone_nothing_is_cut(shop: Shop, why: str) -> None:
    (parent,) = shop.ask()
    if why == "deleted":
        shop.run()
        shop.ledger.blank(parent.id)
    else:
        shop.ledger.close(parent.id)
    failed = shop.outcome(cut(shop, parent)).failed
    assert failed is not None
    assert failed.code is ErrorCode.PHOTO_GONE


def test_a_cut_out_does_not_wait_for_a_queue_that_is_held(shop: Shop) -> None:
    (parent,) = shop.ask()
    shop.run()
    shop.ask()
    (child,) = shop.press(parent, "cutout")
    shop.run(PAUSED="1")
    assert shop.outcome(child).state == "succeeded"


def test_a_cut_out_is_never_what_new_words_in_the_thread_are_about(shop: Shop) -> None:
    (parent,) = shop.ask()
    shop.run()
    cut(shop, parent)
    place = parent.place
    assert shop.ledger.newest_in(place.channel, place.thread_ts) == parent.id


def test_a_run_that_died_after_cutting_only_tells(shop: Shop) -> None:
    (parent,) = shop.ask()
    shop.run()
    shop.monkeypatch.setattr("functions.worker.run.lifecycle.FIRST_PAUSE_S", 60.0)
    shop.fault("slack", op="chat.postMessage", status=500, times=-1)
    shop.monkeypatch.setattr("functions.worker.telling.UNCLEAR_PAUSE_S", 60.0)
    (child,) = shop.press(parent, "cutout")
    shop.run()
    assert shop.ledger.step(child.id, Stored) is not None
    shop.no_faults("slack")
    shop.ledger.release(child.id, "posting-1")
    shop.run()
    assert shop.outcome(child).state == "succeeded"
    assert len(shop.thread(parent)) == 2


def test_a_programs_job_has_its_cut_out_with_it(shop: Shop) -> None:
    job = shop.ask_by_program()
    shop.run()
    names = [picture.name for picture in shop.outcome(job).pictures]
    assert names == ["picture.jpg", "preview.jpg", "mask.png", "before.jpg", "cutout.png"]
