"""Note how each day's jobs ended, so that a day is summed up without reading its jobs.

    days/<UTC day>/<job>.<state>.<code>.<wait>.<painting>    empty; times in ms, "-" for none
    summaries/<UTC day>                                      that day's line is in the log

Everything is in the keys, so a day costs LIST calls only, 1000 jobs each, and no GET: ten calls
for 10,000 jobs, however many ``done`` records lie in the bucket.
"""

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

import msgspec

from functions.jobs.bucket import Bucket, KeyExists
from functions.jobs.bucket_layout import day_prefix, summary_key
from functions.jobs.job_ids import is_job_id
from functions.jobs.model import Job
from functions.jobs.quota import day_of
from functions.jobs.steps import Generated, Outcome

JOBS_LIMIT = 100_000  # of a day: a hundred LIST calls
NONE = "-"
_ROW = re.compile(r"([a-z2-7]+)\.([a-z]+)\.([a-z0-9_]+|-)\.([0-9]{1,12}|-)\.([0-9]{1,12}|-)")


class JobStat(msgspec.Struct, frozen=True, kw_only=True):
    """Hold how a job ended. ``wait_s`` is the time from the request to the call of aiart,
    ``painting_s`` the time of the call; None for a job that was not painted.
    """

    job_id: str
    state: str
    code: str = ""
    wait_s: float | None = None
    painting_s: float | None = None


class Percentiles(msgspec.Struct, frozen=True):
    """Hold the median and the 95th percentile, in seconds."""

    p50_s: float
    p95_s: float


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a day's jobs by how they ended, failures by code, and the times of painted ones."""

    day: str
    ended: int
    states: Mapping[str, int]
    codes: Mapping[str, int]
    wait: Percentiles | None
    painting: Percentiles | None


def record_end(bucket: Bucket, job: Job, outcome: Outcome) -> None:
    """Write down how a job ended. Doing it again on the same day changes nothing."""
    generated, failed = outcome.generated, outcome.failed
    parts = (
        job.id,
        outcome.state,
        failed.code.value if failed else NONE,
        _ms(_wait_s(job, generated) if generated else None),
        _ms(generated.seconds if generated else None),
    )
    key = day_prefix(day_of(outcome.finished_at)) + ".".join(parts)
    bucket.put(key, b"", content_type="text/plain")


def stats_of(bucket: Bucket, day: str) -> Iterator[JobStat]:
    """List the jobs that ended on a UTC day (``2026-11-22``), ``JOBS_LIMIT`` at the most."""
    prefix = day_prefix(day)
    seen: set[str] = set()
    for row in islice(bucket.list(prefix), JOBS_LIMIT):
        match = _ROW.fullmatch(row.key.removeprefix(prefix))
        if match is None or not is_job_id(match[1]) or match[1] in seen:
            continue  # no job's key; or its second one, after a run that died
        seen.add(match[1])
        yield JobStat(
            job_id=match[1],
            state=match[2],
            code="" if match[3] == NONE else match[3],
            wait_s=_s(match[4]),
            painting_s=_s(match[5]),
        )


def summary_of(day: str, ends: Iterable[JobStat]) -> Summary:
    """Count a day's jobs by state and code, and give percentiles of their times."""
    ends = list(ends)
    return Summary(
        day=day,
        ended=len(ends),
        states=dict(sorted(Counter(one.state for one in ends).items())),
        codes=dict(Counter(one.code for one in ends if one.code).most_common()),
        wait=_spread(one.wait_s for one in ends),
        painting=_spread(one.painting_s for one in ends),
    )


def is_summed_up(bucket: Bucket, day: str) -> bool:
    """Say whether that day's line has been logged."""
    return bucket.exists(summary_key(day))


def claim_summary(bucket: Bucket, day: str) -> bool:
    """Take the right to log that day's line; True for the one run that gets it."""
    try:
        bucket.put(summary_key(day), b"", content_type="text/plain", create_only=True)
    except KeyExists:
        return False
    return True


def _wait_s(job: Job, generated: Generated) -> float:
    return max(0.0, generated.at - generated.seconds - job.created_at)


def _ms(seconds: float | None) -> str:
    return NONE if seconds is None else str(round(seconds * 1000))


def _s(ms: str) -> float | None:
    return None if ms == NONE else int(ms) / 1000


def _spread(values: Iterable[float | None]) -> Percentiles | None:
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    if len(known) == 1:
        return Percentiles(known[0], known[0])
    cuts = statistics.quantiles(known, n=100, method="inclusive")
    return Percentiles(round(cuts[49], 3), round(cuts[94], 3))
