"""A scene's logo: uploaded once, checked, and only for who may have pictures without the mark."""

import io
import json

import pytest
from PIL import Image

from functions.jobs.logos import LOGO_BYTES
from functions.jobs.wish import Logo, Wish
from tests.bot.gestures.conftest import BotWith
from tests.bot.gestures.driving import BotHarness
from tests.bot.gestures.forms import wish_of
from tests.bot.gestures.test_agreement import press_agree
from tests.bot.gestures.test_scenes import CUP, said, scenes_in
from tests.bot.gestures.test_workflow import run_step
from tests.bot.looking import Json
from tests.local.slack.driver import ANNA, PHOTOS, YUN, Slack, eventually

ALLOWED = {"WATERMARK_OPTIONAL": "1", "SCENE_LOGOS": "1"}


@pytest.fixture
def shop(stage: BotHarness, bot_with: BotWith) -> BotHarness:
    """A workspace that allows logos, and a scene of it."""
    bot_with(**ALLOWED)
    stage.command("scene save workspace summer on a beach")
    return stage


def png(size: tuple[int, int] = (120, 40)) -> bytes:
    held = io.BytesIO()
    Image.new("RGBA", size, "red").save(held, "PNG")
    return held.getvalue()


def upload(stage: BotHarness, data: bytes | None = None, *, user: str = ANNA) -> Json:
    """Give the scene a logo by the form; gives Slack's answer."""
    stage.command("scene logo summer", user=user)
    file_id = stage.slack.upload(png() if data is None else data, user=user, name="logo.png")
    return stage.submit(user=user, logo=[file_id], corner="top-left", share="10")


def agree(stage: BotHarness) -> None:
    stage.command("watermark")
    press_agree(stage)


def test_a_logo_is_stored_once_and_its_scene_has_it(shop: BotHarness) -> None:
    assert upload(shop)["ok"]
    (scene,) = scenes_in(shop)
    (key,) = shop.cos.listed("logos/")
    assert shop.cos.read(key) == png()
    place = {"corner": "top-left", "share": 10}
    assert scene["logo"] == {"url": "", "key": key, "width": 120, "height": 40, **place}
    shown = shop.modal()
    assert shown
    assert "on a beach · with a logo" in json.dumps(shown, ensure_ascii=False)
    upload(shop)
    assert shop.cos.listed("logos/") == [key]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"%PDF-1.7", "I need a whole PNG or JPEG"),
        (png()[:-20], "I need a whole PNG or JPEG"),
        (png((9, 9)), "16 to 2000 px a side"),
        (png() + bytes(LOGO_BYTES), "more than 500 KB"),
    ],
)
def test_what_can_be_no_logo_is_said_in_the_form(
    shop: BotHarness, data: bytes, sentence: str
) -> None:
    assert sentence in upload(shop, data)["errors"]["logo"]
    assert "logo" not in scenes_in(shop)[0]
    assert shop.cos.listed("logos/") == []


def test_only_who_may_change_a_scene_gives_it_a_logo(shop: BotHarness) -> None:
    shop.command("scene logo summer", user=YUN)
    assert "只有创建者" in said(shop, user=YUN)
    assert shop.modal(YUN) is None


@pytest.mark.parametrize("lacks", [*ALLOWED])
def test_no_logo_is_taken_where_the_operator_allows_none(
    stage: BotHarness, bot_with: BotWith, lacks: str
) -> None:
    bot_with(**(ALLOWED | {lacks: "0"}))
    stage.command("scene save summer on a beach")
    stage.command("scene logo summer")
    assert "are not allowed here" in said(stage)
    assert stage.modal() is None


def test_saving_a_scene_anew_takes_its_logo_off(shop: BotHarness) -> None:
    upload(shop)
    shop.command("scene save workspace summer in the sun")
    assert "logo" not in scenes_in(shop)[0]


def test_a_scene_with_a_logo_needs_the_agreement_once(shop: BotHarness) -> None:
    upload(shop)
    shop.command(f"{CUP} --scene summer")
    assert "This scene has a logo in place of the “AI generated” mark" in said(shop)
    assert shop.jobs() == []
    press_agree(shop)
    shop.command(f"{CUP} --scene summer --size 16:9")
    (job,) = shop.jobs()
    (key,) = shop.cos.listed("logos/")
    assert job["wish"]["logo"]["key"] == key
    assert "watermark" not in job["wish"]


def test_a_job_keeps_the_logo_that_its_scene_had(shop: BotHarness) -> None:
    upload(shop)
    agree(shop)
    shop.command(f"{CUP} --scene summer")
    before = shop.jobs()
    upload(shop, png((60, 60)))
    shop.command("scene delete summer")
    assert shop.jobs() == before
    assert shop.cos.read(before[0]["wish"]["logo"]["key"]) == png()


def test_where_logos_are_not_allowed_any_more_the_mark_is_there_again(
    shop: BotHarness, bot_with: BotWith
) -> None:
    upload(shop)
    agree(shop)
    wish = Wish(prompt="on a beach", logo=Logo(url="", key="logos/x.png", width=9, height=9))
    _, ts = shop.result(wish=wish)
    bot_with(**(ALLOWED | {"SCENE_LOGOS": "0"}))
    shop.command(f"{CUP} --scene summer")
    shop.press("again", ts)
    assert [wish_of(job) for job in shop.jobs()] == [{"prompt": "on a beach"}] * 2


def test_again_keeps_the_logo_for_who_may_have_it_and_has_the_mark_for_others(
    shop: BotHarness,
) -> None:
    agree(shop)
    wish = Wish(prompt="on a beach", logo=Logo(url="", key="logos/x.png", width=9, height=9))
    _, ts = shop.result(wish=wish)
    shop.press("again", ts)
    assert shop.jobs()[0]["wish"]["logo"]["key"] == "logos/x.png"
    shop.press("size", ts, user=YUN, selected_option=_first_size(shop, ts))
    jobs = [job for job in shop.jobs() if job["asker"]["user_id"] == YUN]
    assert ["logo" in job["wish"] for job in jobs] == [False]


def _first_size(stage: BotHarness, ts: str) -> str:
    blocks = stage.message(ts)["blocks"]
    menus = [one for block in blocks for one in block.get("elements", []) if "options" in one]
    return str(menus[0]["options"][0]["value"])


def test_a_workflow_and_a_channels_photos_keep_the_mark(shop: BotHarness, slack: Slack) -> None:
    """Nobody has asked for them who could agree."""
    upload(shop)
    agree(shop)
    run_step(slack, photo=CUP, scene="summer", channel=PHOTOS)
    eventually(lambda: len(shop.jobs()) == 1)
    shop.command("auto always --scene summer")
    slack.write("look", file_ids=[shop.upload()])
    shop.wait_for_jobs(2)
    assert [wish_of(job) for job in shop.jobs()] == [{"prompt": "on a beach"}] * 2
