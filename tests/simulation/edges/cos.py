"""Keep a bucket in memory, and replace the class by which the product reads and writes it."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal, TypeVar

from functions.jobs.bucket import (
    HURRIED_TIMEOUT_S,
    HURRY_S,
    BucketConfig,
    BucketUnavailable,
    KeyExists,
    KeyMissing,
    Keys,
    KeysExpired,
    ObjectRow,
)
from functions.jobs.recent_reads import RecentReads
from tests.simulation.edges.calling import Call
from tests.simulation.stdlib import here

T = TypeVar("T")
RACE_S, RACING = 1.0, "/calling-"  # create-only writes race only for leases that are read back


@dataclass(frozen=True)
class Stored:
    """Hold an object as it was written: ``at`` is when, ``by`` names the process that wrote it."""

    data: bytes
    at: float
    by: str
    content_type: str


@dataclass
class Objects:
    """Hold the bucket's objects, their history for a late LIST, and when each key expires.

    ``on_put`` and ``on_delete`` are called after each change. ``races`` says whether two
    create-only writes at the same time may both succeed: COS does not promise that only one does.
    """

    now: Callable[[], float]
    objects: dict[str, Stored] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    history: dict[str, list[tuple[float, Stored | None]]] = field(default_factory=dict)
    uploads: dict[str, tuple[str, str, dict[int, bytes]]] = field(default_factory=dict)
    expiry: dict[str, float] = field(default_factory=dict)  # of keys, by their token
    lag_s: Callable[[], float] = lambda: 0.0
    races: Callable[[], bool] = lambda: False
    unanswered: dict[str, float] = field(default_factory=dict)  # create-only PUTs, since when
    on_put: list[Callable[[str, Stored, Stored | None], None]] = field(default_factory=list)
    on_delete: list[Callable[[str, Stored, str], None]] = field(default_factory=list)

    def put(self, key: str, stored: Stored, *, create_only: bool) -> None:
        """Write an object. Raises ``KeyExists``."""
        before = self.objects.get(key)
        if create_only and before is not None and not self.is_racing(key):
            raise KeyExists("FileAlreadyExists")
        self.objects[key] = stored
        if before is None:
            bisect.insort(self.keys, key)
        self.history.setdefault(key, []).append((stored.at, stored))
        for told in self.on_put:
            told(key, stored, before)

    def is_racing(self, key: str) -> bool:
        """Say whether a create-only write of ``key`` was just carried out and is not answered."""
        if RACING not in key or not self.races():
            return False
        return self.now() - self.unanswered.get(key, 0.0) < RACE_S

    def get(self, key: str) -> bytes:
        """Read an object's bytes. Raises ``KeyMissing``."""
        if key not in self.objects:
            raise KeyMissing("NoSuchKey")
        return self.objects[key].data

    def delete(self, key: str, by: str) -> None:
        """Remove an object, if it is there."""
        before = self.objects.pop(key, None)
        if before is not None:
            self.keys.remove(key)
            self.history[key].append((self.now(), None))
            for told in self.on_delete:
                told(key, before, by)

    def below(self, prefix: str) -> list[str]:
        """List the keys that begin with ``prefix``, as they are now."""
        at = bisect.bisect_left(self.keys, prefix)
        found = []
        while at < len(self.keys) and self.keys[at].startswith(prefix):
            found.append(self.keys[at])
            at += 1
        return found

    def listed(self, prefix: str) -> list[ObjectRow]:
        """List what LIST shows below ``prefix``: the bucket as it was ``lag_s`` ago."""
        lag_s = self.lag_s()
        if lag_s <= 0:
            return [_row(key, self.objects[key]) for key in self.below(prefix)]
        until, rows = self.now() - lag_s, []
        for key in sorted(key for key in self.history if key.startswith(prefix)):
            seen = [stored for at, stored in self.history[key] if at <= until]
            if seen and seen[-1] is not None:
                rows.append(_row(key, seen[-1]))
        return rows


def _row(key: str, stored: Stored) -> ObjectRow:
    at = datetime.fromtimestamp(stored.at, timezone.utc)
    return ObjectRow(key, len(stored.data), at.strftime("%Y-%m-%dT%H:%M:%S.000Z"))


class MemoryBucket:
    """Replace ``functions.jobs.bucket.Bucket``, over the world's objects."""

    presents: Literal["inline", "attachment"] = "inline"

    def __init__(
        self,
        bucket: BucketConfig,
        keys: Keys,
        *,
        time_left: Callable[[], float] = lambda: float("inf"),
        recent: RecentReads | None = None,
    ) -> None:
        self.recent = recent or RecentReads()
        self._config = bucket
        self._token = keys.token
        self._time_left = time_left
        self._answered_at: dict[object, float] = {}

    @property
    def _objects(self) -> Objects:
        objects: Objects = here().world.objects
        return objects

    @property
    def answered_at(self) -> float | None:
        return self._answered_at.get(here().current)

    def put(self, key: str, data: bytes, *, content_type: str, create_only: bool = False) -> None:
        objects = self._objects

        def act() -> None:
            stored = Stored(data, here().now, _caller(), content_type)
            objects.put(key, stored, create_only=create_only)
            if create_only:
                objects.unanswered[key] = here().now

        try:
            self._call("PUT_NEW" if create_only else "PUT", key, act)
        finally:
            objects.unanswered.pop(key, None)

    def get(self, key: str) -> bytes:
        self._answered_at.pop(here().current, None)
        data = self._call("GET", key, lambda: self._objects.get(key))
        self._answered_at[here().current] = float(int(here().now))
        return data

    def exists(self, key: str) -> bool:
        return self._call("HEAD", key, lambda: key in self._objects.objects)

    def delete(self, key: str, *, once: bool = False) -> None:
        self._call("DELETE", key, lambda: self._objects.delete(key, _caller()), once=once)

    def list(self, prefix: str, *, at_once: int = 1000) -> Iterator[ObjectRow]:
        marker = ""
        while True:
            rows = self._call("LIST", prefix, lambda: self._objects.listed(prefix))
            rows = [row for row in rows if row.key > marker]
            yield from rows[:at_once]
            if len(rows) <= at_once:
                return
            marker = rows[at_once - 1].key

    def presigned_get(self, key: str, *, expires_s: int, disposition: str = "") -> str:
        until = here().now + expires_s
        return f"https://{self._config.host}/{key}?until={until:.0f}&disposition={disposition}"

    # --- multipart uploads

    def begin_upload(self, key: str, *, content_type: str) -> str:
        def act() -> str:
            upload_id = here().rng.randbytes(8).hex()
            self._objects.uploads[upload_id] = key, content_type, {}
            return upload_id

        return self._call("BEGIN_UPLOAD", key, act)

    def put_part(self, key: str, upload_id: str, number: int, data: bytes) -> str:
        def act() -> str:
            self._parts(upload_id)[number] = data
            return f'"{number}-{len(data)}"'

        return self._call("PUT_PART", key, act)

    def complete_upload(self, key: str, upload_id: str, etags: Sequence[str]) -> None:
        def act() -> None:
            parts, (_, kind, _) = self._parts(upload_id), self._objects.uploads[upload_id]
            data = b"".join(parts[number] for number in range(1, len(etags) + 1))
            del self._objects.uploads[upload_id]
            self._objects.put(key, Stored(data, here().now, _caller(), kind), create_only=False)

        self._call("COMPLETE_UPLOAD", key, act)

    def abort_upload(self, key: str, upload_id: str) -> None:
        def act() -> None:
            self._objects.uploads.pop(upload_id, None)

        self._call("ABORT_UPLOAD", key, act)

    def _parts(self, upload_id: str) -> dict[int, bytes]:
        if upload_id not in self._objects.uploads:
            raise KeyMissing("NoSuchUpload")
        return self._objects.uploads[upload_id][2]

    # --- calls

    def _call(self, op: str, target: str, act: Callable[[], T], *, once: bool = False) -> T:
        """Make a call, and retry it when the bucket is unavailable, as the SDK does."""
        is_hurried = once or self._time_left() < HURRY_S
        limit_s = HURRIED_TIMEOUT_S if is_hurried else self._config.timeout_s
        call = Call("cos", op, target, limit_s, _lost, _busy)
        retries = 0 if is_hurried else self._config.retries
        for count in range(1, retries + 1):
            try:
                return call.make(lambda: self._allowed(act))
            except BucketUnavailable:
                here().pause(count)
        return call.make(lambda: self._allowed(act))

    def _allowed(self, act: Callable[[], T]) -> T:
        if self._objects.expiry.get(self._token, float("inf")) <= here().now:
            raise KeysExpired("ExpiredToken")
        return act()


def _lost() -> Exception:
    return BucketUnavailable("ReadTimeout")


def _busy() -> Exception:
    return BucketUnavailable("503 ServiceUnavailable")


def _caller() -> str:
    task: Any = here().current
    return str(task.process.name) if task else "outside"
