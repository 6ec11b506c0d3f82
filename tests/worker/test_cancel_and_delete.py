"""Cancel and delete: what is taken back in time is not painted, what is deleted leaves nothing."""

from typing import Any

import pytest
import requests

from functions.config import worker_config
from functions.jobs.leases import HeldElsewhere
from functions.jobs.ledger import Ledger
from functions.jobs.model import Job
from functions.jobs.steps import Lease, Staged, Stored
from functions.worker import deletion, maintenance
from functions.worker.handler import context_of
from functions.worker.run import runner, suspension
from tests.worker.conftest import PROGRESS, WorkerHarness
from tests.worker.test_cutout_jobs import links_in

ASKER = "U0MERCHEN1"


def done(worker: WorkerHarness) -> Job:
    (job,) = worker.ask()
    worker.run()
    return job


# --- cancel


def test_a_job_that_is_taken_back_in_line_goes_before_its_turn(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "LOOK_EVERY_S", 0.1)
    worker.aiart_settings(duration_s=1.5)
    (first,), (second,) = worker.ask(), worker.ask()
    worker.ledger.add_tombstone(second.id, why="cancel", by=ASKER)
    worker.run()
    assert worker.outcome(second).state == "cancelled"
    assert worker.outcome(second).finished_at < worker.outcome(first).finished_at
    assert worker.thread(second) == worker.thread(second, PROGRESS) == []


def test_a_cancel_that_list_does_not_show_yet_is_seen_before_the_call(
    worker: WorkerHarness,
) -> None:
    worker.monkeypatch.setattr(suspension.Suspension, "look", lambda _: None)
    (job,) = worker.ask()
    worker.run(PAUSED="1")
    assert worker.ledger.read_step(job.id, Staged) is not None
    worker.ledger.add_tombstone(job.id, why="cancel", by=ASKER)
    worker.run()
    assert worker.outcome(job).state == "cancelled"
    assert worker.tasks() == []


def test_a_cancel_that_was_said_to_be_in_time_is_seen_however_late_it_came(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who cancels writes that down and then looks for the lease; we do it the other way round."""
    (job,) = worker.ask()
    acquire = Ledger.acquire

    def after_a_cancel(ours: Ledger, job_id: str, what: str, **how: Any) -> Lease | HeldElsewhere:
        if what == "calling-1":
            worker.ledger.add_tombstone(job_id, why="cancel", by=ASKER)
            assert not worker.ledger.has_been_called(job_id), "who cancels is told that it is done"
        return acquire(ours, job_id, what, **how)

    monkeypatch.setattr(Ledger, "acquire", after_a_cancel)
    worker.run()
    assert worker.outcome(job).state == "cancelled"
    assert worker.tasks() == []
    assert not worker.ledger.may_be_billed(job.id)


def test_a_cancel_that_comes_too_late_changes_nothing(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.fault("cos", op="PUT", target="results/*", error="InternalError", times=-1)
    worker.monkeypatch.setattr("functions.worker.run.lifecycle.FIRST_PAUSE_S", 60.0)
    worker.run()
    worker.no_faults("cos")
    worker.ledger.add_tombstone(job.id, why="cancel", by=ASKER)  # it is painted, and paid for
    worker.run()
    assert worker.outcome(job).state == "succeeded"
    (link, *_) = links_in(worker.thread(job)[0])
    assert requests.get(link, timeout=30).status_code == 200


def test_no_progress_stays_when_the_other_photo_had_ended_and_is_asked_for_again(
    worker: WorkerHarness,
) -> None:
    """Its request is there again while the last job ends, and is not read before that."""
    first, second = worker.ask(photos=2)
    worker.ledger.close_request(second.id)
    worker.ledger.add_tombstone(first.id, why="cancel", by=ASKER)
    worker.ledger.add_tombstone(second.id, why="cancel", by=ASKER)
    worker.run()
    worker.ledger.accept(first)
    worker.ledger.accept(second)
    worker.fault("cos", op="GET", target=f"requests/{first.id}.json", delay_s=1.0)
    worker.run()
    assert worker.outcome(first).state == worker.outcome(second).state == "cancelled"
    assert worker.thread(first, PROGRESS) == []


def test_a_tombstone_goes_once_its_work_is_done(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.ledger.add_tombstone(job.id, why="cancel", by=ASKER)
    worker.run()
    worker.run()
    assert worker.outcome(job).state == "cancelled"
    assert worker.keys("tombstones/") == worker.keys("photos/") == []


def test_a_tombstone_of_no_job_is_kept_for_a_while_only(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = worker.ask()
    worker.ledger.close_request(job.id)
    worker.ledger.add_tombstone(job.id, why="cancel", by=ASKER)
    worker.run()
    assert len(worker.keys("tombstones/")) == 1
    monkeypatch.setattr(deletion, "STRAY_S", -1.0)
    worker.run()
    assert worker.keys("tombstones/") == []


# --- delete


def test_a_deleted_picture_leaves_nothing_but_a_blank_record(worker: WorkerHarness) -> None:
    job = done(worker)
    (link, *_) = links_in(worker.thread(job)[0])
    assert worker.ledger.add_tombstone(job.id, why="delete", by=ASKER)
    assert requests.get(link, timeout=30).status_code == 410
    worker.run()
    for prefix in ("results/", "photos/", f"steps/{job.id}", "people/", "threads/", "tombstones/"):
        assert worker.keys(prefix) == []
    outcome = worker.outcome(job)
    assert (outcome.state, outcome.job, outcome.pictures) == ("deleted", None, ())
    assert worker.thread(job) == []
    assert requests.get(link, timeout=30).status_code == 410


def test_a_redelivery_after_a_delete_paints_nothing(worker: WorkerHarness) -> None:
    job = done(worker)
    worker.ledger.add_tombstone(job.id, why="delete", by=ASKER)
    worker.run()
    worker.ledger.accept(job)
    worker.run()
    assert len(worker.tasks()) == 1
    assert list(worker.ledger.open_jobs()) == []
    assert worker.outcome(job).state == "deleted"


def test_a_picture_deleted_while_it_is_painted_is_never_shown(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    worker.fault("cos", op="PUT", target="results/*", error="InternalError", times=-1)
    worker.monkeypatch.setattr("functions.worker.run.lifecycle.FIRST_PAUSE_S", 60.0)
    worker.run()
    worker.no_faults("cos")
    worker.ledger.add_tombstone(job.id, why="delete", by=ASKER)
    worker.run()
    worker.run()
    assert worker.thread(job) == []
    assert worker.outcome(job).state == "deleted"
    assert worker.keys("photos/") == worker.keys("results/") == []
    puts = [row for row in worker.calls("cos", "PUT") if row["target"].startswith("results/")]
    assert {row["error"] for row in puts} == {"InternalError"}  # nor stored


def stored_and_deleted(worker: WorkerHarness, job: Job) -> None:
    """Have the picture stored, and deleted before it is told."""
    patch = worker.monkeypatch
    patch.setattr("functions.worker.run.lifecycle.FIRST_PAUSE_S", 60.0)
    patch.setattr(maintenance, "sweep", lambda *_, **__: None)  # as if LIST lagged
    patch.setattr(suspension.Suspension, "look", lambda _: None)
    worker.fault("cos", op="PUT", target="steps/*/posting-1.json", error="InternalError", times=-1)
    worker.run()
    worker.no_faults("cos")
    assert worker.ledger.read_step(job.id, Stored)
    worker.ledger.add_tombstone(job.id, why="delete", by=ASKER)


def test_a_picture_deleted_before_it_is_told_is_never_shown(worker: WorkerHarness) -> None:
    (job,) = worker.ask()
    stored_and_deleted(worker, job)
    worker.run()
    assert worker.outcome(job).state == "cancelled"
    assert worker.thread(job) == []
    assert "posting-1" not in worker.ledger.step_names(job.id)


def test_a_deleted_picture_is_not_waited_for_although_another_run_was_about_to_tell_it(
    worker: WorkerHarness,
) -> None:
    (job,) = worker.ask()
    stored_and_deleted(worker, job)
    anothers = Lease(nonce="another's", deadline=worker.ledger.clock() + 100.0)
    worker.ledger.write_note(job.id, "posting-1", anothers)
    worker.run()
    assert worker.outcome(job).state == "cancelled"


def test_a_programs_picture_deleted_before_its_end_is_reported_as_cancelled(
    worker: WorkerHarness,
) -> None:
    """It is told nowhere, so nothing is posted that would ask."""
    job = worker.ask_by_program()
    worker.fault("cos", op="PUT", target="done/*", error="InternalError", times=-1)
    worker.monkeypatch.setattr("functions.worker.run.lifecycle.FIRST_PAUSE_S", 60.0)
    worker.run()
    worker.no_faults("cos")
    worker.ledger.add_tombstone(job.id, why="delete", by="client/shop")
    worker.monkeypatch.setattr(maintenance, "sweep", lambda *_, **__: None)
    worker.run()
    assert worker.outcome(job).state == "cancelled"


def test_a_variation_deleted_before_it_is_told_is_not_among_the_others(
    worker: WorkerHarness,
) -> None:
    parent = done(worker)
    first, second = worker.press(parent, "again", count=2)
    stored_and_deleted(worker, first)
    worker.run()
    states = [worker.outcome(one).state for one in (first, second)]
    assert states == ["cancelled", "succeeded"]
    assert str(worker.thread(second)[-1]["blocks"]).count("'type': 'image'") == 1


def test_the_pictures_go_although_slack_cannot_be_reached(worker: WorkerHarness) -> None:
    job = done(worker)
    worker.ledger.add_tombstone(job.id, why="delete", by=ASKER)
    worker.fault("slack", op="chat.delete", status=500, times=-1)
    worker.run()
    assert worker.keys("results/") == worker.keys("photos/") == []
    assert len(worker.keys("tombstones/")) == 1
    worker.no_faults("slack")
    worker.run()
    assert worker.thread(job) == []
    assert worker.outcome(job).state == "deleted"


@pytest.mark.parametrize("error", ["message_not_found", "channel_not_found", "cant_delete_message"])
def test_a_message_that_cannot_be_taken_away_holds_nothing_up(
    worker: WorkerHarness, error: str
) -> None:
    job = done(worker)
    worker.ledger.add_tombstone(job.id, why="delete", by=ASKER)
    worker.fault("slack", op="chat.delete", error=error, times=-1)
    worker.run()
    assert worker.outcome(job).state == "deleted"
    assert worker.keys("tombstones/") == []


def test_a_delete_that_died_half_way_is_done_to_its_end(worker: WorkerHarness) -> None:
    job = done(worker)
    worker.ledger.add_tombstone(job.id, why="delete", by=ASKER)
    worker.fault(
        "cos", op="PUT", target=f"done/{job.id}.json", error="SlowDown", status=503, times=4
    )
    worker.run()
    assert worker.keys("results/") == []
    assert worker.outcome(job).state == "succeeded"
    worker.no_faults("cos")
    worker.run()
    assert worker.outcome(job).state == "deleted"
    assert worker.keys("tombstones/") == worker.keys("people/") == []


def test_what_was_uploaded_to_slack_goes_too(worker: WorkerHarness) -> None:
    worker.slack_settings(image_failures=2)
    job = done(worker)
    posted = worker.outcome(job).posted
    assert posted is not None
    assert len(posted.file_ids) == 1
    worker.ledger.add_tombstone(job.id, why="delete", by=ASKER)
    worker.run()
    deleted = [row for row in worker.calls("slack", "files.delete") if row["status"] == 200]
    assert len(deleted) == 1


def test_of_several_pictures_the_others_stay(worker: WorkerHarness) -> None:
    parent = done(worker)
    jobs = worker.press(parent, "variation", count=3)
    worker.run()
    worker.ledger.add_tombstone(jobs[1].id, why="delete", by=ASKER)
    worker.run()
    told = worker.thread(parent)[1]
    assert str(told["blocks"]).count("'type': 'image'") == 2
    for job in (jobs[0], jobs[2]):
        worker.ledger.add_tombstone(job.id, why="delete", by=ASKER)
    worker.run()
    assert len(worker.thread(parent)) == 1


def test_a_deletion_that_needs_the_links_keeps_no_other_from_being_done(
    worker: WorkerHarness,
) -> None:
    """Without LINK_BASE_URL the pictures that stay cannot be shown anew."""
    first = min(worker.press(done(worker), "variation", count=3), key=lambda job: job.id)
    worker.run()
    later = next(job for job in (done(worker) for _ in range(30)) if job.id > first.id)
    for job in (first, later):
        worker.ledger.add_tombstone(job.id, why="delete", by=ASKER)
    worker.run(LINK_BASE_URL="")
    assert worker.outcome(later).state == "deleted"
    worker.run()
    assert worker.outcome(first).state == "deleted"


def test_of_several_pictures_the_others_stay_although_their_run_died_before_it_ended_them(
    worker: WorkerHarness,
) -> None:
    parent = done(worker)
    deleted, *others = worker.press(parent, "variation", count=3)
    worker.run()
    for job in others:
        worker.ledger.bucket.delete(f"done/{job.id}.json")
        worker.ledger.accept(job)
    workshop = context_of(worker_config(worker.environ))
    worker.ledger.add_tombstone(deleted.id, why="delete", by=ASKER)
    deletion.sweep(workshop, time_left=lambda: 900)
    assert str(worker.thread(parent)[1]["blocks"]).count("'type': 'image'") == 1  # of all
    worker.run()
    deletion.sweep(workshop, time_left=lambda: 900)
    assert str(worker.thread(parent)[1]["blocks"]).count("'type': 'image'") == 2


def test_a_childs_own_picture_does_not_need_its_parents(worker: WorkerHarness) -> None:
    parent = done(worker)
    (child,) = worker.press(parent, "again")
    worker.run()
    worker.ledger.add_tombstone(parent.id, why="delete", by=ASKER)
    worker.run()
    links = links_in(worker.thread(child)[0])
    assert [requests.get(link, timeout=30).status_code for link in links] == [200, 200]
