"""A picture fitted into another size of about its shape: no call, the same label, the mark kept."""

import io

import pytest
from PIL import Image

from functions.jobs.model import EarlierJob, Job, Parent, Thread, Upload
from functions.jobs.wish import Resolution, Wish
from functions.worker.photos import fitted
from infra.local.slack.world import PRODUCT_PHOTOS_ID
from tests.worker.conftest import PROGRESS, WorkerHarness
from tests.worker.pictures import encoded

WORDS = Wish(
    prompt="on a wooden table", resolution=Resolution(width=800, height=800), shop="taobao"
)
SMALL = Resolution(width=600, height=600)


def test_what_is_too_much_goes_at_the_left_or_the_top() -> None:
    picture = Image.new("RGB", (1000, 1020), "white")
    picture.paste("red", (960, 980, 1000, 1020))  # the mark's corner
    picture.paste("blue", (0, 0, 1000, 18))
    made = fitted(encoded(picture), (500, 500))
    with Image.open(io.BytesIO(made.jpeg)) as small:
        assert small.size == (500, 500)
        red, _, blue = small.convert("RGB").getpixel((495, 495))  # type: ignore[misc]  # RGB
        assert (red > 200, blue < 60) == (True, True)
        red, _, blue = small.convert("RGB").getpixel((250, 2))  # type: ignore[misc]  # RGB
        assert (red > 200, blue > 200) == (True, True)


def two_sizes(worker: WorkerHarness, **changes: object) -> tuple[Job, Job]:
    """A photo in two sizes of one shape, as a message asks for it: one painted, one fitted."""
    (asked,) = worker.ask(WORDS)
    worker.ledger.close_request(asked.id)
    first = replaced(asked, **changes)
    ids = (first.id, "f" * 20)
    upload = Upload(id=first.upload.id, jobs=ids)
    painted = replaced(first, upload=upload)
    small = replaced(
        painted,
        id=ids[1],
        gesture="fit",
        wish=Wish(prompt=WORDS.prompt, resolution=SMALL, shop="ebay"),
        parent=Parent(job_id=painted.id),
    )
    for job in (small, painted):
        worker.ledger.accept(job)
    return painted, small


def replaced(job: Job, **changes: object) -> Job:
    fields = {name: getattr(job, name) for name in job.__struct_fields__}
    return Job(**{**fields, "nonce": "", **changes})


def fit_of(worker: WorkerHarness, parent: Job) -> Job:
    """An earlier picture in a smaller size, made."""
    job = replaced(
        parent,
        id="g" * 20,
        gesture="fit",
        photo=EarlierJob(job_id=parent.id),
        wish=Wish(prompt=WORDS.prompt, resolution=SMALL, watermark=parent.wish.watermark),
        parent=Parent(job_id=parent.id),
        upload=Upload(id="g" * 20, jobs=("g" * 20,)),
    )
    worker.ledger.accept(job)
    worker.run()
    return job


def test_one_photo_in_two_sizes_of_one_shape_is_one_call(worker: WorkerHarness) -> None:
    painted, small = two_sizes(worker)
    worker.run()
    assert len(worker.tasks()) == 1
    outcome = worker.outcome(small)
    assert (outcome.state, outcome.generated) == ("succeeded", None)
    data = worker.ledger.bucket.get(outcome.pictures[0].key)
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (600, 600)
    assert b"TC260:AIGC" in data  # AI has painted it
    told = [str(message["blocks"]) for message in worker.thread(painted)]
    assert len(told) == 3  # both pictures, and the summary
    assert "All 2 pictures are ready." in told[-1]


@pytest.mark.parametrize("gesture", ["form", "change"])
def test_a_forms_sizes_are_all_in_the_thread_of_its_message(
    worker: WorkerHarness, gesture: str
) -> None:
    painted, small = two_sizes(worker, gesture=gesture, thread=Thread(channel=PRODUCT_PHOTOS_ID))
    worker.run()
    (parent,) = worker.thread(painted, PROGRESS)
    assert worker.thread(painted) == []  # in the channel itself
    posted = [worker.outcome(job).posted for job in (painted, small)]
    assert [one.thread_ts for one in posted if one] == 2 * [parent["ts"]]
    below = replaced(painted, thread=Thread(channel=PRODUCT_PHOTOS_ID, thread_ts=parent["ts"]))
    assert len(worker.thread(below)) == 3  # both pictures, and the summary


def test_who_gets_a_fitted_picture_without_its_mark_is_kept_on_record(
    worker: WorkerHarness,
) -> None:
    unmarked = Wish(prompt=WORDS.prompt, resolution=WORDS.resolution, watermark=False)
    (parent,) = worker.ask(unmarked)
    worker.run()
    before = worker.keys("unmarked/")
    fit_of(worker, parent)
    assert len(worker.keys("unmarked/")) == len(before) + 1


def test_where_its_source_fails_it_fails_for_the_same_reason(worker: WorkerHarness) -> None:
    painted, small = two_sizes(worker)
    refused = "OperationDenied.TextIllegalDetected"
    worker.fault("aiart", op="ReplaceBackground", error=refused, times=-1)
    worker.run()
    reasons = [worker.outcome(job).failed for job in (painted, small)]
    assert [one.code.value for one in reasons if one] == 2 * ["words_illegal"]


def test_a_picture_that_is_there_is_fitted_without_a_call(worker: WorkerHarness) -> None:
    (parent,) = worker.ask(WORDS)
    worker.run()
    job = fit_of(worker, parent)
    assert worker.outcome(job).state == "succeeded"
    assert len(worker.tasks()) == 1
