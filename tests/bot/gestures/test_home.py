"""App Home."""

import pytest

from functions.jobs.settings import PersonSettings, person_settings
from functions.jobs.wish import Resolution, Wish
from tests.bot.gestures.conftest import BotWith
from tests.bot.gestures.driving import DIRECT, BotHarness
from tests.bot.looking import Json, pieces
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
    assert headings(view) == ["Your latest pictures", "Usage", "Your defaults", "How to use me"]
    shown = texts(view)
    assert "None yet. Mention me with a product photo and a few words." in shown
    assert "Today: 0 pictures\nThis month: 0 pictures" in shown
    assert any("Marble" in line for line in shown)


@pytest.mark.parametrize("written_by", VERSIONS)
def test_pictures_of_another_version_are_shown(stage: BotHarness, written_by: str) -> None:
    put_records(stage.ledger.bucket, written_by, file=stage.jpeg)
    stage.cos.write(f"done/{JOBS['bad']}.json", b"not JSON")  # nor do the others suffer from it
    view = look(stage)
    shown = [block["accessory"] for block in view["blocks"] if "accessory" in block]
    assert sum("image_url" in accessory for accessory in shown) == 5


def test_the_latest_pictures_come_with_words_and_links(stage: BotHarness) -> None:
    first = stage.job(wish=Wish(prompt="<!channel> & *b*"))
    second = stage.job(wish=Wish(template="大理石"))
    for job in (first, second):
        stage.finish(job)
    view = look(stage)
    shown = [block for block in view["blocks"] if "accessory" in block][:2]
    assert [block["text"]["text"] for block in shown] == [
        "Marble\n1280 × 1280 px",
        "<!channel> & *b*\n1280 × 1280 px",
    ]
    assert {block["text"]["type"] for block in shown} == {"plain_text"}
    assert shown[1]["accessory"]["image_url"] == stage.links.picture(first.id, "preview.jpg")
    links = [piece["url"] for piece in pieces(view["blocks"]) if piece.get("type") == "link"]
    assert stage.links.picture(first.id, "picture.png") in links
    assert stage.links.picture(first.id, "before.jpg") in links
    assert "Today: 2 pictures\nThis month: 2 pictures" in texts(view)


def test_others_pictures_and_deleted_ones_are_not_shown(stage: BotHarness) -> None:
    stage.finish(stage.job(user=YUN))
    deleted, blank = stage.job(), stage.job()
    stage.finish(deleted)
    stage.ledger.add_tombstone(deleted.id, why="delete", by=ANNA)
    stage.sweep(blank)
    assert "None yet. Mention me with a product photo and a few words." in texts(look(stage))


def test_no_more_than_ten_are_shown(stage: BotHarness) -> None:
    for _ in range(25):
        stage.finish(stage.job())
    view = look(stage)
    assert sum("image" in str(block.get("accessory")) for block in view["blocks"]) == 10
    assert "Today: 25 pictures\nThis month: 25 pictures" in texts(view)


def test_it_speaks_the_persons_language(stage: BotHarness) -> None:
    assert headings(look(stage, user=YUN))[0] == "最近的图片"


def test_a_language_that_is_chosen_counts_at_once_and_everywhere(stage: BotHarness) -> None:
    look(stage)
    choose(stage, "home_language", "zh")
    assert own(stage).language == "zh"
    home = stage.home()
    assert home
    assert headings(home)[0] == "最近的图片"
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
    assert headings(look(stage))[1] == "Usage"


def test_when_slack_refuses_the_tab_the_event_is_still_answered(stage: BotHarness) -> None:
    stage.slack.fault(op="views.publish", error="internal_error", status=500)
    stage.slack.act("POST", "home", user=ANNA)
    rows = eventually(
        lambda: [r for r in stage.slack.deliveries("app_home_opened") if r["answered_at"]]
    )
    assert [row["status"] for row in rows] == [200]


def test_the_messages_tab_shows_no_home(stage: BotHarness) -> None:
    stage.slack.act("POST", "home", user=ANNA, tab="messages")
    eventually(lambda: [r for r in stage.slack.deliveries() if r["answered_at"]])
    assert stage.home() is None
