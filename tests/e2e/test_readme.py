"""The examples of README.md run as they are printed there, and README.zh-CN.md has all of it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.polling import until
from infra.local.stack import ROOT
from tests.e2e.conftest import System
from tests.gateway.program import Program
from tests.worker.conftest import photo_bytes

pytestmark = pytest.mark.e2e


READMES = ("README.md", "README.zh-CN.md")


def examples(language: str) -> list[str]:
    """The code blocks in that language in the section on the HTTP API."""
    section = (ROOT / "README.md").read_text("utf-8").partition("## The HTTP API\n")[2]
    return re.findall(rf"```{language}\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)


def run(system: System, folder: Path, *command: str, **variables: str) -> str:
    """What a command prints, with these variables and the two that ``make demo`` prints."""
    (folder / "photo.jpg").write_bytes(photo_bytes())
    ready = system.stack.ready()
    variables |= {name: ready[name.lower()] for name in ("GATEWAY_URL", "WEBHOOK_SECRET")}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_python_example_ends_with_a_link(system: System, tmp_path: Path) -> None:
    (script,) = examples("python")
    (tmp_path / "ask.py").write_text(script, "utf-8")
    printed = run(system, tmp_path, sys.executable, "ask.py", "photo.jpg", "as in the README")
    assert re.fullmatch(r"succeeded http://\S+/i/\S+/picture\n", printed)


@pytest.mark.skipif(not shutil.which("openssl"), reason="the example signs with openssl")
def test_the_curl_examples_make_a_job_and_take_it_back(system: System, tmp_path: Path) -> None:
    ask, take_back = examples("sh")
    said = json.loads(run(system, tmp_path, "sh", "-ec", ask))
    shop = Program(system.stack.addresses["gateway"], system.stack.webhook_secret)

    def has_ended() -> bool:
        return bool(shop.status(said["status_url"]).json()["finished_at"])

    until(has_ended, what="the job to end", limit_s=60)
    assert shop.status(said["status_url"]).json()["state"] == "succeeded"
    answer = json.loads(run(system, tmp_path, "sh", "-ec", take_back, JOB=said["id"]))
    assert answer == {"id": said["id"], "state": "deleted"}
    assert shop.status(said["status_url"]).json()["state"] == "deleted"


def first_lines(readme: str) -> list[str]:
    """What a newcomer pastes: the first block of code."""
    found = re.search(r"```sh\n(.*?)```", (ROOT / readme).read_text("utf-8"), re.DOTALL)
    assert found
    return found[1].splitlines()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder like a clone whose environment is complete, however old the one here is."""
    folder = tmp_path / "clone"
    (folder / ".venv").mkdir(parents=True)
    for one in ROOT.iterdir():
        if one.name not in {".venv", ".venv310", "out", "build"}:
            (folder / one.name).symlink_to(one)
    for one in Path(sys.prefix).iterdir():
        if one.name not in {"ready", "all"}:
            (folder / ".venv" / one.name).symlink_to(one)
    (folder / ".venv" / "ready").touch()
    (folder / ".venv" / "all").touch()
    return folder


def paste(line: str, clone: Path, **variables: str) -> "subprocess.Popen[str]":
    """Start a line in a shell. The only Python 3.10 of somebody else's would be the system's."""
    return subprocess.Popen(
        ["/bin/sh", "-c", line],
        cwd=clone,
        env={**os.environ, "HOME": str(clone), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_the_first_line_starts_the_demo_and_prints_two_lines_to_paste(clone: Path) -> None:
    (see, _, _), (same, _, _) = map(first_lines, READMES)
    assert see == same == "make demo"
    with paste(see, clone, PORT="0") as demo:
        try:
            assert demo.stdout
            printed = "".join(demo.stdout.readline() for _ in range(5))
            exports = "\n".join(line for line in printed.splitlines() if line.startswith("export "))
            shown = 'printf "%s %s" "$GATEWAY_URL" "$WEBHOOK_SECRET"'
            shell = ["/bin/sh", "-ec", f"{exports}\n{shown}"]
            pasted = subprocess.run(
                shell, env={}, capture_output=True, text=True, check=True
            ).stdout
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+ whsec_\S+", pasted), printed
        finally:
            os.killpg(demo.pid, signal.SIGINT)  # as Ctrl-C does
        demo.communicate(timeout=60)


def test_the_second_line_does_the_main_job(clone: Path) -> None:
    _, job, _ = first_lines("README.md")
    assert job.startswith("make try ")
    with paste(job, clone) as started:
        said, _ = started.communicate(timeout=100)
    assert started.returncode == 0, said
    assert (clone / "out" / "result.png").read_bytes().startswith(b"\x89PNG")
    assert (clone / "out" / "thread.json").exists()
    assert '"outcome": "succeeded"' in (clone / "out" / "log.jsonl").read_text("utf-8")
    assert "http" not in said


def test_the_second_line_in_chinese_asks_for_the_same_in_chinese(clone: Path) -> None:
    """What it starts is what the English one starts, so that it need not be painted again."""
    (_, english, _), (_, chinese, _) = map(first_lines, READMES)

    def asked_for(line: str) -> dict[str, str]:
        with paste(f"{line} RUN=echo", clone) as started:
            said, _ = started.communicate(timeout=100)
        assert started.returncode == 0, said
        words = re.split(r" --(?=\w)", said.strip())
        return dict(one.partition(" ")[::2] for one in words[1:])

    in_english, in_chinese = asked_for(english), asked_for(chinese)
    for words in ("prompt", "product"):
        assert in_english.pop(words).isascii()
        assert re.search(r"[\u4e00-\u9fff]", in_chinese.pop(words))
    assert in_chinese == in_english
    assert (clone / in_chinese["photo"]).is_file()


def test_the_third_line_runs_the_tests_and_is_what_ci_runs(clone: Path) -> None:
    (_, _, passing), (_, _, same) = map(first_lines, READMES)
    assert passing == same == "make test"
    assert passing in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    # All of them would be this one as well; a file of another folder stands for them.
    options = f"--maxprocesses 1 {ROOT / 'tests/jobs/test_job_ids.py'}"
    with paste(passing, clone, PYTEST_ADDOPTS=options) as started:
        said, _ = started.communicate(timeout=100)
    assert started.returncode == 0, said
    assert re.search(r"^\d+ passed", said, re.MULTILINE), said


def shape(readme: str) -> dict[str, list[str]]:
    """What both languages must have alike: commands, code, headings, tables, lists, pictures."""
    text = (ROOT / readme).read_text("utf-8")
    code = re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL)
    rest = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    rows = [line for line in rest.splitlines() if line.startswith("|")]
    return {
        "code": [body for language, body in code if language and "make try" not in body],
        "languages": [language for language, _ in code],
        "headings": re.findall(r"^(#+) ", rest, re.MULTILINE),
        "paragraph kinds": re.findall(r"^(?:\||>|-|!)", rest, re.MULTILINE),
        "commands": re.findall(r"`((?:make|python -m|infra\.)[^`]*)`", "\n".join(rows)),
        "folders": re.findall(r"^\| `(\w+/[^`]*)`", rest, re.MULTILINE),
        "settings": re.findall(r"`([A-Z][A-Z_]{4,}(?:=\w+)?)`", rest),
        "pictures": re.findall(r"!\[.*?\]\((.*?)\)", rest),
    }


def test_the_chinese_readme_has_all_that_the_english_one_has() -> None:
    english, chinese = map(shape, READMES)
    for part, there in english.items():
        assert chinese[part] == there, part
