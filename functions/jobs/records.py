"""Read and write records in the bucket: Structs as JSON, read back by type.

What may be asked for is checked when it is accepted, never when a record is read: other versions
have written some of them, and what was accepted can be read for ever. ``decode`` says what happens
to fields and values that this version does not know.
"""

import threading
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

from functions.jobs.bucket import Bucket, KeyMissing
from functions.log import warn

VERSION = 1  # of all records; to be raised when earlier versions would misread new ones
UNKNOWN = "unknown"  # the tag, in a union of records, of the one that stands for all unknown tags


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Hold what is written down: immutable, read back by type, defaults left out.

    The options are inherited; subclasses repeat two of them for the type checker.
    """


RecordT = TypeVar("RecordT", bound=Record)
T = TypeVar("T")

_prepared: set[object] = set()
_preparing = threading.Lock()


class Redacted(msgspec.Struct, frozen=True):
    """Hold secrets: printed, for example in a traceback, it shows only the name of its type.

    A Struct because a function's start makes dozens of record types, each in a fiftieth of the
    time that a frozen dataclass takes (msgspec 0.22.0: 0.01 ms against 0.5).
    """

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Unreadable(Exception):
    """Say that a record cannot be read; somebody must look at it."""


def prepared(kind: type[T]) -> type[T]:
    """Prepare a type, before msgspec reads it, for use by several threads; return it.

    msgspec analyses a type when it first decodes one; another thread that uses it meanwhile crashes
    the process (msgspec 0.22.0: a null pointer). So this analyses it first, under a lock, together
    with all types inside of it.
    """
    if kind not in _prepared:
        with _preparing:
            msgspec.json.Decoder(kind)
        _prepared.add(kind)
    return kind


def encode(record: Record) -> bytes:
    """Write a record as JSON, with this ``VERSION``."""
    return msgspec.json.encode({"version": VERSION, **msgspec.to_builtins(record)})


def decode(data: bytes, kind: type[RecordT], *, key: str) -> RecordT:
    """Read a record as far as this version knows it. Raises ``Unreadable`` (names ``key``).

    Unknown fields are ignored. An unknown value is replaced by the field's default; where there is
    none, a string stays as it is in place of a ``Literal``: code only compares those.
    """
    try:
        return msgspec.json.decode(data, type=prepared(kind))
    except msgspec.ValidationError:
        pass  # of another version, most likely
    except (msgspec.MsgspecError, ValueError) as error:
        raise Unreadable(f"{key}: {type(error).__name__}") from error
    written = msgspec.json.decode(data)
    try:
        return _record_of(written, kind, {})
    except msgspec.ValidationError as error:
        version = written.get("version", "none") if isinstance(written, dict) else "none"
        raise Unreadable(f"{key}: {type(error).__name__}, version {version}") from error


def salvage(data: bytes, kind: type[RecordT], instead: Mapping[str, Any]) -> RecordT:
    """Read what can be read of a damaged record; ``instead`` has all fields that it needs."""
    try:
        written = msgspec.json.decode(data)
    except (msgspec.MsgspecError, ValueError):
        written = {}
    return _record_of(written if isinstance(written, dict) else {}, kind, instead)


def _record_of(written: object, kind: type[RecordT], instead: Mapping[str, Any]) -> RecordT:
    if not isinstance(written, dict):
        raise msgspec.ValidationError("no object")
    known = dict(instead)
    for field in msgspec.structs.fields(kind):
        if field.encode_name in written:
            value = written[field.encode_name]
            try:
                known[field.name] = _value_of(value, field.type)
            except msgspec.ValidationError:
                if not field.required or field.name in instead:
                    continue
                if get_origin(field.type) is not Literal or not isinstance(value, str):
                    raise
                known[field.name] = value
    try:
        return kind(**known)
    except TypeError as error:
        raise msgspec.ValidationError("a field is missing") from error


def _value_of(written: object, kind: Any) -> Any:
    """Convert a field's value; a record, or a list of records, as ``_record_of`` does."""
    try:
        return msgspec.convert(written, prepared(kind))
    except msgspec.ValidationError:
        records = [one for one in (kind, *get_args(kind)) if _is_record(one)]
        if not records or written is None:
            raise
        if get_origin(kind) is tuple and isinstance(written, list):
            return tuple(_record_of(one, records[0], {}) for one in written)
        if len(records) == 1:
            return _record_of(written, records[0], {})
        return next(one for one in records if one.__struct_config__.tag == UNKNOWN)()


def _is_record(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Record)


class Records:
    """Read and write a bucket's records."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket

    def create(self, key: str, record: Record) -> None:
        """Write a record, create-only. Raises ``KeyExists``."""
        data = encode(record)
        self.bucket.put(key, data, content_type="application/json", create_only=True)

    def write(self, key: str, record: Record) -> None:
        """Write a record, over an earlier one."""
        self.bucket.put(key, encode(record), content_type="application/json")

    def read(self, key: str, kind: type[RecordT]) -> RecordT | None:
        """Read a record; None if there is none. Raises ``Unreadable``."""
        try:
            data = self.bucket.get(key)
        except KeyMissing:
            return None
        return decode(data, kind, key=key)

    def read_or_none(self, key: str, kind: type[RecordT]) -> RecordT | None:
        """Read a record; None also for one that cannot be read, which is logged."""
        try:
            return self.read(key, kind)
        except Unreadable as error:
            warn("a record cannot be read, and counts as none", record=str(error))
            return None
