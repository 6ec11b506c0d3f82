"""Photos as Slack really hands them over: by a redirect, or after their message."""

import pytest
from msgspec.structs import replace

from functions.jobs.errors import ErrorCode
from functions.jobs.model import SlackFile
from functions.worker import sources
from tests.worker.conftest import Shop


@pytest.mark.parametrize(
    "late", [{"late_uploads_s": 1.5}, {"late_uploads_s": 1.5, "late_addresses_s": 1.0}]
)
def test_a_photo_whose_upload_ends_after_its_message_is_painted(
    shop: Shop, late: dict[str, float]
) -> None:
    shop.slack_settings(**late)
    (job,) = shop.ask()
    shop.run()
    assert shop.outcome(job).state == "succeeded"


def test_nobody_waits_for_somebody_elses_upload(shop: Shop) -> None:
    shop.slack_settings(late_uploads_s=2.0)
    (late,) = shop.ask()
    shop.slack_settings(late_uploads_s=0.0)
    (other,) = shop.ask()
    shop.run()
    assert shop.outcome(late).state == shop.outcome(other).state == "succeeded"
    assert shop.outcome(other).finished_at < shop.outcome(late).finished_at


def test_an_upload_that_never_ends_is_told_with_what_to_do(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "UNFINISHED_LIMIT_S", 1.0)
    shop.slack_settings(late_uploads_s=3600.0)
    (job,) = shop.ask()
    shop.run()
    failed = shop.outcome(job).failed
    assert failed is not None
    assert failed.code is ErrorCode.PHOTO_UNFINISHED
    assert "upload it again" in shop.words(job)


@pytest.mark.parametrize(("where", "state"), [(True, "succeeded"), (False, "failed")])
def test_a_workflows_photo_is_looked_for_in_its_channel_once_slack_says_where_it_is(
    shop: Shop, where: bool, state: str
) -> None:
    """The bot could not tell while the upload was not finished."""
    shop.slack_settings(late_uploads_s=0.5)
    (job,) = shop.ask()
    shop.ledger.close(job.id)
    assert isinstance(job.photo, SlackFile)
    channel = job.place.channel if where else "C0SHOPNEWS"
    shop.ledger.accept(replace(job, photo=replace(job.photo, shared_in=channel)))
    shop.run()
    assert shop.outcome(job).state == state
    if not where:
        failed = shop.outcome(job).failed
        assert failed is not None
        assert failed.facts["rule"] == "not-shared-there"


def test_on_enterprise_grid_a_photo_is_read_where_its_address_leads(shop: Shop) -> None:
    shop.slack_settings(grid="on")
    (job,) = shop.ask()
    shop.run()
    assert shop.outcome(job).state == "succeeded"


def test_being_sent_to_the_sign_in_is_told_as_no_access(shop: Shop) -> None:
    shop.slack_settings(grid="no_access")
    (job,) = shop.ask()
    shop.run()
    assert "does not let me read" in shop.words(job)
