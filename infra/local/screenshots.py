"""Take the README's screenshots of the running system with Chromium (``make screenshots``)."""

import sys

from playwright.sync_api import Page

from infra.local import one_job
from infra.local.browser import NOT_HERE, browsing, chromium_path
from infra.local.polling import until
from infra.local.stack import ROOT, Options, Stack, running

OUT = ROOT / "docs"
SAMPLE = ROOT / "infra/local/page/samples/mug.jpg"
WORDS = "on a wooden table by the window, morning light"


def main() -> int:
    """Take all screenshots. Return the exit code: 1 if there is no Chromium."""
    path = chromium_path()
    if path is None:
        print(NOT_HERE, file=sys.stderr)
        return 1
    OUT.mkdir(exist_ok=True)
    with running(Options(aiart_s=1.0)) as stack, browsing(path) as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        _thread(stack, page)
        _form(page)
        _home(page)
    return 0


def _thread(stack: Stack, page: Page) -> None:
    page.goto(stack.ready()["page_url"])
    ts = one_job.ask(
        stack, one_job.Wanted(photos=[SAMPLE], prompt=WORDS, options={"product": "mug"})
    )
    one_job.wait_for_answers(stack, ts, 1)
    page.get_by_text("1 reply").first.click()
    thread = page.get_by_role("complementary", name="Thread")
    thread.get_by_role("button", name="Save as scene…").wait_for()
    _taken(page, "thread")


def _form(page: Page) -> None:
    page.locator("#write textarea").fill("/backdrop")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    _taken(page, "form")
    page.keyboard.press("Escape")


def _home(page: Page) -> None:
    page.get_by_text("Backdrop · Home").click()
    page.get_by_text("Your latest pictures").wait_for()
    _taken(page, "home")


def _taken(page: Page, name: str) -> None:
    """Take the screenshot ``name`` when every image on the page is loaded."""
    loaded = "[...document.images].every((one) => one.complete && one.naturalWidth)"
    until(lambda: bool(page.evaluate(loaded)), what="the pictures on the page")
    page.screenshot(path=str(OUT / f"{name}.png"))
    print(f"docs/{name}.png")


if __name__ == "__main__":
    sys.exit(main())
