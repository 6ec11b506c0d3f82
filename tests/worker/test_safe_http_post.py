"""Callbacks: what is sent, and that hardly anything of the answer matters."""

import queue
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from functions.jobs.url_policy import Rule
from functions.worker.safe_http import USER_AGENT, Deadline, HttpResult, UrlPolicy, UrlRefused, post
from tests.worker.loopback import LOCAL, OK, Internet, Server, answer, redirect
from tests.worker.unwanted import ONE_OF_EACH

FAR_S = 40.0  # no call here may last as long
PUBLIC = "93.184.215.14"
HEADERS = {"Content-Type": "application/json", "webhook-id": "msg_1"}


def posted(url: str, *, rules: UrlPolicy = LOCAL, deadline_s: float = 10) -> HttpResult:
    deadline = Deadline(deadline_s)
    return post(url, body=b'{"a":1}', headers=HEADERS, rules=rules, deadline=deadline)


def test_the_body_and_the_headers_arrive_as_given() -> None:
    with Server(answer(b"")) as server:
        assert posted(f"{server.url}/hook?x=1") == HttpResult(200, None)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert body == b'{"a":1}'
    assert head.decode().splitlines() == [
        "POST /hook?x=1 HTTP/1.1",
        "Content-Length: 7",
        "Content-Type: application/json",
        "webhook-id: msg_1",
        f"Host: 127.0.0.1:{server.port}",
        f"User-Agent: {USER_AGENT}",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
    ]


@pytest.mark.parametrize("status", [200, 204, 400, 410, 500])
def test_every_status_is_an_answer(status: int) -> None:
    with Server(answer(b"", status=f"{status} So")) as server:
        assert posted(server.url) == HttpResult(status, None)


def test_a_redirect_is_its_status_and_is_not_followed() -> None:
    with Server(answer(b"")) as other, Server(redirect(other.url, "307 Temp")) as server:
        assert posted(server.url).status == 307
    assert other.connections == 0


@pytest.mark.parametrize(
    ("value", "wait_s"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("-5", None),
        ("1e3", None),
        ("9999999999", None),
        ("soon", None),
        ("Wed, 21 Oct 2015 07:28:00 -0000", None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_its_forms(value: str, wait_s: float | None) -> None:
    with Server(answer(b"", f"Retry-After: {value}", status="503 Busy")) as server:
        assert posted(server.url) == HttpResult(503, wait_s)


def test_a_date_to_come_is_a_wait() -> None:
    then = format_datetime(datetime.now(timezone.utc) + timedelta(hours=1), usegmt=True)
    with Server(answer(b"", f"Retry-After: {then}", status="429 Busy")) as server:
        wait_s = posted(server.url).retry_after_s
    assert wait_s is not None
    assert 3500 < wait_s <= 3600


@pytest.mark.parametrize(
    "sent",
    [
        answer(b"x" * 500_000),
        OK + b"Content-Length: 99\r\n\r\nshort",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nx",
        OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nxyz",
    ],
)
def test_whatever_body_follows_the_callback_is_delivered(sent: bytes) -> None:
    with Server(sent) as server:
        assert posted(server.url).status == 200


def test_a_dripping_body_does_not_undo_the_delivery() -> None:
    with Server() as server:
        server.scripts = (server.drip(OK + b"\r\n", b"x"),)
        assert posted(server.url, deadline_s=2.0).status == 200


def test_an_endless_body_is_hung_up_on() -> None:
    with Server() as server:
        server.scripts = (server.drip(OK + b"\r\n", b"x" * 60_000),)
        assert posted(server.url).status == 200


def test_no_status_in_time_is_too_slow() -> None:
    with Server() as server:
        server.scripts = (server.silence,)
        with pytest.raises(UrlRefused) as caught:
            posted(server.url, deadline_s=0.2)
    assert caught.value.rule == "too-slow"


def test_a_connection_cut_before_the_status_is_no_answer() -> None:
    with Server(b"") as server, pytest.raises(UrlRefused) as caught:
        posted(server.url)
    assert caught.value.rule == "no-answer"


@pytest.mark.parametrize(("rule", "url"), ONE_OF_EACH.items())
def test_nothing_is_sent_to_a_refused_url(
    url: str, rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    internet = Internet(monkeypatch)
    with pytest.raises(UrlRefused) as caught:
        posted(url, rules=UrlPolicy())
    assert caught.value.rule == rule
    assert (internet.looked_up, internet.connected_to) == ([], [])


# --- an end that is brought forward: the run is over


def cut_while_waiting(url: str, is_waiting: Callable[[], bool], rules: UrlPolicy = LOCAL) -> Rule:
    """Why a call was refused whose deadline is far away, and which is cut while it waits."""
    deadline = Deadline(FAR_S)
    refusals: queue.SimpleQueue[Rule] = queue.SimpleQueue()

    def call() -> None:
        with pytest.raises(UrlRefused) as refused:
            post(url, body=b"", headers=HEADERS, rules=rules, deadline=deadline)
        refusals.put(refused.value.rule)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    while not is_waiting():
        time.sleep(0.01)
    deadline.cut()
    return refusals.get(timeout=FAR_S / 2)


@pytest.mark.timeout(FAR_S)
def test_a_call_is_cut_while_it_waits_for_an_answer() -> None:
    with Server(b"") as server:
        server.scripts = (server.silence,)
        assert cut_while_waiting(server.url, lambda: bool(server.requests)) == "too-slow"


@pytest.mark.timeout(FAR_S)
def test_a_call_is_cut_while_it_waits_for_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as first:
        first.connect(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/"
        began = time.monotonic()
        assert cut_while_waiting(url, lambda: time.monotonic() > began + 0.2) == "too-slow"


@pytest.mark.timeout(FAR_S)
def test_a_call_is_cut_while_it_waits_for_a_name_or_for_a_handshake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    internet = Internet(monkeypatch)
    with Server(b"") as server:  # which speaks no TLS
        internet.names = {"hooks.example": [[PUBLIC]]}
        internet.leads_to = {PUBLIC: server.port}
        url = "https://hooks.example/"
        assert cut_while_waiting(url, lambda: server.connections > 0, UrlPolicy()) == "too-slow"
    asked, is_over = threading.Event(), threading.Event()

    def never(*_: object, **__: object) -> list[object]:
        asked.set()
        is_over.wait(FAR_S)
        return []

    monkeypatch.setattr("socket.getaddrinfo", never)
    assert cut_while_waiting("https://slow.example/", asked.is_set, UrlPolicy()) == "too-slow"
    is_over.set()
