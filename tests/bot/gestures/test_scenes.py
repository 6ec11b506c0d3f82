"""Scenes by hand: saved, listed, renamed, deleted, and used from each gesture."""

import json
import re
from functools import partial

import pytest

from functions.jobs.wish import Resolution, Wish
from tests.bot.gestures.conftest import BotWith
from tests.bot.gestures.driving import DIRECT, BotHarness
from tests.bot.gestures.forms import fields_of, initial, opened, wish_of
from tests.bot.gestures.test_messages import write
from tests.bot.gestures.test_strangers import make_guest
from tests.bot.gestures.test_workflow import run_step, state_of
from tests.bot.looking import Json
from tests.local.slack.driver import ANNA, PHOTOS, YUN, Slack, eventually

ADMIN = "U0ADMIN001"
NEWS = "C0SHOPNEWS"
CUP = "https://shop.example/cup.jpg"
WIDE = {"width": 1280, "height": 720}
SUMMER: Json = {"prompt": "on a beach", "avoid": "people", "resolution": WIDE}


@pytest.fixture
def summer(stage: BotHarness) -> BotHarness:
    """Anna has a scene of her own."""
    stage.command("scene save summer on a beach --avoid people --size 16:9")
    return stage


def said(stage: BotHarness, *, user: str = ANNA, channel: str = PHOTOS) -> str:
    """The last answer."""
    return stage.whispers(user=user, channel=channel)[-1]


def has_failed(slack: Slack, run: Json) -> bool:
    return bool(state_of(slack, run)["state"] == "failed")


def scenes_in(stage: BotHarness) -> list[Json]:
    return [json.loads(stage.cos.read(key)) for key in stage.cos.listed("scenes/")]


# --- saving


def test_a_scene_holds_what_was_typed_and_who_made_it(summer: BotHarness) -> None:
    (key,) = summer.cos.listed("scenes/")
    assert re.fullmatch(rf"scenes/people/T0BACKDROP/{ANNA}/[a-z2-7]+\.json", key)
    (scene,) = scenes_in(summer)
    assert scene.pop("at") > 0
    assert scene == {"version": 1, "name": "summer", "by": ANNA, **SUMMER}
    assert "Saved: the scene “summer”. It is yours alone." in said(summer)
    assert "on a beach · without people · 1280 × 720 px" in said(summer)


def test_saving_it_again_changes_it(summer: BotHarness) -> None:
    summer.command("场景 保存 Summer --template marble")
    assert "Changed: the scene “summer”." in said(summer)
    assert [one.get("template") for one in scenes_in(summer)] == ["大理石"]


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("save", "A scene's name is one word"),
        ("save on/off a beach", "A scene's name is one word"),
        ("save workspace channel a beach", "“channel” says where a scene is kept"),
        ("save summer", "Say what belongs to the scene"),
        ("save summer a beach --product mug", "--product cannot belong to a scene"),
        ("save summer a beach --watermark off", "--watermark cannot belong to a scene"),
        ("save summer a beach --sise 4:5", "Did you mean --size?"),
        ("save summer --template marmor", "There is no template “marmor”"),
        ("save summer " + "x" * 257, "257"),
        ("delete", "A scene's name is one word"),
        ("delete winter", "There is no scene “winter” here, nor any other."),
    ],
)
def test_what_cannot_be_done_is_said_and_not_done(
    stage: BotHarness, typed: str, answer: str
) -> None:
    stage.command(f"scene {typed}")
    assert answer in said(stage)
    assert scenes_in(stage) == []


def test_words_that_only_begin_like_the_command_are_a_background(stage: BotHarness) -> None:
    assert initial(opened(stage, text="scene in a forest"), "words") == "scene in a forest"


def test_a_channel_and_the_workspace_have_scenes_that_others_see(stage: BotHarness) -> None:
    stage.command("scene save channel summer on a terrace")
    stage.command("scene save workspace winter in snow")
    stage.command("scene", user=YUN)
    listed = said(stage, user=YUN)
    assert "这个频道的" in listed
    assert "summer" in listed
    assert "工作区的" in listed
    assert "winter" in listed
    stage.command("scenes", user=YUN, channel=NEWS)
    assert "summer on" not in said(stage, user=YUN, channel=NEWS)


def test_a_direct_message_has_no_scenes_of_its_own(stage: BotHarness) -> None:
    stage.command("scene save channel summer a beach", channel=DIRECT[ANNA])
    assert "A direct message has no scenes of its own" in said(stage, channel=DIRECT[ANNA])


def test_guests_save_no_scene_for_everybody(stage: BotHarness, bot_with: BotWith) -> None:
    make_guest(stage, YUN)
    bot_with()  # which remembers nothing of them
    stage.command("scene save workspace summer a beach", user=YUN)
    assert "只有工作区成员可以为整个工作区保存场景" in said(stage, user=YUN)
    assert scenes_in(stage) == []


# --- whose it is


def test_only_its_maker_and_admins_change_what_is_everybodys(stage: BotHarness) -> None:
    stage.command("scene save workspace summer on a beach")
    for typed in ("save workspace summer x", "rename summer winter", "delete summer"):
        stage.command(f"scene {typed}", user=YUN)
        assert "只有创建者和工作区管理员可以修改" in said(stage, user=YUN)
    assert [(one["name"], one["prompt"]) for one in scenes_in(stage)] == [("summer", "on a beach")]
    stage.command("scene save workspace summer in the sun", user=ADMIN)
    assert [(one["prompt"], one["by"]) for one in scenes_in(stage)] == [("in the sun", ANNA)]
    stage.command("scene rename workspace summer august")
    assert [(one["name"], one["by"]) for one in scenes_in(stage)] == [("august", ANNA)]
    stage.command("scene delete august", user=ADMIN)
    assert scenes_in(stage) == []


def test_a_name_is_ones_own_scene_first(summer: BotHarness) -> None:
    summer.command("scene save channel summer on a terrace")
    summer.command("scene save workspace summer in a hall")
    for typed, channel, prompt in (
        (f"{CUP} --scene summer", PHOTOS, "on a beach"),
        (f"{CUP} --scene summer", NEWS, "on a beach"),
    ):
        summer.command(typed, channel=channel)
        assert summer.jobs()[-1]["wish"]["prompt"] == prompt
    summer.command(f"{CUP} --scene summer", user=YUN)
    summer.command(f"{CUP} --scene summer", user=YUN, channel=NEWS)
    prompts = [job["wish"]["prompt"] for job in summer.jobs() if job["asker"]["user_id"] == YUN]
    assert sorted(prompts) == ["in a hall", "on a terrace"]
    summer.command("scene delete summer")
    assert sorted(one["prompt"] for one in scenes_in(summer)) == ["in a hall", "on a terrace"]


# --- using it


def test_twenty_photos_under_one_scene_send_equal_wishes_and_only_their_photos_differ(
    summer: BotHarness,
) -> None:
    files = [summer.upload(f"cup-{number}.jpg") for number in range(20)]
    write(summer, "@Backdrop --scene summer", file_ids=files)
    jobs = summer.jobs()
    assert {job["photo"]["file_id"] for job in jobs} == set(files)
    assert [job["wish"] for job in jobs] == [SUMMER] * 20


@pytest.mark.parametrize(
    ("typed", "wish"),
    [
        ("--scene summer", SUMMER),
        ("--场景 Summer", SUMMER),
        ("--scene summer in the rain", {**SUMMER, "prompt": "in the rain"}),
        (
            "in the rain --scene summer --avoid dogs",
            SUMMER | {"prompt": "in the rain", "avoid": "dogs"},
        ),
        ("--scene summer --size 1:1", {"prompt": "on a beach", "avoid": "people"}),
        (
            "--scene summer --template marble --product cup",
            {"template": "大理石", "avoid": "people", "resolution": WIDE, "product": "cup"},
        ),
    ],
)
def test_what_is_typed_beside_a_scene_counts_more(
    summer: BotHarness, typed: str, wish: Json
) -> None:
    write(summer, typed, channel=DIRECT[ANNA], file_ids=[summer.upload()])
    (job,) = eventually(summer.jobs)
    assert wish_of(job) == wish


def test_a_scene_that_is_changed_or_deleted_changes_no_job_that_was_accepted(
    summer: BotHarness,
) -> None:
    summer.command(f"{CUP} --scene summer")
    before = summer.jobs()
    summer.command("scene save summer in the sun")
    summer.command("scene delete summer")
    assert summer.jobs() == before
    assert before[0]["wish"] == SUMMER


def test_a_name_that_is_none_is_told_with_those_that_are(summer: BotHarness) -> None:
    summer.command("scene save workspace winter in snow")
    write(summer, "@Backdrop --scene sumer", file_ids=[summer.upload()])
    assert "There is no scene “sumer” here. There are: summer, winter." in said(summer)
    assert summer.jobs() == []


def test_each_language_lists_the_names_in_its_own_way(stage: BotHarness) -> None:
    for name in ("夏天", "冬天"):
        stage.command(f"scene save workspace {name} a beach")
    stage.command("场景 删除 秋天", user=YUN)
    listed = {f"现有：{'、'.join(names)}。" for names in (("夏天", "冬天"), ("冬天", "夏天"))}
    assert any(one in said(stage, user=YUN) for one in listed)


def test_of_a_deleted_scene_it_is_said_whose_it_was(summer: BotHarness) -> None:
    summer.command("scene save channel winter in snow")
    for name, whose in (("summer", "your scene “summer”"), ("winter", "this channel's scene")):
        summer.command(f"scene delete {name}")
        assert f"Deleted: {whose}" in said(summer)
        assert "It is" not in said(summer)  # for it is no longer


def test_a_scenes_size_is_told_in_the_readers_language(stage: BotHarness) -> None:
    stage.command("场景 保存 夏天 沙滩上 --尺寸 16:9", user=YUN)
    assert "沙滩上 · 1280 × 720 像素" in said(stage, user=YUN)
    assert "px" not in said(stage, user=YUN)


def test_a_scene_keeps_the_size_of_the_picture_above_where_it_has_none(stage: BotHarness) -> None:
    tall = Resolution(width=720, height=1280)
    parent, _ = stage.result(wish=Wish(prompt="on a street", product="car", resolution=tall))
    stage.command("scene save winter in snow")
    write(stage, "@Backdrop --scene winter", thread_ts=parent.place.thread_ts)
    (job,) = eventually(stage.jobs)
    assert job["gesture"] == "change"
    assert job["wish"] == {
        "prompt": "in snow",
        "product": "car",
        "resolution": {"width": 720, "height": 1280},
    }


# --- from a picture


def test_a_pictures_background_is_saved_by_its_button(stage: BotHarness) -> None:
    wish = Wish(prompt="on a beach", product="car", avoid="people", resolution=Resolution(**WIDE))
    _, ts = stage.result(wish=wish)
    stage.press("scene", ts, user=YUN)
    view = stage.modal(YUN)
    assert view
    assert view["title"]["text"] == "保存为场景"
    sent = stage.submit(user=YUN, name=" 夏天 ", place="channel")
    assert sent["ok"]
    (scene,) = scenes_in(stage)
    assert scene.pop("at") > 0
    assert scene == {"version": 1, "name": "夏天", "by": YUN, **SUMMER}
    shown = stage.modal(YUN)
    assert shown
    assert "已保存场景“夏天”。它属于这个频道。" in json.dumps(shown, ensure_ascii=False)
    write(stage, "@Backdrop --scene 夏天", file_ids=[stage.upload()])
    assert eventually(stage.jobs)[0]["wish"] == SUMMER


def test_what_is_wrong_with_a_name_stands_under_it(stage: BotHarness) -> None:
    stage.command("scene save workspace summer a beach", user=YUN)
    _, ts = stage.result()
    for name, place, error in (
        ("a b", "person", "A scene's name is one word"),
        ("workspace", "person", "“workspace” says where a scene is kept"),
        ("summer", "workspace", "Only the person who made the scene “summer”"),
    ):
        stage.press("scene", ts)
        sent = stage.submit(name=name, place=place)
        assert error in sent["errors"]["name"]
    assert len(scenes_in(stage)) == 1


def test_a_picture_that_is_gone_leaves_no_scene(stage: BotHarness) -> None:
    parent, ts = stage.result()
    stage.press("scene", ts)
    stage.ledger.add_tombstone(parent.id, why="delete", by=ANNA)
    sent = stage.submit(name="summer", place="person")
    assert sent["errors"] == {"name": "This picture has been deleted or has expired."}
    assert scenes_in(stage) == []


# --- in the form


def test_a_form_has_a_menu_of_scenes_where_there_are_any(summer: BotHarness) -> None:
    summer.command("scene save channel terrace on a terrace")
    view = opened(summer)
    assert "scene" in fields_of(view)
    (menu,) = [one["element"] for one in view["blocks"] if one["block_id"] == "scene"]
    groups = {
        group["label"]["text"]: [one["value"] for one in group["options"]]
        for group in menu["option_groups"]
    }
    assert groups == {"Scene": ["-"], "Yours": ["summer"], "This channel's": ["terrace"]}


def test_a_scene_chosen_in_the_form_says_what_was_left_as_it_was(summer: BotHarness) -> None:
    opened(summer)
    summer.submit(photos=[summer.upload()], scene="summer")
    assert summer.jobs()[0]["wish"] == SUMMER


def test_what_is_filled_in_beside_it_counts_more(summer: BotHarness) -> None:
    opened(summer)
    summer.submit(
        photos=[summer.upload()], scene="summer", words="in rain", size="9:16", avoid="cars"
    )
    (job,) = summer.jobs()
    tall = {"width": 720, "height": 1280}
    assert job["wish"] == {"prompt": "in rain", "avoid": "cars", "resolution": tall}


def test_a_form_that_is_filled_in_already_takes_the_scene_that_is_chosen(
    summer: BotHarness,
) -> None:
    _, ts = summer.result()
    summer.press("change", ts)
    summer.submit(scene="summer")
    (job,) = summer.jobs()
    assert job["wish"] == {**SUMMER, "product": "car"}


def test_a_scene_typed_after_the_command_is_chosen_in_the_form(summer: BotHarness) -> None:
    assert initial(opened(summer, text="--scene Summer"), "scene") == "summer"


def test_a_name_that_the_menu_does_not_have_stays_among_the_words(summer: BotHarness) -> None:
    view = opened(summer, text="a beach --scene sumer")
    assert initial(view, "words") == "a beach --scene sumer"
    sent = summer.submit(photos=[summer.upload()])
    assert "There is no scene “sumer” here" in sent["errors"]["scene"]


# --- where nobody types it


def test_a_channels_photos_get_the_scene_as_it_is_when_they_come(stage: BotHarness) -> None:
    stage.command("scene save channel summer on a beach --avoid people")
    stage.command("auto always --scene summer --size 16:9")
    assert "the scene “summer”" in said(stage)
    write(stage, "look at this", file_ids=[stage.upload()])
    assert eventually(stage.jobs)[0]["wish"] == SUMMER
    stage.command("scene save channel summer in the sun")
    write(stage, "and this", file_ids=[stage.upload()])
    stage.wait_for_jobs(2)
    wishes = [job["wish"] for job in stage.jobs()]
    assert {"prompt": "in the sun", "resolution": WIDE} in wishes
    assert SUMMER in wishes


def test_a_channels_photos_are_not_painted_otherwise_when_its_scene_is_gone(
    stage: BotHarness,
) -> None:
    stage.command("scene save channel summer on a beach")
    stage.command("auto on --scene summer")
    stage.command("scene delete summer")
    write(stage, "in snow", user=YUN, file_ids=[stage.upload(user=YUN)])
    eventually(lambda: len(stage.whispers(user=YUN)) == 1)
    assert "“summer”，但它已经不在了" in said(stage, user=YUN)
    assert stage.jobs() == []


def test_a_channels_packshots_take_from_its_scene_all_but_the_background(
    stage: BotHarness,
) -> None:
    stage.command("scene save channel summer on a beach --avoid people")
    stage.command("auto always --scene summer --packshot")
    write(stage, "look at this", file_ids=[stage.upload()])
    (job,) = eventually(stage.jobs)
    assert job["wish"]["packshot"] == {}
    assert job["wish"]["avoid"] == "people"
    assert "prompt" not in job["wish"]


def test_a_scene_of_ones_own_is_not_for_a_channels_photos(summer: BotHarness) -> None:
    summer.command("auto on --scene summer")
    assert "There is no scene “summer” here" in said(summer)


def test_a_workflows_step_takes_a_scene_of_its_channel_or_of_everybody(
    stage: BotHarness, slack: Slack
) -> None:
    stage.command("scene save channel summer on a beach --avoid people --size 16:9")
    stage.command("scene save workspace winter in snow")
    stage.command("scene save mine in my room")
    run_step(slack, photo=CUP, scene="summer", channel=PHOTOS)
    run_step(slack, photo=CUP, words="--scene winter", channel=PHOTOS)
    eventually(lambda: len(stage.jobs()) == 2)
    wishes = [wish_of(job) for job in stage.jobs()]
    assert SUMMER in wishes
    assert {"prompt": "in snow"} in wishes
    for inputs in ({"scene": "mine", "channel": PHOTOS}, {"scene": "summer"}):
        run = run_step(slack, photo=CUP, **inputs)
        eventually(partial(has_failed, slack, run))
        assert f"“{inputs['scene']}”" in state_of(slack, run)["error"]
