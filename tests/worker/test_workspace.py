"""The app uninstalled, its token revoked, a channel archived: nothing is spent in vain."""

import time

import pytest

from functions.jobs.bucket_layout import UNINSTALLED
from functions.worker import context as worker_context
from infra.local.slack.world import ADMIN_ID, PRODUCT_PHOTOS_ID
from tests.caller import call
from tests.worker.conftest import WorkerHarness


def uninstall(worker: WorkerHarness) -> None:
    worker.slack_settings(token_state="inactive")
    worker.ledger.workspace.note_uninstalled("app_uninstalled")


def test_nothing_is_called_while_the_app_is_not_installed_and_a_reinstall_heals_it(
    worker: WorkerHarness, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.worker.handler._start_logging", lambda _: None)  # caplog's stays
    (job,) = worker.ask()
    uninstall(worker)
    for _ in range(2):
        worker.run()
    assert worker.tasks() == []
    calls = call("GET", f"http://{worker.slack}/_control/calls")
    assert [one["op"] for one in calls if one["error"]] == ["auth.test"] * 2  # the only question
    remedies = [row.__dict__["fields"].get("remedy", "") for row in caplog.records]
    assert any("install the Slack app again" in remedy for remedy in remedies)
    worker.slack_settings(token_state="ok")
    worker.run()
    assert worker.outcome(job).state == "succeeded"
    assert len(worker.thread(job)) == 1
    assert UNINSTALLED not in worker.keys("tombstones/")


def test_a_programs_pictures_do_not_wait_for_slack(worker: WorkerHarness) -> None:
    worker.ask()
    program = worker.ask_by_program()
    uninstall(worker)
    worker.run()
    assert worker.outcome(program).state == "succeeded"
    assert len(worker.tasks()) == 1


def test_a_job_does_not_wait_for_slack_for_ever(worker: WorkerHarness) -> None:
    (job,) = worker.ask(created_at=time.time() - 2 * 3600 - 5)
    uninstall(worker)
    worker.run()
    assert worker.outcome(job).state == "failed"
    assert worker.tasks() == []


def test_an_uninstall_is_met_just_before_the_call(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a run has read before: what is looked at before each call is the record itself."""
    (job,) = worker.ask()
    monkeypatch.setattr("functions.worker.run.suspension.Suspension.look", lambda _: None)
    monkeypatch.setattr(worker_context, "UNINSTALLED_PAUSE_S", 3600.0)
    worker.ledger.workspace.note_uninstalled("tokens_revoked")
    worker.run()
    assert worker.tasks() == []
    assert worker.ledger.job(job.id)


def test_jobs_that_wait_in_an_archived_channel_end_with_words_to_each_asker(
    worker: WorkerHarness,
) -> None:
    (job,) = worker.ask()
    call(
        "POST",
        f"http://{worker.slack}/_client/archive",
        {"user": ADMIN_ID, "channel": PRODUCT_PHOTOS_ID},
    )
    worker.ledger.workspace.note_archived(PRODUCT_PHOTOS_ID)
    worker.run()
    outcome = worker.outcome(job)
    assert (outcome.state, outcome.posted and outcome.posted.where) == ("failed", "direct-message")
    assert worker.tasks() == []


def test_what_is_asked_for_after_a_channel_was_opened_again_is_painted(
    worker: WorkerHarness,
) -> None:
    worker.ledger.workspace.note_archived(PRODUCT_PHOTOS_ID)
    (job,) = worker.ask(created_at=time.time() + 1)
    worker.run()
    assert worker.outcome(job).state == "succeeded"
