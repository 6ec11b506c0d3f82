"""Slack's news of the workspace reach the worker's bucket and the operator's log."""

import pytest

from functions.jobs.bucket_layout import UNINSTALLED, archived_key
from tests.bot.driving import Bot, event
from tests.bot.gestures.driving import BotHarness
from tests.local.slack.driver import ADMIN, PHOTOS, eventually


def test_an_uninstalled_app_is_noted_once_and_the_log_says_what_to_do(
    stage: BotHarness, caplog: pytest.LogCaptureFixture
) -> None:
    before = len(stage.slack.ask("GET", "/_control/calls").json())
    stage.slack.ask("POST", "/_control/uninstall")
    eventually(lambda: UNINSTALLED in stage.cos.listed("tombstones/"))
    eventually(lambda: len([r for r in stage.slack.deliveries() if r["status"] == 200]) >= 2)
    assert len(stage.slack.ask("GET", "/_control/calls").json()) == before  # nobody is called
    told = [line for line in caplog.records if "not installed any more" in line.getMessage()]
    assert told
    assert "SLACK_BOT_TOKEN" in str(vars(told[0]))


def test_a_revoked_token_of_ours_is_noted_too(bot: Bot, stage: BotHarness) -> None:
    bot.post_signed(event({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U1"]}}))
    assert UNINSTALLED in stage.cos.listed("tombstones/")


def test_a_persons_own_tokens_are_none_of_ours(bot: Bot, stage: BotHarness) -> None:
    bot.post_signed(event({"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}}))
    bot.post_signed(event({"type": "tokens_revoked", "tokens": "odd"}))
    assert stage.cos.listed("tombstones/") == []


def test_an_archived_channel_is_noted(stage: BotHarness) -> None:
    stage.slack.act("POST", "archive", user=ADMIN, channel=PHOTOS)
    eventually(lambda: archived_key(PHOTOS) in stage.cos.listed("tombstones/"))
