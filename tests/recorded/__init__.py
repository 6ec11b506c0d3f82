"""Read what the real services send, as recorded in public material, with all values made up.

``README.md`` says where each file comes from. Names, types, nulls, codes and messages are as
recorded; where a stand-in differs from a file on purpose, the test's table says why.
"""

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ABSENT = "absent"


def text(name: str) -> str:
    """Read a file's text."""
    return (HERE / name).read_text("utf-8")


def read(name: str) -> Any:
    """Read a file of JSON."""
    return json.loads(text(name))


def differences(recorded: object, own: object) -> dict[str, tuple[str, str]]:
    """Find where two JSON values differ in names or types: recorded and our own, by path."""
    theirs, ours = _types(recorded), _types(own)
    return {
        path: (theirs.get(path, ABSENT), ours.get(path, ABSENT))
        for path in theirs.keys() | ours.keys()
        if theirs.get(path) != ours.get(path)
    }


def _types(value: object, path: str = "") -> dict[str, str]:
    """Give the type of each value by its path; of a list, only the first item's."""
    if isinstance(value, dict):
        children = [(f"{path}.{name}".lstrip("."), one) for name, one in value.items()]
    elif isinstance(value, list) and value:
        children = [(f"{path}[]", value[0])]
    else:
        return {path: type(value).__name__}
    return {where: kind for at, one in children for where, kind in _types(one, at).items()}
