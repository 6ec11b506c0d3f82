"""A picture that Slack cannot read at its address: shown as a file, or told without it."""

import pytest

from functions.jobs.bucket_layout import PICTURE_UPLOADS
from functions.jobs.steps import Posted
from functions.worker import picture_uploads, slack_retry
from functions.worker.picture_uploads import PictureUploads
from tests.caller import call
from tests.worker.conftest import WorkerHarness

UPLOADS, DELETIONS = "files.completeUploadExternal", "files.delete"


def posted_of(worker: WorkerHarness, job_id: str) -> Posted:
    posted = worker.ledger.read_step(job_id, Posted)
    assert posted is not None
    return posted


def test_a_file_that_slack_calls_invalid_for_a_while_is_waited_for_and_not_uploaded_anew(
    worker: WorkerHarness,
) -> None:
    worker.slack_settings(image_failures=2, ready_delay_s=0.5, invalid_file_s=3.0)
    (job,) = worker.ask()
    worker.run()
    (told,) = worker.thread(job)
    posted = posted_of(worker, job.id)
    assert (posted.where, len(posted.file_ids)) == ("thread", 1)
    assert posted.file_ids[0] in str(told["blocks"])
    assert len(worker.calls("slack", UPLOADS)) == 1
    assert worker.calls("slack", DELETIONS) == []
    tries = [row for row in worker.calls("slack", "chat.postMessage") if row["error"]]
    assert 3 <= len(tries) <= 8


def test_a_file_that_never_becomes_ready_is_left_out_and_deleted(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words and the link stand in the thread: it is paid for, and must not be told nowhere."""
    monkeypatch.setattr(picture_uploads, "READY_WITHIN_S", 3.0)
    worker.slack_settings(image_failures=50, ready_delay_s=3600.0)
    (job,) = worker.ask()
    worker.run()
    (told,) = worker.thread(job)
    posted = posted_of(worker, job.id)
    assert (posted.where, posted.file_ids) == ("thread", ())
    assert "could not show the picture" in str(told["blocks"])
    assert f"/i/{job.id}/" in str(told["blocks"])
    assert len(worker.calls("slack", UPLOADS)) == len(worker.calls("slack", DELETIONS)) == 1


def test_without_the_scope_for_uploads_the_link_is_told_in_the_thread(
    worker: WorkerHarness,
) -> None:
    settings = call("GET", f"http://{worker.slack}/_control/settings")
    scopes = [one for one in settings["scopes"] if one != "files:write"]
    worker.slack_settings(image_failures=50, scopes=scopes)
    (job,) = worker.ask()
    worker.run()
    (told,) = worker.thread(job)
    assert posted_of(worker, job.id).where == "thread"
    assert f"/i/{job.id}/" in str(told["blocks"])


def test_uploads_whose_answers_are_lost_are_not_made_for_ever(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack_retry, "UNCLEAR_PAUSE_S", 0.1)
    worker.slack_settings(image_failures=50)
    worker.fault("slack", op=UPLOADS, drop="after", times=-1)
    (job,) = worker.ask()
    worker.run()
    assert posted_of(worker, job.id).where == "thread"
    assert len(worker.calls("slack", UPLOADS)) == picture_uploads.LOST_UPLOADS


def test_nobody_waits_for_somebody_elses_file(worker: WorkerHarness) -> None:
    worker.slack_settings(image_failures=2, invalid_file_s=12.0)
    worker.aiart_settings(duration_s=2.0)  # by the second, the first has met both failures
    jobs = [*worker.ask(), *worker.ask()]
    worker.run()
    slow, other = sorted(jobs, key=lambda job: not posted_of(worker, job.id).file_ids)
    assert posted_of(worker, other.id).file_ids == ()
    assert worker.outcome(other).finished_at < worker.outcome(slow).finished_at


def test_a_run_that_begins_anew_goes_on_with_the_same_file(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.slack_settings(image_failures=2, ready_delay_s=4.0)
    with monkeypatch.context() as patch:
        patch.setattr("functions.worker.run.runner.WORTH_WAITING_S", 0.0)
        (job,) = worker.ask()
        worker.run()
    noted = worker.ledger.read_note(job.id, PICTURE_UPLOADS, PictureUploads)
    assert noted is not None
    assert worker.ledger.outcome(job.id) is None
    worker.run()
    assert posted_of(worker, job.id).file_ids == noted.file_ids
    assert len(worker.calls("slack", UPLOADS)) == 1


def test_a_picture_that_slack_shows_as_broken_is_put_right_where_it_stands(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack took over ten seconds to fetch it, and said nothing."""
    monkeypatch.setattr("bot.slack_api.threads.SLOW_PICTURE_S", 1.0)
    worker.slack_settings(image_limit_s=1.0)
    worker.fault("slack", op="image.download", delay_s=1.5)
    (job,) = worker.ask()
    worker.run()
    (told,) = worker.thread(job)
    posted = posted_of(worker, job.id)
    assert (posted.ts, len(posted.file_ids)) == (told["ts"], 1)
    assert posted.file_ids[0] in str(told["blocks"])
    assert len(worker.calls("slack", "chat.postMessage")) == 2  # the progress, and the picture


def test_a_broken_picture_that_cannot_be_put_right_leaves_the_words_and_the_link(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack_api.threads.SLOW_PICTURE_S", 1.0)
    monkeypatch.setattr(picture_uploads, "READY_WITHIN_S", 3.0)
    worker.slack_settings(image_limit_s=1.0, ready_delay_s=3600.0)
    worker.fault("slack", op="image.download", delay_s=1.5)
    (job,) = worker.ask()
    worker.run()
    (told,) = worker.thread(job)
    assert posted_of(worker, job.id).where == "thread"
    assert "could not show the picture" in str(told["blocks"])
    assert len(worker.calls("slack", DELETIONS)) == 1


def test_a_file_that_was_still_waited_for_goes_with_its_deleted_job(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.slack_settings(image_failures=2, ready_delay_s=3600.0)
    with monkeypatch.context() as patch:
        patch.setattr("functions.worker.run.runner.WORTH_WAITING_S", 0.0)
        (job,) = worker.ask()
        worker.run()
    worker.ledger.add_tombstone(job.id, why="delete", by=job.asker.user_id)
    worker.run()
    worker.run()
    assert worker.outcome(job).state == "deleted"
    assert len(worker.calls("slack", UPLOADS)) == len(worker.calls("slack", DELETIONS)) == 1
