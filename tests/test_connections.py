"""What one connection to a web function may cost, as uvicorn serves it with our class."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvicorn

from functions.web import connections
from functions.web.asgi import HEADERS_LIMIT, Response, WebApp
from functions.web.connections import HEAD_LIMIT_BYTES, BoundedConnection
from infra.local.serving import listen
from tests.service import LIMITS, echo

LARGE = b"x" * 20_000_000  # more than the sockets' own buffers take
LIMIT_S = 20.0
Asked = Callable[[bytes], Awaitable[bytes]]


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[int]:
    """A service on a port, in this very event loop."""
    handlers = {
        ("POST", "/echo"): echo,
        ("GET", "/it"): echo,
        ("GET", "/large"): lambda _: Response(200, LARGE),
    }
    app = WebApp(handlers, limits=LIMITS, warm=lambda: None)
    with listen() as listening:
        config = uvicorn.Config(app, http=BoundedConnection, log_level="error", access_log=False)
        server = uvicorn.Server(config)
        running = asyncio.ensure_future(server._serve([listening]))  # without its signals
        while not server.started:  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.01)
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await asyncio.wait_for(running, LIMIT_S)


async def said_to(port: int, request: bytes) -> bytes:
    """Everything that comes back until the server ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    try:
        return await asyncio.wait_for(reader.read(), LIMIT_S)
    finally:
        writer.close()


def asked(*requests: bytes) -> list[bytes]:
    """What a service says to each of these, sent at the same time."""

    async def all_of_them() -> list[bytes]:
        async with serving() as port:
            return await asyncio.gather(*(said_to(port, one) for one in requests))

    return asyncio.run(all_of_them())


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "OWED_WITHIN_S", 0.2)
    monkeypatch.setattr(connections, "ANSWER_READ_WITHIN_S", 1.0)


def head(request_line: str, *lines: str) -> bytes:
    return "\r\n".join((request_line, "Host: it", *lines, "", "")).encode()


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    ("request_", "answers"),
    [
        (b"", 0),
        (b"GET /it HTTP/1.1\r\nHo", 0),
        (head("GET /it HTTP/1.1"), 1),
        (head("GET /it HTTP/1.1") + b"GET", 1),
        (head("GET /it HTTP/1.1") * 3, 3),
    ],
    ids=["says nothing", "half a head", "one request", "half a second one", "three at once"],
)
def test_a_client_that_says_no_more_is_let_go(request_: bytes, answers: int) -> None:
    (said,) = asked(request_)
    assert said.count(b"HTTP/1.1 201") == answers


@pytest.mark.usefixtures("soon")
def test_a_head_that_comes_a_byte_at_a_time_has_no_longer_than_another() -> None:
    async def trickled() -> float:
        async with serving() as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            started = asyncio.get_running_loop().time()
            while not reader.at_eof():
                writer.write(b"x")
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(reader.read(1), 0.05)
            writer.close()
            return asyncio.get_running_loop().time() - started

    assert asyncio.run(asyncio.wait_for(trickled(), LIMIT_S)) < 2.0


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("more", ["", "Content-Length: 9"], ids=["whole", "with a body to come"])
def test_a_client_that_does_not_read_its_answer_is_let_go(more: str) -> None:
    async def unread() -> None:
        async with serving() as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
            writer.write(head("GET /large HTTP/1.1", *([more] if more else [])))
            await asyncio.sleep(1.5)
            with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
                await reader.readexactly(len(LARGE))
            writer.close()

    asyncio.run(unread())


@pytest.mark.usefixtures("soon")
def test_a_client_that_reads_slowly_gets_the_whole_answer() -> None:
    async def slowly() -> int:
        async with serving() as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=65_536)
            writer.write(head("GET /large HTTP/1.1"))
            came = 0
            while part := await reader.read(2_000_000):
                came += len(part)
                await asyncio.sleep(0.001)
            writer.close()
            return came

    assert asyncio.run(slowly()) > len(LARGE)


def test_a_head_over_the_limit_is_431_and_one_below_is_not() -> None:
    fits = f"X-Some: {'x' * (HEAD_LIMIT_BYTES - 300)}"
    too_long = f"X-Some: {'x' * HEAD_LIMIT_BYTES}"
    closing = "Connection: close"
    said = asked(
        head("GET /it HTTP/1.1", fits, closing),
        head("GET /it HTTP/1.1", too_long, closing),
        head("GET /it HTTP/1.1", *["a: b"] * (HEADERS_LIMIT - 2), closing),
        head("GET /it HTTP/1.1", *["a: b"] * HEADERS_LIMIT, closing),
        head("GET /it HTTP/1.1", too_long * 9)[:-4],
        head(f"GET /it?{'x' * HEAD_LIMIT_BYTES} HTTP/1.1", closing),
    )
    assert [one.split()[1] for one in said] == [b"201", b"431", b"201", b"431", b"431", b"431"]


def test_what_is_no_http_is_refused_and_the_connection_ends() -> None:
    said = asked(
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        head("GET /it HTTP/1.1", "Content-Length: 1", "Content-Length: 2"),
        head("POST /echo HTTP/1.1", "Transfer-Encoding: gzip"),
        head("POST /echo HTTP/1.1", "Transfer-Encoding: chunked") + b"zz\r\n",
    )
    assert [one.split()[1] for one in said] == [b"400", b"400", b"501", b"400"]


def test_a_body_of_two_lengths_is_refused_with_whatever_follows_it() -> None:
    two = ("Content-Length: 5", "Transfer-Encoding: chunked")
    for lines in (two, two[::-1]):
        (said,) = asked(
            head("POST /echo HTTP/1.1", *lines) + b"0\r\n\r\n" + head("GET /it HTTP/1.1")
        )
        assert (said.split()[1], said.count(b"HTTP/1.1")) == (b"400", 1)


def test_an_answer_before_the_body_ends_the_connection_and_still_reaches_who_sends_it() -> None:
    """Else the rest of the body would be read as the next request."""
    smuggled = head("GET /it HTTP/1.1")
    length = f"Content-Length: {len(smuggled)}"
    said = asked(
        head("GET /it HTTP/1.1", length) + smuggled,
        head("POST /nowhere HTTP/1.1", "Expect: 100-continue", length) + smuggled,
        head("POST /echo HTTP/1.1", "Content-Length: 2000") + b"x" * 2000,
    )
    assert [one.count(b"HTTP/1.1") for one in said] == [1, 1, 1]
    assert [one.split()[1] for one in said] == [b"201", b"404", b"413"]
    assert all(b"connection: close" in one for one in said)


def test_a_body_is_asked_for_where_it_is_wanted() -> None:
    expects = ("Expect: 100-continue", "Content-Length: 5", "Connection: close")
    (said,) = asked(head("POST /echo HTTP/1.1", *expects) + b"12345")
    assert said.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201")


def test_a_target_in_absolute_form_is_the_path_behind_the_host() -> None:
    closing = "Connection: close"
    said = asked(
        head("GET http://elsewhere.example/it HTTP/1.1", closing),
        head("GET ftp://elsewhere.example/it HTTP/1.1", closing),
        head("OPTIONS * HTTP/1.1", closing),
        b"GET /it HTTP/1.0\r\n\r\n",
        head("HEAD /it HTTP/1.1", closing),
    )
    assert [one.split()[1] for one in said] == [b"201", b"404", b"404", b"201", b"201"]
    assert said[-1].endswith(b"\r\n\r\n")


def test_a_header_that_comes_twice_is_one_with_both_values() -> None:
    (said,) = asked(head("GET /it HTTP/1.1", "X-Some: a", "X-Some: b", "Connection: close"))
    assert said.endswith(b"GET /it a, b 0")


@pytest.mark.parametrize(
    ("files", "connections_"), [(-1, 1000), (65_536, 1000), (1_024, 512), (256, 1)]
)
def test_the_process_keeps_files_for_what_it_calls_itself(
    files: int, connections_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (files, files))
    assert connections.connection_limit() == connections_


def test_whoever_has_been_owing_longest_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "CONNECTIONS", 3)

    async def crowded() -> list[bool]:
        async with serving() as port:
            crowd = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            await asyncio.sleep(0.05)
            assert b" 201 " in await said_to(port, head("GET /it HTTP/1.1", "Connection: close"))
            first, *others = (reader for reader, _ in crowd)
            with contextlib.suppress(ConnectionResetError):
                assert await asyncio.wait_for(first.read(), LIMIT_S) == b""
            left = [not reader.at_eof() for reader in others]
            for _, writer in crowd:
                writer.close()
            return left

    assert asyncio.run(crowded()) == [True, True]
