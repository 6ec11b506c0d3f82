"""Read what the operator has set: the environment, and a .env file beside serverless.yml.

``scf deploy`` reads the same two (serverless-cloud-framework 1.3.0 loads .env with dotenv 8.2), and
the environment wins there too, so every command here sees what the deploy will see.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SERVERLESS_YML = ROOT / "serverless.yml"
ENV_FILE = ROOT / ".env"
# dotenv 8.2.0's own pattern (lib/main.js), with what JavaScript means by \s, by \w and by a dot.
_SPACE = "\t\n\v\f\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_LINE = re.compile(
    rf"[{_SPACE}]*([A-Za-z0-9_.-]+)[{_SPACE}]*=[{_SPACE}]*([^\n\r\u2028\u2029]*)[{_SPACE}]*"
)
_AROUND = re.compile(rf"^[{_SPACE}]+|[{_SPACE}]+\Z")
_LINE_END = re.compile(r"\r\n|\n|\r")
_LIKE_A_COMMENT = re.compile(r"(^|\s)#")
_EXPORT = re.compile(r"\s*export\s+[\w.-]+\s*=")


# The Pythons of the functions; the first where PYTHON_RUNTIME is not set: serverless.yml names it.
RUNTIMES = ("3.10", "3.11")


class NotSet(Exception):
    """Report that the operator has not set something that a command cannot do without."""


def operator_environment(
    env_file: Path = ENV_FILE, environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Give every variable that is set to something. Empty ones count as not set.

    Says on standard error which lines of the file mean something else than they look like.
    """
    text = env_file.read_bytes().decode("utf-8", "replace") if env_file.is_file() else ""
    for warning in warnings(text):
        sys.stderr.write(f"{env_file.name}, {warning}\n")
    return {name: value for name, value in {**parse(text), **environ}.items() if value}


def python_runtime(environ: Mapping[str, str]) -> str:
    """Read PYTHON_RUNTIME: the Python of the functions. Raises ``NotSet`` for another one."""
    given = environ.get("PYTHON_RUNTIME") or RUNTIMES[0]
    if given not in RUNTIMES:
        raise NotSet(f"PYTHON_RUNTIME should be {' or '.join(RUNTIMES)}; not set is {RUNTIMES[0]}")
    return given


def parse(text: str) -> dict[str, str]:
    """Read a .env file's variables as dotenv 8.2.0 does: the last of a name wins."""
    return {name: value for _, name, value in _lines(text)}


def warnings(text: str) -> Iterator[str]:
    """Warn of what dotenv takes otherwise than a shell would: names and places, never a value."""
    for number, name, value in _lines(text):
        if _LIKE_A_COMMENT.search(value):
            yield (
                f"line {number}: the value of {name} holds ' #' and all that follows, for scf "
                "deploy as well. Put a comment on a line of its own."
            )
    for number, line in enumerate(_LINE_END.split(text), 1):
        if _EXPORT.match(line):
            yield f"line {number}: scf deploy reads no line with `export`. Take the word away."


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(_LINE_END.split(text), 1):
        if match := _LINE.fullmatch(line):
            yield number, match[1], _value(match[2])


def _value(text: str) -> str:
    """Take quotes off where they are first and last; only double ones know ``\\n``."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace("\\n", "\n")
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    return _AROUND.sub("", text)
