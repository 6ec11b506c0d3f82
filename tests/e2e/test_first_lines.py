"""What a newcomer pastes from README.md, each line in a shell, as it is printed there."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.stack import ROOT

pytestmark = pytest.mark.e2e

READMES = ("README.md", "README.zh-CN.md")


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
