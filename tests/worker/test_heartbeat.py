"""The worker's sign of life: given by a run that works, by no other."""

import threading

import pytest

from functions.jobs.ledger import Ledger
from functions.jobs.silence import NOTICED_KEY, SIGN_KEY, is_first_to_notice
from functions.worker import handler, heartbeat
from tests.worker.conftest import Shop

LIMIT_S = 30.0


def test_a_run_that_works_gives_a_sign_and_ends_the_alarm(shop: Shop) -> None:
    is_first_to_notice(shop.ledger)
    shop.ask()
    shop.run(PAUSED="1")  # holding the queue is work enough: nobody shall be told of a silence
    assert SIGN_KEY in shop.keys("state/")
    assert NOTICED_KEY not in shop.keys("state/")


def test_an_idle_run_need_not(shop: Shop) -> None:
    shop.run()
    shop.ledger.bucket.delete(SIGN_KEY)
    shop.run()
    assert shop.keys("state/") == []


def test_a_run_that_dies_gives_none(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> int:
        raise MemoryError

    monkeypatch.setattr(handler, "_drain", die)
    shop.ask()
    with pytest.raises(MemoryError):
        shop.run()
    assert SIGN_KEY not in shop.keys("state/")


@pytest.mark.timeout(LIMIT_S)
def test_a_long_run_gives_one_now_and_then(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    beats = threading.Semaphore(0)
    monkeypatch.setattr(heartbeat, "EVERY_S", 0.01)
    monkeypatch.setattr(heartbeat, "give_sign_of_life", lambda _: beats.release())
    with heartbeat.heartbeat(ledger):
        for _ in range(3):
            assert beats.acquire(timeout=LIMIT_S)


def test_a_sign_that_cannot_be_given_ends_no_run(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.fault("cos", op="PUT", target=SIGN_KEY, error="AccessDenied", times=-1)
    shop.run()
    assert shop.outcome(job).state == "succeeded"
