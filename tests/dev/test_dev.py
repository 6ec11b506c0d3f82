"""``python -m infra.dev`` from its start to Ctrl-C, in a workspace that speaks Socket Mode."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from unittest import mock

import pytest

from infra.dev import __main__ as dev
from infra.dev import environment
from infra.dev.environment import described, surroundings
from tests.conftest import BOT_TOKEN
from tests.dev.socket_slack import APP_TOKEN, SocketSlack
from tests.local.slack.driver import ANNA
from tests.worker.conftest import photo_bytes

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 60.0
OPTIONS = ("--port", "0", "--aiart-seconds", "0.1")


class Program:
    """The running program and its console."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._news: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._news.put(line.rstrip())

    def until(self, is_it: Callable[[str], bool]) -> str:
        """The next line that is. Raises ``queue.Empty`` at the deadline."""
        while True:
            self.lines.append(self._news.get(timeout=LIMIT_S))
            if is_it(self.lines[-1]):
                return self.lines[-1]

    def until_all(self, *beginnings: str) -> dict[str, str]:
        """The first line with each of the beginnings, in whatever order they come."""
        found: dict[str, str] = {}
        while len(found) < len(beginnings):
            line = self.until(lambda line: line.startswith(beginnings))
            found.setdefault(next(one for one in beginnings if line.startswith(one)), line)
        return found

    def end(self) -> int:
        """Ctrl-C; gives the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(LIMIT_S)


def kept() -> dict[str, str]:
    """What no program can do without."""
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


@contextmanager
def started(**environ: str) -> Iterator[Program]:
    """The program with nothing in its environment but this."""
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.dev", *OPTIONS],
        cwd=ROOT,
        env={**kept(), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
    )
    try:
        yield Program(process)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def tokens(socket_slack: SocketSlack) -> dict[str, str]:
    """What a developer must set, and where this Slack is."""
    return {
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_API_URL": f"http://{socket_slack.people.address}/api",
    }


@pytest.mark.e2e
def test_a_person_gets_a_picture_with_nothing_deployed(
    socket_slack: SocketSlack, tokens: Mapping[str, str]
) -> None:
    people = socket_slack.people
    with started(**tokens) as program:
        program.until(lambda line: line.startswith("Ready"))
        photo = people.upload(photo_bytes(), name="vase.jpg")
        ts = people.write("@Backdrop on a wooden table", file_ids=[photo])["ts"]
        told = program.until_all("app_mention: ", "worker: ")
        assert ": answered (" in told["app_mention: "]
        assert "1 job ended" in told["worker: "]
        replies = people.messages(thread_ts=ts)
        assert any(reply["text"].startswith(f"<@{ANNA}>") for reply in replies)
        assert program.end() == 0
    console = "\n".join(program.lines)
    assert console.startswith("Slack:  @backdrop in ")
    assert "over Socket Mode" in console
    assert "wooden" not in console
    assert not [secret for secret in (APP_TOKEN, BOT_TOKEN) if secret in console]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"SLACK_APP_TOKEN": ""}, "SLACK_APP_TOKEN is missing: it begins with xapp-"),
        ({"SLACK_APP_TOKEN": BOT_TOKEN}, "SLACK_APP_TOKEN is malformed: it begins with xapp-"),
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN is missing"),
        ({"SLACK_BOT_TOKEN": "xoxb-0123456789"}, "Slack does not take SLACK_BOT_TOKEN ("),
        ({"SLACK_APP_TOKEN": "xapp-1-another"}, "Slack does not take SLACK_APP_TOKEN ("),
        ({"SLACK_API_URL": "http://127.0.0.1:9/api"}, "Slack does not take SLACK_BOT_TOKEN ("),
        ({"TENCENTCLOUD_SECRETID": "a", "TENCENTCLOUD_SECRETKEY": "b"}, "COS_BUCKET is missing"),
    ],
)
def test_what_is_not_set_as_it_should_be_is_said_in_words(
    tokens: Mapping[str, str],
    changed: Mapping[str, str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(dev, "start_logging", lambda _: None)  # it is this process's
    if "SLACK_APP_TOKEN" not in changed:  # else it gets as far as to its worker
        monkeypatch.setattr(environment, "stand_in", lambda *_: nullcontext())
    with mock.patch.dict(os.environ, {**kept(), **tokens, **changed}, clear=True):
        assert dev.main([*OPTIONS]) == 2
    assert words in capsys.readouterr().err


def test_without_keys_cos_and_aiart_are_stand_ins_whatever_else_is_set() -> None:
    given = {"COS_BUCKET": "real-1250000001", "AIART_REGION": "ap-shanghai", "LINK_BASE_URL": ""}
    with surroundings(given, gateway_at="127.0.0.1:9000", aiart_s=0.1) as environ:
        assert environ["COS_BUCKET"] != given["COS_BUCKET"]
        assert environ["AIART_ENDPOINT"].startswith("127.0.0.1:")
        assert environ["LINK_BASE_URL"] == "http://127.0.0.1:9000"
        words = "\n".join(described(environ, real=False, gateway_at="127.0.0.1:9000"))
    assert "nothing is billed" in words
    assert "pictures are uploaded" in words


def test_with_keys_everything_is_as_the_environment_says() -> None:
    given = {
        "TENCENTCLOUD_SECRETID": "AKIDmine",
        "TENCENTCLOUD_SECRETKEY": "mine",
        "COS_BUCKET": "dev-1250000000",
        "COS_REGION": "ap-singapore",
        "AIART_REGION": "ap-guangzhou",
        "LINK_BASE_URL": "https://tunnel.example",
    }
    with surroundings(given, gateway_at="127.0.0.1:9000", aiart_s=0.1) as environ:
        assert given.items() <= environ.items()
        assert "COS_ENDPOINT" not in environ
        words = "\n".join(described(environ, real=True, gateway_at="127.0.0.1:9000"))
    assert "dev-1250000000 in ap-singapore" in words
    assert "every picture is billed" in words
    assert "https://tunnel.example, which should lead to 127.0.0.1:9000" in words
    assert "mine" not in words
