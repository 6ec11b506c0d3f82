"""Limit the bill: so many pictures a day for a person, a team, and everybody.

A quota of N a day is N places, ``quota/<day>/<whose>/<place>``, each a create-only object that
says whose it is: a job's, or its second call's. So no race can count past the limit, and giving
back is deleting. The day is UTC.
"""

import time
from collections.abc import Iterator

import msgspec

from functions.jobs.bucket import Bucket, KeyExists, KeyMissing
from functions.jobs.bucket_layout import PEOPLE, quota_prefix
from functions.jobs.model import Asker

EVERYBODY = "all"


DAY_S = 86_400


class Quota(msgspec.Struct, frozen=True):
    """Allow ``limit`` places a day for ``whose`` (a person, a team, a client, or everybody)."""

    whose: str
    limit: int


def of_person(asker: Asker, limit: int) -> Quota:
    """Give a person's quota."""
    return Quota(f"{PEOPLE}{asker.team_id}/{asker.user_id}", limit)


def of_team(asker: Asker, limit: int) -> Quota:
    """Give a team's quota. A client counts as a team of its own."""
    return Quota(f"clients/{asker.client}" if asker.client else f"teams/{asker.team_id}", limit)


def day_of(now: float) -> str:
    """Give the UTC day of a Unix time, such as ``2026-11-22``."""
    return time.strftime("%Y-%m-%d", time.gmtime(now))


def resets_at(now: float) -> int:
    """Say when the next UTC day begins, as a Unix time."""
    return (int(now) // DAY_S + 1) * DAY_S


def used(bucket: Bucket, quota: Quota, *, day: str) -> int:
    """Count the places that are taken, as LIST shows it: to be shown, or to refuse early."""
    return sum(1 for _ in bucket.list(quota_prefix(day, quota.whose)))


def free_places(bucket: Bucket, quota: Quota, *, day: str) -> Iterator[str]:
    """List the keys of the places that nobody has taken, as LIST shows it."""
    taken = {row.key for row in bucket.list(quota_prefix(day, quota.whose))}
    for place in range(quota.limit):
        key = f"{quota_prefix(day, quota.whose)}{place:06d}"
        if key not in taken:
            yield key


def owner(job_id: str, call: int) -> str:
    """Name the owner of a place for a job's ``call``, from 1; the first is the job itself."""
    return job_id if call == 1 else f"{job_id}/{call}"


def take(bucket: Bucket, key: str, owner: str) -> bool:
    """Take a place for ``owner``. True if it is the owner's now, even by an earlier try.

    The caller writes the key down first, so that it takes one place however often it is tried.
    """
    try:
        bucket.put(key, owner.encode(), content_type="text/plain", create_only=True)
    except KeyExists:
        return is_taken_by(bucket, key, owner)
    return True


def is_taken_by(bucket: Bucket, key: str, *owners: str) -> bool:
    """Say whether one of the owners has that place."""
    try:
        return bucket.get(key).decode() in owners
    except KeyMissing:
        return False


def give_back(bucket: Bucket, key: str, *owners: str) -> None:
    """Free a place if one of ``owners`` has it."""
    if is_taken_by(bucket, key, *owners):
        bucket.delete(key, once=True)  # a repeat may hit another's


def is_of(key: str, quota: Quota) -> bool:
    """Say whether a place belongs to that quota, whatever the day."""
    _, _, rest = key.split("/", 2)
    return rest.rpartition("/")[0] == quota.whose
