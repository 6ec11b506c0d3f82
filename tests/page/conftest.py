"""Serve the page on a Slack stand-in of its own, with an app behind it, and run a real browser."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page, Request
from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from infra.local import page as chat_page
from infra.local.browser import NOT_HERE, browsing, chromium_path
from infra.local.control import DropConnection
from infra.local.serving import address, listen, served
from infra.local.slack.app import application
from infra.local.slack.settings import Settings
from infra.local.slack.workspace import Workspace
from tests.local.slack.driver import ANNA, SECRET, TOKEN, Slack
from tests.page.app import Seen, asgi, build
from tests.page.visitor import PageHarness, Visitor

MANIFEST = Path(__file__).with_name("manifest.yml")
LIMIT_MS = 20_000  # a deadline, for a machine that is busy


@pytest.fixture(scope="package")
def png() -> bytes:
    """Draw a small picture (PNG)."""
    held = io.BytesIO()
    Image.new("RGB", (240, 180), "teal").save(held, "PNG")
    return held.getvalue()


# Per package, not per session: a running Playwright keeps an event loop in this thread, so that
# other tests could not start theirs.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Run a headless Chromium. Without one, skip the tests; but fail them in CI."""
    path = chromium_path()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(NOT_HERE)
        pytest.skip(NOT_HERE)
    with browsing(path) as chromium:
        yield chromium


@pytest.fixture(scope="package")
def running(png: bytes) -> Iterator[PageHarness]:
    """Serve the stand-in with the page, a registered Bolt app, and a host of one picture."""

    async def picture(_: Asked) -> Response:
        return Response(png, media_type="image/png")

    with ExitStack() as stack:
        sockets = {name: stack.enter_context(listen()) for name in ("slack", "app", "pictures")}
        addresses = {name: address(one) for name, one in sockets.items()}
        workspace = Workspace(
            address=addresses["slack"],
            bot_token=TOKEN,
            signing_secret=SECRET,
            settings=Settings(minute_s=0.1),
        )
        more = chat_page.routes(workspace, addresses, manifest_file=MANIFEST)
        seen = Seen()
        app = build(f"http://{addresses['slack']}/api/", TOKEN, SECRET, seen)
        servers: dict[str, ASGIApp] = {
            "slack": DropConnection(application(workspace, more)),
            "app": asgi(app),
            "pictures": Starlette(routes=[Route("/cup.png", picture)]),
        }
        stack.enter_context(served(servers, sockets))
        slack = Slack(addresses["slack"])
        url = f"http://{addresses['app']}/slack/events"
        slack.ask("PUT", "/_control/app", json={"events_url": url, "interactions_url": url})
        yield PageHarness(slack, seen, addresses)


@pytest.fixture
def stage(running: PageHarness) -> PageHarness:
    """Reset the stand-in and the app for a test."""
    running.slack.ask("POST", "/_control/reset")
    running.seen.payloads.clear()
    running.seen.may_answer.set()
    return running


@pytest.fixture
def visit(browser: Browser, stage: PageHarness) -> Iterator[Callable[..., Visitor]]:
    """Give a function that opens the page as a person.

    Fails the test if the browser reports a problem, or asks another server than the stand-in.
    """
    problems: list[str] = []
    with ExitStack() as contexts:

        def start(
            user: str = ANNA,
            *,
            width: int = 1000,
            height: int = 760,
            dark: bool = False,
            at: str = "",
        ) -> Visitor:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if dark else "light",
                locale="en-GB",
            )
            contexts.callback(context.close)
            context.set_default_timeout(LIMIT_MS)
            page = context.new_page()
            _watch(page, f"http://{stage.slack.address}/", problems)
            page.goto(f"http://{stage.slack.address}/#user={user}{at}")
            page.wait_for_selector("#messages > *, #home > *", state="attached")
            return Visitor(page, stage, problems)

        yield start
    assert problems == []


def _watch(page: Page, own: str, problems: list[str]) -> None:
    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            problems.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((own, "blob:")):
            problems.append(f"asked {request.url}")

    page.on("console", said)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", asked)
