"""A run of the timer that finds nothing to do: it asks little, waits for nothing, loses nothing."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from functions.jobs.bucket import Bucket, BucketConfig
from functions.jobs.ledger import Ledger
from functions.worker import handler, warming
from functions.worker.maintenance import DaysSummedUp, has_anything_to_do
from functions.worker.warming import keeping_warm
from tests.caller import call
from tests.conftest import KEYS
from tests.worker.conftest import PROGRESS, WorkerHarness

LIMIT_S = 30.0
FAR_S = "60"  # no test here may last as long
CLIENTS = json.dumps(
    [{"name": "shop", "secrets": ["whsec_" + "A" * 44], "callback_hosts": ["127.0.0.1"]}]
)


class SilentBot:
    """Takes requests and answers each only when it is told to."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.may_answer = threading.Event()
        self.paths: list[str] = []


@contextmanager
def silent_bot() -> Iterator[tuple[SilentBot, str]]:
    bot = SilentBot()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            bot.paths.append(self.path)
            bot.asked.set()
            bot.may_answer.wait(LIMIT_S)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield bot, f"http://127.0.0.1:{server.server_port}"
    finally:
        bot.may_answer.set()
        server.shutdown()
        thread.join()
        server.server_close()


def asked_of_cos(worker: WorkerHarness) -> list[str]:
    return [row["op"] for row in call("GET", f"http://{worker.cos}/_control/calls")]


@pytest.fixture(autouse=True)
def _fresh_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "DAYS_SUMMED_UP", DaysSummedUp())


def test_an_idle_run_asks_cos_at_most_five_times_and_then_three(worker: WorkerHarness) -> None:
    worker.run(WEBHOOK_CLIENTS=CLIENTS)  # it also sums the day before up
    before = len(asked_of_cos(worker))
    worker.run(WEBHOOK_CLIENTS=CLIENTS)
    after = len(asked_of_cos(worker))
    worker.run(WEBHOOK_CLIENTS=CLIENTS)
    assert sorted(asked_of_cos(worker)[before:after]) == ["HEAD", "LIST", "LIST", "LIST"]
    assert asked_of_cos(worker)[after:] == ["LIST", "LIST", "LIST"]


@pytest.mark.timeout(LIMIT_S)
def test_an_idle_run_does_not_linger(worker: WorkerHarness) -> None:
    assert worker.run(WORKER_LINGER_S=FAR_S) == {"jobs": 0}


@pytest.mark.timeout(LIMIT_S)
def test_a_run_that_may_begin_nothing_does_not_linger_either(worker: WorkerHarness) -> None:
    """Each minute of a pause would cost as much as painting."""
    (job,) = worker.ask()
    worker.run(PAUSED="1")  # stages the photo and says that the job is kept
    worker.run(PAUSED="1", WORKER_LINGER_S=FAR_S)
    assert len(worker.thread(job, PROGRESS)) == 1
    worker.run()
    assert worker.outcome(job).state == "succeeded"


@pytest.mark.timeout(LIMIT_S)
def test_a_run_does_not_wait_for_a_bot_that_never_answers(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "CALL_TIMEOUT_S", 2 * LIMIT_S)
    with silent_bot() as (bot, url):
        worker.run(BOT_URL=url)
        assert not bot.may_answer.is_set()
        assert bot.asked.is_set()
        assert bot.paths == ["/healthz"]


@pytest.mark.timeout(LIMIT_S)
def test_what_is_not_sent_yet_is_waited_for_because_a_frozen_instance_sends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at_the_end = threading.Event()
    connect, leave = http.client.HTTPConnection.connect, warming._Ping.leave

    def connect_late(connection: http.client.HTTPConnection) -> None:
        at_the_end.wait(LIMIT_S)
        connect(connection)

    def leave_noticed(ping: warming._Ping, within_s: float) -> None:
        at_the_end.set()
        leave(ping, within_s)

    monkeypatch.setattr(http.client.HTTPConnection, "connect", connect_late)
    monkeypatch.setattr(warming._Ping, "leave", leave_noticed)
    with silent_bot() as (bot, url):
        bot.may_answer.set()
        with keeping_warm(url, wait_s=LIMIT_S):
            assert not bot.asked.is_set()
        assert bot.asked.is_set()


def test_a_bot_that_is_not_there_is_said_and_harms_nothing(
    worker: WorkerHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="backdrop")
    with silent_bot() as (_, url):
        pass
    assert worker.run(BOT_URL=url) == {"jobs": 0}
    assert "the bot did not answer" in caplog.messages


def test_an_event_keeps_nobody_warm(worker: WorkerHarness) -> None:
    with silent_bot() as (bot, url):
        worker.run(event={"Records": []}, BOT_URL=url)
        assert bot.paths == []


def test_each_of_the_queues_is_something_to_do(worker: WorkerHarness) -> None:
    def is_busy() -> bool:
        return has_anything_to_do(worker.ledger, DaysSummedUp(), calls_back=True)

    assert is_busy()  # the day before has no line yet
    worker.run()
    assert not is_busy()
    for key in (
        "requests/" + "a" * 20 + ".json",
        "tombstones/" + "a" * 20 + "/delete.json",
        "callbacks/000000000001-" + "a" * 20,
    ):
        worker.ledger.bucket.put(key, b"{}", content_type="application/json")
        assert is_busy(), key
        worker.ledger.bucket.delete(key)
    assert not is_busy()
    later = f"callbacks/{int(worker.ledger.clock()) + 600:012d}-" + "a" * 20
    worker.ledger.bucket.put(later, b"", content_type="text/plain")
    assert not is_busy()


def test_what_cannot_be_looked_at_may_hold_something(
    worker: WorkerHarness, place: BucketConfig
) -> None:
    worker.run()
    worker.fault("cos", op="LIST", status=503, error="SlowDown")
    ledger = Ledger(Bucket(place, KEYS))
    assert has_anything_to_do(ledger, DaysSummedUp(), calls_back=False)
    assert not has_anything_to_do(ledger, DaysSummedUp(), calls_back=False)
