"""Whatever the gesture, jobs are made in one place."""

import ast
from pathlib import Path

from bot.requests.new_job import Asked, new_job, new_jobs
from functions.jobs.job_ids import id_of_jobs
from functions.jobs.model import Asker, SlackFile, Thread
from functions.jobs.wish import Wish
from tests.jobs.making import job_ids

BOT = Path(__file__).resolve().parents[2] / "bot"
ASKED = Asked(
    gesture="variation",
    at=1732270000.0,
    wish=Wish(prompt="on sand"),
    asker=Asker(team_id="T1", user_id="U1"),
    thread=Thread(channel="C1"),
)
PHOTO = SlackFile(file_id="F1")


def makes_a_job(file: Path) -> bool:
    nodes = ast.walk(ast.parse(file.read_text("utf-8")))
    calls = [node.func for node in nodes if isinstance(node, ast.Call)]
    return any(isinstance(called, ast.Name) and called.id == "Job" for called in calls)


def test_nobody_else_in_the_bot_makes_a_job() -> None:
    makers = [file.relative_to(BOT).as_posix() for file in BOT.rglob("*.py") if makes_a_job(file)]
    assert makers == ["requests/new_job.py"]


def test_variations_are_numbered_and_told_together() -> None:
    ids = job_ids(3)
    jobs = new_jobs(ASKED, ids, [(PHOTO, None)] * 3, together=True)
    assert [(job.id, job.variation) for job in jobs] == list(zip(ids, (1, 2, 3), strict=True))
    assert {job.upload.together for job in jobs} == {True}


def test_photos_of_one_message_share_its_upload_and_keep_their_own_masks() -> None:
    ids, mask = job_ids(2), SlackFile(file_id="F2")
    one, other = new_jobs(ASKED, ids, [(PHOTO, mask), (PHOTO, None)], upload_id="the message's")
    assert one.upload == other.upload
    assert (one.upload.id, one.upload.jobs) == ("the message's", tuple(ids))
    assert (one.mask, other.mask, one.variation) == (mask, None, 0)


def test_a_job_alone_is_an_upload_of_its_own() -> None:
    (job_id,) = job_ids(1)
    job = new_job(ASKED, job_id, PHOTO)
    assert (job.upload.id, job.upload.jobs) == (id_of_jobs([job_id]), (job_id,))
