"""Limits that protect the bill: so many pictures a day for a person, a team, and everybody.

A quota of N a day is N places, ``quota/<day>/<whose>/<place>``, each a create-only object that
holds a job's id. So no race can count past the limit, and giving back is deleting. The day is UTC.
"""

import time
from dataclasses import dataclass

from functions.jobs.bucket import AlreadyThere, Bucket

EVERYBODY = "all"


@dataclass(frozen=True)
class Quota:
    """``limit`` places a day for ``whose`` (a person, a team, a client, or everybody)."""

    whose: str
    limit: int


def day_of(now: float) -> str:
    """The UTC day of a Unix time, such as ``2026-11-22``."""
    return time.strftime("%Y-%m-%d", time.gmtime(now))


def used(bucket: Bucket, quota: Quota, *, day: str) -> int:
    """How many places are taken, as LIST shows it: for people to read, and for a first guess."""
    return sum(1 for _ in bucket.list(_prefix(quota.whose, day)))


def take(bucket: Bucket, quota: Quota, job_id: str, *, day: str) -> str | None:
    """Take a place for a job. Gives its key, or None when all places are taken.

    The caller writes the key down, so that a job takes one place however often it is tried.
    """
    taken = {row.key for row in bucket.list(_prefix(quota.whose, day))}
    for place in range(quota.limit):
        key = f"{_prefix(quota.whose, day)}{place:06d}"
        if key in taken:
            continue
        try:
            bucket.put(key, job_id.encode(), content_type="text/plain", create_only=True)
        except AlreadyThere:
            if bucket.get(key).decode() == job_id:
                return key
            continue
        return key
    return None


def give_back(bucket: Bucket, key: str) -> None:
    """Nothing was generated: the place is free again."""
    bucket.delete(key)


def _prefix(whose: str, day: str) -> str:
    return f"quota/{day}/{whose}/"
