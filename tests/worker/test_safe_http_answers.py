"""Fetching: what a server may answer, and how little of it is believed."""

import contextlib
import gzip
import socket
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from functions.jobs.url_policy import Rule, UrlRefused
from tests.worker.loopback import OK, Script, Server, answer, fetched, redirect, refusal


@pytest.mark.parametrize("status", ["201 Created", "206 Partial", "404 Not Found", "500 Oops"])
def test_only_200_brings_a_photo(status: str) -> None:
    with Server(answer(b"photo", status=status)) as server:
        refused = refusal(server.url)
    assert refused.rule == "http-status"
    assert refused.facts == {"status": int(status[:3]), "host": "127.0.0.1"}


def test_a_body_of_exactly_the_limit_is_taken_and_one_more_byte_is_not() -> None:
    with Server(answer(b"x" * 1000)) as server:
        assert len(fetched(server.url)) == 1000
    with Server(answer(b"x" * 1001)) as server:
        refused = refusal(server.url)
    assert (refused.rule, refused.facts["max_bytes"]) == ("too-large", 1000)


@pytest.mark.parametrize("framing", [b"\r\n", b"Transfer-Encoding: chunked\r\n\r\n3e9\r\n"])
def test_a_length_that_nobody_announced_is_counted(framing: bytes) -> None:
    with Server(OK + framing + b"x" * 1001 + b"\r\n0\r\n\r\n") as server:
        assert refusal(server.url).rule == "too-large"


def test_an_announced_length_beyond_the_limit_is_refused_unread() -> None:
    with Server(OK + b"Content-Length: 999999999\r\n\r\n") as server:
        assert refusal(server.url).rule == "too-large"


ENDLESS: dict[str, Callable[[Server], Script]] = {
    "body": lambda server: server.drip(OK + b"\r\n", b"x" * 60_000),
    "chunks": lambda server: server.drip(
        OK + b"Transfer-Encoding: chunked\r\n\r\n", b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n"
    ),
    "tiny chunks": lambda server: server.drip(
        OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"x" * 60_000 + b"\r\nx\r\n"
    ),
    "chunk of -1": lambda server: server.drip(
        OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", b"x" * 200_000
    ),
    "trailers": lambda server: server.drip(
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", (b"X: " + b"x" * 60_000 + b"\r\n") * 4
    ),
    "early answers": lambda server: server.drip(
        b"", (b"HTTP/1.1 100 Continue\r\nX: " + b"x" * 60_000 + b"\r\n\r\n") * 4
    ),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_what_never_ends_is_cut_off_by_its_bytes(what: str) -> None:
    with Server() as server:
        server.scripts = (ENDLESS[what](server),)
        assert refusal(server.url).rule == "too-large"


DRIPS = {
    "body": (OK + b"Content-Length: 500\r\n\r\n", b"x"),
    "body to the end": (OK + b"\r\n", b"x"),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "size of a chunk": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "headers": (OK, b"X: y\r\n"),
    "one header": (OK + b"X: ", b"y"),
    "status line": (b"HTTP/1.1 200 ", b"O"),
}


@pytest.mark.parametrize("what", DRIPS)
def test_a_byte_now_and_then_does_not_stretch_the_deadline(what: str) -> None:
    with Server() as server:
        server.scripts = (server.drip(*DRIPS[what]),)
        started = time.monotonic()
        assert refusal(server.url, deadline_s=0.3).rule == "too-slow"
        assert time.monotonic() - started < 5


def test_silence_is_too_slow() -> None:
    with Server() as server:
        server.scripts = (server.silence,)
        refused = refusal(server.url, deadline_s=0.2)
    assert (refused.rule, refused.facts) == ("too-slow", {"host": "127.0.0.1"})


def test_redirects_share_one_deadline() -> None:
    def hop(connection: socket.socket) -> None:
        time.sleep(0.15)
        connection.sendall(redirect("/"))

    with Server(hop) as server:
        assert refusal(server.url, deadline_s=0.25).rule == "too-slow"


@pytest.mark.parametrize(
    ("sent", "rule"),
    [
        (OK + b"Content-Length: 10\r\n\r\nshort", "wrong-length"),
        (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nphoto!", "wrong-length"),
        (OK + b"Content-Length: -1\r\n\r\nphoto", "wrong-length"),
        (OK + b"Content-Length: +5\r\n\r\nphoto", "wrong-length"),
        (OK + b"Content-Length: 5, 5\r\n\r\nphoto", "wrong-length"),
        (OK + b"Content-Length: many\r\n\r\nphoto", "wrong-length"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\npho", "wrong-length"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nphoto\r\n", "wrong-length"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nphoto\r\n0\r\n\r\n", "wrong-length"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nphoto", "wrong-length"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nsome\r\nphoto\r\n0\r\n\r\n", "wrong-length"),
    ],
)
def test_a_body_in_another_length_than_announced_is_refused(sent: bytes, rule: Rule) -> None:
    with Server(sent) as server:
        assert refusal(server.url).rule == rule


def test_what_follows_the_announced_length_is_not_part_of_the_photo() -> None:
    with Server(OK + b"Content-Length: 5\r\n\r\nphoto and more") as server:
        assert fetched(server.url) == b"photo"


@pytest.mark.parametrize(
    "sent",
    [
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\npho\r\n2;x=y\r\nto\r\n0\r\nX: y\r\n\r\n",
        OK + b"\r\nphoto",
        OK + b"Content-Encoding: identity\r\nContent-Length: 5\r\n\r\nphoto",
        b"HTTP/1.0 200 OK\r\n\r\nphoto",
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"photo"),
    ],
)
def test_every_regular_framing_is_understood(sent: bytes) -> None:
    with Server(sent) as server:
        assert fetched(server.url) == b"photo"


@pytest.mark.parametrize(
    "header",
    [
        "Content-Encoding: gzip",
        "Content-Encoding: deflate",
        "Content-Encoding: br",
        "Content-Encoding: GZIP",
        "Content-Encoding: identity, gzip",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: gzip",
    ],
)
def test_a_bomb_is_never_unpacked(header: str) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    with Server(answer(bomb, header)) as server:
        assert refusal(server.url, max_bytes=20_000_000).rule == "compressed"


@pytest.mark.parametrize("word", ["aws-chunked", "none", "binary", "utf-8", "UTF-8, identity"])
def test_a_word_that_is_no_coding_leaves_the_bytes_as_they_are(word: str) -> None:
    with Server(answer(b"photo", f"Content-Encoding: {word}")) as server:
        assert fetched(server.url) == b"photo"


@pytest.mark.parametrize("coding", ["zstd", "x-gzip", "aws-chunked, gzip", "none, br"])
def test_a_coding_beside_such_a_word_is_still_one(coding: str) -> None:
    with Server(answer(b"photo", f"Content-Encoding: {coding}")) as server:
        assert refusal(server.url).rule == "compressed"


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"", "connection"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "protocol"),
        (b"photo", "protocol"),
        (b"HTTP/1.1 two OK\r\n\r\n", "protocol"),
        (OK + b"X: " + b"x" * 70_000 + b"\r\n\r\n", "protocol"),
        (OK + b"X: y\r\n" * 200 + b"\r\n", "protocol"),
    ],
)
def test_what_is_no_http_is_no_answer(sent: bytes, why: str) -> None:
    with Server(sent) as server:
        refused = refusal(server.url)
    assert (refused.rule, refused.facts) == ("no-answer", {"host": "127.0.0.1", "why": why})


def test_nobody_there_is_no_answer() -> None:
    with Server() as server:
        pass
    refused = refusal(server.url)
    assert (refused.rule, refused.facts["why"]) == ("no-answer", "connection")


fragments = st.one_of(
    st.sampled_from(
        [
            OK,
            b"HTTP/1.1 302 Found\r\nLocation: /\r\n",
            b"HTTP/1.1 302 Found\r\nLocation: http://[",
            b"HTTP/1.1 100 Continue\r\n",
            b"Content-Length: ",
            b"Transfer-Encoding: chunked\r\n",
            b"\r\n",
            b"\r\n\r\n",
            b"5\r\nphoto\r\n",
            b"-1\r\n",
            b"0\r\n",
            b"_",
        ]
    ),
    st.binary(max_size=20),
)


@given(st.lists(fragments, max_size=8))
@example([OK, b"Transfer-Encoding: chunked\r\n", b"\r\n", b"1_0\r\n"])
@example([OK, b"\xff\xff: \xff\r\n", b"\r\n"])
@settings(deadline=None)
def test_whatever_bytes_come_only_bytes_or_a_refusal_go_on(sent: list[bytes]) -> None:
    with Server(b"".join(sent)) as server, contextlib.suppress(UrlRefused):
        assert len(fetched(server.url)) <= 1000
