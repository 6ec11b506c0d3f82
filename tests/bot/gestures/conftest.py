"""Serve the bot with links and a gateway for them, and judge everything that it shows."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from functions.config import gateway_config
from functions.gateway.app import gateway
from functions.jobs.bucket import Bucket, BucketConfig
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from infra.local.serving import address, listen, served
from tests.block_judges import as_sent, judge, judge_view
from tests.bot.driving import Bot, environ_of, running_bot
from tests.bot.gestures.driving import BotHarness
from tests.bot.looking import unsaid
from tests.conftest import BUCKET, KEYS, REGION, keys_environ
from tests.jobs.driving import Cos
from tests.local.slack.driver import Slack

LINK_SECRET = "a-secret-of-tests-for-links"
JUDGED = {"payloads": 0}
BotWith = Callable[..., Bot]


@pytest.fixture(scope="session")
def standing_environ(standing_cos: Cos, standing_slack: Slack) -> Iterator[dict[str, str]]:
    """Make the bot's environment, and serve a gateway for the pictures' links."""
    environ = environ_of(standing_cos, standing_slack.address) | {"LINK_SECRETS": LINK_SECRET}
    with listen() as listening:
        at = address(listening)
        pictures = gateway(gateway_config({**environ, **keys_environ("gateway")}))
        with served({"gateway": pictures}, {"gateway": listening}):
            yield environ | {"LINK_BASE_URL": f"http://{at}"}


@pytest.fixture(scope="session")
def standing_bot(standing_environ: dict[str, str]) -> Iterator[Bot]:
    with running_bot(standing_environ) as bot:
        yield bot


@pytest.fixture
def stage(
    bot: Bot, cos: Cos, slack: Slack, jpeg: bytes, standing_environ: dict[str, str]
) -> BotHarness:
    place = BucketConfig(name=BUCKET, region=REGION, endpoint=cos.address, timeout_s=30)
    links = Links(standing_environ["LINK_BASE_URL"], [LINK_SECRET])
    slack.settings(trigger_s=60.0)  # Slack's three seconds may be too short on a busy machine
    return BotHarness(cos, slack, Ledger(Bucket(place, KEYS)), links, jpeg)


@pytest.fixture
def bot_with(
    stage: BotHarness, slack: Slack, standing_environ: dict[str, str]
) -> Iterator[BotWith]:
    """Give a function that runs another bot in place of the usual one, with other variables."""
    with ExitStack() as running:

        def start(**environ: str) -> Bot:
            other = running.enter_context(running_bot(standing_environ | environ))
            doors = ("events_url", "interactions_url", "commands_url")
            slack.ask("PUT", "/_control/app", json=dict.fromkeys(doors, other.events_url))
            return other

        yield start


@pytest.fixture(autouse=True)
def _judged(slack: Slack) -> Iterator[None]:
    """Check after each test that what is shown passes all judges, and is read aloud completely."""
    yield
    shown = slack.ask("GET", "/_control/shown").json()
    messages = [one for one in shown["messages"] if one.get("blocks")]
    JUDGED["payloads"] += len(messages) + len(shown["views"])
    complaints = [judge(as_sent(one["blocks"]), "message") for one in messages]
    complaints += [judge_view(_as_sent(one)) for one in shown["views"]]
    complaints += [unsaid(one) for one in messages if one.get("app_id") or one.get("bot_id")]
    assert [one for found in complaints for one in found] == []


def _as_sent(view: dict[str, Any]) -> dict[str, Any]:
    """Copy a view without the fields that Slack adds."""
    names = ("type", "title", "blocks", "submit", "close", "callback_id", "private_metadata")
    return {name: view[name] for name in names if view.get(name)}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report how much was judged."""
    if JUDGED["payloads"]:
        line = f"{JUDGED['payloads']} messages, forms and Home tabs passed the block judges"
        terminalreporter.write_line(line)
