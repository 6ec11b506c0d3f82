"""Convert JSON to a Struct, field by field, to list all its problems at once.

``msgspec.convert`` alone stops at the first one.
"""

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

import msgspec

from functions.gateway.problems import FieldProblem, Rejected
from functions.gateway.strict_json import PROBLEMS_LIMIT, escaped, printable
from functions.jobs.records import prepared

StructT = TypeVar("StructT", bound=msgspec.Struct)


def validate(value: object, kind: type[StructT]) -> StructT:
    """Convert parsed JSON to ``kind``. Raises ``Rejected`` (422) with up to 100 problems."""
    problems = _problems(value, kind, "")[:PROBLEMS_LIMIT]
    if problems:
        places = _places(kind)
        named = [_with_its_place(problem, places) for problem in problems]
        raise Rejected(422, "invalid_fields", named)
    return msgspec.convert(value, prepared(kind))


def _problems(value: object, kind: Any, pointer: str) -> list[FieldProblem]:
    """List the problems of a value; in a record, or a list of records, those of each field."""
    record, is_list = _record_in(kind)
    if record and is_list and isinstance(value, list):
        inner = [_problems(item, record, f"{pointer}/{at}") for at, item in enumerate(value)]
        found = [problem for problems in inner for problem in problems]
        return found or _leaf_problems(value, kind, pointer)
    if record and not is_list and isinstance(value, Mapping):
        return _record_problems(value, record, pointer)
    return _leaf_problems(value, kind, pointer)


def _record_problems(
    value: Mapping[str, object], record: type[msgspec.Struct], pointer: str
) -> list[FieldProblem]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(record)}
    problems = [
        FieldProblem(
            f"{pointer}/{printable(escaped(name))}", "unknown_field", "There is no such field."
        )
        for name in value
        if name not in fields
    ]
    for name, field in fields.items():
        if name in value:
            problems += _problems(value[name], field.type, f"{pointer}/{name}")
        elif field.required:
            problems.append(FieldProblem(f"{pointer}/{name}", "missing", "This field is needed."))
    return problems


def _with_its_place(problem: FieldProblem, places: Mapping[str, str]) -> FieldProblem:
    """Say in an unknown field's problem where a field of that name belongs, if anywhere."""
    name = problem.pointer.rpartition("/")[2]
    place = places.get(name) if problem.code == "unknown_field" else None
    if place is None:
        return problem
    return msgspec.structs.replace(
        problem, detail=f"There is no such field here: it belongs at {place}."
    )


def _places(kind: type[msgspec.Struct], pointer: str = "") -> dict[str, str]:
    """Map each field's name to its JSON pointer, in which ``n`` stands for a list's index."""
    places: dict[str, str] = {}
    for field in msgspec.structs.fields(kind):
        place = f"{pointer}/{field.encode_name}"
        record, is_list = _record_in(field.type)
        inner = _places(record, f"{place}/n" if is_list else place) if record else {}
        places |= {field.encode_name: place} | inner
    return places


def _leaf_problems(value: object, kind: Any, pointer: str) -> list[FieldProblem]:
    try:
        msgspec.convert(value, prepared(kind))
    except msgspec.ValidationError as error:
        # Its text names types and limits, never the value. Cut off its path: the pointer has it.
        detail = str(error).partition(" - at ")[0]
        return [FieldProblem(pointer, "invalid_value", f"{detail}.")]
    return []


def _record_in(kind: Any) -> tuple[type[msgspec.Struct] | None, bool]:
    """Find the record in ``R``, ``R | None`` or ``tuple[R, ...]``, and say whether it is a list."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind, False
    found = [_record_in(one) for one in get_args(kind)]
    record, is_list = next((each for each in found if each[0]), (None, False))
    return record, is_list or getattr(kind, "__origin__", None) is tuple
