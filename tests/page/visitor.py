"""Act as a person at the page."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.local.slack.driver import PHOTOS, Json, Slack
from tests.page.app import Seen

expect.set_options(timeout=20_000)  # a deadline, for a machine that is busy


def picture_file(name: str, png: bytes) -> FilePayload:
    """Make a picture file to be chosen from the disk."""
    return {"name": name, "mimeType": "image/png", "buffer": png}


@dataclass
class PageHarness:
    """Hold what is behind the page: the Slack stand-in, the app's payloads, the addresses."""

    slack: Slack
    seen: Seen
    addresses: dict[str, str]

    def post(self, *, channel: str = PHOTOS, **content: Any) -> str:
        """Post a message as the app; give its ts."""
        answer = self.slack.client.chat_postMessage(channel=channel, **content)
        return str(answer["ts"])

    def picture(self, png: bytes) -> str:
        """Upload a picture as the app; give the file's id."""
        answer: Any = self.slack.client.files_upload_v2(content=png, filename="cup.png")
        return str(answer["file"]["id"])


@dataclass
class Visitor:
    """Act on an open page as a person."""

    page: Page
    stage: PageHarness
    problems: list[str]

    @property
    def messages(self) -> Locator:
        """Locate the messages of the channel."""
        return self.page.locator("#messages .message")

    @property
    def thread(self) -> Locator:
        """Locate the open thread."""
        return self.page.get_by_role("complementary", name="Thread")

    @property
    def dialog(self) -> Locator:
        """Locate the open form."""
        return self.page.locator("dialog.modal")

    @property
    def box(self) -> Locator:
        """Locate the box in which messages are typed."""
        return self.page.locator("#write textarea")

    def say(self, text: str) -> None:
        """Type a message and send it."""
        self.box.fill(text)
        self.box.press("Enter")

    def menu(self, message: Locator, entry: str) -> None:
        """Choose an entry of a message's menu."""
        message.hover()
        message.get_by_role("button", name="More actions").click()
        message.get_by_role("menuitem", name=entry).click()

    def expect_problem(self, part: str) -> None:
        """Check that the browser reported a problem with ``part`` in it, and forget it."""
        found = [one for one in self.problems if part in one]
        assert found
        for one in found:
            self.problems.remove(one)

    def said(self) -> list[Json]:
        """Read the channel's messages from the stand-in."""
        return self.stage.slack.messages()
