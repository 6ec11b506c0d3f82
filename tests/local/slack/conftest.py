"""Provide one stand-in for the session, reset for each test, and an app that gets its events."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from infra.local import serving
from infra.local.slack import create
from tests.local.slack import bolt_app
from tests.local.slack.driver import SECRET, TOKEN, Json, Receiver, Slack
from tests.serving import served


@pytest.fixture(scope="session")
def running_slack() -> Iterator[Slack]:
    listening = serving.listen()
    address = serving.address(listening)
    apps = create({"slack": address}, bot_token=TOKEN, signing_secret=SECRET)
    with served(apps, {"slack": listening}):
        yield Slack(address)


@pytest.fixture
def slack(running_slack: Slack) -> Slack:
    running_slack.ask("PUT", "/_control/app", json={})
    running_slack.ask("POST", "/_control/reset")
    return running_slack


@pytest.fixture
def seen(slack: Slack) -> Iterator[list[Json]]:
    """Serve a Bolt app, and give the payloads that it gets from the stand-in."""
    payloads: list[Json] = []
    listening = serving.listen()
    app = bolt_app.build(f"http://{slack.address}/api/", TOKEN, payloads)
    with serving.served({"bolt": bolt_app.asgi(app)}, {"bolt": listening}):
        url = f"http://{serving.address(listening)}/slack/events"
        urls = {"events_url": url, "interactions_url": url, "commands_url": url}
        slack.ask("PUT", "/_control/app", json=urls)
        yield payloads
        slack.ask("PUT", "/_control/app", json={})


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    listening = serving.listen()
    app = Receiver(listening, serving.address(listening))
    with serving.served({"app": app.app()}, {"app": listening}):
        yield app
        app.closing.set()


@pytest.fixture(scope="session")
def png() -> bytes:
    return picture("PNG")


def picture(form: str) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(held, form)
    return held.getvalue()
