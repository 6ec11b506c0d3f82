"""Read JSON strictly, as RFC 8259 means it for exchange (I-JSON, RFC 7493).

Python's own reader takes the last of two equal keys, NaN, lone surrogates and numbers of any
length. Here each of them is a problem, with a JSON pointer to it.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from functions.gateway.problems import FieldProblem, Rejected

DEPTH_LIMIT = 16
NUMBER_LIMIT_CHARS = 16  # more digits than a double keeps
PROBLEMS_LIMIT = 100  # of one body, so that no answer has megabytes
# A whole string, so that brackets inside of one do not count; or one bracket.
_STRING_OR_BRACKET = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)


class _InvalidValue:
    """Stand for a value that I-JSON does not allow."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail


class _Object(dict[str, Any]):
    """Hold an object, and remember which of its keys came twice."""

    twice: Sequence[str] = ()


def read_json(body: bytes) -> object:
    """Read the value of a body. Raises ``Rejected`` (400) with up to 100 problems."""
    _refuse_depth(body)
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=lambda text: _InvalidValue("not_a_number", f"{text} is no JSON."),
            parse_int=_integer,
            parse_float=_float,
        )
    except UnicodeDecodeError as error:
        raise _malformed("", "not_utf8", "The body is not UTF-8.") from error
    except json.JSONDecodeError as error:
        where = f"Line {error.lineno}, column {error.colno}."
        raise _malformed("", "not_json", f"The body is not JSON. {where}") from error
    problems = list(islice(_problems(value, ""), PROBLEMS_LIMIT))
    if problems:
        raise Rejected(400, "malformed_json", problems)
    return value


def escaped(key: str) -> str:
    """Escape a key as a part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def _refuse_depth(body: bytes) -> None:
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(body):
        depth += {b"{": 1, b"[": 1, b"}": -1, b"]": -1}.get(match[0], 0)
        if depth > DEPTH_LIMIT:
            raise _malformed("", "too_deep", f"It is nested more than {DEPTH_LIMIT} deep.")


def _malformed(pointer: str, code: str, detail: str) -> Rejected:
    return Rejected(400, "malformed_json", [FieldProblem(pointer, code, detail)])


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object(pairs)
    if len(found) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        found.twice = [key for key, count in counts.items() if count > 1]
    return found


def _integer(text: str) -> int | _InvalidValue:
    return int(text) if len(text.removeprefix("-")) <= NUMBER_LIMIT_CHARS else _huge()


def _float(text: str) -> float | _InvalidValue:
    """Read a number with a point or an exponent; a whole one is an integer, as in JSON Schema."""
    number = float(text)
    if abs(number) >= 10**NUMBER_LIMIT_CHARS:
        return _huge()
    return int(number) if number.is_integer() else number


def _huge() -> _InvalidValue:
    return _InvalidValue("number_too_large", f"A number has at most {NUMBER_LIMIT_CHARS} digits.")


def _problems(value: object, pointer: str) -> Iterator[FieldProblem]:
    match value:
        case _InvalidValue():
            yield FieldProblem(pointer, value.code, value.detail)
        case str():
            yield from _text_problems(value, pointer)
        case _Object():
            for key in value.twice:
                at = f"{pointer}/{printable(escaped(key))}"
                yield FieldProblem(at, "duplicate_key", "This key came more than once.")
            for key, inner in value.items():
                at = f"{pointer}/{printable(escaped(key))}"
                yield from _text_problems(key, at)
                yield from _problems(inner, at)
        case list():
            for index, inner in enumerate(value):
                yield from _problems(inner, f"{pointer}/{index}")


def _text_problems(text: str, pointer: str) -> Iterator[FieldProblem]:
    if "\0" in text:
        yield FieldProblem(pointer, "nul_character", "A text may not hold the character NUL.")
    if not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text):
        yield FieldProblem(pointer, "lone_surrogate", "A text may not hold half a character.")


def printable(key: str) -> str:
    """Make a key from a request safe to show in an answer: valid text, at most 60 characters."""
    return key[:60].encode("utf-8", "replace").decode().replace("\0", "?")
