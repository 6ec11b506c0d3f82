"""Read the operator's settings from the environment and from the .env file beside serverless.yml.

The environment wins. ``scf deploy`` reads the same two in the same way (serverless-cloud-framework
1.3.0 loads .env with dotenv 8.2), so every command here sees what the deploy will see.
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


# The functions' Python versions. The first is the default for PYTHON_RUNTIME, as in serverless.yml.
RUNTIMES = ("3.10", "3.11")


class NotSet(Exception):
    """Report that a setting that a command needs is missing or wrong; the text says which."""


def operator_environment(
    env_file: Path = ENV_FILE, environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Give all variables that are not empty.

    Warns on standard error of lines in the file that do not mean what they look like.
    """
    text = env_file.read_bytes().decode("utf-8", "replace") if env_file.is_file() else ""
    for warning in warnings(text):
        sys.stderr.write(f"{env_file.name}, {warning}\n")
    return {name: value for name, value in {**parse(text), **environ}.items() if value}


def python_runtime(environ: Mapping[str, str]) -> str:
    """Read PYTHON_RUNTIME, the functions' Python. Raises ``NotSet`` for one not in ``RUNTIMES``."""
    given = environ.get("PYTHON_RUNTIME") or RUNTIMES[0]
    if given not in RUNTIMES:
        raise NotSet(f"PYTHON_RUNTIME should be {' or '.join(RUNTIMES)}; not set is {RUNTIMES[0]}")
    return given


def parse(text: str) -> dict[str, str]:
    """Read a .env file's variables as dotenv 8.2.0 does; of equal names the last one wins."""
    return {name: value for _, name, value in _lines(text)}


def warnings(text: str) -> Iterator[str]:
    """Yield warnings of lines that dotenv reads otherwise than a shell; never with a value."""
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
    """Remove the quotes around a value; only in double ones ``\\n`` becomes a line break."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace("\\n", "\n")
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    return _AROUND.sub("", text)
