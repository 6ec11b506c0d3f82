"""The examples of README.md run as they are printed there, and README.zh-CN.md has all of it."""

import json
import os
import re
import shutil
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
