"""What is asked of a picture whose days are over is told once, and nothing stays open."""

import pytest

from functions.config import worker_config
from functions.jobs.errors import ErrorCode
from functions.jobs.model import Gesture
from functions.jobs.steps import Generated
from functions.worker.errors import JobFailed
from functions.worker.handler import context_of
from functions.worker.steps.stage import stage
from functions.worker.steps.store import store
from tests.jobs.other_versions import expire
from tests.worker.conftest import PROGRESS, WorkerHarness, photo_bytes


@pytest.mark.parametrize(
    ("gesture", "count"),
    [("again", 1), ("size", 1), ("change", 1), ("cutout", 1), ("variation", 3)],
)
def test_a_job_on_an_expired_picture_is_told_once_and_over(
    gesture: Gesture, count: int, worker: WorkerHarness, caplog: pytest.LogCaptureFixture
) -> None:
    """Its button was pressed just before the photo expired, or by an earlier version."""
    (parent,) = worker.ask()
    worker.run()
    painted, told = len(worker.tasks()), len(worker.thread(parent))
    expire(worker.ledger.bucket, parent.id)
    children = worker.press(parent, gesture, count=count)
    worker.run()
    worker.run()
    for child in children:
        failed = worker.outcome(child).failed
        assert failed
        assert failed.code is ErrorCode.PHOTO_GONE
    assert len(worker.thread(parent)) == told + 1
    assert worker.keys("requests/") == []
    assert worker.thread(parent, PROGRESS) == []
    assert len(worker.tasks()) == painted
    assert not [line for line in caplog.messages if "crash" in line]


@pytest.mark.parametrize("is_there", [True, False])
def test_a_paid_picture_is_stored_though_its_masks_address_is_over(
    worker: WorkerHarness, is_there: bool
) -> None:
    """As where a run that has it in the bucket is followed by another one hours later."""
    (job,) = worker.ask()
    context = context_of(worker_config(worker.environ))
    staged = stage(context, job)
    generated = Generated(
        at=worker.ledger.clock() - 7200.0,
        call=1,
        request_id="r",
        seconds=1.0,
        picture_key="results/kept",
        mask_url="https://127.0.0.1:9/over",
    )
    if is_there:
        context.ledger.bucket.put("results/kept", photo_bytes(), content_type="image/jpeg")
        stored = store(context, job, staged, generated)
        assert [one.name for one in stored.pictures] == ["picture.jpg", "preview.jpg", "before.jpg"]
    else:
        with pytest.raises(JobFailed) as failed:
            store(context, job, staged, generated)
        assert failed.value.code is ErrorCode.PICTURE_GONE
