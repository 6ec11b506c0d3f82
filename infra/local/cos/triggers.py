"""Post COS's events to the triggers' URLs when an object comes or goes.

An event has the form that SCF's COS trigger hands to a function (583/9707): it names what has
happened, not the pattern that was subscribed to. In the cloud, COS sends it to SCF.
"""

import asyncio
import fnmatch
import http.client
import json
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import anyio.to_thread
import msgspec

from infra.local.cos.bucket import Bucket, StoredObject
from infra.local.cos.incoming import Incoming

CREATED = "cos:ObjectCreated:Put"
COMPLETED = "cos:ObjectCreated:CompleteMultipartUpload"
REMOVED = "cos:ObjectRemove:Delete"
MARKED_REMOVED = "cos:ObjectRemove:DeleteMarkerCreated"
POST_LIMIT_S = 10.0
# The abbreviations that SCF uses in an event.
SHORT_REGIONS = {
    "ap-beijing": "bj",
    "ap-chengdu": "cd",
    "ap-chongqing": "cq",
    "ap-guangzhou": "gz",
    "ap-hongkong": "hk",
    "ap-nanjing": "nj",
    "ap-shanghai": "sh",
    "ap-singapore": "sg",
}

log = logging.getLogger(__name__)


class Trigger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Say which objects' events go to ``url``; an event's name may be ``cos:ObjectCreated:*``."""

    name: str
    events: str | list[str]
    url: str
    prefix: str = ""
    suffix: str = ""

    def patterns(self) -> list[str]:
        """Give the events as a list, also when one was set as a string."""
        return [self.events] if isinstance(self.events, str) else self.events

    def covers(self, event: str, key: str) -> bool:
        """Say whether ``event`` on ``key`` is to be posted."""
        within = key.startswith(self.prefix) and key.endswith(self.suffix)
        return within and any(fnmatch.fnmatchcase(event, one) for one in self.patterns())


def overlapping(triggers: Sequence[Trigger]) -> tuple[str, str] | None:
    """Name two triggers that COS would not accept together (583/9707), or give None.

    Those are two whose events, prefixes and suffixes all have something in common.
    """
    for position, one in enumerate(triggers):
        for other in triggers[position + 1 :]:
            if (
                _nested(one.prefix, other.prefix)
                and _nested(one.suffix[::-1], other.suffix[::-1])
                and any(_same(a, b) for a in one.patterns() for b in other.patterns())
            ):
                return one.name, other.name
    return None


def _nested(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _same(one: str, other: str) -> bool:
    return fnmatch.fnmatchcase(one, other) or fnmatch.fnmatchcase(other, one)


def event(
    trigger: Trigger, name: str, stored: StoredObject, *, bucket: Bucket, cause: Incoming | None
) -> dict[str, Any]:
    """Build the event's JSON. ``cause`` is the request that led to it; None if there was none."""
    bucket_name, _, appid = bucket.name.rpartition("-")
    queue = f"qcs:0:scf:{bucket.region}:appid/{appid}:default.{trigger.name}.$DEFAULT"
    record = {
        "cos": {
            "cosSchemaVersion": "1.0",
            "cosObject": {
                "url": f"http://{bucket.domain}/{quote(stored.key)}",
                "meta": {
                    "x-cos-request-id": cause.request_id if cause else "",
                    "x-cos-storage-class": "Standard",
                    "Content-Type": stored.headers["content-type"],
                    "ETag": stored.etag,
                    **stored.metadata(),
                },
                "vid": "",
                "key": f"/{appid}/{bucket_name}/{stored.key}",
                "size": len(stored.body),
            },
            "cosBucket": {
                "region": SHORT_REGIONS.get(bucket.region, bucket.region),
                "cosRegion": bucket.region,
                "s3Region": bucket.region,
                "name": bucket_name,
                "appid": appid,
            },
            "cosNotificationId": "unkown",  # spelt so by COS
        },
        "event": {
            "eventName": name,
            "eventVersion": "1.0",
            "eventTime": int(stored.modified_at),
            "eventSource": "qcs::cos",
            "requestParameters": {
                "requestSourceIP": cause.source_ip if cause else "127.0.0.1",
                "requestHeaders": {"Authorization": cause.header("authorization") if cause else ""},
            },
            "eventQueue": queue,
            "reservedInfo": "",
            "reqid": 0,
        },
    }
    return {"Records": [record]}


class Deliveries:
    """Deliver events, each in a task of its own."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(
        self, trigger: Trigger, payload: dict[str, Any], *, copies: int, delay_s: float
    ) -> None:
        """Post ``payload`` to the trigger's URL ``copies`` times, after ``delay_s``."""
        task = asyncio.create_task(_deliver(trigger, payload, copies=copies, delay_s=delay_s))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def cancel(self) -> None:
        """Cancel the deliveries that are not finished."""
        for task in self._tasks:
            task.cancel()


async def _deliver(
    trigger: Trigger, payload: dict[str, Any], *, copies: int, delay_s: float
) -> None:
    await asyncio.sleep(delay_s)
    body = json.dumps(payload, ensure_ascii=False).encode()
    try:
        for _ in range(copies):
            await anyio.to_thread.run_sync(_post, trigger.url, body)
    except (OSError, http.client.HTTPException) as error:
        # The event holds an Authorization header, so neither it nor the error's text is logged.
        log.warning("event of trigger %s not delivered: %s", trigger.name, type(error).__name__)


def _post(url: str, body: bytes) -> None:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=POST_LIMIT_S)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.request("POST", target, body, {"Content-Type": "application/json"})
        connection.getresponse().read()
    finally:
        connection.close()
