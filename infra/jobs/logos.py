"""Remove logos that nothing needs: no scene, no open job, and no picture that can be repeated.

This is a command and no chore of the worker, because it reads the record of every job.
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
    """Remove unneeded logos; yield a line that counts them. Raises ``Refused`` for a broken scene.

    Logos of the last day stay, because their scene may not be saved yet. Logos are listed before
    and after reading what needs them, so that one uploaded again meanwhile stays, too.
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
