"""What a client is told about its job, at every point of it."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.jobs import steps
from functions.jobs.callback_queue import (
    DeliveryAttempt,
    DueCallback,
    PendingCallback,
    due_callback,
    due_keys,
    enqueue_callback,
    read_callback,
    save_callback,
)
from functions.jobs.errors import ErrorCode
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from functions.jobs.model import Asker, Callback, Job
from functions.jobs.status import JobStatus, status_of
from functions.jobs.steps import Picture
from functions.jobs.wish import Packshot, Wish
from tests.jobs.making import JOB_ID, a_job, a_success, job_ids

LINKS = Links("https://gateway.example", ["a-link-secret-of-the-tests-0001"])
NOW = 1732270020.0
GENERATED = steps.Generated(at=1732270010, call=1, request_id="r-1", seconds=9.5)


def a_webhook_job(job_id: str = JOB_ID, **changes: Any) -> Job:
    return a_job(job_id, gesture="webhook", asker=Asker(client="shop"), reference="one", **changes)


def a_picture(name: str) -> Picture:
    return Picture(
        name=name, key=f"results/{JOB_ID}/{name}", content_type="", size_bytes=1, width=1, height=1
    )


def a_pending(**changes: Any) -> PendingCallback:
    fields: dict[str, Any] = {"asked_at": NOW, "next_at": NOW, **changes}
    return PendingCallback(
        job_id=JOB_ID, client="shop", url="https://shop.example/", body="{}", **fields
    )


def status(ledger: Ledger) -> JobStatus:
    found = status_of(ledger, LINKS, JOB_ID)
    assert found is not None
    return found


def test_a_job_that_was_never_accepted_has_none(ledger: Ledger) -> None:
    assert status_of(ledger, LINKS, JOB_ID) is None


def test_one_that_waits_knows_its_place_in_line(ledger: Ledger) -> None:
    for job_id in job_ids(2):
        ledger.accept(a_webhook_job(job_id))
    ledger.accept(a_webhook_job())
    found = status(ledger)
    assert (found.state, found.reference) == ("queued", "one")
    assert found.place_in_line in {0, 1, 2}  # LIST's times are whole seconds
    assert found.created_at is not None
    assert found.created_at.isoformat() == "2024-11-22T10:06:40+00:00"


@pytest.mark.parametrize(
    ("write", "state"),
    [
        (lambda ledger: ledger.acquire(JOB_ID, "staging-1", seconds=9), "staging"),
        (lambda ledger: ledger.acquire(JOB_ID, "calling-1", seconds=9), "painting"),
        (lambda ledger: ledger.write_step(JOB_ID, GENERATED), "storing"),
        (lambda ledger: ledger.add_tombstone(JOB_ID, why="delete", by="client/shop"), "deleted"),
    ],
)
def test_its_state_follows_from_what_is_written_down(
    write: Callable[[Ledger], object], state: str, ledger: Ledger
) -> None:
    ledger.accept(a_webhook_job())
    write(ledger)
    assert status(ledger).state == state


def test_one_that_is_staged_waits_again(ledger: Ledger) -> None:
    ledger.accept(a_webhook_job())
    ledger.acquire(JOB_ID, "staging-1", seconds=9)
    ledger.write_step(JOB_ID, steps.Staged(photo_key="k", width=1, height=1))
    assert status(ledger).state == "queued"


FAILED = steps.Failed(at=1732270010, code=ErrorCode.WORDS_ILLEGAL)


@pytest.mark.parametrize(
    "write",
    [
        lambda ledger: ledger.clock(),
        lambda ledger: ledger.acquire(JOB_ID, "cutting-1", seconds=9),
        lambda ledger: ledger.write_step(JOB_ID, steps.Stored(pictures=())),
        lambda ledger: ledger.write_step(JOB_ID, FAILED),
    ],
)
def test_a_packshot_waits_for_nothing_once_its_photo_is_staged(
    write: Callable[[Ledger], object], ledger: Ledger
) -> None:
    ledger.accept(a_webhook_job(wish=Wish(packshot=Packshot())))
    ledger.acquire(JOB_ID, "staging-1", seconds=9)
    assert status(ledger).state == "staging"
    ledger.write_step(JOB_ID, steps.Staged(photo_key="k", width=1, height=1))
    write(ledger)
    assert (status(ledger).state, status(ledger).place_in_line) == ("storing", None)


def test_one_that_has_failed_waits_for_nothing_more(ledger: Ledger) -> None:
    ledger.accept(a_webhook_job())
    ledger.acquire(JOB_ID, "staging-1", seconds=9)
    ledger.write_step(JOB_ID, FAILED)
    assert (status(ledger).state, status(ledger).place_in_line) == ("storing", None)


def test_a_success_has_links_to_what_there_is(ledger: Ledger) -> None:
    pictures = (a_picture("picture.png"), a_picture("preview.jpg"), a_picture("mask.png"))
    job = a_webhook_job()
    ledger.finish(job, a_success(job, pictures=pictures, generated=GENERATED))
    found = status(ledger)
    assert (found.state, found.request_id, found.error) == ("succeeded", "r-1", None)
    assert found.links.picture == LINKS.picture(JOB_ID, "picture")
    assert found.links.mask == LINKS.picture(JOB_ID, "mask")
    assert (found.links.cutout, found.links.before) == ("", "")


def test_a_failure_has_a_code_words_and_the_request_id(ledger: Ledger) -> None:
    failed = steps.Failed(
        at=1732270010, code=ErrorCode.WORDS_ILLEGAL, words="Please rephrase.", request_id="r-2"
    )
    job = a_webhook_job()
    ledger.finish(job, a_success(job, state="failed", failed=failed))
    found = status(ledger)
    assert found.error is not None
    assert (found.error.code, found.error.words) == ("words_illegal", "Please rephrase.")
    assert (found.request_id, found.error.request_id) == ("r-2", "r-2")


def test_of_a_deleted_job_nothing_is_told(ledger: Ledger) -> None:
    job = a_webhook_job()
    ledger.finish(job, a_success(job, pictures=(a_picture("picture.png"),)))
    ledger.add_tombstone(JOB_ID, why="delete", by="client/shop")
    found = status(ledger)
    assert (found.state, found.reference, found.links.picture) == ("deleted", "", "")


# --- the second open queue


def due(ledger: Ledger, now: float = NOW) -> list[DueCallback]:
    read = [due_callback(ledger.bucket, *row) for row in due_keys(ledger.bucket, now)]
    return [found for found in read if found]


def test_each_try_to_call_back_is_shown(ledger: Ledger) -> None:
    job = a_webhook_job(callback=Callback(url="https://shop.example/"))
    ledger.finish(job, a_success(job))
    tries = (
        DeliveryAttempt(at=NOW + 1, status=500),
        DeliveryAttempt(at=NOW + 6, error="no-answer"),
    )
    enqueue_callback(ledger.bucket, a_pending())
    (first,) = due(ledger)
    save_callback(ledger.bucket, first, a_pending(tries=tries, next_at=NOW + 36))
    callback = status(ledger).callback
    assert callback is not None
    assert callback.state == "waiting"
    assert callback.next_at is not None
    assert [(one.status, one.error) for one in callback.tries] == [(500, ""), (None, "no-answer")]


def test_a_callback_is_due_at_its_time(ledger: Ledger) -> None:
    enqueue_callback(ledger.bucket, a_pending(next_at=NOW + 10.5))
    assert not due(ledger, NOW + 9)
    assert len(due(ledger, NOW + 11)) == 1


def test_a_callback_that_is_over_leaves_the_queue_and_stays_out(ledger: Ledger) -> None:
    enqueue_callback(ledger.bucket, a_pending())
    (first,) = due(ledger)
    save_callback(ledger.bucket, first, a_pending(state="delivered"))
    enqueue_callback(
        ledger.bucket, a_pending()
    )  # the run that ended the job died, and ends it again
    assert not due(ledger)
    found = read_callback(ledger.bucket, JOB_ID)
    assert found is not None
    assert found.state == "delivered"


def test_of_what_was_deleted_while_it_was_called_back_nothing_is_written(ledger: Ledger) -> None:
    enqueue_callback(ledger.bucket, a_pending())
    (first,) = due(ledger)
    ledger.bucket.delete(f"steps/{JOB_ID}/callback.json")  # as a deletion does
    for state in ("waiting", "delivered"):
        save_callback(ledger.bucket, first, a_pending(state=state, next_at=NOW + 36))
    left = [row.key for row in ledger.bucket.list("") if JOB_ID in row.key]
    assert left == []


def test_a_callback_in_the_queue_is_not_begun_anew(ledger: Ledger) -> None:
    enqueue_callback(ledger.bucket, a_pending(count=3))
    enqueue_callback(ledger.bucket, a_pending())
    assert [one.callback.count for one in due(ledger)] == [3]


@pytest.mark.parametrize(("state", "left"), [("waiting", 1), ("delivered", 0)])
def test_what_a_run_left_when_it_died_is_tidied_up(state: str, left: int, ledger: Ledger) -> None:
    """It had written the try down, but not moved the callback in the queue."""
    enqueue_callback(ledger.bucket, a_pending())
    saved = a_pending(state=state, next_at=NOW + 30)
    ledger.write_note(JOB_ID, "callback", saved)
    assert not due(ledger)
    assert len(due(ledger, NOW + 30)) == left
    assert len([*ledger.bucket.list("callbacks/")]) == left
