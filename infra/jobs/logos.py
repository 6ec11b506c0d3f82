"""Remove logos that nothing needs: no scene, no open job, no picture that may be asked for again.

A command, not a sweep of the worker's: it reads the record of every job that is kept.
"""

from collections.abc import Iterator
from datetime import datetime

from functions.jobs.bucket_layout import DONE, LOGOS, REQUESTS, SCENES
from functions.jobs.ledger import Ledger
from functions.jobs.quota import DAY_S
from functions.jobs.records import Records, Unreadable
from functions.jobs.scenes import Scene
from infra.jobs.commands import Refused
from infra.jobs.erase import job_records


def remove_unneeded(ledger: Ledger) -> Iterator[str]:
    """Remove them, and say how many; spare those of the last day: a scene may be in the making.

    What is there is listed before what needs it, and once more after that, so that what is new or
    was uploaded again meanwhile is left alone.
    """
    rows = [row for row in ledger.bucket.list(LOGOS) if _age_s(ledger, row.modified) > DAY_S]
    needed = {*_of_scenes(ledger), *_of_jobs(ledger)}
    now = {row.key: row.modified for row in ledger.bucket.list(LOGOS)}
    unneeded = [
        row.key for row in rows if row.key not in needed and now.get(row.key) == row.modified
    ]
    for key in unneeded:
        ledger.bucket.delete(key)
    yield f"{len(unneeded)} logos removed, {len(rows) - len(unneeded)} are needed"


def _of_scenes(ledger: Ledger) -> Iterator[str]:
    records = Records(ledger.bucket)
    for row in ledger.bucket.list(SCENES):
        try:
            scene = records.read(row.key, Scene)
        except Unreadable as error:
            raise Refused(f"{error}: a scene that cannot be read may have a logo") from error
        if scene and scene.logo:
            yield scene.logo.key


def _of_jobs(ledger: Ledger) -> Iterator[str]:
    for prefix in (REQUESTS, DONE):
        for job in job_records(ledger, prefix).values():
            if job.wish.logo:
                yield job.wish.logo.key


def _age_s(ledger: Ledger, modified: str) -> float:
    return ledger.clock() - datetime.fromisoformat(modified.replace("Z", "+00:00")).timestamp()
