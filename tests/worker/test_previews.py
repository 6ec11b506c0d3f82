"""HEIC in Slack where its decoder does not load: Slack's own preview, where it is large enough."""

import functools
import io
import sys

import pillow_heif
import pytest
from PIL import Image

from functions.jobs.errors import ErrorCode
from functions.jobs.steps import Staged
from functions.worker import photos
from infra.local.slack import previews
from tests.worker.conftest import WorkerHarness

BIG, SMALL = (1600, 1200), (1024, 700)


@functools.cache
def heic(size: tuple[int, int]) -> bytes:
    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    image = Image.new("RGB", size, "#336699")
    image.paste("#b04020", (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    image.save(out, "HEIF")
    return out.getvalue()


def mask(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    image = Image.new("L", size, 0)
    image.paste(255, (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    image.save(out, "PNG")
    return out.getvalue()


@pytest.fixture(autouse=True)
def _decoder_for_slack_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker cannot read it; the Slack stand-in, in the same process here, made its mind up."""
    for size in (BIG, SMALL):
        for side in previews.SIDES:
            previews.preview_of(heic(size), side)
        assert previews._size(heic(size)) == size
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as an import that fails
    monkeypatch.setattr(Image, "ID", [name for name in Image.ID if name != "HEIF"])
    monkeypatch.setattr(Image, "OPEN", {k: v for k, v in Image.OPEN.items() if k != "HEIF"})


def test_slacks_preview_is_painted_and_the_thread_says_so(worker: WorkerHarness) -> None:
    (job,) = worker.ask(data=heic(BIG))
    worker.run()
    assert worker.outcome(job).state == "succeeded"
    staged = worker.ledger.read_step(job.id, Staged)
    assert staged
    assert (staged.width, staged.height, staged.is_preview) == (1024, 768, True)
    assert "Slack's smaller preview" in worker.words(job)
    (again,) = worker.press(job, "again")
    worker.run()
    assert worker.outcome(again).state == "succeeded"
    assert worker.words(job).count("Slack's smaller preview") == 2


def test_a_preview_that_is_too_small_is_refused_with_what_to_send_instead(
    worker: WorkerHarness,
) -> None:
    (job,) = worker.ask(data=heic(SMALL))
    worker.run()
    failed = worker.outcome(job).failed
    assert failed
    assert failed.code is ErrorCode.PHOTO_HEIC
    assert "JPEG" in worker.words(job)
    assert worker.calls("slack", "files.preview") == []


def test_a_preview_that_comes_later_is_waited_for(worker: WorkerHarness) -> None:
    worker.slack_settings(late_previews_s=1.5)
    (job,) = worker.ask(data=heic(BIG))
    worker.run()
    assert worker.outcome(job).state == "succeeded"


@pytest.mark.parametrize("size", [BIG, (1024, 768)])
def test_a_mask_of_the_originals_size_fits_the_preview(
    worker: WorkerHarness, size: tuple[int, int]
) -> None:
    (job,) = worker.ask(data=heic(BIG), mask=mask(size))
    worker.run()
    assert worker.outcome(job).state == "succeeded"
    with Image.open(io.BytesIO(worker.ledger.bucket.get(f"photos/{job.id}/mask.png"))) as fitted:
        assert fitted.size == (1024, 768)
        assert fitted.getchannel("A").getbbox() == (256, 192, 512, 384)


def test_a_mask_of_another_size_is_refused_with_the_originals(worker: WorkerHarness) -> None:
    (job,) = worker.ask(data=heic(BIG), mask=mask((800, 500)))
    worker.run()
    failed = worker.outcome(job).failed
    assert failed
    assert failed.code is ErrorCode.MASK_OTHER_SIZE
    assert (failed.facts["width"], failed.facts["height"]) == BIG


def test_the_token_goes_to_slack_only_for_a_preview_too(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(_url: str, file: object) -> dict[str, object]:
        url = "https://files.example.com/files-tmb/T1-F1-1/cup_1024.jpg"
        return {"thumb_1024": url, "thumb_1024_w": 1024, "thumb_1024_h": 768}

    monkeypatch.setattr("infra.local.slack.filewire.preview_fields", elsewhere)
    (job,) = worker.ask(data=heic(BIG))
    worker.run()
    failed = worker.outcome(job).failed
    assert failed
    assert failed.code is ErrorCode.PHOTO_GONE


def test_a_preview_smaller_than_was_said_is_none() -> None:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((640, 480)).save(out, "JPEG")
    with pytest.raises(photos.PictureRefused) as caught:
        photos.as_preview(photos.make_acceptable(out.getvalue()), BIG)
    assert caught.value.code is ErrorCode.PHOTO_HEIC
