"""A run beside a Slack that is slow, or never answers: it ends in time, and the next one tells.

The margins are made small, and the delays with them: what counts is which is longer.
"""

import time

import pytest

from functions.worker import handler
from functions.worker.run import runner
from tests.worker.conftest import PROGRESS, WorkerHarness

LIMIT_S = 12  # of the run
LATE_S = 30.0  # an answer that comes after it


@pytest.fixture(autouse=True)
def _short_margins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "ENDING_MARGIN_S", 6.0)
    monkeypatch.setattr(runner, "RETURNS_WITHIN_S", 2.0)
    monkeypatch.setattr(handler, "TELLING_ENDS_S", 3.0)
    monkeypatch.setattr("bot.slack_api.client.LEAST_CALL_S", 1.5)


def ran_for_s(worker: WorkerHarness) -> float:
    began = time.monotonic()
    worker.run(WORKER_TIMEOUT_S=str(LIMIT_S), AIART_TIMEOUT_S="1")
    return time.monotonic() - began


@pytest.mark.timeout(90)
@pytest.mark.parametrize(
    ("fault", "messages"),
    [
        ({"op": "chat.postMessage", "late_s": LATE_S}, "it is posted, and nobody hears of it"),
        ({"op": "users.info", "delay_s": LATE_S}, "before it is posted"),
    ],
)
def test_a_run_ends_in_time_and_the_next_ones_tell_everything_once(
    fault: dict[str, object], messages: str, worker: WorkerHarness
) -> None:
    jobs = worker.ask(photos=3)
    worker.fault("slack", times=-1, **fault)
    took_s = ran_for_s(worker)
    assert took_s < LIMIT_S, messages
    worker.no_faults("slack")
    assert len(worker.tasks()) <= len(jobs)
    worker.run()
    ends_at = time.monotonic() + 60
    while any(worker.ledger.outcome(job.id) is None for job in jobs):
        assert time.monotonic() < ends_at
        worker.run()  # a lease of the first run's may have to run out
    assert len(worker.thread(jobs[0])) == len(jobs) + 1  # what became of all of them, too
    assert len(worker.tasks()) == len(jobs)
    assert worker.thread(jobs[0], PROGRESS) == []


def test_a_program_waits_for_nothing_that_slack_keeps_back(worker: WorkerHarness) -> None:
    """Neither for first messages nor for photos, of nine who have asked before."""
    for _ in range(9):
        worker.ask()
    worker.fault("slack", op="chat.*", times=-1, delay_s=LATE_S)
    worker.fault("slack", op="files.info", times=3, delay_s=LATE_S)
    job = worker.ask_by_program()
    asked_at = worker.ledger.clock()
    assert ran_for_s(worker) < LIMIT_S
    assert worker.outcome(job).finished_at < asked_at + 5.0
