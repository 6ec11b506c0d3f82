"""Give the worker's signs of life, and notice when they are missing: the worker is silent.

    state/worker.json           overwritten while the worker works, each minute and after a run
    state/worker-silent.json    created by the first to notice, who tells; removed by the next sign

A worker with a long queue, a pause or a refused account is not silent: it runs and gives signs. An
idle one need not: silence counts only while a job waits. A run that dies at once gives no sign,
however often it is started: its jobs wait as if there were no worker.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice

from functions.jobs.bucket import BucketUnavailable, KeyExists, KeysExpired, ObjectRow
from functions.jobs.bucket_layout import (
    ERASED,
    REQUESTS,
    STATE,
    WORKER_ALIVE,
    WORKER_SILENT,
    job_of_request_key,
)
from functions.jobs.ledger import Ledger
from functions.jobs.records import Record, Records, Unreadable
from functions.log import log

LONGEST_BEAT_S = 5.0
BEAT_EVERY_S = 60.0
SILENT_AFTER_S = 300.0
NO_SIGNS = {WORKER_SILENT, ERASED}  # of what state/ holds: the others are written by the worker
SAMPLE = 100  # of the open queue: its keys are hashes, so its first page is a fair sample


class SignOfLife(Record, frozen=True, kw_only=True):
    """Record that the worker was working at ``at`` (Unix seconds)."""

    at: float


class Noticed(Record, frozen=True, kw_only=True):
    """Record that its silence was noticed at ``at`` (Unix seconds), by an instance that tells."""

    at: float


@contextmanager
def heartbeat(ledger: Ledger) -> Iterator[None]:
    """Give a sign of life each minute beside the block, and once after it unless it raised."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_EVERY_S):
            _beat(ledger)

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(LONGEST_BEAT_S)
    if not thread.is_alive():  # else it waits for COS
        _beat(ledger)


def _beat(ledger: Ledger) -> None:
    try:
        give_sign_of_life(ledger)
    except (BucketUnavailable, KeysExpired) as error:
        log("no sign of life was given", error=type(error).__name__)


def give_sign_of_life(ledger: Ledger) -> None:
    """Write a sign of life, and let the next silence be noticed anew."""
    Records(ledger.bucket).write(WORKER_ALIVE, SignOfLife(at=ledger.clock()))
    ledger.bucket.delete(WORKER_SILENT)


def silent_for_s(ledger: Ledger, *, after_s: float = SILENT_AFTER_S) -> float | None:
    """Give for how many seconds a job has waited without a sign of life; None up to ``after_s``.

    Costs one LIST; only if a job is older than ``after_s``, another one, and perhaps a GET.
    """
    now = ledger.clock()
    oldest = _oldest(islice(ledger.bucket.list(REQUESTS, at_once=SAMPLE), SAMPLE))
    if oldest is None or now - _unix(oldest) <= after_s:
        return None
    signs = [_unix(row) for row in ledger.bucket.list(STATE) if row.key not in NO_SIGNS]
    quiet_s = now - max(_unix(oldest), *signs, 0.0)
    return quiet_s if quiet_s > after_s and _is_still_open(ledger, oldest) else None


def is_first_to_notice(ledger: Ledger) -> bool:
    """Take the right to tell of this silence; True for one caller of all instances."""
    try:
        Records(ledger.bucket).create(WORKER_SILENT, Noticed(at=ledger.clock()))
    except KeyExists:
        return False
    return True


def leave_it_to_others(ledger: Ledger) -> None:
    """Give the right to tell back, for the next who notices."""
    ledger.bucket.delete(WORKER_SILENT)


def _oldest(rows: Iterable[ObjectRow]) -> ObjectRow | None:
    return min((row for row in rows if job_of_request_key(row.key)), key=_unix, default=None)


def _is_still_open(ledger: Ledger, row: ObjectRow) -> bool:
    """Say whether the job is there: LIST may lag. A record that cannot be read is there."""
    try:
        return ledger.job(job_of_request_key(row.key) or "") is not None
    except Unreadable:
        return True


def _unix(row: ObjectRow) -> float:
    return datetime.fromisoformat(row.modified.replace("Z", "+00:00")).timestamp()
