"""The two web functions' server side: what gets in, what comes out, and when it is warm."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import requests

from functions.asgi import Answer, Handler, Request, Service
from infra.local.serving import address, listen, served
from tests.local.slack.driver import eventually

MAX_BYTES = 1000


@contextmanager
def running(handlers: Mapping[tuple[str, str], Handler], **more: Any) -> Iterator[str]:
    """A service with these handlers; gives its ``host:port``."""
    service = Service(handlers, max_bytes=MAX_BYTES, **{"warm": lambda: None, **more})
    with ExitStack() as stack:
        listening = stack.enter_context(listen())
        stack.enter_context(served({"it": service}, {"it": listening}))
        yield address(listening)


def ask(method: str, at: str, path: str, **more: Any) -> requests.Response:
    return requests.request(method, f"http://{at}{path}", timeout=10, **more)


def echo(request: Request) -> Answer:
    said = f"{request.method} {request.path} {request.headers.get('x-some')} {len(request.body)}"
    return Answer(201, said, {"X-Other": "ü"})


def test_a_handler_gets_the_request_and_gives_the_answer() -> None:
    with running({("POST", "/echo"): echo}) as at:
        answer = ask("POST", at, "/echo", data=b"12345", headers={"X-Some": "thing"})
    assert (answer.status_code, answer.text) == (201, "POST /echo thing 5")
    assert answer.headers["X-Other"] == "ü"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_handler_may_say_what_kind_of_text_it_is() -> None:
    json = Answer(200, "{}", {"Content-Type": "application/json"})
    with running({("GET", "/it"): lambda _: json}) as at:
        assert ask("GET", at, "/it").headers["Content-Type"] == "application/json"


def test_another_path_is_404_and_another_method_is_405() -> None:
    with running({("POST", "/echo"): echo}) as at:
        assert ask("POST", at, "/other").status_code == 404
        refused = ask("GET", at, "/echo")
        assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")
        refused = ask("POST", at, "/healthz")
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(("size", "status"), [(MAX_BYTES, 201), (MAX_BYTES + 1, 413)])
def test_a_body_over_the_limit_is_413(size: int, status: int) -> None:
    with running({("POST", "/echo"): echo}) as at:
        assert ask("POST", at, "/echo", data=b"x" * size).status_code == status


def test_a_body_that_does_not_say_its_size_is_limited_too() -> None:
    with running({("POST", "/echo"): echo}) as at:
        parts = (b"x" * 100 for _ in range(11))
        assert ask("POST", at, "/echo", data=parts).status_code == 413


def test_a_handler_that_breaks_is_500_and_the_service_lives_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def breaks(_: Request) -> Answer:
        raise ValueError("https://bucket.example/?signature=secret")

    with running({("POST", "/breaks"): breaks, ("POST", "/echo"): echo}) as at:
        answer = ask("POST", at, "/breaks")
        assert (answer.status_code, answer.text) == (500, "")
        assert ask("POST", at, "/echo").status_code == 201
    assert "secret" not in caplog.text
    assert [record.message for record in caplog.records if record.name == "backdrop"] == [
        "not answered"
    ]


def test_requests_do_not_wait_for_each_other() -> None:
    both = threading.Barrier(2, timeout=10)

    def waits(_: Request) -> Answer:
        both.wait()
        return Answer(200)

    with running({("GET", "/waits"): waits}) as at:
        codes: list[int] = []
        first = threading.Thread(target=lambda: codes.append(ask("GET", at, "/waits").status_code))
        first.start()
        codes.append(ask("GET", at, "/waits").status_code)
        first.join(10)
    assert codes == [200, 200]


def test_what_is_to_follow_an_answer_follows_it() -> None:
    followed = threading.Event()
    with running({("GET", "/it"): lambda _: Answer(200, then=followed.set)}) as at:
        assert ask("GET", at, "/it").status_code == 200
        assert eventually(followed.is_set)


def test_it_serves_while_it_warms_up_and_is_healthy_when_it_has() -> None:
    warmed = threading.Event()
    with running({("POST", "/echo"): echo}, warm=lambda: warmed.wait(10)) as at:
        assert ask("POST", at, "/echo").status_code == 201
        with pytest.raises(requests.Timeout):
            requests.get(f"http://{at}/healthz", timeout=0.2)
        warmed.set()
        answer = ask("GET", at, "/healthz")
        assert (answer.status_code, answer.text) == (200, "ok")


def test_it_is_not_healthy_when_warming_up_has_failed() -> None:
    def breaks() -> None:
        raise ImportError("a broken package")

    with running({}, warm=breaks) as at:
        assert ask("GET", at, "/healthz").status_code == 500
        assert ask("GET", at, "/healthz").status_code == 500


def test_a_client_that_leaves_in_the_middle_of_its_body_is_nobody() -> None:
    asked: list[Request] = []
    sent: list[Any] = []
    service = Service({("POST", "/it"): asked.append}, max_bytes=9, warm=int)  # type: ignore[dict-item]  # never called
    events = iter(
        [{"type": "http.request", "body": b"x", "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> Any:
        return next(events)

    async def send(event: Any) -> None:
        sent.append(event)

    scope = {"type": "http", "method": "POST", "path": "/it", "headers": []}
    asyncio.run(service(scope, receive, send))
    assert (asked, sent) == ([], [])
