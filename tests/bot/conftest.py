"""Provide one COS, one Slack and one bot for this folder, reset for each test."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from tests.bot.driving import Bot, environ_of, running_bot, running_slack
from tests.jobs.driving import Cos
from tests.local.slack.driver import Slack


@pytest.fixture(scope="session")
def standing_slack() -> Iterator[Slack]:
    with running_slack() as slack:
        yield slack


@pytest.fixture(scope="session")
def standing_bot(standing_cos: Cos, standing_slack: Slack) -> Iterator[Bot]:
    with running_bot(environ_of(standing_cos, standing_slack.address)) as bot:
        yield bot


@pytest.fixture
def slack(standing_slack: Slack) -> Slack:
    """Reset Slack, with no app registered and short minutes between two deliveries."""
    standing_slack.ask("PUT", "/_control/app", json={})
    standing_slack.ask("POST", "/_control/reset")
    standing_slack.settings(minute_s=0.05)
    return standing_slack


@pytest.fixture
def slack_at(slack: Slack) -> str:
    return slack.address


@pytest.fixture
def bot(standing_bot: Bot, cos: Cos, slack: Slack) -> Bot:
    """Register the bot with Slack."""
    urls = dict.fromkeys(
        ("events_url", "interactions_url", "commands_url"), standing_bot.events_url
    )
    slack.ask("PUT", "/_control/app", json=urls)
    return standing_bot


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (80, 60), "teal").save(held, "JPEG")
    return held.getvalue()
