"""Photos as Slack really hands them over: by a redirect, or after their message."""

import pytest
from msgspec.structs import replace

from functions.jobs.errors import ErrorCode
from functions.jobs.model import SlackFile
from functions.worker import sources
from tests.worker.conftest import WorkerHarness


@pytest.mark.parametrize(
    "late", [{"late_uploads_s": 1.5}, {"late_uploads_s": 1.5, "late_addresses_s": 1.0}]
)
def test_a_photo_whose_upload_ends_after_its_message_is_painted(
    worker: WorkerHarness, late: dict[str, float]
) -> None:
    worker.slack_settings(**late)
    (job,) = worker.ask()
    worker.run()
    assert worker.outcome(job).state == "succeeded"


def test_nobody_waits_for_somebody_elses_upload(worker: WorkerHarness) -> None:
    worker.slack_settings(late_uploads_s=2.0)
    (late,) = worker.ask()
    worker.slack_settings(late_uploads_s=0.0)
    (other,) = worker.ask()
    worker.run()
    assert worker.outcome(late).state == worker.outcome(other).state == "succeeded"
    assert worker.outcome(other).finished_at < worker.outcome(late).finished_at


def test_an_upload_that_never_ends_is_told_with_what_to_do(
    worker: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "UNFINISHED_LIMIT_S", 1.0)
    worker.slack_settings(late_uploads_s=3600.0)
    (job,) = worker.ask()
    worker.run()
    failed = worker.outcome(job).failed
    assert failed is not None
    assert failed.code is ErrorCode.PHOTO_UNFINISHED
    assert "upload it again" in worker.words(job)


@pytest.mark.parametrize(("where", "state"), [(True, "succeeded"), (False, "failed")])
def test_a_workflows_photo_is_looked_for_in_its_channel_once_slack_says_where_it_is(
    worker: WorkerHarness, where: bool, state: str
) -> None:
    """The bot could not tell while the upload was not finished."""
    worker.slack_settings(late_uploads_s=0.5)
    (job,) = worker.ask()
    worker.ledger.close_request(job.id)
    assert isinstance(job.photo, SlackFile)
    channel = job.place.channel if where else "C0SHOPNEWS"
    worker.ledger.accept(replace(job, photo=replace(job.photo, shared_in=channel)))
    worker.run()
    assert worker.outcome(job).state == state
    if not where:
        failed = worker.outcome(job).failed
        assert failed is not None
        assert failed.facts["rule"] == "not-shared-there"


def test_on_enterprise_grid_a_photo_is_read_where_its_address_leads(worker: WorkerHarness) -> None:
    worker.slack_settings(grid="on")
    (job,) = worker.ask()
    worker.run()
    assert worker.outcome(job).state == "succeeded"


def test_being_sent_to_the_sign_in_is_told_as_no_access(worker: WorkerHarness) -> None:
    worker.slack_settings(grid="no_access")
    (job,) = worker.ask()
    worker.run()
    assert "does not let me read" in worker.words(job)
