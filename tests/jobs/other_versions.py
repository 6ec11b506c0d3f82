"""Put records of other versions into a bucket: those of the last release, or of a later version."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from functions.jobs.bucket import Bucket

WRITTEN = json.loads(
    Path(__file__).with_name("records_of_the_last_release.json").read_text("utf-8")
)
JOBS: dict[str, Any] = WRITTEN["jobs"]
OPEN = {JOBS[name] for name in ("again", "cutout", "open program", "waiting")}
ENDED = sorted(
    key.removeprefix("done/").removesuffix(".json")
    for key in WRITTEN["objects"]
    if key.startswith("done/") and JOBS["deleted"] not in key
)
CHANNEL, THREAD_TS = "C0PRODUCTS", "1795788720.167105"
# Words that a later version may write in place of those that this version knows.
LATER_WORDS = {
    "gesture": {"again": "hologram", "mention": "hologram", "variation": "hologram"},
    "state": {"succeeded": "archived"},
    "code": {"photo_not_an_image": "photo_upside_down"},
    "template": {"白色": "月球表面"},
    "language": {"en": "fr"},
}
LATER_VALUES: dict[str, Any] = {
    "resolution": {"width": 4400, "height": 99, "depth": 3},
    "answer_as": "telegram",
    "logo": {
        "url": "gopher://shop.example/logo",
        "rect": {"x": -1, "y": 0, "width": 0, "height": 0},
    },
    "facts": {"angle": 1.5},
}


def later(record: Any) -> Any:
    """Change a record as a later version may write it: with new fields and unknown words."""
    if isinstance(record, list):
        return [later(one) for one in record]
    if not isinstance(record, dict):
        return record
    changed = {
        name: LATER_WORDS.get(name, {}).get(value, later(value))
        if isinstance(value, str)
        else later(value)
        for name, value in record.items()
    }
    new = {name: value for name, value in LATER_VALUES.items() if name in record}
    if "prompt" in record or "template" in record:
        new |= LATER_VALUES
        del new["facts"]
    if "code" in record:
        new["facts"] = LATER_VALUES["facts"]
    return {**changed, **new, "a_later_idea": {"nested": [1, None]}}


AS_WRITTEN: Callable[[Any], Any] = lambda record: record  # noqa: E731
VERSIONS = {"the last release": AS_WRITTEN, "a later version": later}


def put_records(
    bucket: Bucket, written_by: str, *, file: bytes, thread_ts: str = THREAD_TS
) -> None:
    """Put all records into a bucket; open jobs were asked for just now, at ``thread_ts``."""
    for key, record in WRITTEN["objects"].items():
        here = key.replace(THREAD_TS, thread_ts)
        if record in ("", None):
            bucket.put(here, file if record == "" else b"", content_type="image/jpeg")
            continue
        made = VERSIONS[written_by](record)
        if written_by == "a later version":
            made["version"] = 99
            if JOBS["waiting"] in key:
                made["photo"] = {"from": "satellite", "dish": 7}
        if key.startswith("requests/"):
            made["created_at"] = time.time()
        text = json.dumps(made, ensure_ascii=False).replace(THREAD_TS, thread_ts)
        bucket.put(here, text.encode(), content_type="application/json")


def expire(bucket: Bucket, job_id: str) -> None:
    """Delete what the lifecycle rules delete when a picture expires; its outcome stays."""
    for prefix in ("photos/", "results/", "steps/"):
        for row in list(bucket.list(f"{prefix}{job_id}/")):
            bucket.delete(row.key)
