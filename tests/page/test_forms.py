"""Commands, shortcuts, forms, Home, workflow steps, and other people."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.local.slack.driver import ANNA, YUN, eventually
from tests.page.visitor import PageHarness, Visitor, picture_file

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


def opened(person: Visitor) -> Locator:
    """The app's large form."""
    person.say("/backdrop")
    expect(person.dialog).to_be_visible()
    return person.dialog


def test_a_command_is_completed_and_answered_to_the_person_alone(
    visit: Visit, stage: PageHarness
) -> None:
    person = visit()
    person.box.type("/b")
    option = person.page.get_by_role("option", name="/backdrop")
    expect(option).to_contain_text("Opens the form")
    option.click()
    person.box.type("hel & <lo>")
    person.box.press("Enter")
    expect(person.messages.last).to_contain_text("Only visible to you")
    expect(person.messages.last).to_contain_text("you said hel & <lo>")
    assert stage.seen.of("command")[0]["text"] == "hel & <lo>"


def test_a_command_is_refused_where_slack_refuses_it(
    visit: Visit, stage: PageHarness, png: bytes
) -> None:
    ts = stage.post(text="the parent")
    person = visit(at=f"&channel=C0PRODUCTS&thread={ts}")
    box = person.thread.get_by_role("textbox")
    box.fill("/backdrop help")
    box.press("Enter")
    toasts = person.page.get_by_role("status")
    expect(toasts).to_contain_text("/backdrop does not work in threads")
    person.say("/unknown")
    expect(toasts).to_contain_text("/unknown is no command of this workspace")
    picker = person.page.locator("#write input[type=file]")
    picker.set_input_files([picture_file("cup.png", png)])
    person.say("/backdrop help")
    expect(toasts).to_contain_text("A command cannot carry files")
    expect(person.box).to_have_value("/backdrop help")
    assert stage.seen.of("command") == []


def test_a_command_that_fails_gets_slackbots_words(visit: Visit) -> None:
    person = visit()
    person.say("/broken")
    expect(person.messages.last).to_contain_text("Slackbot")
    expect(person.messages.last).to_contain_text("/broken failed with the error")


def test_errors_stand_under_their_fields_and_the_form_stays_open(
    visit: Visit, stage: PageHarness
) -> None:
    person = visit()
    form = opened(person)
    expect(form).to_have_accessible_name("New background")
    scene = form.get_by_role("textbox", name="Scene")
    form.get_by_role("textbox", name="Product").fill("a cup")
    form.get_by_role("textbox", name="Copies").fill("9")
    form.get_by_role("button", name="Paint").click()
    expect(scene).to_be_focused()
    expect(scene).to_have_accessible_description(
        "Please complete this required field. In a few words"
    )
    expect(scene).to_have_attribute("aria-invalid", "true")
    copies = form.get_by_role("textbox", name="Copies")
    expect(copies).to_have_accessible_description("Please enter 3 or less.")
    copies.fill("2")
    scene.fill("a nude statue")
    form.get_by_role("button", name="Paint").click()
    expect(scene).to_have_accessible_description("These words are not allowed. In a few words")
    expect(copies).not_to_have_attribute("aria-invalid", "true")
    expect(form.get_by_role("textbox", name="Product")).to_have_value("a cup")
    scene.fill("a beach")
    form.get_by_role("button", name="Paint").click()
    expect(form).to_be_hidden()
    assert len(stage.seen.of("form")) == 2


def test_a_file_input_takes_as_many_files_as_it_says(visit: Visit, png: bytes) -> None:
    person = visit()
    form = opened(person)
    files = [picture_file(f"{n}.png", png) for n in range(4)]
    picker = form.locator("input[type=file]")
    picker.set_input_files(files)
    expect(person.page.get_by_role("status")).to_contain_text("At most 3 files here.")
    expect(form.locator(".chip")).to_have_text(["0.png✕", "1.png✕", "2.png✕"])
    form.get_by_role("button", name="Remove 1.png").click()
    picker.set_input_files(files[3:])
    expect(form.locator(".chip")).to_have_text(["0.png✕", "2.png✕", "3.png✕"])


def test_every_input_reaches_the_app(visit: Visit, stage: PageHarness, png: bytes) -> None:
    person = visit()
    form = opened(person)
    photos = [picture_file("a.png", png), picture_file("b.png", png)]
    form.locator("input[type=file]").set_input_files(photos)
    expect(form.locator(".chip")).to_have_count(2)
    form.get_by_role("button", name="Remove a.png").click()
    form.get_by_role("button", name="Sample photos").click()
    person.page.get_by_role("menuitem", name="perfume").click()
    expect(form.locator(".chip")).to_contain_text(["b.png", "perfume.jpg"])
    form.get_by_role("textbox", name="Scene").fill("line one\nline *two*")
    form.get_by_role("combobox", name="Size").select_option("16:9")
    form.get_by_role("radio", name="Off").check()
    form.get_by_role("checkbox", name="Cut-out").check()
    form.get_by_role("listbox", name="Styles").select_option(["warm", "cool"])
    form.get_by_role("textbox", name="Copies").fill("3")
    form.get_by_role("button", name="Paint").click()
    expect(form).to_be_hidden()
    values = stage.seen.of("form")[0]["view"]["state"]["values"]
    assert [one["name"] for one in values["photos"]["photos"]["files"]] == ["b.png", "perfume.jpg"]
    assert values["scene"]["scene"]["value"] == "line one\nline *two*"
    assert values["size"]["size"]["selected_option"]["value"] == "16:9"
    assert values["mark"]["mark"]["selected_option"]["value"] == "off"
    assert [o["value"] for o in values["extras"]["extras"]["selected_options"]] == ["cut-out"]
    styles = values["styles"]["styles"]["selected_options"]
    assert [o["value"] for o in styles] == ["warm", "cool"]
    assert values["copies"]["copies"]["value"] == "3"


def test_a_form_that_the_app_changes_keeps_what_was_entered(
    visit: Visit, stage: PageHarness
) -> None:
    person = visit()
    form = opened(person)
    form.get_by_role("textbox", name="Scene").fill("a beach")
    form.get_by_role("combobox", name="Template").focus()
    form.get_by_role("combobox", name="Template").select_option("beach")
    expect(form).to_contain_text("A template it is.")
    expect(form.get_by_role("textbox", name="Scene")).to_have_value("a beach")
    expect(form.get_by_role("combobox", name="Template")).to_have_value("beach")
    expect(form.get_by_role("combobox", name="Template")).to_be_focused()
    action = stage.seen.of("action")[0]
    assert action["view"]["state"]["values"]["scene"]["scene"]["value"] == "a beach"
    assert action["actions"][0]["selected_option"]["value"] == "beach"


def test_a_form_on_top_of_another_leads_back_to_it(visit: Visit, stage: PageHarness) -> None:
    person = visit()
    form = opened(person)
    form.get_by_role("textbox", name="Scene").fill("a beach")
    form.get_by_role("button", name="Another form").click()
    top = person.page.get_by_role("dialog", name="On top")
    expect(top).to_be_visible()
    expect(top.get_by_role("textbox", name="A word")).to_be_focused()
    person.page.keyboard.press("Escape")
    below = person.page.get_by_role("dialog", name="New background")
    expect(below.get_by_role("textbox", name="Scene")).to_have_value("a beach")
    below.get_by_role("button", name="Not now").click()
    expect(person.page.get_by_role("dialog")).to_have_count(0)
    expect(person.box).to_be_focused()
    eventually(lambda: stage.seen.of("closed"))


def test_the_focus_stays_in_an_open_form(visit: Visit) -> None:
    person = visit()
    form = opened(person)
    for _ in range(30):
        person.page.keyboard.press("Tab")
        inside = (
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
        assert person.page.evaluate(inside)
    expect(form).to_be_visible()


def test_shortcuts_from_a_message_and_from_anywhere(visit: Visit, stage: PageHarness) -> None:
    stage.slack.write("a photo", user=YUN)
    person = visit()
    person.menu(person.messages.last, "Repaint this photo")
    form = person.page.get_by_role("dialog", name="Short cut")
    form.get_by_role("textbox", name="A word").fill("go")
    form.get_by_role("textbox", name="A word").press("Enter")
    expect(form).to_be_hidden()
    person.page.get_by_role("button", name="Shortcuts").click()
    person.page.get_by_role("menuitem", name="New background…").click()
    expect(person.page.get_by_role("dialog", name="Short cut")).to_be_visible()
    kinds = [body["type"] for body in stage.seen.of("shortcut")]
    assert kinds == ["message_action", "shortcut"]
    assert stage.seen.of("shortcut")[0]["message"]["text"] == "a photo"
    value = stage.seen.of("small")[0]["view"]["state"]["values"]["word"]["word"]["value"]
    assert value == "go"


def test_home_is_published_and_its_buttons_work(visit: Visit, stage: PageHarness) -> None:
    person = visit()
    person.page.get_by_role("link", name="Backdrop · Home").click()
    home = person.page.locator("#home")
    expect(home.get_by_role("heading", name="Your pictures")).to_be_visible()
    home.get_by_role("button", name="Refresh").click()
    expect(home).to_contain_text("a lamp")
    expect(home.get_by_role("button", name="Refresh")).to_be_focused()
    size = home.get_by_role("combobox", name="Your size")
    size.select_option("16:9")
    expect(home).to_contain_text("the size is kept")
    expect(size).to_have_value("16:9")
    tabs = person.page.get_by_role("navigation", name="Backdrop")
    tabs.get_by_role("link", name="Messages").click()
    expect(person.box).to_be_visible()
    person.say("on a beach")
    expect(person.messages.last).to_contain_text("on a beach")
    looked_at = eventually(lambda: [one["tab"] for one in stage.seen.of("home")][1:])
    assert looked_at == ["messages"]
    assert eventually(lambda: stage.seen.of("message"))[0]["channel_type"] == "im"


def test_a_workflow_step_runs_and_its_end_is_shown(visit: Visit, stage: PageHarness) -> None:
    person = visit()
    person.page.get_by_role("button", name="Shortcuts").click()
    person.page.get_by_role("menuitem", name="Paint a background").click()
    form = person.dialog
    form.get_by_role("textbox", name="Photo").fill("F123")
    form.get_by_role("textbox", name="Scene").fill("a beach")
    form.get_by_role("combobox", name="For whom").select_option(YUN)
    form.get_by_role("button", name="Run").click()
    expect(form.get_by_role("status")).to_contain_text("completed")
    expect(form.get_by_role("status")).to_contain_text('"scene": "a beach"')
    assert stage.seen.of("function") == [{"photo": "F123", "scene": "a beach", "who": YUN}]


def test_another_person_sees_their_own_conversations_in_their_language(
    visit: Visit, stage: PageHarness
) -> None:
    person = visit()
    person.say("from the first")
    expect(person.messages.last).to_contain_text("from the first")
    person.page.get_by_label("You are").select_option(YUN)
    expect(person.page.get_by_role("heading", name="频道")).to_be_visible()
    expect(person.page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(person.page.locator(".banner")).to_contain_text("替身")
    person.box.fill("来自第二个人")
    person.page.get_by_role("button", name="发送").click()
    expect(person.messages.last).to_contain_text("来自第二个人")
    assert [one["user"] for one in person.said()] == [ANNA, YUN]
    person.say("/backdrop")
    person.dialog.get_by_role("button", name="Paint").click()
    expect(person.dialog.get_by_role("textbox", name="Scene")).to_have_accessible_description(
        "请填写此必填字段。 In a few words"
    )
    person.page.keyboard.press("Escape")
    person.page.reload()
    expect(person.page.get_by_role("heading", name="频道")).to_be_visible()


def test_a_draft_waits_where_it_was_typed(visit: Visit) -> None:
    person = visit()
    person.box.fill("half a thought")
    places = person.page.get_by_role("navigation", name="Conversations")
    places.get_by_role("link", name="shop-news").click()
    expect(person.box).to_have_value("")
    places.get_by_role("link", name="product-photos").click()
    expect(person.box).to_have_value("half a thought")
