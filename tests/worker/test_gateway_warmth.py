"""The gateway is up when Slack fetches a preview; where it is not, no job waits for long."""

import threading
import time

import pytest

from functions.worker import warming
from functions.worker.warming import GatewayWarmth
from tests.worker.conftest import WorkerHarness
from tests.worker.test_idle import silent_bot

LIMIT_S = 30.0


@pytest.mark.timeout(LIMIT_S)
def test_it_is_asked_once_in_half_a_minute_and_waited_for_until_it_answers() -> None:
    with silent_bot() as (gateway, url):
        warmth = GatewayWarmth(url)
        for _ in range(5):
            warmth.ask()
        assert gateway.asked.wait(LIMIT_S)
        waiting = threading.Thread(target=warmth.wait)
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        gateway.may_answer.set()
        waiting.join(LIMIT_S)
        assert not waiting.is_alive()
        warmth.ask()
        warmth.wait()
        assert gateway.paths == ["/healthz"]


@pytest.mark.timeout(LIMIT_S)
def test_it_is_asked_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warming, "GATEWAY_AGAIN_S", 0.0)
    with silent_bot() as (gateway, url):
        gateway.may_answer.set()
        warmth = GatewayWarmth(url)
        for _ in range(2):
            warmth.ask()
            warmth.wait()
        assert gateway.paths == ["/healthz", "/healthz"]


@pytest.mark.timeout(LIMIT_S)
def test_one_that_never_answers_is_waited_for_as_long_as_a_start_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(warming, "GATEWAY_START_S", 0.3)
    with silent_bot() as (_, url):
        warmth = GatewayWarmth(url)
        warmth.ask()
        started = time.monotonic()
        warmth.wait()
        assert time.monotonic() - started < LIMIT_S / 2
        again = time.monotonic()
        warmth.wait()  # the next message does not wait for it once more
        assert time.monotonic() - again < 0.2


def test_without_links_nobody_is_asked() -> None:
    warmth = GatewayWarmth("")
    warmth.ask()
    warmth.wait()


@pytest.mark.timeout(LIMIT_S)
def test_a_gateway_that_is_not_there_fails_no_job(worker: WorkerHarness) -> None:
    with silent_bot() as (_, url):
        pass
    (job,) = worker.ask()
    worker.run(LINK_BASE_URL=url)
    assert worker.outcome(job).state == "succeeded"


@pytest.mark.timeout(LIMIT_S)
def test_a_warm_instance_does_not_ask_again_for_the_next_job(worker: WorkerHarness) -> None:
    with silent_bot() as (gateway, url):
        gateway.may_answer.set()
        for _ in range(2):
            worker.ask()
            assert worker.run(LINK_BASE_URL=url) == {"jobs": 1}
        assert gateway.paths.count("/healthz") == 1
