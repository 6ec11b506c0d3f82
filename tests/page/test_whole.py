"""The page in front of the real product: from a sample photo to the picture in the thread."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from infra.local import page as chat_page
from infra.local.stack import Options, Stack, running
from tests.page.conftest import LIMIT_MS

SAMPLES = Path(chat_page.__file__).with_name("samples")
pytestmark = [pytest.mark.browser, pytest.mark.e2e]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    log = tmp_path_factory.mktemp("logs") / "functions.jsonl"
    with running(Options(aiart_s=0.2, paint=False, log_file=str(log))) as started:
        yield started


def test_a_newcomer_gets_a_picture_and_sees_how(browser: Browser, stack: Stack) -> None:
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        context.set_default_timeout(LIMIT_MS)
        page = context.new_page()
        page.goto(stack.ready()["page_url"])
        expect(page.get_by_role("note")).to_contain_text("are stand-ins here")
        page.get_by_role("button", name="Attach the sample photo mug").click()
        expect(page.get_by_role("button", name="Remove mug.jpg")).to_be_visible()
        page.get_by_role("button", name="Send").click()
        # The thread opens by itself; what is behind is for those who ask.
        panel = page.get_by_role("complementary", name="Behind the scenes")
        expect(panel).to_be_hidden()
        result = page.get_by_role("complementary", name="Thread").locator(".message").last
        expect(result.locator(".block.image img")).to_be_visible()
        expect(result.get_by_role("link", name="Full size")).to_be_visible()
        page.get_by_role("button", name="Behind the scenes").click()
        expect(panel.locator(".jobs")).to_contain_text("succeeded")
        expect(panel.locator(".calls")).to_contain_text("billed")
        expect(panel.locator(".lines")).to_contain_text("outcome=succeeded")
        shown = panel.inner_text()
        for secret in (stack.slack_bot_token, stack.secret_id, stack.secret_key, "q-sign"):
            assert secret not in shown
        page.get_by_role("link", name="Backdrop · Home").click()
        expect(page.locator("#home")).to_contain_text("on a wooden table in a sunny garden")


def test_a_refused_message_is_mended_in_three_actions(browser: Browser, stack: Stack) -> None:
    """Fix…, the size, Create: nothing is uploaded or typed again but what was wrong."""
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        context.set_default_timeout(LIMIT_MS)
        page = context.new_page()
        page.goto(stack.ready()["page_url"])
        page.locator("#write input[type=file]").set_input_files(SAMPLES / "mug.jpg")
        page.locator("#write textarea").fill("@Backdrop on a beach --size 3:9")
        page.get_by_role("button", name="Send").click()
        refusal = page.locator("#messages .message").last
        expect(refusal).to_contain_text("Edit your message, or press Fix.")

        refusal.get_by_role("button", name="Fix…").click()
        form = page.locator("dialog.modal")
        expect(form.get_by_role("textbox", name="Describe the new background")).to_have_value(
            "on a beach"
        )
        expect(form).to_contain_text("mug.jpg")
        form.get_by_role("textbox", name="Or a size of your own").fill("3:4")
        form.get_by_role("button", name="Create").click()

        thread = page.get_by_role("complementary", name="Thread")
        expect(thread.locator(".message .block.image img")).to_be_visible()
        expect(thread).to_contain_text("960 × 1280")
