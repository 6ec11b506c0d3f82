"""Paid calls are not interrupted by what may end the process."""

import threading
from concurrent.futures import ThreadPoolExecutor

from functions.config import worker_config
from functions.jobs.steps import Claim, Staged
from functions.worker.handler import workshop_of
from functions.worker.paid import PaidCalls
from functions.worker.staging import stage
from infra.local.waiting import until
from tests.worker.conftest import Shop

LIMIT_S = 30.0


def test_several_calls_are_under_way_at_once() -> None:
    calls = PaidCalls()
    with calls.one(), calls.one():
        pass


def test_who_waits_for_there_to_be_none_comes_before_new_ones() -> None:
    calls, order = PaidCalls(), list[str]()
    waiting, over = threading.Event(), threading.Event()

    def first() -> None:
        with calls.one():
            waiting.set()
            over.wait(LIMIT_S)
            order.append("first")

    def dangerous() -> None:
        with calls.none():
            order.append("dangerous")

    def second() -> None:
        with calls.one():
            order.append("second")

    with ThreadPoolExecutor(3) as pool:
        pool.submit(first)
        assert waiting.wait(LIMIT_S)
        pool.submit(dangerous)
        until(lambda: calls._held_up, what="somebody to wait")
        pool.submit(second)
        over.set()
    assert order == ["first", "dangerous", "second"]


def test_a_photo_that_has_ended_a_process_waits_for_what_is_being_painted(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.ledger.note(job.id, "staging-1", Claim(nonce="dead", deadline=1.0))
    workshop = workshop_of(worker_config(shop.environ))
    staging = threading.Thread(target=stage, args=(workshop, job))
    with workshop.paid_calls.one():
        staging.start()
        until(lambda: workshop.paid_calls._held_up, what="the photo to wait")
        assert shop.ledger.step(job.id, Staged) is None
    staging.join(LIMIT_S)
    assert shop.ledger.step(job.id, Staged) is not None
