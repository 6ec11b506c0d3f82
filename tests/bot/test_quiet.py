"""What Bolt says when it is put together."""

import logging

import pytest

from bot.app import bolt_app
from functions.config import bot_config
from tests.bot.driving import environ_of
from tests.conftest import BOT_TOKEN
from tests.jobs.driving import Cos


@pytest.fixture
def bolt_says(
    cos: Cos, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """The lines of a bot that is built where its token is in the environment, as in the cloud."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", BOT_TOKEN)
    bolt_app(bot_config(environ_of(cos, "127.0.0.1:9")))
    return [record.getMessage() for record in caplog.records if "slack_bolt" in record.name]


def test_a_start_warns_of_nothing(bolt_says: list[str]) -> None:
    assert bolt_says == []


def test_bolts_other_warnings_are_still_logged(
    bolt_says: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("slack_bolt.App").warning("something else")
    assert "something else" in caplog.text
