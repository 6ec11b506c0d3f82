"""The two web functions' server side: what comes out of it, and when it is warm."""

import threading

import msgspec
import pytest
import requests

from functions.web.asgi import Handler, HttpError, Request, Response
from tests.local.slack.driver import eventually
from tests.service import LIMITS, MAX_BYTES, ask, echo, running


def test_a_handler_gets_the_request_and_gives_the_answer() -> None:
    with running({("POST", "/echo"): echo}) as at:
        answer = ask("POST", at, "/echo", data=b"12345", headers={"X-Some": "thing"})
    assert (answer.status_code, answer.text) == (201, "POST /echo thing 5")
    assert answer.headers["X-Other"] == "ü"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_handler_may_say_what_kind_of_text_it_is() -> None:
    json = Response(200, "{}", {"Content-Type": "application/json"})
    with running({("GET", "/it"): lambda _: json}) as at:
        assert ask("GET", at, "/it").headers["Content-Type"] == "application/json"


def test_another_path_is_404_and_another_method_is_405() -> None:
    with running({("POST", "/echo"): echo}) as at:
        assert ask("POST", at, "/other").status_code == 404
        refused = ask("GET", at, "/echo")
        assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")
        refused = ask("POST", at, "/healthz")
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")


def test_a_handler_may_give_bytes_or_nothing_at_all() -> None:
    handlers: dict[tuple[str, str], Handler] = {
        ("GET", "/bytes"): lambda _: Response(200, b"\xff\xd8", {"Content-Type": "image/jpeg"}),
        ("GET", "/nothing"): lambda _: Response(302, headers={"Location": "/bytes"}),
    }
    with running(handlers) as at:
        answer = ask("GET", at, "/bytes")
        assert (answer.content, answer.headers["Content-Type"]) == (b"\xff\xd8", "image/jpeg")
        answer = ask("GET", at, "/nothing", allow_redirects=False)
        assert (answer.headers["Location"], answer.headers["Content-Length"]) == ("/bytes", "0")
        assert "Content-Type" not in answer.headers


def test_how_a_refusal_is_worded_is_the_services_own_affair() -> None:
    def refuse(path: str, refusal: HttpError) -> Response:
        return Response(refusal.status, f"no {path}", {**refusal.headers, "X-Own": "yes"})

    def breaks(_: Request) -> Response:
        raise ValueError

    none = msgspec.structs.replace(LIMITS, requests_at_once=0)
    with running(
        {("POST", "/it"): echo, ("GET", "/bad"): breaks}, limits=none, refuse=refuse
    ) as at:
        answers = [
            ask("GET", at, "/none"),
            ask("GET", at, "/it"),
            ask("POST", at, "/it", data=b"x" * (MAX_BYTES + 1)),
            ask("POST", at, "/it"),
            ask("GET", at, "/bad"),
        ]
    assert [answer.status_code for answer in answers] == [404, 405, 413, 429, 500]
    assert all(answer.headers["X-Own"] == "yes" for answer in answers)
    assert [answer.text for answer in answers] == ["no /none", *["no /it"] * 3, "no /bad"]
    assert answers[1].headers["Allow"] == "POST"
    assert answers[3].headers["Retry-After"] == "2"


def test_a_handler_that_breaks_is_500_and_the_service_lives_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def breaks(_: Request) -> Response:
        raise ValueError("https://bucket.example/?signature=secret")

    with running({("POST", "/breaks"): breaks, ("POST", "/echo"): echo}) as at:
        answer = ask("POST", at, "/breaks")
        assert (answer.status_code, answer.text) == (500, "Internal Server Error")
        assert ask("POST", at, "/echo").status_code == 201
    assert "secret" not in caplog.text
    assert [record.message for record in caplog.records if record.name == "backdrop"] == [
        "not answered"
    ]


def test_requests_do_not_wait_for_each_other() -> None:
    both = threading.Barrier(2, timeout=10)

    def waits(_: Request) -> Response:
        both.wait()
        return Response(200)

    with running({("GET", "/waits"): waits}) as at:
        codes: list[int] = []
        first = threading.Thread(target=lambda: codes.append(ask("GET", at, "/waits").status_code))
        first.start()
        codes.append(ask("GET", at, "/waits").status_code)
        first.join(10)
    assert codes == [200, 200]


def test_what_is_to_follow_an_answer_follows_it() -> None:
    followed = threading.Event()
    with running({("GET", "/it"): lambda _: Response(200, after_send=followed.set)}) as at:
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
