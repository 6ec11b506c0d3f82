"""The worker's sign of life: given by a run that works, by no other."""

import threading

import pytest

from functions.jobs import silence
from functions.jobs.bucket_layout import WORKER_ALIVE, WORKER_SILENT
from functions.jobs.ledger import Ledger
from functions.jobs.silence import is_first_to_notice
from functions.worker import handler
from tests.worker.conftest import WorkerHarness

LIMIT_S = 30.0


def test_a_run_that_works_gives_a_sign_and_ends_the_alarm(worker: WorkerHarness) -> None:
    is_first_to_notice(worker.ledger)
    worker.ask()
    worker.run(PAUSED="1")  # holding the queue is work enough: nobody shall be told of a silence
    assert WORKER_ALIVE in worker.keys("state/")
    assert WORKER_SILENT not in worker.keys("state/")


def test_an_idle_run_need_not(worker: WorkerHarness) -> None:
    worker.run()
    worker.ledger.bucket.delete(WORKER_ALIVE)
    worker.run()
    assert worker.keys("state/") == []


def test_a_run_that_dies_gives_none(worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> int:
        raise MemoryError

    monkeypatch.setattr(handler, "_run_queue", die)
    worker.ask()
    with pytest.raises(MemoryError):
        worker.run()
    assert WORKER_ALIVE not in worker.keys("state/")


@pytest.mark.timeout(LIMIT_S)
def test_a_long_run_gives_one_now_and_then(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    beats = threading.Semaphore(0)
    monkeypatch.setattr(silence, "BEAT_EVERY_S", 0.01)
    monkeypatch.setattr(silence, "give_sign_of_life", lambda _: beats.release())
    with silence.heartbeat(ledger):
        for _ in range(3):
            assert beats.acquire(timeout=LIMIT_S)


def test_a_sign_that_cannot_be_given_ends_no_run(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.fault("cos", op="PUT", target=WORKER_ALIVE, error="AccessDenied", times=-1)
    worker.run()
    assert worker.outcome(job).state == "succeeded"
