"""The web functions' own servers, as ``scf_bootstrap`` starts them, beside callers that stall."""

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
import requests

from infra.dotenv import ROOT
from infra.local.polling import until
from infra.local.serving import free_port
from tests.bot import driving as bot_driving
from tests.gateway import conftest as gateway_driving
from tests.gateway.program import SHOP, Program, a_wish
from tests.jobs.driving import Cos, running_cos

CROWD = 500
ASKED = 20
START_LIMIT_S = 30.0
PATHS = {"bot": "/slack/events", "gateway": "/v1/jobs"}
BODY_WITHIN_S = {"bot": 3.0, "gateway": 10.0}
HEAD_WITHIN_S = 5.0
SLACK_S = 4.0  # of a busy machine: a limit too many is still twice as long
LONG = "Content-Length: 1900000\r\n\r\n"
# What stalls, after "POST <path> HTTP/1.1" and the host.
STALLS = {
    "a byte of much": f"{LONG}x",
    "a good part of it": LONG + "x" * 300_000,
    "chunks without end": "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
    "waiting for 100": f"Expect: 100-continue\r\n{LONG}",
    "half a head": "X-Some: thing\r\n",
}


@pytest.fixture(scope="module")
def bucket() -> Iterator[Cos]:
    with running_cos() as cos:
        yield cos


@contextmanager
def front(name: str, cos: Cos, *, files: int = 0) -> Iterator[str]:
    """The server at ``host:port``; it may have so many files open, if that is said."""
    environ = {
        "bot": lambda: bot_driving.environ_of(cos, "127.0.0.1:1"),
        "gateway": lambda: gateway_driving.environ_of(cos),
    }[name]()
    at = f"127.0.0.1:{free_port()}"
    limit = f"ulimit -n {files}; " if files else ""
    server = subprocess.Popen(  # our own
        ["/bin/bash", "-c", f"{limit}exec ./scf_bootstrap"],
        cwd=ROOT,
        env={
            **environ,
            "FRONT": name,
            "PATH": os.environ["PATH"],
            "LOCAL_PYTHON": sys.executable,
            "LOCAL_HOST": at.partition(":")[0],
            "LOCAL_PORT": at.partition(":")[2],
        },
    )
    with server:
        try:
            until(lambda: healthy(at), what=name, limit_s=START_LIMIT_S)
            yield at
        finally:
            server.kill()


def healthy(at: str) -> bool:
    try:
        return requests.get(f"http://{at}/healthz", timeout=START_LIMIT_S).status_code == 200
    except requests.ConnectionError:
        return False


def a_genuine_request(name: str, at: str) -> int:
    """On a connection of its own; gives the status."""
    if name == "bot":
        challenge = {"type": "url_verification", "token": "x", "challenge": "abc"}
        return bot_driving.Bot(at).post_signed(challenge).status_code
    return Program(at, SHOP).send(a_wish()).status_code


def times_of(ask: Callable[[], int], good: int) -> list[float]:
    """How long genuine requests take, in seconds, one after the other; all of them are answered."""
    times = []
    for _ in range(ASKED):
        start = time.perf_counter()
        assert ask() == good
        times.append(time.perf_counter() - start)
    return times


def connected(at: str) -> socket.socket:
    host, _, port = at.partition(":")
    return socket.create_connection((host, int(port)), timeout=START_LIMIT_S)


def stalled(name: str, at: str, how: str) -> socket.socket:
    """A connection that has said this much."""
    one = connected(at)
    one.sendall(f"POST {PATHS[name]} HTTP/1.1\r\nHost: it\r\n{STALLS[how]}".encode())
    return one


def ended(one: socket.socket) -> bool:
    """Whether the server has ended the connection; whatever it said before is read."""
    one.setblocking(False)
    try:
        while one.recv(65_536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def trickled(crowd: list[socket.socket]) -> bool:
    """Send one more byte for everybody; whether they all are gone."""
    for one in crowd:
        with suppress(OSError):
            one.send(b"x", socket.MSG_DONTWAIT)
    crowd[:] = [one for one in crowd if not ended(one)]
    return not crowd


@pytest.mark.parametrize(("name", "good"), [("bot", 200), ("gateway", 202)])
def test_a_genuine_request_is_answered_in_its_normal_time_beside_500_that_stall(
    name: str, good: int, bucket: Cos, capsys: pytest.CaptureFixture[str]
) -> None:
    with front(name, bucket) as at, ExitStack() as stack:
        alone = times_of(lambda: a_genuine_request(name, at), good)
        since = time.monotonic()
        kinds = [*STALLS] * (CROWD // len(STALLS))
        crowd = [stack.enter_context(stalled(name, at, how)) for how in kinds]
        beside = times_of(lambda: a_genuine_request(name, at), good)
        left = [one for one in crowd if not ended(one)]
        with capsys.disabled():
            print(f"\n{name}: alone {shown(alone)}, beside {len(left)} {shown(beside)}")
        assert quick(beside) < 3 * quick(alone) + 0.05
        limit_s = max(BODY_WITHIN_S[name], HEAD_WITHIN_S) + SLACK_S
        until(lambda: trickled(left), what="the crowd to be sent away", limit_s=limit_s)
        assert time.monotonic() - since > BODY_WITHIN_S[name]
        assert a_genuine_request(name, at) == good


def quick(seconds: list[float]) -> float:
    """What a quarter of them stayed below: other tests on this machine hold some up, not these."""
    return statistics.quantiles(seconds, n=4)[0]


def shown(seconds: list[float]) -> str:
    middle, most = statistics.median(seconds), max(seconds)
    return f"{middle * 1000:.0f} ms (at most {most * 1000:.0f})"


def test_more_idle_connections_than_the_process_may_have_files_keep_nobody_out(
    bucket: Cos,
) -> None:
    with front("bot", bucket, files=600) as at, ExitStack() as stack:
        started = time.monotonic()
        crowd = [stack.enter_context(connected(at)) for _ in range(CROWD)]
        assert a_genuine_request("bot", at) == 200
        assert time.monotonic() - started < HEAD_WITHIN_S  # when idle ones are let go anyway
        assert sum(ended(one) for one in crowd) > CROWD // 3
