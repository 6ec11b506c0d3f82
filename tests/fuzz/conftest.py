"""Provide stand-ins for the whole folder: an input that is accepted by chance is stored in them."""

from collections.abc import Iterator

import pytest

from tests.bot.driving import running_slack
from tests.fuzz.budget import TIMES
from tests.jobs.driving import Cos, running_cos
from tests.local.slack.driver import Slack

SECONDS = 120


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Allow each test of a longer run (``FUZZ``) more time."""
    for item in items:
        if TIMES > 1 and item.nodeid.startswith("tests/fuzz/"):
            item.add_marker(pytest.mark.timeout(SECONDS * TIMES))


@pytest.fixture(scope="session")
def cos() -> Iterator[Cos]:
    with running_cos() as cos:
        yield cos


@pytest.fixture(scope="session")
def slack() -> Iterator[Slack]:
    with running_slack() as slack:
        yield slack
