"""Cancel, retry and erase for an operator. This only writes records; the worker acts on them."""

import time

import msgspec

from functions.jobs.file_names import photo_name
from functions.jobs.job_ids import id_of_button, id_of_jobs
from functions.jobs.ledger import Ledger
from functions.jobs.model import UNPAINTED, EarlierJob, Parent, Upload
from functions.jobs.steps import Staged
from infra.jobs import erase as erasing
from infra.jobs.erase import OPERATOR


class Refused(Exception):
    """Report that something cannot be done; the text says why."""


def cancel(ledger: Ledger, job_id: str) -> str:
    """Write the tombstone that cancels an open job; return a line for the operator.

    The worker ends the job unless it is painting it already. Raises ``Refused`` if it is not open.
    """
    if ledger.job(job_id) is None:
        raise Refused(f"{job_id} is not open")
    ledger.add_tombstone(job_id, why="cancel", by=OPERATOR)
    return f"{job_id} will be cancelled at the worker's next look, unless it is being painted"


def retry(ledger: Ledger, job_id: str) -> str:
    """Accept a new job for what an ended job asked for; return a line for the operator.

    This makes a new paid call. Raises ``Refused`` if the job has not ended or is unknown.
    """
    outcome = ledger.outcome(job_id)
    if outcome is None or outcome.job is None:
        raise Refused(f"{job_id} has not ended, or nothing is known of it any more")
    job = outcome.job
    token = str(int(time.time()))
    new_id = id_of_button(job_id, "operator", token)
    again = msgspec.structs.replace(
        job,
        id=new_id,
        created_at=ledger.clock(),
        upload=Upload(id=id_of_jobs([new_id]), jobs=(new_id,)),
    )
    if job.gesture not in UNPAINTED:  # else it is made of its parent's picture, once more
        staged, name = ledger.read_step(job_id, Staged), photo_name(job)
        again = msgspec.structs.replace(
            again,
            parent=Parent(job_id=job_id),
            photo=EarlierJob(job_id=job_id, name=name) if staged else job.photo,
            mask=EarlierJob(job_id=job_id) if staged and staged.mask_key else job.mask,
        )
    ledger.accept(again)
    return f"{new_id} asks again for what {job_id} asked for"


def erase(ledger: Ledger, person: str) -> list[str]:
    """Have everything of a person (``TEAM/USER``) removed; return lines that say what.

    Raises ``Refused`` for a person that is written otherwise.
    """
    team, _, user = person.partition("/")
    if not team or not user or "/" in user:
        raise Refused("a person is written TEAM/USER, as in the list")
    return erasing.erase(ledger, user)
