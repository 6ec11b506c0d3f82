"""Our reader of .env against the deploy command's, which is dotenv 8.2.0.

``dotenv_answers.json`` holds dotenv's own answers for odd files. ``make toolkit`` installs dotenv
and asks it again, and about files that nobody thought of; ``python -m tests.infra.test_env_file``
there writes the table anew.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.dotenv import ROOT, operator_environment, parse, warnings

TABLE = Path(__file__).with_name("dotenv_answers.json")
ROWS: list[dict[str, Any]] = json.loads(TABLE.read_text("utf-8"))
MODULES = os.environ.get("TOOLKIT_MODULES", "")
needs_dotenv = pytest.mark.skipif(
    not MODULES, reason="needs npm's dotenv 8.2.0: `make toolkit` installs it and asks it"
)
NAMES = st.sampled_from(["A", "b.c", "D-E", "1", "export A", "", " F ", "\ufeffG", "É", "a b"])
VALUES = st.text("ab \"'\\n#=\t\xa0\u2028\u0085\x1c\ufeff密$", max_size=8)
ENDS = st.sampled_from(["\n", "\r", "\r\n", ""])
LINES = st.tuples(NAMES, st.sampled_from(["=", " = ", "==", ":", ""]), VALUES, ENDS).map("".join)
FILES = st.lists(LINES, max_size=6).map("".join)


def dotenv(texts: list[str]) -> list[dict[str, str]]:
    """What dotenv 8.2.0 makes of each text."""
    ended = subprocess.run(
        [shutil.which("node") or "node", str(Path(__file__).with_name("dotenv_answers.js"))],
        input=json.dumps(texts),
        env={"PATH": os.environ["PATH"], "NODE_PATH": MODULES},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    said = json.loads(ended.stdout)
    assert said["version"] == "8.2.0"
    answers: list[dict[str, str]] = said["answers"]
    return answers


@pytest.mark.parametrize("row", ROWS, ids=[row["about"] for row in ROWS])
def test_an_odd_file_is_read_as_dotenv_reads_it(row: dict[str, Any]) -> None:
    assert parse(row["file"]) == row["dotenv"]


@needs_dotenv
def test_the_table_holds_dotenvs_own_answers() -> None:
    assert dotenv([row["file"] for row in ROWS]) == [row["dotenv"] for row in ROWS]


@needs_dotenv
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(FILES, min_size=100, max_size=100))
def test_files_that_nobody_thought_of_are_read_alike(files: list[str]) -> None:
    assert [parse(file) for file in files] == dotenv(files)


@given(FILES)
def test_no_file_stops_a_command_and_nothing_holds_a_line_break_but_in_double_quotes(
    file: str,
) -> None:
    broken = [value for value in parse(file).values() if "\n" in value or "\r" in value]
    assert not broken or '"' in file
    list(warnings(file))


@given(st.text("abcXYZ089-_./:=,+$", min_size=1))
def test_what_has_neither_quotes_nor_spaces_is_taken_as_it_is(value: str) -> None:
    assert parse(f"NAME={value}\n") == {"NAME": value}


# --- what is said about it


def test_a_comment_behind_a_value_is_warned_about_and_no_value_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# fine\nCOS_REGION=ap-guangzhou\nLINK_SECRETS=hunter2 # sign\r\nexport A=hunter3\n"
    )
    assert operator_environment(file, {}) == {
        "COS_REGION": "ap-guangzhou",
        "LINK_SECRETS": "hunter2 # sign",
    }
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith(".env, line 3: the value of LINK_SECRETS holds ' #'")
    assert said[1].startswith(".env, line 4: scf deploy reads no line with `export`")
    assert len(said) == 2
    assert "hunter" not in "".join(said)


def test_a_value_that_is_all_comment_is_warned_about_and_one_with_a_hash_is_not() -> None:
    assert [one.split(":")[0] for one in warnings("A= # note\nB=x#y\n")] == ["line 1"]


def test_the_environment_wins_and_what_is_empty_is_not_set(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("COS_REGION=ap-guangzhou\nCOS_BUCKET='shop-1250000000'\nADMIN_CHANNEL=\n")
    assert operator_environment(file, {"COS_REGION": "ap-shanghai", "HOME": "/h", "A": ""}) == {
        "COS_REGION": "ap-shanghai",
        "COS_BUCKET": "shop-1250000000",
        "HOME": "/h",
    }


def test_bytes_that_are_not_utf_8_are_read_as_node_reads_them(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"A=caf\xe9\nB=1\n")
    assert operator_environment(file, {}) == {"A": "caf\ufffd", "B": "1"}


if __name__ == "__main__":
    answers = dotenv([row["file"] for row in ROWS])
    rows = [{**row, "dotenv": answer} for row, answer in zip(ROWS, answers, strict=True)]
    TABLE.write_text(json.dumps(rows, indent=1, ensure_ascii=True) + "\n", "utf-8")
    sys.stdout.write(f"{TABLE.relative_to(ROOT)}: {len(rows)} answers\n")
