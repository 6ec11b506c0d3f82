"""Build Block Kit's rules from small checks.

A check takes a value, the place it stands at (a JSON pointer) and the list of what is wrong, and
adds to that list in Slack's words: ``must be less than 151 characters [json-pointer:/blocks/0]``.
"""

from collections.abc import Callable, Mapping
from typing import Any

Found = list[str]
Check = Callable[[Any, str, Found], None]


def wrong(found: Found, what: str, at: str) -> None:
    """Add to ``found`` what is wrong at a place."""
    found.append(f"{what} [json-pointer:{at}]")


def text(most: int, *, least: int = 1) -> Check:
    """Make the check of a string with ``least`` to ``most`` characters."""

    def check(value: Any, at: str, found: Found) -> None:
        if not isinstance(value, str):
            wrong(found, "must be a string", at)
        elif len(value) < least:
            wrong(found, f"must be more than {least - 1} characters", at)
        elif len(value) > most:
            wrong(found, f"must be less than {most + 1} characters", at)

    return check


def one_of(*allowed: Any) -> Check:
    """Make the check that a value is one of a few."""

    def check(value: Any, at: str, found: Found) -> None:
        if value not in allowed:
            wrong(found, "must be a valid enum value", at)

    return check


def boolean(value: Any, at: str, found: Found) -> None:
    """Check for true or false, not 1 or "true"."""
    if not isinstance(value, bool):
        wrong(found, "must be a boolean", at)


def whole(least: int, most: int) -> Check:
    """Make the check of a whole number from ``least`` to ``most``."""

    def check(value: Any, at: str, found: Found) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            wrong(found, "must be an integer", at)
        elif not least <= value <= most:
            wrong(found, f"must be between {least} and {most}", at)

    return check


def decimal(value: Any, at: str, found: Found) -> None:
    """Check for a number written as a string, as number_input has them."""
    try:
        float(value)
    except (TypeError, ValueError):
        wrong(found, "must be a number as a string", at)
        return
    if not isinstance(value, str):
        wrong(found, "must be a string", at)


def several(of: Check, most: int, *, least: int = 1) -> Check:
    """Make the check of an array of ``least`` to ``most`` items, each checked with ``of``."""

    def check(value: Any, at: str, found: Found) -> None:
        if not isinstance(value, list):
            wrong(found, "must be an array", at)
            return
        if len(value) < least:
            wrong(found, f"no less than {least} items allowed", at)
        if len(value) > most:
            wrong(found, f"no more than {most} items allowed", at)
            return
        for n, item in enumerate(value):
            of(item, f"{at}/{n}", found)

    return check


def record(
    required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *also: Check
) -> Check:
    """Make the check of an object with these fields and no others.

    ``also`` are rules about several fields; they are checked if each field is right by itself.
    """
    known = {**required, **(optional or {})}

    def check(value: Any, at: str, found: Found) -> None:
        if not isinstance(value, dict):
            wrong(found, "must provide an object", at)
            return
        before = len(found)
        for name in required:
            if name not in value:
                wrong(found, f"missing required field: {name}", at)
        for name, part in value.items():
            if name in known:
                known[name](part, f"{at}/{name}", found)
            else:
                wrong(found, f"invalid additional property: {name}", at)
        if len(found) == before:
            for rule in also:
                rule(value, at, found)

    return check


def by_type(table: Mapping[str, Check]) -> Check:
    """Make the check of an object whose ``type`` says which check of ``table`` it must pass."""

    def check(value: Any, at: str, found: Found) -> None:
        if not isinstance(value, dict):
            wrong(found, "must provide an object", at)
        elif "type" not in value:
            wrong(found, "missing required field: type", at)
        elif not isinstance(value["type"], str) or value["type"] not in table:
            wrong(found, f"unsupported type: {value['type']}", f"{at}/type")
        else:
            table[value["type"]](value, at, found)

    return check


def typed(
    name: str,
    required: Mapping[str, Check] | None = None,
    optional: Mapping[str, Check] | None = None,
    *also: Check,
) -> Check:
    """Make the check of a ``record`` whose ``type`` is ``name``."""
    return record({"type": one_of(name), **(required or {})}, optional, *also)


def exactly_one(first: str, second: str) -> Check:
    """Make the rule that an object has exactly one of two fields."""

    def check(value: Any, at: str, found: Found) -> None:
        if (first in value) == (second in value):
            wrong(found, f"must define either `{first}` or `{second}` and not both", at)

    return check


def at_least_one(first: str, second: str) -> Check:
    """Make the rule that an object has at least one of two fields."""

    def check(value: Any, at: str, found: Found) -> None:
        if first not in value and second not in value:
            wrong(found, f"must define either `{first}` or `{second}`", at)

    return check
