"""The small calls to the stand-ins: what a server may do to them."""

from urllib.error import HTTPError

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from infra.local.http import Connections, call
from infra.local.serving import free_port, listen, served
from tests.jobs.driving import answering

OK = b"HTTP/1.1 200 OK\r\n"


def answered(answer: bytes, method: str = "GET") -> bytes:
    with answering(lambda _: answer) as at:
        return Connections(at).send(method, "/", None, {}).data


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"content-length: 2\r\n\r\nhi",
        OK + b"transfer-encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n",
        OK + b"\r\nhi",  # it ends with its connection
    ],
)
def test_a_whole_answer_is_given(answer: bytes) -> None:
    assert answered(answer) == b"hi"


def test_the_answer_to_a_head_has_no_body() -> None:
    assert answered(OK + b"content-length: 2\r\n\r\n", "HEAD") == b""


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        OK + b"content-length: 3\r\n\r\nhi",
        OK + b"transfer-encoding: chunked\r\n\r\n1\r\nh\r\n",
        b"no HTTP at all\r\n\r\n",
    ],
)
def test_an_answer_that_breaks_off_is_none(answer: bytes) -> None:
    with pytest.raises(ConnectionError):
        answered(answer)


def test_a_server_that_was_started_anew_is_called_anew() -> None:
    app = Starlette(routes=[Route("/", lambda _: JSONResponse([]))])
    port = free_port()
    for _ in range(2):
        with listen(port) as listening, served({"it": app}, {"it": listening}):
            assert [call("GET", f"http://127.0.0.1:{port}/") for _ in range(2)] == [[], []]


def test_a_refusal_is_raised() -> None:
    refusal = b"HTTP/1.1 409 Conflict\r\ncontent-length: 0\r\n\r\n"
    with answering(lambda _: refusal) as at, pytest.raises(HTTPError) as caught:
        call("PUT", f"http://{at}/", {})
    assert caught.value.code == 409
