"""Remove everything of a person from the bucket, and report what was found.

The worker deletes the jobs, because their messages have to go, too: each gets a tombstone. The rest
is removed at once. A person is identified by the user id alone, because some events name another
team, or none.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec

from functions.jobs.bucket_layout import (
    DONE,
    LOGOS,
    PEOPLE,
    QUOTA,
    REQUESTS,
    SCENES,
    SETTINGS,
    UNMARKED,
    tombstone_key,
)
from functions.jobs.ledger import Ledger
from functions.jobs.model import EarlierJob, Job
from functions.jobs.records import Records
from functions.jobs.scenes import Scene
from functions.jobs.settings import ChannelSettings, channel_settings
from functions.jobs.steps import Tombstone

OPERATOR = "operator"
READERS = 16
ROUNDS = 5  # LIST may lag, so jobs are looked for again until there are no new ones
# Records that the law demands: who got pictures without a visible mark. They hold the user id, the
# job's id and the date, but no words, and stay for unmarked_record_days.
KEPT_BY_LAW = (UNMARKED,)


class Found(msgspec.Struct):
    """Count what is removed of a person."""

    own: set[str] = msgspec.field(default_factory=set)  # job ids
    others: set[str] = msgspec.field(default_factory=set)  # made by others from theirs
    open: int = 0
    objects: int = 0
    channels: list[str] = msgspec.field(default_factory=list)
    scenes: list[str] = msgspec.field(default_factory=list)  # of a channel or the workspace


def erase(ledger: Ledger, user_id: str) -> list[str]:
    """Remove all but the jobs at once, and have the worker delete those; return lines on it."""
    ledger.workspace.remember_erased(user_id)  # first: from now on no job of theirs is begun
    found = Found()
    for _ in range(ROUNDS):
        if not _bury(ledger, user_id, found):
            break
    for key in _keys_of(ledger, user_id):
        ledger.bucket.delete(key)
        found.objects += 1
    _clear_channels(ledger, user_id, found)
    _clear_scenes(ledger, user_id, found)
    _clear_tombstones(ledger, user_id)
    return [*_said(found), *_logos(ledger), *_kept_by_law(ledger, user_id)]


# --- jobs


def _bury(ledger: Ledger, user_id: str, found: Found) -> bool:
    """Write tombstones for the person's jobs and those others made of them; say if any were new.

    Reads all jobs' records, because the person's history is kept for a shorter time.
    """
    ended, asked = job_records(ledger, DONE), job_records(ledger, REQUESTS)
    jobs = {**ended, **asked}
    own = {job.id for job in jobs.values() if job.asker.user_id == user_id}
    others = _made_of(own, jobs.values()) - own
    new = (own | others) - found.own - found.others
    for job_id in new:
        ledger.add_tombstone(job_id, why="delete", by=OPERATOR)
    found.open += sum(job_id in asked and job_id not in ended for job_id in new)
    found.own |= own
    found.others |= others
    return bool(new)


def job_records(ledger: Ledger, prefix: str) -> dict[str, Job]:
    """Read all jobs below ``done/`` or ``requests/``."""

    def job_of(job_id: str) -> Job | None:
        if prefix == REQUESTS:
            return ledger.job(job_id)
        outcome = ledger.outcome(job_id)
        return outcome.job if outcome else None

    rows = ledger.bucket.list(prefix)
    ids = [row.key.removeprefix(prefix).removesuffix(".json") for row in rows]
    with ThreadPoolExecutor(READERS) as readers:
        return {job.id: job for job in readers.map(job_of, ids) if job}


def _made_of(roots: set[str], jobs: Iterable[Job]) -> set[str]:
    """Find the jobs made of ``roots``, at any remove: they copy the photo, and mostly the words."""
    children: dict[str, set[str]] = {}
    for job in jobs:
        for parent in _parents(job):
            children.setdefault(parent, set()).add(job.id)
    made: set[str] = set()
    ahead = set(roots)
    while ahead:
        ahead = set[str]().union(*(children.get(one, set()) for one in ahead)) - made - roots
        made |= ahead
    return made


def _parents(job: Job) -> Iterator[str]:
    if job.parent:
        yield job.parent.job_id
    for source in (job.photo, job.mask):
        if isinstance(source, EarlierJob):
            yield source.job_id


# --- the rest


def _keys_of(ledger: Ledger, user_id: str) -> list[str]:
    """List the keys with the person's id: history, settings, scenes, places of quotas."""
    names = {user_id, f"{user_id}.json"}
    prefixes = (PEOPLE, f"{SETTINGS}{PEOPLE}", f"{SCENES}{PEOPLE}", QUOTA)
    return [
        row.key
        for prefix in prefixes
        for row in ledger.bucket.list(prefix)
        if names & {*row.key.split("/")}
    ]


def _clear_channels(ledger: Ledger, user_id: str, found: Found) -> None:
    """Switch off automatic mode in channels whose scene the person has set."""
    prefix = f"{SETTINGS}channels/"
    for row in list(ledger.bucket.list(prefix)):
        channel = row.key.removeprefix(prefix).removesuffix(".json")
        settings: ChannelSettings = channel_settings(ledger.bucket, channel)
        if settings.by == user_id:
            ledger.bucket.delete(row.key)
            found.channels.append(channel)


def _clear_scenes(ledger: Ledger, user_id: str, found: Found) -> None:
    """Delete the scenes that the person has saved for a channel or the workspace."""
    records = Records(ledger.bucket)
    for row in list(ledger.bucket.list(SCENES)):
        saved = records.read_or_none(row.key, Scene)
        if saved and saved.by == user_id:
            ledger.bucket.delete(row.key)
            found.scenes.append(saved.name)


def _clear_tombstones(ledger: Ledger, user_id: str) -> None:
    """Take the person's name off what they wanted deleted or cancelled themselves."""
    for row in list(ledger.tombstones()):
        tombstone = ledger.tombstone(row)
        if tombstone and tombstone.by == user_id:
            nameless = Tombstone(by=OPERATOR, at=tombstone.at)
            Records(ledger.bucket).write(tombstone_key(row.job_id, row.why), nameless)


# --- what is said


def _said(found: Found) -> Iterator[str]:
    yield f"{len(found.own)} jobs of theirs go, messages too, with the worker's next two timer runs"
    yield f"{len(found.others)} jobs that others made of these go likewise; {found.open} were open"
    yield f"{found.objects} objects removed: history, own settings and scenes, places of quotas"
    if found.channels:
        yield f"automatic mode is off where they had set its scene: {', '.join(found.channels)}"
    if found.scenes:
        yield f"scenes of theirs for a channel or the workspace are gone: {', '.join(found.scenes)}"
    yield (
        "this holds for 40 days for what they asked for until now and comes only later; "
        "a keyed hash remembers that, and names nobody"
    )


def _logos(ledger: Ledger) -> Iterator[str]:
    if any(ledger.bucket.list(LOGOS)):
        yield "after these runs, infra.jobs logos removes the logos that nobody needs any more"


def _kept_by_law(ledger: Ledger, user_id: str) -> Iterator[str]:
    count = sum(
        user_id in row.key or user_id.encode() in ledger.bucket.get(row.key)
        for prefix in KEPT_BY_LAW
        for row in ledger.bucket.list(prefix)
    )
    if count:
        yield f"{count} records of pictures without a mark stay until unmarked_record_days are over"
