"""Messages: typed, sent with files, edited, deleted, answered in threads, followed live."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.local.slack.driver import ADMIN, ANNA, PHOTOS, YUN, eventually
from tests.page.payloads import RESULT_ACTIONS, rich_text
from tests.page.visitor import PageHarness, Visitor, picture_file

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]

DROP = """([selector, files]) => {
  const transfer = new DataTransfer();
  for (const [name, bytes] of files) {
    transfer.items.add(new File([new Uint8Array(bytes)], name, {type: "image/png"}));
  }
  const node = document.querySelector(selector);
  for (const kind of ["dragenter", "dragover", "drop"]) {
    const how = {dataTransfer: transfer, bubbles: true, cancelable: true};
    node.dispatchEvent(new DragEvent(kind, how));
  }
}"""


def test_a_mention_is_completed_and_the_answer_appears_in_its_thread(visit: Visit) -> None:
    person = visit()
    person.box.type("hello @bac")
    expect(person.page.get_by_role("option", name="@Backdrop")).to_be_visible()
    person.box.press("Tab")
    person.box.type("on a beach")
    person.box.press("Enter")
    message = person.messages.last
    expect(message).to_contain_text("hello @Backdrop on a beach")
    expect(message.get_by_role("img", name=":eyes:")).to_be_visible()
    expect(person.thread).to_contain_text("@Merchandiser (EN) on it")
    expect(person.box).to_be_focused()  # whoever types on must not be torn away


def test_the_eyes_are_drawn_where_no_font_has_them(visit: Visit) -> None:
    person = visit()
    person.say("@Backdrop hello")
    eyes = person.messages.last.get_by_role("img", name=":eyes:")
    drawn = "node => getComputedStyle(node, '::before').maskImage"  # none, once it is drawn anew
    assert eventually(lambda: "signs.svg" in eyes.evaluate(drawn))
    answer = person.page.request.get(person.page.url.partition("#")[0] + "static/signs.svg")
    assert answer.headers["content-type"] == "image/svg+xml"


def test_on_a_phone_the_thread_that_opens_has_the_focus_and_back_leads_out(visit: Visit) -> None:
    person = visit(width=360, height=740)
    person.say("@Backdrop on a beach")
    expect(person.thread.get_by_role("textbox")).to_be_focused()
    person.page.go_back()
    expect(person.thread).to_be_hidden()
    expect(person.messages.last.get_by_role("link", name="1 reply")).to_be_visible()


def test_no_thread_opens_over_what_somebody_writes_or_reads(
    visit: Visit, stage: PageHarness
) -> None:
    ts = stage.post(text="the parent")
    stage.post(text="the reply", thread_ts=ts)
    person = visit()
    stage.seen.may_answer.clear()
    person.say("@Backdrop on a beach")
    expect(person.messages.last).to_contain_text("on a beach")
    person.box.fill("and then")
    stage.seen.may_answer.set()
    expect(person.messages.last.get_by_role("link", name="1 reply")).to_be_visible()
    expect(person.thread).to_be_hidden()
    person.messages.first.get_by_role("link", name="1 reply").click()
    person.say("@Backdrop on a road")
    expect(person.messages.last.get_by_role("link", name="1 reply")).to_be_visible()
    expect(person.thread).to_contain_text("the reply")


def test_an_answered_thread_opens_with_the_keyboard_too(visit: Visit) -> None:
    person = visit()
    person.say("@Backdrop hello")
    expect(person.thread).to_contain_text("on it")
    person.thread.get_by_role("button", name="Close").click()
    person.messages.last.get_by_role("link", name="1 reply").click()
    expect(person.thread.get_by_role("textbox")).to_be_focused()


def test_several_files_are_dropped_and_chosen_and_one_is_taken_back(
    visit: Visit, png: bytes
) -> None:
    person = visit()
    person.page.evaluate(DROP, ["#messages", [["one.png", list(png)], ["two.png", list(png)]]])
    picker = person.page.locator("#write input[type=file]")
    picker.set_input_files([picture_file("three.png", png)])
    expect(person.page.locator("#write .chip")).to_have_count(3)
    person.page.get_by_role("button", name="Remove two.png").click()
    person.say("look")
    message = person.messages.last
    expect(message.get_by_role("button", name="Enlarge: one.png")).to_be_visible()
    expect(message.get_by_role("button", name="Enlarge: three.png")).to_be_visible()
    assert [file["name"] for file in person.said()[-1]["files"]] == ["one.png", "three.png"]
    expect(person.page.locator("#write .chip")).to_have_count(0)


def test_a_sample_photo_is_one_click_away_and_brings_words_along(visit: Visit) -> None:
    person = visit()
    person.page.get_by_role("button", name="Attach the sample photo mug").click()
    expect(person.box).to_have_value("@Backdrop on a wooden table in a sunny garden")
    person.box.press("Enter")
    expect(person.messages.last.get_by_role("button", name="Enlarge: mug.jpg")).to_be_visible()
    person.page.locator("#write").get_by_role("button", name="Sample photos").click()
    person.page.get_by_role("menuitem", name="lamp").click()
    expect(person.page.locator("#write .chip")).to_contain_text("lamp.jpg")


def test_own_messages_are_edited_and_deleted_and_those_of_others_are_not(
    visit: Visit, stage: PageHarness
) -> None:
    stage.slack.write("from the other side", user=YUN)
    person = visit()
    person.say("one *two* <three> https://shop.example/a")
    own = person.messages.last
    expect(own).to_contain_text("one *two*")
    person.menu(own, "Edit message")
    box = own.get_by_role("textbox", name="Edit message")
    expect(box).to_have_value("one *two* <three> https://shop.example/a")
    box.fill("changed")
    box.press("Enter")
    expect(own).to_contain_text("changed")
    expect(own).to_contain_text("(edited)")
    person.messages.first.hover()
    person.messages.first.get_by_role("button", name="More actions").click()
    expect(person.page.get_by_role("menuitem", name="Reply in thread")).to_be_visible()
    expect(person.page.get_by_role("menuitem", name="Delete message")).to_have_count(0)
    person.page.keyboard.press("Escape")
    person.menu(own, "Delete message")
    person.page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(person.messages).to_have_count(1)


def test_an_administrator_deletes_anybodys_message(visit: Visit, stage: PageHarness) -> None:
    stage.post(text="a result")
    person = visit(ADMIN)
    person.menu(person.messages.last, "Delete message")
    person.page.get_by_role("button", name="Delete", exact=True).click()
    expect(person.messages).to_have_count(0)


def test_what_the_app_posts_changes_and_deletes_is_followed_live(
    visit: Visit, stage: PageHarness
) -> None:
    person = visit()
    ts = stage.post(text="waiting")
    expect(person.messages.last).to_contain_text("waiting")
    expect(person.page.locator("#live")).to_contain_text("Backdrop: waiting")
    stage.slack.client.chat_update(channel=PHOTOS, ts=ts, text="painting")
    expect(person.messages.last).to_contain_text("painting")
    stage.slack.client.chat_delete(channel=PHOTOS, ts=ts)
    expect(person.messages).to_have_count(0)


def test_an_ephemeral_message_is_seen_by_one_person_and_can_be_dismissed(
    visit: Visit, stage: PageHarness
) -> None:
    person, other = visit(), visit(YUN)
    stage.slack.client.chat_postEphemeral(channel=PHOTOS, user=ANNA, text="no photo there")
    expect(person.messages.last).to_contain_text("Only visible to you")
    expect(person.messages.last).to_contain_text("no photo there")
    stage.post(text="for all")
    expect(other.messages.last).to_contain_text("for all")
    expect(other.messages).to_have_count(1)
    person.messages.first.get_by_role("button", name="Dismiss").click()
    expect(person.messages).to_have_count(1)


def test_what_is_typed_in_a_thread_goes_there_and_escape_leads_back(
    visit: Visit, stage: PageHarness
) -> None:
    stage.post(text="the parent")
    person = visit()
    person.messages.last.hover()
    person.messages.last.get_by_role("button", name="Reply in thread").click()
    reply = person.thread.get_by_role("textbox")
    expect(reply).to_be_focused()
    reply.fill("below")
    reply.press("Enter")
    expect(person.thread.locator(".message").last).to_contain_text("below")
    expect(person.messages).to_have_count(1)
    reply.press("Escape")
    expect(person.thread).to_be_hidden()
    expect(person.messages.last.get_by_role("link", name="1 reply")).to_be_focused()


def test_a_deleted_parent_leaves_its_thread(visit: Visit, stage: PageHarness) -> None:
    ts = stage.post(text="the parent")
    stage.post(text="the reply", thread_ts=ts)
    stage.slack.client.chat_delete(channel=PHOTOS, ts=ts)
    person = visit(at=f"&channel={PHOTOS}&thread={ts}")
    expect(person.thread).to_contain_text("This message was deleted.")
    expect(person.thread).to_contain_text("the reply")


def test_buttons_menus_and_confirmations_reach_the_app(visit: Visit, stage: PageHarness) -> None:
    stage.post(text="a result", blocks=[rich_text(), RESULT_ACTIONS])
    person = visit()
    message = person.messages.first
    message.get_by_role("button", name="Again").click()
    expect(person.messages.last).to_contain_text("once more")
    message.get_by_role("combobox", name="Size").select_option("16:9")
    message.get_by_role("button", name="Delete").click()
    question = person.page.get_by_role("alertdialog", name="Delete the picture?")
    expect(question).to_contain_text("The link stops working.")
    question.get_by_role("button", name="Keep it").click()
    message.get_by_role("button", name="Delete").click()
    question.get_by_role("button", name="Delete it").click()
    expect(message.get_by_role("button", name="Delete")).to_be_focused()
    message.locator(".block.actions").get_by_role("button", name="More options").click()
    person.page.get_by_role("menuitem", name="Cut-out").click()
    eventually(lambda: len(stage.seen.of("action")) == 4)
    actions = [body["actions"][0] for body in stage.seen.of("action")]
    assert [one["action_id"] for one in actions] == ["again", "size", "delete", "more"]
    assert actions[0]["value"] == "job-1"
    assert actions[1]["selected_option"]["value"] == "16:9"
    assert actions[3]["selected_option"]["value"] == "cut-out"


def test_an_app_that_does_not_answer_is_reported(visit: Visit, stage: PageHarness) -> None:
    blocks = [{"type": "actions", "elements": [RESULT_ACTIONS["elements"][0]]}]
    stage.post(text="a result", blocks=blocks)
    person = visit()
    url = f"http://{stage.addresses['app']}/slack/events"
    nowhere = f"http://{stage.addresses['pictures']}/"
    stage.slack.ask("PUT", "/_control/app", json={"interactions_url": nowhere})
    person.messages.first.get_by_role("button", name="Again").click()
    expect(person.page.get_by_role("status")).to_contain_text("Backdrop did not answer")
    stage.slack.ask("PUT", "/_control/app", json={"events_url": url, "interactions_url": url})


def test_unread_messages_are_counted_until_they_are_looked_at(
    visit: Visit, stage: PageHarness
) -> None:
    person = visit()
    stage.slack.write("news", user=YUN, channel="C0SHOPNEWS")
    stage.slack.write("for @Merchandiser (EN)", user=YUN, channel="C0SHOPNEWS")
    places = person.page.get_by_role("navigation", name="Conversations")
    link = places.get_by_role("link", name="shop-news")
    expect(link).to_contain_text("2 unread, you are mentioned")
    toast = person.page.get_by_role("status")
    expect(toast).to_contain_text("运营 (中文) wrote to you in #shop-news")
    toast.get_by_role("button", name="Open").click()
    expect(person.page.get_by_role("heading", level=1)).to_have_text("#shop-news")
    expect(person.page.locator("#place-head")).to_contain_text("Backdrop is not in this channel")
    expect(link).not_to_contain_text("unread")
    expect(person.page.locator("#messages .mention.mine")).to_have_count(1)


def test_a_result_in_a_thread_elsewhere_is_announced_and_opens(
    visit: Visit, stage: PageHarness
) -> None:
    ts = stage.post(text="the parent")
    person = visit(at="&channel=C0SHOPNEWS")
    stage.post(text=f"<@{ANNA}> Your picture is ready.", thread_ts=ts)
    person.page.get_by_role("status").get_by_role("button", name="Open").click()
    expect(person.thread).to_contain_text("Your picture is ready.")


def test_a_permalink_leads_to_its_thread(visit: Visit, stage: PageHarness) -> None:
    ts = stage.post(text="the parent")
    reply = stage.post(text="the reply", thread_ts=ts)
    link = stage.slack.client.chat_getPermalink(channel=PHOTOS, message_ts=reply)["permalink"]
    person = visit()
    person.page.goto(str(link))
    expect(person.thread).to_contain_text("the reply")


def test_the_page_finds_back_after_the_stand_in_has_started_over(
    visit: Visit, stage: PageHarness
) -> None:
    stage.post(text="before")
    person = visit()
    expect(person.messages.last).to_contain_text("before")
    stage.slack.ask("POST", "/_control/reset")
    expect(person.messages).to_have_count(0)
    stage.post(text="after")
    expect(person.messages.last).to_contain_text("after")


def test_an_archived_channel_takes_no_messages(visit: Visit) -> None:
    person = visit(at="&channel=C0ARCHIVED")
    expect(person.page.locator("#write")).to_have_text("This channel is archived.")


def test_enter_that_ends_an_input_method_sends_nothing(visit: Visit) -> None:
    person = visit()
    person.box.fill("shang")
    person.box.evaluate(
        "box => box.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
    )
    person.say("上海")
    expect(person.messages).to_have_count(1)
    expect(person.messages.last).to_contain_text("上海")


def test_the_way_past_the_lists_leads_to_the_message_field(visit: Visit) -> None:
    person = visit(at="&channel=C0SHOPNEWS")
    person.page.keyboard.press("Tab")
    skip = person.page.get_by_role("link", name="Skip to the message field")
    expect(skip).to_be_focused()
    skip.press("Enter")
    expect(person.box).to_be_focused()
    expect(person.page.get_by_role("heading", level=1)).to_have_text("#shop-news")


def test_one_s_own_new_message_is_always_in_sight(visit: Visit, stage: PageHarness) -> None:
    for n in range(40):
        stage.slack.write(f"message {n}", user=YUN)
    person = visit()
    expect(person.messages).to_have_count(40)
    expect(person.messages.last).to_be_in_viewport()
    person.page.locator("#messages").evaluate("node => node.scrollTo(0, 0)")
    expect(person.messages.first).to_be_in_viewport()
    stage.slack.write("somebody else's", user=YUN)
    expect(person.messages).to_have_count(41)
    expect(person.messages.first).to_be_in_viewport()
    person.say("my own")
    expect(person.messages.last).to_contain_text("my own")
    expect(person.messages.last).to_be_in_viewport()


def test_an_open_menu_outlives_what_happens_to_its_message(
    visit: Visit, stage: PageHarness
) -> None:
    ts = stage.post(text="a result")
    person = visit()
    message = person.messages.last
    message.hover()
    message.get_by_role("button", name="More actions").click()
    entry = message.get_by_role("menuitem", name="Repaint this photo")
    expect(entry).to_be_focused()
    stage.slack.client.reactions_add(channel=PHOTOS, timestamp=ts, name="eyes")
    stage.post(text="another")
    expect(person.messages).to_have_count(2)
    first = person.messages.first
    expect(first.get_by_role("menuitem", name="Repaint this photo")).to_be_focused()
    expect(first.locator(".reactions")).to_have_count(0)
    person.page.keyboard.press("Escape")
    expect(first.get_by_role("img", name=":eyes:")).to_be_visible()
    expect(first.get_by_role("button", name="More actions")).to_be_focused()
