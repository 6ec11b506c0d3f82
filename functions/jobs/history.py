"""A person's jobs, newest first: the keys that the ledger writes when a job ends.

people/<team>/<user>/<newest first>-<job>
"""

from collections.abc import Iterator

import msgspec

from functions.jobs.bucket import Bucket
from functions.jobs.bucket_layout import history_prefix
from functions.jobs.job_ids import is_job_id
from functions.jobs.model import Job

NEWEST_FIRST_MS = 10**13  # a key counts down from here: LIST gives the newest first


class Past(msgspec.Struct, frozen=True):
    """A job that has ended. ``at`` is when it was asked for, in Unix seconds."""

    job_id: str
    at: float


def history_key(job: Job) -> str:
    """Where a person's job stands in their history."""
    newest_first = NEWEST_FIRST_MS - int(job.created_at * 1000)
    person = history_prefix(job.asker.team_id, job.asker.user_id)
    return f"{person}{newest_first:014d}-{job.id}"


def history(bucket: Bucket, team_id: str, user_id: str) -> Iterator[Past]:
    """A person's jobs, as LIST shows them: page by page, so that the first ones come soon."""
    for row in bucket.list(history_prefix(team_id, user_id)):
        newest_first, _, job_id = row.key.rpartition("/")[2].partition("-")
        if newest_first.isdecimal() and is_job_id(job_id):
            yield Past(job_id, (NEWEST_FIRST_MS - int(newest_first)) / 1000)
