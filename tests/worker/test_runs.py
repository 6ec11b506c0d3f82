"""Where one run ends and the next one goes on."""

import pytest

from tests.worker.conftest import PROGRESS, Shop


@pytest.mark.timeout(40)
def test_a_run_without_time_for_a_call_leaves_the_line_to_the_next(shop: Shop) -> None:
    """It would wait for nothing until its own end, 75 s before the platform's."""
    (job,) = shop.ask()
    shop.run(WORKER_TIMEOUT_S="150", AIART_TIMEOUT_S="90")
    assert shop.tasks() == []
    shop.run()
    assert shop.outcome(job).state == "succeeded"


@pytest.mark.parametrize("again", [False, True])
def test_what_an_earlier_run_has_finished_counts_as_done(shop: Shop, again: bool) -> None:
    first, second = shop.ask(photos=2)
    shop.ledger.close(second.id)
    shop.run()
    if again:  # Slack repeats the first photo's event after its end
        shop.ledger.accept(first)
    shop.ledger.accept(second)
    shop.run(PAUSED="1")
    assert shop.outcome(first).state == "succeeded"
    (message,) = shop.thread(second, PROGRESS)
    assert "1 of 2" in str(message["blocks"])
