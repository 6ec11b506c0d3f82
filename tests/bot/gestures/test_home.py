"""App Home."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views.home import packed_starts, unpacked_starts
from functions.jobs.settings import PersonSettings, person_settings
from functions.jobs.wish import Resolution, Wish
from tests.bot.gestures.conftest import BotWith
from tests.bot.gestures.driving import DIRECT, BotHarness
from tests.bot.looking import Json, block_of, pieces
from tests.jobs.other_versions import JOBS, VERSIONS, put_records
from tests.local.slack.driver import ANNA, YUN, eventually


def look(stage: BotHarness, *, user: str = ANNA) -> Json:
    """Open the tab, and what it shows then."""
    before = stage.home(user)
    stage.slack.act("POST", "home", user=user)

    def changed() -> Json | None:
        home = stage.home(user)
        return home if home and (not before or home["hash"] != before["hash"]) else None

    return eventually(changed) or {}


def texts(view: Json) -> list[str]:
    return [p["text"] for p in pieces(view["blocks"]) if isinstance(p.get("text"), str)]


def headings(view: Json) -> list[str]:
    return [block["text"]["text"] for block in view["blocks"] if block["type"] == "header"]


def choose(stage: BotHarness, action_id: str, value: str, *, user: str = ANNA) -> None:
    home = stage.home(user)
    assert home
    pressed = {"view_id": home["id"], "block_id": action_id, "action_id": action_id}
    sent = stage.slack.act("POST", "actions", user=user, **pressed, selected_option=value)
    assert sent["ok"]


def agree_in_home(stage: BotHarness, value: str = "agree") -> None:
    """Press the button beside what is agreed to."""
    home = look(stage)
    where = {"view_id": home["id"], "block_id": "agreement", "action_id": "agree_unmarked"}
    (block,) = [one for one in home["blocks"] if one.get("block_id") == "agreement"]
    assert block["accessory"]["value"] == value
    assert stage.slack.act("POST", "actions", user=ANNA, **where)["ok"]


def own(stage: BotHarness) -> PersonSettings:
    return person_settings(stage.ledger.bucket, "T0BACKDROP", ANNA)


def test_a_newcomer_reads_how_to_begin(stage: BotHarness) -> None:
    view = look(stage)
    assert headings(view) == ["Your defaults", "Your latest pictures"]
    shown = texts(view)
    assert "None yet. Mention me with a product photo and a few words." in shown
    assert "Today: 0 pictures · This month: 0 pictures" in shown
    assert any("Marble" in line for line in shown)


@pytest.mark.parametrize("written_by", VERSIONS)
def test_pictures_of_another_version_are_shown(stage: BotHarness, written_by: str) -> None:
    put_records(stage.ledger.bucket, written_by, file=stage.jpeg)
    stage.cos.write(f"done/{JOBS['bad']}.json", b"not JSON")  # nor do the others suffer from it
    view = look(stage)
    shown = [block["accessory"] for block in view["blocks"] if "accessory" in block]
    assert sum("image_url" in accessory for accessory in shown) == 5


def rows(view: Json) -> list[str]:
    """What the shown pictures' rows say first."""
    shown = [b for b in view["blocks"] if b.get("accessory", {}).get("type") == "image"]
    assert {block["text"]["type"] for block in shown} <= {"plain_text"}
    return [block["text"]["text"] for block in shown]


def press_on_home(stage: BotHarness, block_id: str, action_id: str) -> None:
    home = stage.home()
    assert home
    pressed = {"view_id": home["id"], "block_id": block_id, "action_id": action_id}
    assert stage.slack.act("POST", "actions", user=ANNA, **pressed)["ok"]


def test_the_latest_pictures_come_with_words_product_date_and_links(stage: BotHarness) -> None:
    first = stage.job(wish=Wish(prompt="<!channel> & *b*", product="mug"))
    second = stage.job(wish=Wish(template="大理石"))
    for job in (first, second):
        stage.finish(job)
    view = look(stage)
    assert rows(view) == ["Marble", "<!channel> & *b*\nmug"]
    found = list(pieces(view["blocks"]))
    assert stage.links.picture(first.id, "preview.jpg") in [p.get("image_url") for p in found]
    links = [piece["url"] for piece in found if piece.get("type") == "link"]
    assert stage.links.picture(first.id, "picture.png") in links
    assert stage.links.picture(first.id, "before.jpg") in links
    dates = [piece["timestamp"] for piece in found if piece.get("type") == "date"]
    assert dates == [int(second.created_at), int(first.created_at)]
    assert "Today: 2 pictures · This month: 2 pictures" in texts(view)


def test_home_is_shown_also_where_slack_cannot_download_its_pictures(stage: BotHarness) -> None:
    """Slack downloads no picture that stands beside a text."""
    stage.result(wish=Wish(prompt="on sand"))
    stage.slack.settings(image_failures=1000)
    assert rows(look(stage)) == ["on sand"]


def test_again_in_a_row_sends_the_next_picture_to_the_asker_alone_and_says_so(
    stage: BotHarness,
) -> None:
    job = stage.job(wish=Wish(prompt="on sand"))
    stage.finish(job)
    look(stage)
    press_on_home(stage, f"result-{job.id}", "again")
    (asked,) = stage.jobs()
    assert (asked["gesture"], asked["thread"]) == ("again", {"channel": DIRECT[ANNA]})
    assert "On its way. The picture comes to you as a direct message." in texts(stage.modal() or {})


NOT_OPENED = "Slack did not open our direct messages just now"


@pytest.mark.parametrize("fault", [{"status": 429}, {"error": "user_not_found"}])
def test_where_slack_opens_no_direct_messages_it_is_said_and_nothing_started(
    stage: BotHarness, fault: dict[str, Any]
) -> None:
    stage.finish(job := stage.job())
    look(stage)
    stage.slack.fault(op="conversations.open", times=-1, **fault)
    press_on_home(stage, f"result-{job.id}", "again")
    modal = stage.modal()
    assert modal
    assert NOT_OPENED in str(modal)
    assert NOT_OPENED in str(stage.command("zip"))
    stage.slack.act("POST", "shortcuts", user=ANNA, callback_id="new_picture")
    answer = stage.submit(photos=[stage.upload()], words="on sand")
    assert NOT_OPENED in str(answer)
    assert stage.jobs() == []


def test_change_in_a_row_opens_the_form_filled_in(stage: BotHarness) -> None:
    job = stage.job(wish=Wish(prompt="on sand"))
    stage.finish(job)
    look(stage)
    press_on_home(stage, f"result-{job.id}", "change")
    stage.submit(words="in snow")
    (asked,) = stage.jobs()
    assert (asked["gesture"], asked["wish"]["prompt"]) == ("change", "in snow")
    assert asked["thread"] == {"channel": DIRECT[ANNA]}


def test_how_to_use_it_is_one_press_away(stage: BotHarness) -> None:
    stage.finish(stage.job())
    look(stage)
    press_on_home(stage, "home-start", "home_help")
    assert any("Marble" in line for line in texts(stage.modal() or {}))


def test_others_pictures_and_deleted_ones_are_not_shown(stage: BotHarness) -> None:
    stage.finish(stage.job(user=YUN))
    deleted, blank = stage.job(), stage.job()
    stage.finish(deleted)
    stage.ledger.add_tombstone(deleted.id, why="delete", by=ANNA)
    stage.sweep(blank)
    assert "None yet. Mention me with a product photo and a few words." in texts(look(stage))


def test_pictures_are_turned_page_by_page_and_none_is_lost(stage: BotHarness) -> None:
    for number in range(23):
        stage.finish(stage.job(wish=Wish(prompt=f"sand {number}")))
    view, newest = look(stage), [f"sand {number}" for number in reversed(range(23))]
    assert rows(view) == newest[:10]
    assert "Today: 23 pictures · This month: 23 pictures" in texts(view)
    for action_id, shown in (
        ("home_older", newest[10:20]),
        ("home_older", newest[20:]),
        ("home_newer", newest[10:20]),
        ("home_newer", newest[:10]),
    ):
        press_on_home(stage, "home-pages", action_id)
        assert rows(stage.home() or {}) == shown


@given(st.lists(st.integers(0, 99_999), min_size=1, max_size=200))
def test_a_page_button_leads_to_the_page_that_it_names(starts: list[int]) -> None:
    assert unpacked_starts(packed_starts(starts)) == tuple(starts)


@pytest.mark.parametrize("value", ["", "1,x", "-1", "1,", "9" * 400, ",".join(["1"] * 999)])
def test_a_page_button_of_another_version_leads_to_the_first_page(value: str) -> None:
    assert unpacked_starts(value) == (0,)


def test_it_speaks_the_persons_language(stage: BotHarness) -> None:
    assert headings(look(stage, user=YUN))[0] == "我的默认设置"


def test_a_language_that_is_chosen_counts_at_once_and_everywhere(stage: BotHarness) -> None:
    look(stage)
    choose(stage, "home_language", "zh")
    assert own(stage).language == "zh"
    home = stage.home()
    assert home
    assert headings(home)[0] == "我的默认设置"
    stage.command("https://shop.example/cup.jpg")
    assert stage.whispers()[0].startswith("请用几个词")
    choose(stage, "home_language", "auto")
    assert own(stage).language == ""


def test_a_size_that_is_chosen_is_used(stage: BotHarness) -> None:
    look(stage)
    choose(stage, "home_size", "16:9")
    assert own(stage).resolution == Resolution(width=1280, height=720)
    stage.command("https://shop.example/cup.jpg a beach")
    assert stage.jobs()[0]["wish"]["resolution"] == {"width": 1280, "height": 720}


def test_the_mark_can_be_chosen_only_where_the_operator_allows_it(
    stage: BotHarness, bot_with: BotWith
) -> None:
    assert not any(block.get("block_id") == "home_watermark" for block in look(stage)["blocks"])
    bot_with(WATERMARK_OPTIONAL="1")
    agree_in_home(stage)
    choose(stage, "home_watermark", "off")
    assert own(stage).watermark is False
    choose(stage, "home_watermark", "on")
    assert own(stage).watermark is True


def test_the_button_opens_the_form_for_the_asker_alone(stage: BotHarness) -> None:
    home = look(stage)
    pressed = {"view_id": home["id"], "block_id": "home-start", "action_id": "home_new"}
    assert stage.slack.act("POST", "actions", user=ANNA, **pressed)["ok"]
    assert stage.modal()
    stage.submit(photos=[stage.upload()], words="a beach")
    assert stage.jobs()[0]["thread"] == {"channel": DIRECT[ANNA]}


def test_without_links_it_shows_the_rest(stage: BotHarness, bot_with: BotWith) -> None:
    bot_with(LINK_BASE_URL="")
    stage.finish(stage.job())
    assert headings(look(stage)) == ["Your defaults", "Your latest pictures"]


def test_when_slack_refuses_the_tab_the_event_is_still_answered(stage: BotHarness) -> None:
    stage.slack.fault(op="views.publish", error="internal_error", status=500)
    stage.slack.act("POST", "home", user=ANNA)
    rows = eventually(
        lambda: [r for r in stage.slack.deliveries("app_home_opened") if r["answered_at"]]
    )
    assert [row["status"] for row in rows] == [200]


# --- the messages beside Home


def look_at_messages(stage: BotHarness) -> None:
    before = len(stage.slack.deliveries("app_home_opened"))
    stage.slack.act("POST", "home", user=ANNA, tab="messages")
    eventually(
        lambda: [r for r in stage.slack.deliveries("app_home_opened")[before:] if r["answered_at"]]
    )


def test_who_opens_the_messages_for_the_first_time_is_welcomed_with_an_example_once(
    stage: BotHarness,
) -> None:
    for _ in range(3):
        look_at_messages(stage)
    assert stage.home() is None
    (welcome,) = [one for one in stage.slack.messages(channel=DIRECT[ANNA]) if one.get("bot_id")]
    assert "on a wooden table, morning light" in welcome["text"]
    assert block_of(welcome, "actions")["elements"][0]["action_id"] == "home_new"


def test_a_welcome_that_slack_refuses_is_still_answered(stage: BotHarness) -> None:
    stage.slack.fault(op="chat.postMessage", error="internal_error", status=500)
    look_at_messages(stage)
    rows_ = stage.slack.deliveries("app_home_opened")
    assert [row["status"] for row in rows_] == [200]
