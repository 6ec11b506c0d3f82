"""Paid calls are not interrupted by what may end the process."""

import threading
from concurrent.futures import ThreadPoolExecutor

from functions.config import worker_config
from functions.jobs.steps import Lease, Staged
from functions.worker.context import BillableCalls
from functions.worker.handler import context_of
from functions.worker.steps.stage import stage
from infra.local.polling import until
from tests.worker.conftest import WorkerHarness

LIMIT_S = 30.0


def test_several_calls_are_under_way_at_once() -> None:
    calls = BillableCalls()
    with calls.running(), calls.running():
        pass


def test_who_waits_for_there_to_be_none_comes_before_new_ones() -> None:
    calls, order = BillableCalls(), list[str]()
    waiting, over = threading.Event(), threading.Event()

    def first() -> None:
        with calls.running():
            waiting.set()
            over.wait(LIMIT_S)
            order.append("first")

    def dangerous() -> None:
        with calls.excluded():
            order.append("dangerous")

    def second() -> None:
        with calls.running():
            order.append("second")

    with ThreadPoolExecutor(3) as pool:
        pool.submit(first)
        assert waiting.wait(LIMIT_S)
        pool.submit(dangerous)
        until(lambda: calls._held_up, what="somebody to wait")
        pool.submit(second)
        over.set()
    assert order == ["first", "dangerous", "second"]


def test_a_photo_that_has_ended_a_process_waits_for_what_is_being_painted(
    worker: WorkerHarness,
) -> None:
    (job,) = worker.ask()
    worker.ledger.write_note(job.id, "staging-1", Lease(nonce="dead", deadline=1.0))
    workshop = context_of(worker_config(worker.environ))
    staging = threading.Thread(target=stage, args=(workshop, job))
    with workshop.billable_calls.running():
        staging.start()
        until(lambda: workshop.billable_calls._held_up, what="the photo to wait")
        assert worker.ledger.read_step(job.id, Staged) is None
    staging.join(LIMIT_S)
    assert worker.ledger.read_step(job.id, Staged) is not None
