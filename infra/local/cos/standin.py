"""Hold the stand-in's parts, and what several of its calls share."""

import time
from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import msgspec

from infra.local.cam import Rights
from infra.local.control import Control, Key
from infra.local.cos import triggers
from infra.local.cos.bucket import Bucket, StoredObject
from infra.local.cos.incoming import Incoming
from infra.local.cos.triggers import Deliveries, Trigger

_Seconds = Annotated[float, msgspec.Meta(ge=0)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Say how the stand-in behaves; settable while it runs.

    The last three are what COS's documents leave open and ``infra.doctor --live`` measures: whether
    a PUT heeds conditions, and the status that a role without the right to list gets for a missing
    key.
    """

    latency_s: _Seconds = 0.0  # added to every call
    list_lag_s: _Seconds = 0.0  # LIST shows a put or a deletion only after this time
    trigger_delay_s: _Seconds = 0.0
    trigger_copies: Annotated[int, msgspec.Meta(ge=0)] = 1  # 0 = never delivered, 2 = twice
    clock_skew_s: float = 0.0  # how far the server's clock is ahead of the real one
    put_if_match: bool = False
    put_if_none_match: bool = False
    missing_key_status: Literal[403, 404] = 404


class Standin:
    """Hold the bucket with its settings, triggers and control, and check what each role may do."""

    def __init__(self, *, bucket: str, region: str, keys: list[Key], rights: Rights) -> None:
        self.control = Control("cos", keys=keys)
        self.settings = Settings()
        self.triggers: list[Trigger] = []
        self.deliveries = Deliveries()
        self.bucket = Bucket(bucket, region)
        self._rights = rights

    def may(self, key: Key, action: str, object_key: str, values: Mapping[str, str]) -> bool:
        """Say whether ``key`` has the right to an action on an object, or on the bucket ("").

        ``values`` are the condition keys that the request carries.
        """
        resource = f"{self.bucket.resource}/{object_key}"
        return self._rights.allow(key, action, resource, values)

    def now(self) -> float:
        """Give the server's time, in Unix seconds."""
        return time.time() + self.settings.clock_skew_s

    def reset(self) -> None:
        """Empty the bucket and set the default settings; drop undelivered events.

        Triggers stay: the deployment set them.
        """
        self.deliveries.cancel()
        self.settings = Settings()
        self.bucket = Bucket(self.bucket.name, self.bucket.region)

    def keep(self) -> Callable[[], None]:
        """Copy the objects; give a function that puts them back, with their old times."""
        kept = list(self.bucket.objects.values())

        def bring_back() -> None:
            for stored in kept:
                self.bucket.put(stored)

        return bring_back

    def delete(self, key: str, cause: Incoming) -> None:
        """Remove an object; fire its triggers if it was there."""
        removed = self.bucket.delete(key)
        if removed is not None:
            event = triggers.MARKED_REMOVED if self.bucket.versioning else triggers.REMOVED
            gone = msgspec.structs.replace(removed, modified_at=self.now())
            self.fire(event, gone, cause=cause)

    def fire(self, event: str, stored: StoredObject, *, cause: Incoming | None) -> None:
        """Start the delivery of ``event`` to the triggers that cover it."""
        for trigger in self.triggers:
            if trigger.covers(event, stored.key) and self.settings.trigger_copies:
                self.deliveries.start(
                    trigger,
                    triggers.event(trigger, event, stored, bucket=self.bucket, cause=cause),
                    copies=self.settings.trigger_copies,
                    delay_s=self.settings.trigger_delay_s,
                )
