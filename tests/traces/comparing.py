"""Find the written traces, and make what each should say now."""

import json
from collections.abc import Callable
from pathlib import Path

from functions.gateway.openapi import openapi_document
from functions.jobs.model import Gesture
from tests.traces import calls, records, views
from tests.traces.gestures import World, act

GOLDEN = Path(__file__).with_name("golden")


def _openapi() -> str:
    document = openapi_document("https://pictures.example")
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


STILL: dict[str, Callable[[], str]] = {
    "views.txt": views.as_text,
    "records.txt": records.as_text,
    "openapi.json": _openapi,
}


def of_gesture(world: World, gesture: Gesture) -> str:
    """Act out a gesture and give its trace."""
    return calls.as_text(gesture, act(world, gesture))


def written(name: str) -> str:
    """Read a written trace; empty if there is none."""
    path = GOLDEN / name
    return path.read_text("utf-8") if path.exists() else ""


def write(name: str, text: str) -> bool:
    """Write a trace anew. Gives True when that changes it."""
    changes = written(name) != text
    (GOLDEN / name).write_text(text, "utf-8")
    return changes
