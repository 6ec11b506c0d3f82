"""What the operator has set: the environment, and a .env file beside serverless.yml.

``scf deploy`` reads the same two (serverless-cloud-framework 1.3.0 loads .env with dotenv), and the
environment wins there too, so every command here sees what the deploy will see.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SERVERLESS_YML = ROOT / "serverless.yml"
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


class NotSet(Exception):
    """The operator has not set something that a command cannot do without."""


def operator_environment(
    env_file: Path = ROOT / ".env", environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Every variable that is set to something. Empty ones count as not set."""
    from_file = _read(env_file.read_text("utf-8")) if env_file.is_file() else {}
    return {name: value for name, value in {**from_file, **environ}.items() if value}


def _read(text: str) -> dict[str, str]:
    """The lines of a .env file: NAME=value, quotes around the value taken off, # comments."""
    found = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line.strip())
        if match:
            found[match[1]] = _unquoted(match[2].strip())
    return found


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.partition(" #")[0].rstrip()
