"""What is asked of a picture whose days are over is told once, and nothing stays open."""

import pytest

from functions.jobs.errors import ErrorCode
from functions.jobs.model import Gesture
from tests.jobs.other_versions import expire
from tests.worker.conftest import PROGRESS, WorkerHarness


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
