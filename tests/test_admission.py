"""How much a web function lets in: one body, and a crowd."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from typing import Any

import msgspec
import pytest

from functions.web.admission import AdmissionControl, Overloaded, announced_bytes
from functions.web.asgi import Handler, Request, Response, WebApp
from tests.service import LIMITS, MAX_BYTES, ask, echo, raw, running


@pytest.mark.parametrize(("size", "status"), [(MAX_BYTES, 201), (MAX_BYTES + 1, 413)])
def test_a_body_over_the_limit_is_413(size: int, status: int) -> None:
    with running({("POST", "/echo"): echo}) as at:
        assert ask("POST", at, "/echo", data=b"x" * size).status_code == status


def test_a_body_that_does_not_say_its_size_is_limited_too() -> None:
    with running({("POST", "/echo"): echo}) as at:
        parts = (b"x" * 100 for _ in range(11))
        assert ask("POST", at, "/echo", data=parts).status_code == 413


def test_a_body_that_is_announced_too_large_is_413_before_any_of_it_comes() -> None:
    with running({("POST", "/echo"): echo}) as at:
        status, _, _ = raw(at, "POST", "/echo", Content_Length=str(MAX_BYTES + 1))
    assert status == 413


def test_the_body_of_a_get_is_not_read() -> None:
    with running({("GET", "/it"): echo}) as at:
        status, _, said = raw(at, "GET", "/it", Content_Length="5")
        assert (status, said) == (201, b"GET /it None 0")
        assert ask("GET", at, "/it", data=b"x" * (MAX_BYTES + 1)).status_code == 201


@pytest.mark.parametrize("full", ["requests", "bytes"])
def test_a_crowd_is_told_to_come_again_before_its_bodies_come(full: str) -> None:
    many, few = 10, 2
    limits = msgspec.structs.replace(
        LIMITS,
        bytes_at_once=(few if full == "bytes" else many) * MAX_BYTES,
        requests_at_once=few if full == "requests" else many,
    )
    inside, go_on = threading.Semaphore(0), threading.Event()

    def waits(_: Request) -> Response:
        inside.release()
        go_on.wait(30)
        return Response(201)

    handlers: dict[tuple[str, str], Handler] = {
        ("POST", "/waits"): waits,
        ("GET", "/it"): lambda _: Response(200),
    }
    with running(handlers, limits=limits) as at, ThreadPoolExecutor(few) as crowd:
        body = b"x" * MAX_BYTES
        first = [crowd.submit(ask, "POST", at, "/waits", data=body) for _ in range(few)]
        assert all(inside.acquire(timeout=30) for _ in first)
        status, headers, _ = raw(at, "POST", "/waits", Content_Length=str(MAX_BYTES))
        assert (status, headers["Retry-After"]) == (429, "2")
        assert ask("GET", at, "/it").status_code == 200  # nothing to hold
        go_on.set()
        assert [one.result().status_code for one in first] == [201] * few
        assert ask("POST", at, "/waits", data=body).status_code == 201


def doors_for(*, bytes_at_once: int, requests_at_once: int = 9) -> AdmissionControl:
    return AdmissionControl(
        msgspec.structs.replace(
            LIMITS, bytes_at_once=bytes_at_once, requests_at_once=requests_at_once
        )
    )


def test_whoever_left_takes_up_no_room() -> None:
    doors = doors_for(bytes_at_once=5, requests_at_once=1)
    with suppress(ValueError), doors.admit(5) as place:
        doors.grow(place, 5)
        doors.complete(place)
        raise ValueError("broke")
    with doors.admit(5) as place:
        doors.grow(place, 5)
        doors.complete(place)
        with pytest.raises(Overloaded), doors.admit(0):
            pass
    with pytest.raises(Overloaded), doors.admit(6):
        pass
    with doors.admit(5):
        pass


def test_what_is_only_announced_takes_up_no_room() -> None:
    doors = doors_for(bytes_at_once=5, requests_at_once=1)
    with ExitStack() as stalled:
        for _ in range(500):
            stalled.enter_context(doors.admit(5))
        with doors.admit(5) as place:
            doors.grow(place, 5)
            doors.complete(place)


def test_the_largest_body_on_its_way_makes_room_for_a_smaller_one_and_a_whole_one_never() -> None:
    doors, loop = doors_for(bytes_at_once=10), asyncio.new_event_loop()
    with closing(loop), doors.admit(0) as whole, doors.admit(0) as large, doors.admit(0) as small:
        large.reading, small.reading = loop.create_future(), loop.create_future()
        doors.grow(whole, 4)
        doors.complete(whole)
        doors.grow(large, 4)
        doors.grow(small, 2)
        doors.grow(small, 1)
        assert (large.reading.cancelled(), small.reading.cancelled()) == (True, False)
        doors.grow(small, 3)
        with pytest.raises(Overloaded):
            doors.grow(small, 1)


@pytest.mark.parametrize(
    ("headers", "size"),
    [
        ({}, 0),
        ({"content-length": "5"}, 5),
        ({"content-length": "0"}, 0),
        ({"transfer-encoding": "chunked"}, 9),
        ({"content-length": "-1"}, 9),
        ({"content-length": "٣"}, 9),
        ({"content-length": "9" * 4000}, 9),
    ],
)
def test_a_body_counts_as_much_as_is_announced_or_as_there_may_be(
    headers: dict[str, str], size: int
) -> None:
    assert announced_bytes(headers, 9) == size


def test_a_client_that_leaves_in_the_middle_of_its_body_is_nobody() -> None:
    asked: list[Request] = []
    sent: list[Any] = []
    service = WebApp({("POST", "/it"): asked.append}, limits=LIMITS, warm=int)  # type: ignore[dict-item]  # never called
    events = iter(
        [{"type": "http.request", "body": b"x", "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> Any:
        return next(events)

    async def send(event: Any) -> None:
        sent.append(event)

    path = {"type": "http", "method": "POST", "path": "/it", "query_string": b""}
    scope = {**path, "headers": [(b"content-length", b"9")]}
    asyncio.run(service(scope, receive, send))
    assert (asked, sent) == ([], [])
