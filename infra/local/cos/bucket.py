"""Hold the bucket's state: its objects, how late a listing sees them, and its configuration."""

import bisect
import time
from collections import deque
from collections.abc import Iterator

import msgspec

META = "x-cos-meta-"


class StoredObject(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one object: ``headers`` are those that GET answers, ``modified_at`` is Unix seconds."""

    key: str
    body: bytes
    headers: dict[str, str]
    etag: str  # in its quotes
    modified_at: float

    def metadata(self) -> dict[str, str]:
        """Give the uploader's own headers, those that begin with ``x-cos-meta-``."""
        return {name: value for name, value in self.headers.items() if name.startswith(META)}


class Part(msgspec.Struct, frozen=True):
    """Hold one part of an upload, as it was sent last; ``etag`` is in its quotes."""

    body: bytes
    etag: str


class Unfinished(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a multipart upload that is neither completed nor aborted.

    ``begun_at`` is in Unix seconds; ``parts`` are by their numbers.
    """

    key: str
    headers: dict[str, str]
    begun_at: float
    parts: dict[int, Part] = msgspec.field(default_factory=dict)


class Change(msgspec.Struct, frozen=True):
    """Record that a key was put or deleted (``stored`` is None), ``at`` on the monotonic clock."""

    at: float
    key: str
    stored: StoredObject | None


class Index:
    """Keep the keys in order for LIST, which sees changes only after a settable lag."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._objects: dict[str, StoredObject] = {}
        self._pending: deque[Change] = deque()

    def note(self, key: str, stored: StoredObject | None) -> None:
        """Record that a key has just been put, or deleted (``stored`` is None)."""
        self._pending.append(Change(time.monotonic(), key, stored))

    def after(self, key: str, *, lag_s: float, inclusive: bool) -> Iterator[StoredObject]:
        """Yield the objects after ``key`` in the order of their keys, as they were ``lag_s`` ago.

        With ``inclusive``, the object ``key`` itself comes first.
        """
        self._catch_up(time.monotonic() - lag_s)
        find = bisect.bisect_left if inclusive else bisect.bisect_right
        for position in range(find(self._keys, key), len(self._keys)):
            yield self._objects[self._keys[position]]

    def _catch_up(self, until: float) -> None:
        while self._pending and self._pending[0].at <= until:
            change = self._pending.popleft()
            position = bisect.bisect_left(self._keys, change.key)
            if change.stored is not None:
                if change.key not in self._objects:
                    self._keys.insert(position, change.key)
                self._objects[change.key] = change.stored
            elif self._objects.pop(change.key, None) is not None:
                del self._keys[position]


class Bucket:
    """Hold one bucket, ``<name>-<appid>``, in ``region``. Old versions of objects are not kept."""

    def __init__(self, name: str, region: str) -> None:
        self.name = name
        self.region = region
        self.objects: dict[str, StoredObject] = {}
        self.index = Index()
        self.uploads: dict[str, Unfinished] = {}  # by upload id
        self.versioning = ""  # "" = never enabled, then Enabled or Suspended
        self.lifecycle = b""  # the XML as it was put
        self.acl = "private"

    @property
    def domain(self) -> str:
        """Give the bucket's default domain."""
        return f"{self.name}.cos.{self.region}.myqcloud.com"

    @property
    def resource(self) -> str:
        """Name the bucket as CAM's policies do (436/30580)."""
        appid = self.name.rpartition("-")[2]
        return f"qcs::cos:{self.region}:uid/{appid}:{self.name}"

    def put(self, stored: StoredObject) -> None:
        """Create or overwrite an object."""
        self.objects[stored.key] = stored
        self.index.note(stored.key, stored)

    def delete(self, key: str) -> StoredObject | None:
        """Remove an object and give it back; None if there was none."""
        removed = self.objects.pop(key, None)
        if removed is not None:
            self.index.note(key, None)
        return removed
