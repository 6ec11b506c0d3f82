"""Which of several pictures for one wish somebody has kept: a note beside their upload."""

from functions.jobs.bucket_layout import CHOSEN
from functions.jobs.ledger import Ledger
from functions.jobs.records import Record


class Chosen(Record, frozen=True, kw_only=True):
    """The job whose picture is shown alone; empty when all are shown (again)."""

    job_id: str = ""


def choose(ledger: Ledger, upload_id: str, job_id: str) -> None:
    """Remember which one is kept; an empty ``job_id`` shows all again."""
    ledger.write_note(upload_id, CHOSEN, Chosen(job_id=job_id))


def chosen_in(ledger: Ledger, upload_id: str) -> str:
    """The job whose picture is shown alone; empty when all are shown."""
    noted = ledger.read_note(upload_id, CHOSEN, Chosen)
    return noted.job_id if noted else ""
