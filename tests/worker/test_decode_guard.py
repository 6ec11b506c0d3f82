"""A picture that ends the process each time is tried three times; nobody else pays for it."""

import threading

from functions.config import worker_config
from functions.jobs.errors import ErrorCode
from functions.jobs.model import Job
from functions.jobs.steps import Lease, Staged
from functions.worker.handler import context_of
from functions.worker.steps.decode_guard import ATTEMPTS
from functions.worker.steps.stage import stage
from infra.local.polling import until
from tests.worker.conftest import WorkerHarness
from tests.worker.test_programs import ask as ask_by_program


def died(worker: WorkerHarness, job: Job, what: str, times: int = ATTEMPTS) -> None:
    """What so many processes have left that ended in the middle, a while ago."""
    for turn in range(1, times + 1):
        worker.ledger.write_note(job.id, f"{what}-{turn}", Lease(nonce="dead", deadline=1.0))


def test_a_photo_that_ended_three_processes_is_refused(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    died(worker, job, "staging")
    worker.run()
    failed = worker.outcome(job).failed
    assert failed is not None
    assert failed.code is ErrorCode.PHOTO_REFUSED
    assert worker.tasks() == []


def test_a_photo_that_ended_two_is_tried_once_more(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    died(worker, job, "staging", ATTEMPTS - 1)
    worker.run()
    assert worker.outcome(job).state == "succeeded"


def test_a_cut_out_that_ended_three_processes_is_refused(worker: WorkerHarness) -> None:
    (parent,) = worker.ask()
    worker.run()
    (child,) = worker.press(parent, "cutout")
    died(worker, child, "cutting")
    worker.run()
    failed = worker.outcome(child).failed
    assert failed is not None
    assert failed.code is ErrorCode.PHOTO_REFUSED


def test_a_clients_picture_whose_cut_out_ended_three_processes_is_kept_without_it(
    worker: WorkerHarness,
) -> None:
    one, other = ask_by_program(worker, 1), ask_by_program(worker, 2)
    died(worker, other, "cutting")
    worker.run()
    names = [{picture.name for picture in worker.outcome(job).pictures} for job in (one, other)]
    assert names[0] - names[1] == {"cutout.png"}


def test_who_waits_for_the_decoder_has_not_used_a_turn(worker: WorkerHarness) -> None:
    """If the process ended now, it would be the fault of the one who is at it."""
    (job,) = worker.ask()
    workshop = context_of(worker_config(worker.environ))
    staging = threading.Thread(target=stage, args=(workshop, job))
    with workshop.decode_lock:
        staging.start()
        until(lambda: worker.calls("slack", "files.download"), what="the photo to be fetched")
        assert worker.ledger.read_note(job.id, "staging-1", Lease) is None
    staging.join(30)
    assert worker.ledger.read_step(job.id, Staged) is not None
    assert worker.ledger.read_note(job.id, "staging-1", Lease) is not None
