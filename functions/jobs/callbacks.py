"""The second open queue: callbacks that are still to be delivered, and how the others ended.

callbacks/<job>.json            still to be delivered; overwritten after each try
steps/<job>/callback.json       how it ended
"""

import contextlib
from collections.abc import Iterator
from typing import Literal

import msgspec

from functions.jobs.bucket import AlreadyThere, Bucket, Missing
from functions.jobs.model import Record

CALLBACKS = "callbacks/"
CallbackState = Literal["waiting", "delivered", "refused", "given-up"]


class Try(Record, frozen=True, kw_only=True):
    """One try to deliver a callback: when (Unix seconds), and the HTTP status or why there is
    none.
    """

    at: float
    status: int = 0
    error: str = ""


class PendingCallback(Record, frozen=True, kw_only=True):
    """A client that is to be called back when its job has ended.

    ``body`` is sent as it is at every try. ``state`` says how it is going; times in Unix seconds.
    """

    job_id: str
    client: str
    url: str
    body: str
    asked_at: float
    next_at: float
    state: CallbackState = "waiting"
    count: int = 0
    tries: tuple[Try, ...] = ()


def enqueue_callback(bucket: Bucket, callback: PendingCallback) -> None:
    """Put a callback into the queue; one that is there, or has been, stays as it is."""
    if _read(bucket, _ended_key(callback.job_id)) is None:
        with contextlib.suppress(AlreadyThere):
            _write(bucket, _key(callback.job_id), callback, create_only=True)


def pending_callbacks(bucket: Bucket) -> Iterator[PendingCallback]:
    """The queue as LIST shows it, which may lag."""
    for row in bucket.list(CALLBACKS):
        found = _read(bucket, row.key)
        if found:
            yield found


def save_callback(bucket: Bucket, callback: PendingCallback) -> None:
    """Write down what came of a try; what is over leaves the queue."""
    if callback.state == "waiting":
        _write(bucket, _key(callback.job_id), callback)
    else:
        _write(bucket, _ended_key(callback.job_id), callback)
        bucket.delete(_key(callback.job_id))


def read_callback(bucket: Bucket, job_id: str) -> PendingCallback | None:
    """A job's callback, whether it is over or not."""
    return _read(bucket, _key(job_id)) or _read(bucket, _ended_key(job_id))


def _key(job_id: str) -> str:
    return f"{CALLBACKS}{job_id}.json"


def _ended_key(job_id: str) -> str:
    return f"steps/{job_id}/callback.json"


def _read(bucket: Bucket, key: str) -> PendingCallback | None:
    try:
        return msgspec.json.decode(bucket.get(key), type=PendingCallback)
    except Missing:
        return None


def _write(bucket: Bucket, key: str, record: PendingCallback, *, create_only: bool = False) -> None:
    data = msgspec.json.encode(record)
    bucket.put(key, data, content_type="application/json", create_only=create_only)
