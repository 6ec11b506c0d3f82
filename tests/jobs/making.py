"""Make jobs and records for tests, with all fields filled in that a test does not name."""

from typing import Any

from functions.jobs.job_ids import id_of_message, id_of_upload
from functions.jobs.model import Asker, Job, SlackFile, Thread, Upload
from functions.jobs.steps import Outcome
from functions.jobs.wish import Wish

CHANNEL, TS, FILE = "C0PRODUCTS", "1732270000.000100", "F0123456789"
JOB_ID = id_of_message(CHANNEL, TS, FILE)
PERSON = Asker(team_id="T0BACKDROP", user_id="U0MERCHEN1")


def a_job(job_id: str = JOB_ID, **changes: Any) -> Job:
    """Make an ordinary job; ``changes`` replace its fields."""
    fields: dict[str, Any] = {
        "id": job_id,
        "gesture": "mention",
        "created_at": 1732270000.5,
        "wish": Wish(prompt="on a wet street at night"),
        "photo": SlackFile(file_id=FILE, name="cup.jpg"),
        "asker": PERSON,
        "thread": Thread(channel=CHANNEL, thread_ts=TS),
        "upload": Upload(id=id_of_upload(CHANNEL, TS), jobs=(job_id,)),
    }
    return Job(**(fields | changes))


def job_ids(count: int) -> list[str]:
    """Make ids of different jobs."""
    return [id_of_message(CHANNEL, TS, f"F{n:010d}") for n in range(count)]


def a_success(job: Job, **changes: Any) -> Outcome:
    """Make the outcome of a job that succeeds."""
    fields: dict[str, Any] = {
        "state": "succeeded",
        "finished_at": job.created_at + 20,
        "job": job,
    }
    return Outcome(**(fields | changes))
