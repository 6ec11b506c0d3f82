"""A person at the page."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.local.slack.driver import PHOTOS, Json, Slack
from tests.page.app import Seen

expect.set_options(timeout=20_000)  # a deadline, for a machine that is busy


def picture_file(name: str, png: bytes) -> FilePayload:
    """A picture to be chosen from the disk."""
    return {"name": name, "mimeType": "image/png", "buffer": png}


@dataclass
class PageHarness:
    """What is behind the page."""

    slack: Slack
    seen: Seen
    addresses: dict[str, str]

    def post(self, *, channel: str = PHOTOS, **content: Any) -> str:
        """A message of the app's; gives its ts."""
        answer = self.slack.client.chat_postMessage(channel=channel, **content)
        return str(answer["ts"])

    def picture(self, png: bytes) -> str:
        """A picture that the app has uploaded; gives the file's id."""
        answer: Any = self.slack.client.files_upload_v2(content=png, filename="cup.png")
        return str(answer["file"]["id"])


@dataclass
class Visitor:
    """A page, and what a person does there."""

    page: Page
    stage: PageHarness
    problems: list[str]

    @property
    def messages(self) -> Locator:
        """The messages of the channel."""
        return self.page.locator("#messages .message")

    @property
    def thread(self) -> Locator:
        """The open thread."""
        return self.page.get_by_role("complementary", name="Thread")

    @property
    def dialog(self) -> Locator:
        """The form that is open."""
        return self.page.locator("dialog.modal")

    @property
    def box(self) -> Locator:
        """Where messages are typed."""
        return self.page.locator("#write textarea")

    def say(self, text: str) -> None:
        """Type a message and send it."""
        self.box.fill(text)
        self.box.press("Enter")

    def menu(self, message: Locator, entry: str) -> None:
        """Choose from a message's menu."""
        message.hover()
        message.get_by_role("button", name="More actions").click()
        message.get_by_role("menuitem", name=entry).click()

    def expect_problem(self, part: str) -> None:
        """One thing did go wrong in the browser, as it should."""
        found = [one for one in self.problems if part in one]
        assert found
        for one in found:
            self.problems.remove(one)

    def said(self) -> list[Json]:
        """The channel's messages as the stand-in has them."""
        return self.stage.slack.messages()
