"""Write the JSON schemas of all records: a line for each field, with ``*`` if it is required."""

import importlib
import json
import pkgutil
from collections.abc import Iterator
from typing import Any

import msgspec

import functions
from functions.jobs.records import Record

Json = dict[str, Any]


def as_text() -> str:
    """Write the schemas of all records, sorted by name."""
    _, schemas = msgspec.json.schema_components(
        sorted(set(_records()), key=lambda one: one.__name__)
    )
    lines = [line for name in sorted(schemas) for line in ("", *_lines(name, schemas[name]))]
    return "\n".join(lines[1:]) + "\n"


def _records() -> Iterator[type[Record]]:
    for module in pkgutil.walk_packages(functions.__path__, "functions."):
        importlib.import_module(module.name)
    waiting = [Record]
    while waiting:
        subclasses = waiting.pop().__subclasses__()
        waiting += subclasses
        yield from (one for one in subclasses if not one.__subclasses__())


def _lines(name: str, schema: Json) -> Iterator[str]:
    yield name
    for field, said in schema.get("properties", {}).items():
        must = "*" if field in schema.get("required", ()) else ""
        yield f"    {field}{must}: {json.dumps(said, ensure_ascii=False)}"
    if "enum" in schema:
        yield from (f"    {value}" for value in schema["enum"])
