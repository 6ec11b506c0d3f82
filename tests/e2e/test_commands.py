"""The commands that other people script against."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
import requests
from PIL import Image

from infra.local import __main__ as commands
from infra.local.polling import until
from infra.local.serving import listen
from infra.local.stack import ROOT
from tests.e2e.conftest import System
from tests.worker.conftest import photo_bytes

pytestmark = pytest.mark.e2e

READY = {
    "page_url",
    "bot_url",
    "gateway_url",
    "slack_api_url",
    "slack_bot_token",
    "slack_signing_secret",
    "slack_channel",
    "slack_user",
    "cos_endpoint",
    "cos_bucket",
    "cos_region",
    "aiart_endpoint",
    "secret_id",
    "secret_key",
    "webhook_secret",
}


def local(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "infra.local", *arguments]


def test_up_says_when_it_is_ready_and_ends_cleanly(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    with subprocess.Popen(
        local("up", "--ready", str(ready)), cwd=ROOT, stdout=subprocess.DEVNULL
    ) as up:
        try:
            until(ready.exists, what="the ready file")
            told = json.loads(ready.read_text("utf-8"))
            assert set(told) == READY
            assert requests.get(f"{told['bot_url']}/healthz", timeout=30).text == "ok"
            assert requests.get(told["page_url"], timeout=30).status_code == 200
        finally:
            up.send_signal(signal.SIGTERM)
        assert up.wait(60) == 0
    assert not _processes_with(told["slack_bot_token"])


def _processes_with(secret: str) -> list[int]:
    """Processes whose environment still holds a secret of the stack that has ended."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue  # gone, or somebody else's
        if secret.encode() in environment and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


@pytest.fixture
def tried(
    system: System, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs ``try`` in this process, on the stack that is there: its code, what it says, complains.

    That it starts one of its own and ends it is what the README's second line shows.
    """
    monkeypatch.setattr(commands, "running", lambda _: nullcontext(system.stack))

    def run(photo: Path, out: Path, *arguments: str) -> tuple[int, str, str]:
        options = ("try", "--photo", str(photo), "--out", str(out), *arguments)
        monkeypatch.setattr(sys, "argv", ["python -m infra.local", *options])
        code = commands.main()
        return code, *capsys.readouterr()

    return run


Try = Callable[..., tuple[int, str, str]]


def test_try_leaves_the_picture_and_the_thread(tried: Try, tmp_path: Path) -> None:
    photo, out = tmp_path / "vase.jpg", tmp_path / "out"
    photo.write_bytes(photo_bytes())
    code, said, complaint = tried(photo, out, "--template", "marble", "--resolution", "16:9")
    assert code == 0, complaint
    assert f"{out} has result.png, thread.json and log.jsonl" in said
    assert "http" not in said  # it would be dead by now
    with Image.open(out / "result.png") as picture:
        assert (picture.format, picture.size) == ("PNG", (1280, 720))
    thread = json.loads((out / "thread.json").read_text("utf-8"))
    assert len(thread) == 2


def test_try_ends_with_the_bots_words_when_there_is_no_picture(tried: Try, tmp_path: Path) -> None:
    photo = tmp_path / "vase.jpg"
    photo.write_bytes(b"%PDF-1.7")
    code, _, complaint = tried(photo, tmp_path / "out", "--prompt", "on sand")
    assert code == 1
    assert "vase.jpg" in complaint
    assert (tmp_path / "out" / "thread.json").exists()


def stopped(*arguments: str) -> str:
    """What a command says that cannot do its work: a sentence, no traceback."""
    ended = subprocess.run(
        local(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=90, check=False
    )
    assert ended.returncode in {1, 2}
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_up_says_that_its_port_is_in_use() -> None:
    with listen() as taken:
        port = taken.getsockname()[1]
        said = stopped("up", "--port", str(port))
    assert said.startswith(f"Port {port} is in use")
    assert said.endswith(f"make demo PORT={port + 1}\n")


def test_up_says_what_a_port_is() -> None:
    assert "99999 is no port" in stopped("up", "--port", "99999")


@pytest.mark.parametrize(
    ("photo", "words"),
    [("nothing.jpg", "There is no file "), (".", "is a folder. PHOTO= takes one picture")],
)
def test_try_says_what_is_wrong_with_the_photo(tmp_path: Path, photo: str, words: str) -> None:
    said = stopped("try", "--photo", str(tmp_path / photo), "--prompt", "on sand")
    assert words in said
    sample = ROOT / said.split()[-1]
    assert sample.is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the kernel has no full device")
def test_try_says_that_the_disk_is_full(tried: Try, tmp_path: Path) -> None:
    photo, out = tmp_path / "vase.jpg", tmp_path / "out"
    photo.write_bytes(photo_bytes())
    out.mkdir()
    (out / "result.png").symlink_to("/dev/full")
    code, _, complaint = tried(photo, out, "--template", "marble")
    assert code == 1
    assert complaint.startswith("The disk is full: ")
