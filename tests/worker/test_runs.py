"""Where one run ends and the next one goes on."""

import pytest

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
