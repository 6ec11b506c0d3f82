"""Who has the place at aiart, who is next, and what those who wait are told about it."""

import math
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from functions.config import worker_config
from functions.jobs.model import Upload
from functions.jobs.steps import Generated, Lease
from functions.worker.handler import context_of
from functions.worker.run.lifecycle import State, StepResult
from functions.worker.run.progress import (
    ANNOUNCED_WITHIN_S,
    AT_ONCE,
    PAUSE_S,
    ProgressReporter,
)
from functions.worker.run.schedule import Schedule
from infra.local.slack.world import ADMIN_ID, MERCHANDISER_ID, OPERATIONS_ID
from tests.jobs.making import job_ids
from tests.worker.conftest import PROGRESS, WorkerHarness

PEOPLE = (MERCHANDISER_ID, OPERATIONS_ID, ADMIN_ID)
CALL_S, MARGIN_S = 20.0, 30.0  # AIART_TIMEOUT_S of these tests, and what a claim adds to it
ANOTHER_PAINTS_S = 3.0
REFUSED_BEFORE = (
    b'{"since": 1.0, "next_try": 1.0, "vendor_code": "ResourceUnavailable.LowBalance", '
    b'"told": true}'
)


def test_a_job_that_waited_for_the_slot_has_its_whole_time(worker: WorkerHarness) -> None:
    """Else its claim would run out under its call, and another worker pay once more."""
    worker.aiart_settings(duration_s=ANOTHER_PAINTS_S)
    jobs = [worker.ask(user=user)[0] for user in PEOPLE[:2]]
    worker.run()
    for job in jobs:
        claim = worker.ledger.read_note(job.id, "calling-1", Lease)
        generated = worker.ledger.read_step(job.id, Generated)
        assert claim is not None
        assert generated is not None
        began = generated.at - generated.seconds
        assert claim.deadline - began >= CALL_S + MARGIN_S - 1.0


def test_who_only_stood_next_in_line_has_used_no_try(worker: WorkerHarness) -> None:
    """A worker that is killed while another job is painted costs this one nothing."""
    worker.aiart_settings(duration_s=ANOTHER_PAINTS_S)
    jobs = [worker.ask(user=user)[0] for user in PEOPLE[:2]]
    worker.run()
    first_ended = min(task["ended"] for task in worker.tasks())
    made = {row["target"]: row["at"] for row in worker.calls("cos", "PUT")}
    claimed = {made[f"steps/{job.id}/calling-1.json"]: job for job in jobs}
    second = claimed[max(claimed)]
    looks = [row for row in worker.calls("cos", "HEAD") if second.id in row["target"]]
    assert any(row["at"] < first_ended for row in looks)  # it was in line: staged, and ready
    assert max(claimed) >= first_ended


def test_who_is_next_when_the_account_is_refused_does_not_call(worker: WorkerHarness) -> None:
    error = "ResourceUnavailable.LowBalance"
    worker.fault("aiart", op="ReplaceBackground", error=error, times=-1, delay_s=1.0)
    for user in PEOPLE:
        worker.ask(user=user)
    worker.run()
    assert len(worker.calls("aiart", "ReplaceBackground")) == 1
    assert len(list(worker.ledger.open_jobs())) == len(PEOPLE)


@pytest.mark.parametrize("concurrency", ["1", "3"])
def test_one_job_alone_shows_whether_a_refused_account_works_again(
    worker: WorkerHarness, concurrency: str
) -> None:
    worker.ledger.bucket.put("state/account.json", REFUSED_BEFORE, content_type="application/json")
    error = "ResourceUnavailable.LowBalance"
    worker.fault("aiart", op="ReplaceBackground", error=error, times=-1, delay_s=1.0)
    for user in PEOPLE:
        worker.ask(user=user)
    worker.run(AIART_CONCURRENCY=concurrency)
    assert len(worker.calls("aiart", "ReplaceBackground")) == 1
    assert len(list(worker.ledger.open_jobs())) == len(PEOPLE)


def test_the_place_in_line_counts_what_nobody_has_read_yet(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    schedule = Schedule()
    for job_id in ("older", "old", job.id, "younger"):
        schedule.add(job_id)
    run = schedule.add(job.id)
    run.advance(StepResult(State.LOADED, job=job))
    schedule.sort_in(run)
    workshop = context_of(worker_config(worker.environ))
    with ProgressReporter(
        workshop, schedule, kept=lambda: "", estimate_s=lambda _ahead: None
    ) as progress:
        progress.announce(schedule)
    (message,) = worker.thread(job, PROGRESS)
    assert "2 pictures ahead of yours" in str(message["blocks"])


def test_whoever_decides_is_told_as_soon_as_an_upload_is_announced(worker: WorkerHarness) -> None:
    """Else a job would wait for its place at aiart until somebody looks again."""
    (job,) = worker.ask()
    schedule, told = Schedule(), list[tuple[bool, bool]]()
    run = schedule.add(job.id)
    run.advance(StepResult(State.LOADED, job=job))
    with ProgressReporter(
        context_of(worker_config(worker.environ)),
        schedule,
        kept=lambda: "",
        estimate_s=lambda _ahead: None,
        changed=lambda: told.append((progress.has_announced(job), progress.is_behind)),
    ) as progress:
        progress.announce([run])
        progress.show_painting(run)
    announced, *shown = told
    assert announced == (True, True), "once, before the message's place is written down"
    after_each = [(True, True), (True, False)], [(True, False), (True, False)]
    assert shown in after_each, "after each message, and after the last"


@pytest.mark.parametrize("is_held", [False, True])
def test_of_a_long_queue_the_first_in_line_hear_of_it_at_once_and_the_others_one_by_one(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch, *, is_held: bool
) -> None:
    """But whoever's jobs are kept for now hears at once, for such a run is soon over."""
    (asked,) = worker.ask()
    schedule, now, ids = Schedule(), 100.0, job_ids(3 * AT_ONCE)
    for n, job_id in enumerate(ids):
        run = schedule.add(job_id)
        asker = replace(asked.asker, user_id=f"U{n:02}")
        upload = Upload(id=f"upload{n:02}", jobs=(job_id,))
        job = replace(asked, id=job_id, asker=asker, upload=upload, created_at=1000.0 + n)
        run.advance(StepResult(State.LOADED, job=job))
        schedule.sort_in(run)
    monkeypatch.setattr(
        "functions.worker.run.progress.time", SimpleNamespace(monotonic=lambda: now)
    )
    shown: list[str] = []
    monkeypatch.setattr(ProgressReporter, "_show", lambda _, job: shown.append(job.id))
    with ProgressReporter(
        context_of(worker_config(worker.environ)),
        schedule,
        kept=lambda: "unusable" if is_held else "",
        estimate_s=lambda _ahead: None,
    ) as progress:
        fetched = schedule.find(ids[20])
        assert fetched is not None
        schedule.begin(fetched)
        progress.announce(schedule)
        if is_held:
            assert sorted(shown) == sorted(ids)
            return
        assert shown == [*ids[:AT_ONCE], ids[20]], "the first in line, and whose photo is fetched"
        for n in range(AT_ONCE, 20):
            progress.announce([])
            assert len(shown) == n + 1, "one after each pause"
            now = progress.next_announcement
            progress.announce([])
        while progress.next_announcement < math.inf:
            now = progress.next_announcement
            progress.announce([])
        assert shown == [*ids[:AT_ONCE], ids[20], *ids[AT_ONCE:20], *ids[21:]]
        assert now == 100.0 + 2 * AT_ONCE * PAUSE_S


def test_aiart_waits_for_a_first_message_no_longer_than_a_moment(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = worker.ask()
    schedule = Schedule()
    run = schedule.add(job.id)
    run.advance(StepResult(State.LOADED, job=job))
    worker.fault("slack", op="chat.postMessage", times=-1, delay_s=1.0)
    now = 0.0
    monkeypatch.setattr(
        "functions.worker.run.progress.time", SimpleNamespace(monotonic=lambda: now)
    )
    with ProgressReporter(
        context_of(worker_config(worker.environ)),
        schedule,
        kept=lambda: "",
        estimate_s=lambda _ahead: None,
    ) as progress:
        progress.announce([run])
        assert not progress.has_announced(job)
        assert progress.waits_until == ANNOUNCED_WITHIN_S
        now = ANNOUNCED_WITHIN_S
        assert progress.has_announced(job)
        assert progress.waits_until == math.inf
        assert progress.is_behind
