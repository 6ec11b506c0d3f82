"""Where the traces stand, and what each should say."""

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
    """What a gesture does now."""
    return calls.as_text(gesture, act(world, gesture))


def written(name: str) -> str:
    """What a trace says, or nothing."""
    path = GOLDEN / name
    return path.read_text("utf-8") if path.exists() else ""


def write(name: str, text: str) -> bool:
    """Write a trace anew. True when that changes it."""
    changes = written(name) != text
    (GOLDEN / name).write_text(text, "utf-8")
    return changes
