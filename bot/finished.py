"""What became of a job, as there is to show, from what is written down about it."""

from collections.abc import Mapping, Sequence

import msgspec

from bot.views.buttons import Buttons
from bot.views.result import Result
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from functions.jobs.model import Job
from functions.jobs.steps import Failed, Generated, Picture, Stored, picture_named


class Ended(msgspec.Struct, frozen=True):
    """A job with its result, or with why there is none. ``preview_url``: its small picture."""

    job: Job
    shown: Result | Failed
    preview_url: str = ""


def ended(job_id: str, links: Links, ledger: Ledger) -> Ended | None:
    """What became of a job.

    None for one that is unknown, deleted, not painted, or only a cut-out. The end is written a
    moment after the asker was told: until then the steps say the same.
    """
    if ledger.has_tombstone(job_id):
        return None
    outcome = ledger.outcome(job_id)
    job = outcome.job if outcome else ledger.job(job_id)
    if job is None or (outcome and outcome.state == "deleted"):
        return None
    failed = outcome.failed if outcome else ledger.read_step(job_id, Failed)
    if failed:
        return Ended(job, failed)
    stored = None if outcome else ledger.read_step(job_id, Stored)
    pictures = outcome.pictures if outcome else stored.pictures if stored else ()
    generated = outcome.generated if outcome else ledger.read_step(job_id, Generated)
    if not pictures or generated is None:
        return None
    return _ended_well(job, pictures, generated, links=links, tokens=ledger.buttons(job_id))


def _ended_well(
    job: Job,
    pictures: Sequence[Picture],
    generated: Generated,
    *,
    links: Links,
    tokens: Mapping[str, str],
) -> Ended:
    result = Result.of(job.id, pictures, generated, links, buttons=Buttons(tokens))
    preview = picture_named(pictures, "preview") or pictures[0]
    return Ended(job, result, preview_url=links.picture(job.id, preview.name))
