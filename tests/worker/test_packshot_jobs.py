"""Packshot jobs: the product alone on a plain ground, made of whatever shows it, without aiart."""

import io

import pytest
from PIL import Image

from functions.jobs.errors import ErrorCode
from functions.jobs.model import Asker, EarlierJob, Job, Parent, Upload
from functions.jobs.steps import Outcome
from functions.jobs.wish import Packshot, Resolution, Wish
from functions.worker.photos.metadata import metadata_of
from tests.worker.conftest import PROGRESS, WISH, WorkerHarness, photo_bytes

SIZE = Resolution(width=800, height=800)
WHITE = Wish(packshot=Packshot(), resolution=SIZE)


def mask(size: tuple[int, int] = (320, 240)) -> bytes:
    """A mask of the product in ``photo_bytes``, as somebody would draw it."""
    drawn = Image.new("L", size, 0)
    drawn.paste(255, (96, 48, 224, 216))
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return out.getvalue()


def cut_out_photo() -> bytes:
    """A photo whose own transparency shows what is product."""
    out = io.BytesIO()
    picture = Image.new("RGBA", (320, 240), (0, 0, 0, 0))
    picture.paste((200, 40, 40, 255), (100, 60, 220, 200))
    picture.save(out, "PNG")
    return out.getvalue()


def picture_of(worker: WorkerHarness, outcome: Outcome) -> Image.Image:
    with Image.open(io.BytesIO(worker.ledger.bucket.get(outcome.pictures[0].key))) as picture:
        return picture.convert("RGB")


def pressed(worker: WorkerHarness, parent: Job) -> Outcome:
    """What becomes of a packshot of an earlier job's photo."""
    job = Job(
        id="p" * 20,
        gesture="packshot",
        created_at=worker.ledger.clock(),
        wish=WHITE,
        photo=EarlierJob(job_id=parent.id),
        asker=Asker(team_id=parent.asker.team_id, user_id=parent.asker.user_id),
        upload=Upload(id="p" * 20, jobs=("p" * 20,)),
        thread=parent.thread,
        parent=Parent(job_id=parent.id),
    )
    worker.ledger.accept(job)
    worker.run()
    return worker.outcome(job)


@pytest.mark.parametrize("source", ["a person's mask", "the photo's own transparency"])
def test_a_packshot_is_made_without_a_call_to_aiart(worker: WorkerHarness, source: str) -> None:
    is_masked = source == "a person's mask"
    (job,) = worker.ask(
        WHITE, data=None if is_masked else cut_out_photo(), mask=mask() if is_masked else None
    )
    worker.run()
    outcome = worker.outcome(job)
    assert (outcome.state, outcome.generated, worker.tasks()) == ("succeeded", None, [])
    names = [picture.name for picture in outcome.pictures]
    assert names == ["picture.png", "preview.jpg", "before.jpg"]
    picture = picture_of(worker, outcome)
    assert picture.size == (800, 800)
    corners = {picture.getpixel((x, y)) for x in (0, 799) for y in (0, 799)}
    assert corners == {(255, 255, 255)}
    assert len(worker.thread(job)) == 1
    assert worker.thread(job, PROGRESS) == []


def test_of_a_photo_that_does_not_show_what_is_product_it_is_said_so(
    worker: WorkerHarness,
) -> None:
    (job,) = worker.ask(WHITE)
    worker.run()
    failed = worker.outcome(job).failed
    assert failed is not None
    assert (failed.code, failed.facts) == (ErrorCode.MASK_MISSING, {"rule": "packshot"})
    assert worker.tasks() == []


def test_aiarts_outline_serves_where_its_size_is_the_photos(worker: WorkerHarness) -> None:
    (parent,) = worker.ask()
    worker.run()
    outcome = pressed(worker, parent)
    assert outcome.state == "succeeded"
    assert len(worker.tasks()) == 1  # the parent's


@pytest.mark.parametrize("what", ["packshot", "cutout"])
@pytest.mark.parametrize("frame", ["both", "the result's"])
def test_an_outline_that_may_lie_elsewhere_cuts_nothing(
    worker: WorkerHarness, frame: str, what: str
) -> None:
    side = WISH.resolution.width if frame == "both" else 640
    if frame == "the result's":
        worker.aiart_settings(mask_frame="result")
    photo = photo_bytes(width=side, height=side)
    (parent,) = worker.ask(data=photo)
    worker.run()
    if what == "packshot":
        outcome = pressed(worker, parent)
    else:
        (child,) = worker.press(parent, "cutout")
        worker.run()
        outcome = worker.outcome(child)
    assert outcome.failed is not None
    assert (outcome.failed.code, outcome.failed.facts) == (
        ErrorCode.MASK_MISSING,
        {"rule": "frame"},
    )


def test_a_persons_own_mask_is_known_to_lie_on_the_photo(worker: WorkerHarness) -> None:
    side = WISH.resolution.width  # as the result, which could be meant
    photo = photo_bytes(width=side, height=side)
    (parent,) = worker.ask(data=photo, mask=mask((side, side)))
    worker.run()
    (child,) = worker.press(parent, "cutout")
    worker.run()
    assert worker.outcome(child).state == "succeeded"


def test_it_does_not_wait_while_nothing_is_painted(worker: WorkerHarness) -> None:
    worker.ask()
    (job,) = worker.ask(WHITE, mask=mask())
    worker.run(PAUSED="1")
    assert worker.outcome(job).state == "succeeded"


def test_one_whose_photo_never_comes_is_given_up_with_words_when_it_is_too_old(
    worker: WorkerHarness,
) -> None:
    worker.fault("slack", op="files.info", status=500, times=-1)
    (job,) = worker.ask(WHITE, created_at=worker.ledger.clock() - 3 * 3600)
    worker.run()
    failed = worker.outcome(job).failed
    assert failed is not None
    assert (failed.code, failed.facts) == (ErrorCode.TOO_OLD, {"hours": 2})
    assert "2 hours" in worker.words(job)


def test_one_that_could_not_be_made_before_is_made_however_old_it_is(
    worker: WorkerHarness,
) -> None:
    (job,) = worker.ask(WHITE, mask=mask(), created_at=worker.ledger.clock() - 3 * 3600)
    worker.run()
    assert worker.outcome(job).state == "succeeded"


def test_its_file_says_that_no_ai_has_painted_it(worker: WorkerHarness) -> None:
    (job,) = worker.ask(WHITE, mask=mask())
    worker.run()
    data = worker.ledger.bucket.get(worker.outcome(job).pictures[0].key)
    said = b"".join(part.content for part in metadata_of(data))
    assert b"algorithmicallyEnhanced" in said
    assert b"AIGC" not in said


def test_several_photos_have_one_summary_and_mention_once(worker: WorkerHarness) -> None:
    jobs = worker.ask(WHITE, photos=3, data=cut_out_photo())
    worker.run()
    told = worker.thread(jobs[0])
    assert len(told) == 4
    mentions = [str(message["blocks"]).count("'type': 'user'") for message in told]
    assert sorted(mentions) == [0, 0, 1, 1]
