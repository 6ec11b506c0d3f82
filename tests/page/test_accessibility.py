"""Usable by keyboard and by ear, readable in both colour schemes, from 360 px on."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.local.slack.driver import ANNA, PHOTOS, YUN
from tests.page.payloads import every_block
from tests.page.visitor import PageHarness, Visitor

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
CHECKS = Path(__file__).with_name("accessibility.js").read_text("utf-8")
# Deque's axe-core is a second judge where AXE_CORE names its axe.min.js.
AXE = os.environ.get("AXE_CORE", "")
AXE_RUN = """async () => {
  const { violations } = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a",
    "wcag21aa", "wcag22aa", "best-practice"] });
  return violations.map((one) => one.id + ": " + one.nodes.map((node) => node.html).join(" | "));
}"""


def complaints(person: Visitor) -> list[str]:
    """What is wrong with the page as it is shown now."""
    found: list[str] = person.page.evaluate(CHECKS)
    if AXE:
        person.page.evaluate(Path(AXE).read_text("utf-8"))
        found += person.page.evaluate(AXE_RUN)
    return found


@pytest.fixture
def busy(stage: PageHarness, png: bytes) -> PageHarness:
    """A channel with everything in it."""
    stage.post(text="all", blocks=every_block(stage.picture(png)))
    pdf = stage.slack.upload(b"%PDF-1.4", user=YUN, name="notes.pdf")
    stage.slack.write("a file for @Merchandiser (EN)", user=YUN, file_ids=[pdf])
    ts = stage.post(text="the *parent* <@U0MERCHEN1>")
    stage.post(text="the reply", thread_ts=ts)
    stage.slack.client.reactions_add(channel=PHOTOS, timestamp=ts, name="eyes")
    stage.slack.client.chat_postEphemeral(channel=PHOTOS, user=ANNA, text="no *photo* there")
    return stage


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wrong_anywhere(visit: Visit, busy: PageHarness, width: int, dark: bool) -> None:
    person = visit(width=width, dark=dark)
    expect(person.messages).to_have_count(4)
    assert not complaints(person), "\n".join(complaints(person))
    person.messages.nth(2).get_by_role("link", name="1 reply").click()
    expect(person.thread).to_contain_text("the reply")
    assert not complaints(person), "\n".join(complaints(person))
    person.thread.get_by_role("button", name="Close").click()
    person.say("/backdrop")
    person.dialog.get_by_role("button", name="Paint").click()
    expect(person.dialog).to_contain_text("Please complete this required field.")
    assert not complaints(person), "\n".join(complaints(person))
    person.page.keyboard.press("Escape")
    person.page.goto(f"{person.page.url.partition('#')[0]}#user={ANNA}&channel=direct&home=1")
    expect(person.page.locator("#home")).to_contain_text("a cup on a table")
    assert not complaints(person), "\n".join(complaints(person))


def test_the_phone_shows_everything_without_sideways_scrolling(
    visit: Visit, busy: PageHarness
) -> None:
    person = visit(width=360, height=740)
    expect(person.messages).to_have_count(4)
    page: Any = person.page
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate("document.querySelector('#messages').scrollWidth") <= 360
    toggle = page.get_by_role("button", name="Show conversations")
    toggle.click()
    page.get_by_role("link", name="shop-news").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("#shop-news")
    expect(page.get_by_role("link", name="product-photos")).to_be_hidden()
    page.get_by_role("button", name="Behind").click()
    expect(page.get_by_role("complementary", name="Behind the scenes")).to_be_visible()
    page.get_by_role("complementary").get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Behind")).to_be_focused()


def test_everything_is_reached_by_the_keyboard_and_seen_when_focused(
    visit: Visit, busy: PageHarness
) -> None:
    person = visit()
    expect(person.messages).to_have_count(4)
    seen: set[str] = set()
    for _ in range(60):
        person.page.keyboard.press("Tab")
        where = person.page.evaluate(
            """() => {
              const node = document.activeElement;
              const part = node.closest("header, nav, #messages, #write, aside")?.id;
              // The message box is marked as a whole, and not the text in it alone.
              const isSeen = [node, node.closest(".composer")].some((one) => {
                const { outlineStyle, outlineWidth } = one ? getComputedStyle(one) : {};
                return one && outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
              });
              return [part ?? node.id, isSeen || node.tagName === "BODY"];
            }"""
        )
        assert where[1], f"the focus is not seen in {where[0]}"
        seen.add(where[0])
    assert {"skip", "top", "places", "messages", "write"} <= seen


def test_a_menu_is_used_with_the_keyboard(visit: Visit, stage: PageHarness) -> None:
    stage.slack.write("a photo")
    person = visit()
    button = person.messages.last.get_by_role("button", name="More actions")
    button.focus()
    person.page.keyboard.press("Enter")
    first = person.page.get_by_role("menuitem", name="Repaint this photo")
    expect(first).to_be_focused()
    person.page.keyboard.press("End")
    expect(person.page.get_by_role("menuitem", name="Delete message")).to_be_focused()
    person.page.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    person.page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")


def test_new_messages_are_announced_and_old_ones_are_not(visit: Visit, stage: PageHarness) -> None:
    stage.post(text="an old message")
    person = visit()
    expect(person.messages).to_have_count(1)
    stage.post(text="a <https://shop.example|new> message")
    live = person.page.locator("#live")
    expect(live).to_contain_text("Backdrop: a new message")
    expect(live).not_to_contain_text("old")
