"""A callback host that accepts and never answers: nobody else's picture or callback waits for it.

Nothing here is measured in seconds: the dead hosts stay silent for longer than a test lasts, so
whatever waits for them does not come.
"""

import base64
import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from functions.jobs.callback_queue import PendingCallback, enqueue_callback, read_callback
from functions.jobs.model import Callback
from functions.worker import callback_delivery, callback_tries, callback_turns, handler
from functions.worker.callback_turns import Host, HostHealth
from tests.jobs.making import job_ids
from tests.worker.conftest import TIMER, WorkerHarness
from tests.worker.receiving import receiving

LIMIT_S = 40.0


class DeadHost:
    """Accepts connections, reads nothing, answers nothing, until it hangs up on all of them."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/hook"
        self._connections: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def tries(self) -> int:
        return len(self._connections)

    def _accept(self) -> None:
        try:
            while True:
                self._connections.append(self._listening.accept()[0])
        except OSError:  # hung up
            pass

    def hang_up(self) -> None:
        if self._listening.fileno() < 0:
            return
        with ExitStack() as stack:
            for connection in self._connections:
                stack.callback(connection.close)
            self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
        self._thread.join(LIMIT_S)


@contextmanager
def dead_hosts(count: int = 1) -> Iterator[list[DeadHost]]:
    hosts = [DeadHost() for _ in range(count)]
    try:
        yield hosts
    finally:
        for host in hosts:
            host.hang_up()


class OneInstance:
    """The worker's one instance: invoked for one event after another."""

    def __init__(self, worker: WorkerHarness, **environ: str) -> None:
        self._worker = worker
        self._environ = environ
        self._events: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.runs = 0
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def invoke(self, event: object = TIMER) -> None:
        self._events.put(event)

    def end(self) -> None:
        self._events.put(None)
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive()

    def _work(self) -> None:
        while event := self._events.get():
            self._worker.run(event=event, **self._environ)
            self.runs += 1


def clients(*names: str) -> str:
    return json.dumps(
        [
            {
                "name": name,
                "secrets": ["whsec_" + base64.b64encode(name.encode().rjust(32)).decode()],
                "callback_hosts": ["127.0.0.1"],
            }
            for name in names
        ]
    )


def until(condition: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < ends_at, "it has waited"
        time.sleep(0.02)


def wait_for_them(worker: WorkerHarness, hosts: list[DeadHost], names: list[str]) -> None:
    """40 callbacks, or one for each client and each host."""
    now = worker.ledger.clock() - 5
    for number, job_id in enumerate(job_ids(max(40, len(hosts), len(names)))):
        callback = PendingCallback(
            job_id=job_id,
            client=names[number % len(names)],
            url=hosts[number % len(hosts)].url,
            body="{}",
            asked_at=now,
            next_at=now,
        )
        enqueue_callback(worker.ledger.bucket, callback)


@pytest.fixture(autouse=True)
def _silent_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callback_tries, "TRY_LIMIT_S", 4 * LIMIT_S)
    monkeypatch.setattr(callback_delivery, "AWAITED_S", 4 * LIMIT_S, raising=False)


@pytest.mark.timeout(4 * LIMIT_S)
@pytest.mark.parametrize(
    ("hosts", "names"),
    [(1, ["noisy"]), (20, ["noisy"]), (10, [f"noisy-{number}" for number in range(10)])],
    ids=["one host", "many hosts of one client", "hosts of many clients"],
)
def test_neither_picture_nor_callback_of_anybody_else_waits_for_a_dead_host(
    hosts: int, names: list[str], worker: WorkerHarness
) -> None:
    environ = {"WEBHOOK_CLIENTS": clients("shop", *names), "WORKER_LINGER_S": "3"}
    with dead_hosts(hosts) as dead, receiving() as receiver:
        wait_for_them(worker, dead, names)
        instance = OneInstance(worker, **environ)
        instance.invoke()
        until(lambda: any(host.tries for host in dead))
        job = worker.ask_by_program(callback=Callback(url=receiver.url))
        instance.invoke()
        until(lambda: worker.ledger.outcome(job.id) is not None)
        until(lambda: len(receiver.got) == 1)
        assert instance.runs == 0  # the dead hosts are still being waited for
        for host in dead:
            host.hang_up()
        instance.end()
    callback = read_callback(worker.ledger.bucket, job.id)
    assert callback is not None
    assert (callback.state, callback.count) == ("delivered", 1)


@pytest.mark.timeout(4 * LIMIT_S)
def test_a_run_that_has_worked_does_not_wait_for_a_host_that_was_silent_before(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {"WEBHOOK_CLIENTS": clients("shop", "noisy"), "WORKER_LINGER_S": "3"}
    with dead_hosts() as (dead,), receiving() as receiver:
        wait_for_them(worker, [dead], ["noisy"])
        known = {Host("noisy", dead.url.split("/")[2]): HostHealth(silences=1)}
        monkeypatch.setattr(handler, "CALLBACK_HOSTS", known)
        job = worker.ask_by_program(callback=Callback(url=receiver.url))
        worker.run(**environ)
        assert worker.outcome(job).state == "succeeded"
        assert len(receiver.got) == 1
        assert dead.tries == 1
    found = [read_callback(worker.ledger.bucket, job_id) for job_id in job_ids(40)]
    tries = [one.tries for one in found if one and one.tries]
    assert [[one.error for one in each] for each in tries] == [["too-slow"]]


@pytest.mark.timeout(4 * LIMIT_S)
def test_who_waits_with_a_silent_host_waits_in_the_queue_and_not_in_every_run(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback_turns, "PAUSES_S", (600.0,))
    environ = {"WEBHOOK_CLIENTS": clients("noisy")}
    with dead_hosts() as (dead,):
        wait_for_them(worker, [dead], ["noisy"])
        instance = OneInstance(worker, **environ)
        instance.invoke()
        until(lambda: dead.tries == 1)
        dead.hang_up()
        instance.end()
    found = [read_callback(worker.ledger.bucket, job_id) for job_id in job_ids(40)]
    waits = sorted(one.next_at - worker.ledger.clock() for one in found if one)
    assert sum(one.count for one in found if one) == 1  # to be put off is no try
    assert [wait_s > 500 for wait_s in waits] == [False] + [True] * 39
    assert {one.state for one in found if one} == {"waiting"}
