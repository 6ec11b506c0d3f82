"""Reads what the real Slack was recorded to say, and tells how something else differs from it."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("recorded")


def recorded(name: str) -> Any:
    """A file of ``recorded/`` by the middle of its name."""
    return json.loads((FOLDER / f"slack_{name}.json").read_text("utf-8"))


def recorded_names() -> set[str]:
    """All of them."""
    return {path.stem.removeprefix("slack_") for path in FOLDER.glob("slack_*.json")}


def differences(real: Any, ours: Any, at: str = "") -> set[str]:
    """Where the names of fields, the types, the nulls and the empty strings differ."""
    if isinstance(real, dict) and isinstance(ours, dict):
        found = {f"{at}.{name}: missing" for name in real.keys() - ours.keys()}
        found |= {f"{at}.{name}: more" for name in ours.keys() - real.keys()}
        for name in real.keys() & ours.keys():
            found |= differences(real[name], ours[name], f"{at}.{name}")
        return found
    if isinstance(real, list) and isinstance(ours, list) and real and ours:
        return differences(real[0], ours[0], f"{at}[]")
    if _kind(real) == _kind(ours):
        return set()
    return {f"{at}: {_kind(ours)} for {_kind(real)}"}


def _kind(value: Any) -> str:
    if value in ("", [], {}):
        return f"empty {type(value).__name__}"
    return type(value).__name__
