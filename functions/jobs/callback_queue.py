"""Keep the queue of callbacks that are to be delivered, and how each delivery went.

    steps/<job>/callback.json       the callback and its tries; overwritten after each
    callbacks/<when>-<job>          empty; the queue, which LIST gives in order of time

Times are part of the keys: finding what is due costs one LIST, however many callbacks wait for a
client that does not answer.
"""

import contextlib
from collections.abc import Iterator
from typing import Literal

import msgspec

from functions.jobs.bucket import Bucket, KeyExists
from functions.jobs.bucket_layout import CALLBACK, CALLBACKS, step_key
from functions.jobs.job_ids import is_job_id
from functions.jobs.records import Record, Records, Unreadable
from functions.log import warn

CallbackState = Literal["waiting", "delivered", "refused", "given-up"]


class DeliveryAttempt(Record, frozen=True, kw_only=True):
    """Record one try to deliver: when (Unix seconds), and the HTTP status or why none came."""

    at: float
    status: int = 0
    error: str = ""


class PendingCallback(Record, frozen=True, kw_only=True):
    """Record that a client is to be called back when its job has ended.

    ``body`` is sent as it is at every try. ``state`` says how it is going, ``count`` how often it
    was tried, ``tries`` the latest of them; times in Unix seconds.
    """

    job_id: str
    client: str
    url: str
    body: str
    asked_at: float
    next_at: float
    state: CallbackState = "waiting"
    count: int = 0
    tries: tuple[DeliveryAttempt, ...] = ()


class DueCallback(msgspec.Struct, frozen=True):
    """Hold a callback whose time has come, and its key in the queue."""

    key: str
    callback: PendingCallback


def enqueue_callback(bucket: Bucket, callback: PendingCallback) -> None:
    """Put a callback into the queue; if it was recorded before, that record stays as it is."""
    with contextlib.suppress(KeyExists):
        Records(bucket).create(step_key(callback.job_id, CALLBACK), callback)
    found = read_callback(bucket, callback.job_id)
    if found and found.state == "waiting":
        _put_into_line(bucket, found)


def is_callback_due(bucket: Bucket, now: float) -> bool:
    """Say whether any callback is due at ``now`` (Unix seconds), as LIST shows it."""
    return any(True for _ in due_keys(bucket, now))


def due_keys(bucket: Bucket, now: float) -> Iterator[tuple[str, str]]:
    """List the due keys of the queue, earliest first, each with its job's id."""
    for row in bucket.list(CALLBACKS):
        when, _, job_id = row.key.removeprefix(CALLBACKS).partition("-")
        if not when.isdigit() or not is_job_id(job_id):
            continue
        if int(when) > now:
            return
        yield row.key, job_id


def due_callback(bucket: Bucket, key: str, job_id: str) -> DueCallback | None:
    """Read the callback behind a key of the queue; None if nothing is left to do for it."""
    try:
        found = read_callback(bucket, job_id)
    except Unreadable as error:  # it must not keep the others waiting
        warn("a callback cannot be read; left for a person to look at", record=str(error))
        return None
    if found and found.state == "waiting" and _key(found) == key:
        return DueCallback(key, found)
    if found and found.state == "waiting":  # the run that tried it died before it had tidied up
        _put_into_line(bucket, found)
    bucket.delete(key)
    return None


def enqueued_callback(bucket: Bucket, job_id: str) -> DueCallback | None:
    """Read a waiting callback by its job's id; None if none waits."""
    found = read_callback(bucket, job_id)
    return DueCallback(_key(found), found) if found and found.state == "waiting" else None


def save_callback(bucket: Bucket, due: DueCallback, callback: PendingCallback) -> None:
    """Write down the result of a try; a callback leaves the queue unless it waits for another.

    Nothing is written for a job that was deleted meanwhile.
    """
    if read_callback(bucket, callback.job_id) is None:
        bucket.delete(due.key)
        return
    Records(bucket).write(step_key(callback.job_id, CALLBACK), callback)
    if callback.state == "waiting":
        _put_into_line(bucket, callback)
    if callback.state != "waiting" or _key(callback) != due.key:
        bucket.delete(due.key)


def read_callback(bucket: Bucket, job_id: str) -> PendingCallback | None:
    """Read a job's callback, waiting or not; None if it has none. Raises ``Unreadable``."""
    return Records(bucket).read(step_key(job_id, CALLBACK), PendingCallback)


def _put_into_line(bucket: Bucket, callback: PendingCallback) -> None:
    bucket.put(_key(callback), b"", content_type="text/plain")


def _key(callback: PendingCallback) -> str:
    return f"{CALLBACKS}{int(callback.next_at):012d}-{callback.job_id}"
