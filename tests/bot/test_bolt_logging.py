"""What Bolt says when it is put together."""

import logging

import pytest

from bot.app import bolt_app
from functions.config import bot_config
from functions.log import logger
from tests.bot.driving import Bot, environ_of, event
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


def test_bolt_leaves_our_own_log_alone(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    """slack_bolt 1.30.0 gives the logger that is called as its app is the root's level."""
    caplog.set_level(logging.INFO, logger=logger.name)
    files = [{"id": "F1", "name": "cup.jpg"}]
    mention = {"type": "app_mention", "user": "U0MERCHEN1", "ts": "1.1", "channel": "C0PRODUCTS"}
    bot.post_signed(event({**mention, "text": "on a beach", "files": files}))
    accepted = [row for row in caplog.records if row.getMessage() == "accepted"]
    assert [row.__dict__["fields"]["event"] for row in accepted] == ["Ev0000000001"]
