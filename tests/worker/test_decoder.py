"""A picture that ends the process each time is tried three times; nobody else pays for it."""

import threading

from functions.config import worker_config
from functions.jobs.errors import ErrorCode
from functions.jobs.model import Job
from functions.jobs.steps import Claim, Staged
from functions.worker.decoder import TURNS
from functions.worker.handler import workshop_of
from functions.worker.staging import stage
from infra.local.waiting import until
from tests.worker.conftest import Shop
from tests.worker.test_programs import ask as ask_by_program


def died(shop: Shop, job: Job, what: str, times: int = TURNS) -> None:
    """What so many processes have left that ended in the middle, a while ago."""
    for turn in range(1, times + 1):
        shop.ledger.note(job.id, f"{what}-{turn}", Claim(nonce="dead", deadline=1.0))


def test_a_photo_that_ended_three_processes_is_refused(shop: Shop) -> None:
    (job,) = shop.ask()
    died(shop, job, "staging")
    shop.run()
    failed = shop.outcome(job).failed
    assert failed is not None
    assert failed.code is ErrorCode.PHOTO_REFUSED
    assert shop.tasks() == []


def test_a_photo_that_ended_two_is_tried_once_more(shop: Shop) -> None:
    (job,) = shop.ask()
    died(shop, job, "staging", TURNS - 1)
    shop.run()
    assert shop.outcome(job).state == "succeeded"


def test_a_cut_out_that_ended_three_processes_is_refused(shop: Shop) -> None:
    (parent,) = shop.ask()
    shop.run()
    (child,) = shop.press(parent, "cutout")
    died(shop, child, "cutting")
    shop.run()
    failed = shop.outcome(child).failed
    assert failed is not None
    assert failed.code is ErrorCode.PHOTO_REFUSED


def test_a_clients_picture_whose_cut_out_ended_three_processes_is_kept_without_it(
    shop: Shop,
) -> None:
    one, other = ask_by_program(shop, 1), ask_by_program(shop, 2)
    died(shop, other, "cutting")
    shop.run()
    names = [{picture.name for picture in shop.outcome(job).pictures} for job in (one, other)]
    assert names[0] - names[1] == {"cutout.png"}


def test_who_waits_for_the_decoder_has_not_used_a_turn(shop: Shop) -> None:
    """If the process ended now, it would be the fault of the one who is at it."""
    (job,) = shop.ask()
    workshop = workshop_of(worker_config(shop.environ))
    staging = threading.Thread(target=stage, args=(workshop, job))
    with workshop.one_decoder:
        staging.start()
        until(lambda: shop.calls("slack", "files.download"), what="the photo to be fetched")
        assert shop.ledger.noted(job.id, "staging-1", Claim) is None
    staging.join(30)
    assert shop.ledger.step(job.id, Staged) is not None
    assert shop.ledger.noted(job.id, "staging-1", Claim) is not None
