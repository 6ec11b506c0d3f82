"""Every block and element is shown; text is shown as it is."""

import io
import re
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.local.slack.driver import eventually
from tests.page.payloads import HOSTILE, SHOWN, every_block, mrkdwn, plain
from tests.page.visitor import PageHarness, Visitor

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


def test_every_block_is_shown(visit: Visit, stage: PageHarness, png: bytes) -> None:
    stage.post(text="all", blocks=every_block(stage.picture(png)))
    person = visit()
    message = person.messages.last
    expect(message.get_by_role("heading", name="A header")).to_be_visible()
    for tag, words in {"strong": "bold", "em": "italic", "s": "struck", "code": "code"}.items():
        expect(message.locator(f".section {tag}").first).to_have_text(words)
        expect(message.locator(f".rich_text {tag}").first).to_have_text(words)
    expect(message.locator(".section a")).to_have_attribute("href", "https://shop.example/")
    expect(message.locator(".section blockquote")).to_have_text("q")
    expect(message.get_by_role("img", name="small cup")).to_be_visible()
    expect(message.locator(".context")).to_have_text("plain *context*mrkdwn context")
    expect(message.locator(".rich_text")).to_contain_text("*not bold* <b>&amp; ")
    expect(message.locator(".rich_text")).to_contain_text("#shop-news@here@S0TEAM👀🦊#0f5c63")
    expect(message.locator(".rich_text")).to_contain_text("2023-11-14")
    expect(message.locator(".rich_text ol")).to_have_attribute("start", "3")
    expect(message.locator(".rich_text pre")).to_have_text("{\n  json: 1\n}")
    expect(message.locator(".markdown strong")).to_have_text("bold")
    expect(message.locator(".markdown li")).to_have_count(2)
    for name in ("Again", "Delete", "Beside the fields", "Enlarge: a cup on a table"):
        expect(message.get_by_role("button", name=name)).to_be_visible()


def test_pictures_of_blocks_are_loaded_and_enlarged(visit: Visit, stage: PageHarness) -> None:
    url = f"http://{stage.addresses['pictures']}/cup.png"
    stage.post(text="one", blocks=[{"type": "image", "image_url": url, "alt_text": "a cup"}])
    page = visit().page
    picture = page.get_by_role("button", name="Enlarge: a cup")
    width = "document.querySelector('.picture img')?.naturalWidth"
    eventually(lambda: page.evaluate(width) == 240)
    picture.click()
    expect(page.get_by_role("dialog", name="a cup")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(picture).to_be_focused()


@pytest.mark.parametrize("width", [360, 1000])
@pytest.mark.parametrize("size", [(240, 180), (90, 400), (2000, 120)], ids=str)
def test_a_frame_fits_its_picture(
    visit: Visit, stage: PageHarness, size: tuple[int, int], width: int
) -> None:
    held = io.BytesIO()
    Image.new("RGB", size, "teal").save(held, "PNG")
    picture = {"id": stage.picture(held.getvalue())}
    stage.post(text="one", blocks=[{"type": "image", "slack_file": picture, "alt_text": "a cup"}])
    page = visit(width=width).page
    shown = page.get_by_role("button", name="Enlarge: a cup").locator("img")
    eventually(lambda: shown.evaluate("one => one.naturalWidth"))
    gaps = shown.evaluate(
        """one => {
          const inner = one.getBoundingClientRect();
          const outer = one.parentElement.getBoundingClientRect();
          return [outer.width - inner.width, outer.height - inner.height];
        }"""
    )
    assert gaps == [2, 2]  # the frame's line, on both sides


def test_words_of_the_other_direction_turn_nothing_round(visit: Visit, stage: PageHarness) -> None:
    words = ["شاطئ", " · ", "1280", " × ", "720", " · ", "כוס"]
    elements = [{"type": "text", "text": word} for word in words]
    section = {"type": "rich_text_section", "elements": elements}
    stage.post(text="a result", blocks=[{"type": "rich_text", "elements": [section]}])
    places = (
        visit()
        .messages.last.locator(".rich_text bdi")
        .evaluate_all("all => all.map((one) => one.getBoundingClientRect().left)")
    )
    assert places == sorted(places)
    assert len(places) == len(words)


def test_what_is_hostile_is_only_text(visit: Visit, stage: PageHarness, png: bytes) -> None:
    blocks = [
        *({"type": "section", "text": plain(text)} for text in HOSTILE),
        *({"type": "section", "text": mrkdwn(text)} for text in HOSTILE),
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
                for text in HOSTILE
            ],
        },
        *({"type": "markdown", "text": text} for text in HOSTILE),
        {"type": "image", "slack_file": {"id": stage.picture(png)}, "alt_text": HOSTILE[1]},
    ]
    stage.post(text=HOSTILE[0], blocks=blocks)
    stage.post(text=HOSTILE[1])
    link = "<javascript:document.title='owned'|click>"
    stage.post(text=link)
    person = visit()
    shown = person.messages.first
    for text in SHOWN:
        expect(shown.locator(".section .text", has_text=text).first).to_have_text(text)
        expect(shown.locator(".rich_text")).to_contain_text(text)
    expect(person.messages.nth(1).locator(".text")).to_have_text(HOSTILE[1])
    expect(person.messages.nth(2)).to_contain_text("<javascript:")
    assert person.page.locator("script:not([src])").count() == 0
    assert (
        person.page.locator("a[href^=javascript], [onerror], [onload], #messages svg").count() == 0
    )
    assert "owned" not in person.page.title()


def test_what_people_type_comes_out_as_typed(visit: Visit) -> None:
    person = visit()
    for text, seen in zip(HOSTILE, SHOWN, strict=True):
        person.say(text)
        expect(person.messages.filter(has_text=seen).last).to_be_visible()


@pytest.mark.parametrize("name", ["page.html", "page.svg"])
def test_an_uploaded_page_is_not_run(visit: Visit, stage: PageHarness, name: str) -> None:
    hostile = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    stage.slack.write("a page", file_ids=[stage.slack.upload(hostile, name=name)])
    person = visit()
    link = person.messages.last.get_by_role("link", name=re.compile(name))
    expect(link).to_have_attribute("download", name)
    answer = stage.slack.ask("GET", str(link.get_attribute("href")))
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_picture_from_elsewhere_is_not_asked_for(visit: Visit, stage: PageHarness) -> None:
    element = {"type": "image", "image_url": "https://elsewhere.example/a.png", "alt_text": "far"}
    stage.post(text="x", blocks=[{"type": "context", "elements": [element, plain("beside")]}])
    person = visit()
    expect(person.messages.last.get_by_title("Picture from elsewhere")).to_be_visible()
