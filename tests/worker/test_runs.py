"""Where one run ends and the next one goes on."""

import time

import pytest

from functions.worker.run import runner
from tests.worker.conftest import PROGRESS, WorkerHarness


@pytest.mark.timeout(40)
def test_a_run_without_time_for_a_call_leaves_the_line_to_the_next(worker: WorkerHarness) -> None:
    """It would wait for nothing until its own end, 75 s before the platform's."""
    (job,) = worker.ask()
    worker.run(WORKER_TIMEOUT_S="150", AIART_TIMEOUT_S="90")
    assert worker.tasks() == []
    worker.run()
    assert worker.outcome(job).state == "succeeded"


@pytest.mark.parametrize("again", [False, True])
def test_what_an_earlier_run_has_finished_counts_as_done(
    worker: WorkerHarness, again: bool
) -> None:
    first, second = worker.ask(photos=2)
    worker.ledger.close_request(second.id)
    worker.run()
    if again:  # Slack repeats the first photo's event after its end
        worker.ledger.accept(first)
    worker.ledger.accept(second)
    worker.run(PAUSED="1")
    assert worker.outcome(first).state == "succeeded"
    (message,) = worker.thread(second, PROGRESS)
    assert "1 of 2" in str(message["blocks"])


def test_a_run_decides_when_something_has_happened_and_ends_when_the_last_message_is_shown(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not look all the time while Slack takes its own, nor waits until it looks again."""
    decide, decided_at = runner.QueueRunner._start, list[float]()

    def counted(self: runner.QueueRunner) -> None:
        decided_at.append(time.monotonic())
        decide(self)

    monkeypatch.setattr(runner.QueueRunner, "_start", counted)
    monkeypatch.setattr(runner, "LOOK_EVERY_S", 20.0)
    (job,) = worker.ask()
    worker.fault("slack", op="chat.*", times=-1, delay_s=0.6)
    worker.fault("cos", op="PUT", target="steps/*/progress.json", times=-1, delay_s=0.3)
    for paused in ("1", "0"):  # first they are only shown that their picture has to wait
        began = time.monotonic()
        decided_at.clear()
        worker.run(PAUSED=paused)
        assert time.monotonic() - began < 15.0
        assert len(decided_at) < 30
    assert worker.outcome(job).state == "succeeded"
