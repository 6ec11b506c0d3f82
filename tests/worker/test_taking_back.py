"""Cancel and delete: what is taken back in time is not painted, what is deleted leaves nothing."""

import pytest
import requests

from functions.config import worker_config
from functions.jobs.model import Job
from functions.jobs.steps import Staged
from functions.worker import sweeping
from functions.worker.handler import workshop_of
from functions.worker.run import runner
from tests.worker.conftest import PROGRESS, Shop
from tests.worker.test_cutout_jobs import links_in

ASKER = "U0MERCHEN1"


def done(shop: Shop) -> Job:
    (job,) = shop.ask()
    shop.run()
    return job


# --- cancel


def test_a_job_that_is_taken_back_in_line_goes_before_its_turn(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "LOOK_EVERY_S", 0.1)
    shop.aiart_settings(duration_s=1.5)
    (first,), (second,) = shop.ask(), shop.ask()
    shop.ledger.bury(second.id, why="cancel", by=ASKER)
    shop.run()
    assert shop.outcome(second).state == "cancelled"
    assert shop.outcome(second).finished_at < shop.outcome(first).finished_at
    assert shop.thread(second) == shop.thread(second, PROGRESS) == []


def test_a_cancel_that_list_does_not_show_yet_is_seen_before_the_call(shop: Shop) -> None:
    shop.monkeypatch.setattr(runner.QueueRunner, "_list_tombstones", lambda _: None)
    (job,) = shop.ask()
    shop.run(PAUSED="1")
    assert shop.ledger.step(job.id, Staged) is not None
    shop.ledger.bury(job.id, why="cancel", by=ASKER)
    shop.run()
    assert shop.outcome(job).state == "cancelled"
    assert shop.tasks() == []


def test_a_cancel_that_comes_too_late_changes_nothing(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.fault("cos", op="PUT", target="results/*", error="InternalError", times=-1)
    shop.monkeypatch.setattr("functions.worker.run.lifecycle.FIRST_PAUSE_S", 60.0)
    shop.run()
    shop.no_faults("cos")
    shop.ledger.bury(job.id, why="cancel", by=ASKER)  # it is painted, and paid for
    shop.run()
    assert shop.outcome(job).state == "succeeded"
    (link, *_) = links_in(shop.thread(job)[0])
    assert requests.get(link, timeout=30).status_code == 200


def test_no_progress_stays_when_the_other_photo_had_ended_and_is_asked_for_again(
    shop: Shop,
) -> None:
    """Its request is there again while the last job ends, and is not read before that."""
    first, second = shop.ask(photos=2)
    shop.ledger.close(second.id)
    shop.ledger.bury(first.id, why="cancel", by=ASKER)
    shop.ledger.bury(second.id, why="cancel", by=ASKER)
    shop.run()
    shop.ledger.accept(first)
    shop.ledger.accept(second)
    shop.fault("cos", op="GET", target=f"requests/{first.id}.json", delay_s=1.0)
    shop.run()
    assert shop.outcome(first).state == shop.outcome(second).state == "cancelled"
    assert shop.thread(first, PROGRESS) == []


def test_a_tombstone_goes_once_its_work_is_done(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.ledger.bury(job.id, why="cancel", by=ASKER)
    shop.run()
    shop.run()
    assert shop.outcome(job).state == "cancelled"
    assert shop.keys("tombstones/") == shop.keys("photos/") == []


def test_a_tombstone_of_no_job_is_kept_for_a_while_only(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = shop.ask()
    shop.ledger.close(job.id)
    shop.ledger.bury(job.id, why="cancel", by=ASKER)
    shop.run()
    assert len(shop.keys("tombstones/")) == 1
    monkeypatch.setattr(sweeping, "STRAY_S", -1.0)
    shop.run()
    assert shop.keys("tombstones/") == []


# --- delete


def test_a_deleted_picture_leaves_nothing_but_a_blank_record(shop: Shop) -> None:
    job = done(shop)
    (link, *_) = links_in(shop.thread(job)[0])
    assert shop.ledger.bury(job.id, why="delete", by=ASKER)
    assert requests.get(link, timeout=30).status_code == 410
    shop.run()
    for prefix in ("results/", "photos/", f"steps/{job.id}", "people/", "threads/", "tombstones/"):
        assert shop.keys(prefix) == []
    outcome = shop.outcome(job)
    assert (outcome.state, outcome.job, outcome.pictures) == ("deleted", None, ())
    assert shop.thread(job) == []
    assert requests.get(link, timeout=30).status_code == 410


def test_a_redelivery_after_a_delete_paints_nothing(shop: Shop) -> None:
    job = done(shop)
    shop.ledger.bury(job.id, why="delete", by=ASKER)
    shop.run()
    shop.ledger.accept(job)
    shop.run()
    assert len(shop.tasks()) == 1
    assert list(shop.ledger.open_jobs()) == []
    assert shop.outcome(job).state == "deleted"


def test_a_picture_deleted_while_it_is_painted_is_never_shown(shop: Shop) -> None:
    (job,) = shop.ask()
    shop.fault("cos", op="PUT", target="results/*", error="InternalError", times=-1)
    shop.monkeypatch.setattr("functions.worker.run.lifecycle.FIRST_PAUSE_S", 60.0)
    shop.run()
    shop.no_faults("cos")
    shop.ledger.bury(job.id, why="delete", by=ASKER)
    shop.run()
    shop.run()
    assert shop.thread(job) == []
    assert shop.outcome(job).state == "deleted"
    assert shop.keys("photos/") == shop.keys("results/") == []


def test_the_pictures_go_although_slack_cannot_be_reached(shop: Shop) -> None:
    job = done(shop)
    shop.ledger.bury(job.id, why="delete", by=ASKER)
    shop.fault("slack", op="chat.delete", status=500, times=-1)
    shop.run()
    assert shop.keys("results/") == shop.keys("photos/") == []
    assert len(shop.keys("tombstones/")) == 1
    shop.no_faults("slack")
    shop.run()
    assert shop.thread(job) == []
    assert shop.outcome(job).state == "deleted"


@pytest.mark.parametrize("error", ["message_not_found", "channel_not_found", "cant_delete_message"])
def test_a_message_that_cannot_be_taken_away_holds_nothing_up(shop: Shop, error: str) -> None:
    job = done(shop)
    shop.ledger.bury(job.id, why="delete", by=ASKER)
    shop.fault("slack", op="chat.delete", error=error, times=-1)
    shop.run()
    assert shop.outcome(job).state == "deleted"
    assert shop.keys("tombstones/") == []


def test_a_delete_that_died_half_way_is_done_to_its_end(shop: Shop) -> None:
    job = done(shop)
    shop.ledger.bury(job.id, why="delete", by=ASKER)
    shop.fault("cos", op="PUT", target=f"done/{job.id}.json", error="SlowDown", status=503, times=4)
    shop.run()
    assert shop.keys("results/") == []
    assert shop.outcome(job).state == "succeeded"
    shop.no_faults("cos")
    shop.run()
    assert shop.outcome(job).state == "deleted"
    assert shop.keys("tombstones/") == shop.keys("people/") == []


def test_what_was_uploaded_to_slack_goes_too(shop: Shop) -> None:
    shop.slack_settings(image_failures=2)
    job = done(shop)
    posted = shop.outcome(job).posted
    assert posted is not None
    assert len(posted.file_ids) == 1
    shop.ledger.bury(job.id, why="delete", by=ASKER)
    shop.run()
    deleted = [row for row in shop.calls("slack", "files.delete") if row["status"] == 200]
    assert len(deleted) == 1


def test_of_several_pictures_the_others_stay(shop: Shop) -> None:
    parent = done(shop)
    jobs = shop.press(parent, "variation", count=3)
    shop.run()
    shop.ledger.bury(jobs[1].id, why="delete", by=ASKER)
    shop.run()
    told = shop.thread(parent)[1]
    assert str(told["blocks"]).count("'type': 'image'") == 2
    for job in (jobs[0], jobs[2]):
        shop.ledger.bury(job.id, why="delete", by=ASKER)
    shop.run()
    assert len(shop.thread(parent)) == 1


def test_of_several_pictures_the_others_stay_although_their_run_died_before_it_ended_them(
    shop: Shop,
) -> None:
    parent = done(shop)
    deleted, *others = shop.press(parent, "variation", count=3)
    shop.run()
    for job in others:
        shop.ledger.bucket.delete(f"done/{job.id}.json")
        shop.ledger.accept(job)
    workshop = workshop_of(worker_config(shop.environ))
    shop.ledger.bury(deleted.id, why="delete", by=ASKER)
    sweeping.sweep(workshop, time_left=lambda: 900)
    assert str(shop.thread(parent)[1]["blocks"]).count("'type': 'image'") == 3
    shop.run()
    sweeping.sweep(workshop, time_left=lambda: 900)
    assert str(shop.thread(parent)[1]["blocks"]).count("'type': 'image'") == 2


def test_a_childs_own_picture_does_not_need_its_parents(shop: Shop) -> None:
    parent = done(shop)
    (child,) = shop.press(parent, "again")
    shop.run()
    shop.ledger.bury(parent.id, why="delete", by=ASKER)
    shop.run()
    links = links_in(shop.thread(child)[0])
    assert [requests.get(link, timeout=30).status_code for link in links] == [200, 200]
