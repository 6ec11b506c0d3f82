"""An open request that cannot be read: the administrators are told once, and it does not stay."""

import json

import pytest

from functions.jobs.bucket_layout import UNREADABLE, request_key
from functions.jobs.errors import ErrorCode
from functions.jobs.model import Job
from functions.jobs.steps import Unread
from infra.local.slack.world import PRODUCT_PHOTOS_ID
from tests.worker.conftest import WorkerHarness
from tests.worker.test_kept import told_admins

HOURS_3 = 3 * 3600.0


def spoil(worker: WorkerHarness, job: Job, **values: object) -> None:
    """Break the job's request."""
    bucket, key = worker.ledger.bucket, request_key(job.id)
    broken = {**json.loads(bucket.get(key)), **values}
    bucket.put(key, json.dumps(broken).encode(), content_type="application/json")


def run(worker: WorkerHarness) -> None:
    worker.run(ADMIN_CHANNEL=PRODUCT_PHOTOS_ID)


def test_the_administrators_are_told_once_of_a_request_that_cannot_be_read(
    worker: WorkerHarness,
) -> None:
    (job,) = worker.ask()
    spoil(worker, job, wish=7)
    run(worker)
    run(worker)
    assert told_admins(worker, job.id) == 1
    assert worker.keys("requests/") == [request_key(job.id)]
    assert worker.tasks() == worker.thread(job) == []


def test_administrators_whom_slack_did_not_tell_are_told_by_the_next_run(
    worker: WorkerHarness,
) -> None:
    job = worker.ask_by_program()
    spoil(worker, job, wish=7)
    worker.fault("slack", op="chat.postMessage", error="internal_error", times=-1)
    run(worker)
    worker.no_faults("slack")
    before = told_admins(worker, job.id)
    run(worker)
    run(worker)
    assert told_admins(worker, job.id) == before + 1


def test_a_request_that_cannot_be_read_ends_after_its_time_and_its_asker_is_told(
    worker: WorkerHarness,
) -> None:
    (job,) = worker.ask(created_at=worker.ledger.clock() - HOURS_3)
    spoil(worker, job, upload="none")
    run(worker)
    run(worker)
    outcome = worker.outcome(job)
    assert outcome.failed
    assert outcome.failed.code is ErrorCode.TOO_OLD
    assert len(worker.thread(job)) == 1
    assert f"<@{job.asker.user_id}>" in worker.thread(job)[0]["text"]
    assert worker.keys("requests/") == []
    assert told_admins(worker, job.id) == 1


@pytest.mark.parametrize("data", [b"", b"[]", b"not JSON", b"\xff\xfe"])
def test_a_request_of_which_nothing_is_known_ends_after_its_time(
    data: bytes, worker: WorkerHarness
) -> None:
    job = worker.ask_by_program()
    worker.ledger.bucket.put(request_key(job.id), data, content_type="application/json")
    run(worker)
    seen = worker.ledger.read_note(job.id, UNREADABLE, Unread)
    assert seen
    assert seen.told
    assert worker.keys("requests/") == [request_key(job.id)]
    long_ago = Unread(since=seen.since - HOURS_3, told=True)
    worker.ledger.write_note(job.id, UNREADABLE, long_ago)
    run(worker)
    assert worker.outcome(job).state == "failed"
    assert worker.keys("requests/") == []


def test_those_who_asked_together_do_not_wait_for_a_request_that_cannot_be_read(
    worker: WorkerHarness,
) -> None:
    first, second, third = worker.ask(photos=3)
    spoil(worker, second, photo={"from": "satellite"})
    run(worker)
    assert worker.outcome(first).state == worker.outcome(third).state == "succeeded"
    assert worker.keys("requests/") == [request_key(second.id)]
