"""The bucket's state: its objects, how late a listing sees them, and its configuration."""

import bisect
import time
from collections import deque
from collections.abc import Iterator

import msgspec

META = "x-cos-meta-"


class StoredObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object. ``headers`` is what a GET gives back, ``modified_at`` is in Unix seconds."""

    key: str
    body: bytes
    headers: dict[str, str]
    etag: str  # in its quotes
    modified_at: float

    def metadata(self) -> dict[str, str]:
        """The headers that the client made up."""
        return {name: value for name, value in self.headers.items() if name.startswith(META)}


class Part(msgspec.Struct, frozen=True):
    """One part as it was uploaded last; ``etag`` in its quotes."""

    body: bytes
    etag: str


class Unfinished(msgspec.Struct, frozen=True, kw_only=True):
    """An upload that was begun, and is neither completed nor aborted. Times in Unix seconds."""

    key: str
    headers: dict[str, str]
    begun_at: float
    parts: dict[int, Part] = msgspec.field(default_factory=dict)


class Change(msgspec.Struct, frozen=True):
    """A key that was put, or deleted (``stored`` is None), at ``at`` on the monotonic clock."""

    at: float
    key: str
    stored: StoredObject | None


class Index:
    """What LIST sees: the bucket's keys in order, behind the truth by a settable lag."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._objects: dict[str, StoredObject] = {}
        self._pending: deque[Change] = deque()

    def note(self, key: str, stored: StoredObject | None) -> None:
        """A key was put or deleted just now."""
        self._pending.append(Change(time.monotonic(), key, stored))

    def after(self, key: str, *, lag_s: float, inclusive: bool) -> Iterator[StoredObject]:
        """The objects from ``key`` on, in the order of their keys, as they were ``lag_s`` ago."""
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
    """One bucket, ``<name>-<appid>``, in ``region``. Old versions of objects are not kept."""

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
        """The bucket's own domain."""
        return f"{self.name}.cos.{self.region}.myqcloud.com"

    @property
    def resource(self) -> str:
        """The bucket in CAM's policies (436/30580)."""
        appid = self.name.rpartition("-")[2]
        return f"qcs::cos:{self.region}:uid/{appid}:{self.name}"

    def put(self, stored: StoredObject) -> None:
        """Creates or overwrites an object."""
        self.objects[stored.key] = stored
        self.index.note(stored.key, stored)

    def delete(self, key: str) -> StoredObject | None:
        """Removes an object and returns it; None if there was none."""
        removed = self.objects.pop(key, None)
        if removed is not None:
            self.index.note(key, None)
        return removed
