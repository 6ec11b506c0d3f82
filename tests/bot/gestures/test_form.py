"""The form: how it opens, what it takes, and where its errors stand."""

import json
import time

import pytest

from functions.jobs.settings import PersonSettings, save_person_settings
from functions.jobs.wish import Resolution
from tests.bot.gestures.conftest import BotWith
from tests.bot.gestures.driving import BotHarness, take_places
from tests.bot.gestures.forms import FIELDS, fields_of, initial, opened, wish_of
from tests.bot.looking import Json
from tests.local.slack.driver import ANNA, PHOTOS, YUN

LONG = "x" * 257


# --- from the command


def test_the_form_has_everything_and_only_photos_are_required(stage: BotHarness) -> None:
    view = opened(stage)
    assert fields_of(view) == FIELDS
    assert [b["block_id"] for b in view["blocks"] if not b.get("optional")] == ["photos"]


def test_it_speaks_the_persons_language(stage: BotHarness) -> None:
    assert opened(stage)["title"]["text"] == "New background"
    view = opened(stage, user=YUN)
    assert view["title"]["text"] == "更换背景"
    groups = view["blocks"][2]["element"]["option_groups"]
    assert "大理石" in [option["text"]["text"] for g in groups for option in g["options"]]


def test_one_photo_and_words_are_a_job_in_the_channel(stage: BotHarness) -> None:
    opened(stage)
    photo = stage.upload()
    sent = stage.submit(photos=[photo], words=" on a  beach ", product="mug", size="16:9")
    assert sent["ok"]
    assert stage.modal() is None
    (job,) = stage.jobs()
    assert job["gesture"] == "form"
    assert job["photo"] == {"from": "slack-file", "file_id": photo, "name": "cup.jpg"}
    assert job["wish"] == {
        "prompt": "on a beach",
        "product": "mug",
        "resolution": {"width": 1280, "height": 720},
    }
    assert job["thread"] == {"channel": PHOTOS}
    assert job["asker"] == {"team_id": "T0BACKDROP", "user_id": ANNA}


def test_a_template_in_place_of_words(stage: BotHarness) -> None:
    opened(stage)
    stage.submit(photos=[stage.upload()], template="大理石", avoid="people")
    assert wish_of(stage.jobs()[0]) == {"template": "大理石", "avoid": "people"}


def test_a_packshot_is_chosen_like_a_template(stage: BotHarness) -> None:
    opened(stage)
    stage.submit(photos=[stage.upload()], template="packshot-shadow")
    assert wish_of(stage.jobs()[0]) == {"packshot": {"shadow": True}}


def test_the_command_with_the_word_packshot_opens_the_form_for_one(stage: BotHarness) -> None:
    view = opened(stage, text="packshot")
    assert initial(view, "template") == "packshot"
    assert initial(view, "own_size") == "2000:2000"


def test_several_shops_are_a_picture_each_and_the_calls_are_told(stage: BotHarness) -> None:
    opened(stage)
    stage.submit(photos=[stage.upload()], words="a beach", shops=["stories", "douyin"])
    jobs = {job["wish"]["shop"]: job for job in stage.jobs()}
    assert (jobs["stories"]["gesture"], jobs["douyin"]["gesture"]) == ("form", "fit")
    (said,) = stage.whispers()
    assert said.startswith("2 pictures: Stories, Douyin. 1 paid call.")


def test_a_size_typed_among_the_words_overrides_the_chosen_shops(stage: BotHarness) -> None:
    opened(stage)
    stage.submit(photos=[stage.upload()], words="a beach --size 16:9", shops=["stories"])
    (job,) = stage.jobs()
    assert job["wish"]["resolution"] == {"width": 1280, "height": 720}
    assert "shop" not in job["wish"]


def test_ten_photos_are_ten_jobs_with_one_progress(stage: BotHarness) -> None:
    opened(stage)
    photos = [stage.upload(f"{n}.jpg") for n in range(10)]
    stage.submit(photos=photos, words="a beach")
    jobs = stage.jobs()
    assert {job["photo"]["file_id"] for job in jobs} == set(photos)
    (upload,) = {json.dumps(job["upload"]) for job in jobs}
    assert len(json.loads(upload)["jobs"]) == 10


def test_a_form_that_is_sent_twice_is_one_job(stage: BotHarness) -> None:
    """Slack says "try again" after an answer was lost, and keeps the form open."""
    view = opened(stage)
    photo = stage.upload()
    stage.slack.settings(answer_limit_s=0.3)
    stage.cos.fault(op="*", delay_s=1.0)
    assert not stage.submit(photos=[photo], words="a beach")["ok"]
    stage.slack.settings(answer_limit_s=3.0)
    stage.wait_for_jobs(1)
    assert stage.modal()["id"] == view["id"]  # type: ignore[index]  # it is open
    assert stage.submit(photos=[photo], words="a beach")["ok"]
    assert len(stage.jobs()) == 1


def test_the_same_form_opened_again_is_another_job(stage: BotHarness) -> None:
    photo = stage.upload()
    for _ in range(2):
        opened(stage)
        stage.submit(photos=[photo], words="a beach")
    assert len(stage.jobs()) == 2


def test_words_behind_the_command_stand_in_the_form(stage: BotHarness) -> None:
    view = opened(stage, text="a beach & <sun> --product mug --size 9:16")
    assert initial(view, "words") == "a beach & <sun>"
    assert initial(view, "product") == "mug"
    assert initial(view, "size") == "9:16"


def test_what_cannot_be_read_stands_in_the_form_as_it_was_typed(stage: BotHarness) -> None:
    view = opened(stage, text="a beach --尺寸 huge --模板 marbel --zzz bar --avoid people")
    assert initial(view, "words") == "a beach --模板 marbel --zzz bar"
    assert initial(view, "own_size") == "huge"  # where it would be mended
    assert initial(view, "avoid") == "people"


def test_a_mistyped_option_stands_in_the_field_that_it_is_most_like(stage: BotHarness) -> None:
    view = opened(stage, text="a beach --prodcut mug --tempalte marble --sise huge")
    assert [initial(view, name) for name in ("words", "product", "own_size")] == [
        "a beach",
        "mug",
        "huge",
    ]
    view = opened(stage, text="a beach --prodcut mug --product jug --商皮 x")
    assert initial(view, "product") == "jug"  # what was typed right counts


def test_own_defaults_are_chosen_already(stage: BotHarness) -> None:
    own = PersonSettings(language="zh", resolution=Resolution(width=1000, height=700))
    save_person_settings(stage.ledger.bucket, "T0BACKDROP", ANNA, own)
    view = opened(stage)
    assert view["title"]["text"] == "更换背景"
    assert initial(view, "own_size") == "1000:700"


def test_when_slack_does_not_open_it_the_person_is_told(stage: BotHarness) -> None:
    stage.slack.fault(op="views.open", error="internal_error", status=500)
    stage.command()
    assert stage.whispers() == ["Slack would not open the form just now. Please try again."]


def test_a_slow_bucket_does_not_keep_the_form_from_opening(stage: BotHarness) -> None:
    """Its trigger lives three seconds."""
    stage.cos.fault(op="GET", delay_s=4, times=-1)
    began = time.monotonic()
    stage.command()
    assert stage.modal()
    assert time.monotonic() - began < 3


# --- errors under fields


@pytest.mark.parametrize(
    ("entered", "errors"),
    [
        ({}, {"words": "Describe the background here, or choose a ready-made one below."}),
        ({"words": LONG}, {"words": "257 characters, 1 more"}),
        ({"words": "a", "avoid": LONG}, {"avoid": "257 characters, 1 more"}),
        ({"words": "a", "product": "x" * 51}, {"product": "51 characters, 1 more"}),
        ({"words": "a", "template": "大理石"}, {"template": "both your own words and a template"}),
        ({"words": "a", "own_size": "huge"}, {"own_size": "I cannot read the size “huge”."}),
        ({"words": "a", "own_size": "500:500"}, {"own_size": "out of range"}),
        ({"words": "，。"}, {"words": "Describe the background here"}),
        ({"words": "a", "product": "…"}, {"product": "no words in it"}),
        ({"words": "BackgroundTemplate"}, {"words": "can't be used as a description"}),
        ({"own_size": "9", "product": "x" * 51}, {"own_size": "9", "product": "51", "words": "D"}),
    ],
)
def test_an_error_stands_under_its_field_and_the_form_stays(
    stage: BotHarness, entered: dict[str, str], errors: dict[str, str]
) -> None:
    opened(stage)
    sent = stage.submit(photos=[stage.upload()], **entered)
    assert sent["errors"].keys() == errors.keys()
    for name, words in errors.items():
        assert words in sent["errors"][name]
    assert stage.modal()
    assert stage.jobs() == []


def test_an_option_among_the_words_is_one_there_too_and_counts_more_than_a_field(
    stage: BotHarness,
) -> None:
    opened(stage)
    stage.submit(photos=[stage.upload()], words="a beach ——size 16:9, —product mug", product="cup")
    (job,) = stage.jobs()
    assert job["wish"]["prompt"] == "a beach"
    assert job["wish"]["product"] == "mug"
    assert job["wish"]["resolution"] == {"width": 1280, "height": 720}


def test_a_slip_in_an_option_among_the_words_is_told_there(stage: BotHarness) -> None:
    opened(stage)
    sent = stage.submit(photos=[stage.upload()], words="a beach --prodcut mug")
    assert "Did you mean --product?" in sent["errors"]["words"]
    assert "--watermark" not in sent["errors"]["words"]
    assert stage.jobs() == []


def test_a_mask_goes_with_one_photo(stage: BotHarness) -> None:
    opened(stage)
    mask = stage.upload("any name.png")
    photos = [stage.upload("a.jpg"), stage.upload("b.jpg")]
    sent = stage.submit(photos=photos, words="a beach", mask=[mask])
    assert [*sent["errors"]] == ["mask"]
    assert sent["errors"]["mask"].startswith("A mask goes with a single photo only.")
    stage.submit(photos=photos[:1], words="a beach", mask=[mask])
    (job,) = stage.jobs()
    assert job["mask"]["file_id"] == mask


def test_masks_among_the_photos_are_known_by_their_names(stage: BotHarness) -> None:
    opened(stage)
    photos = [stage.upload("a.jpg"), stage.upload("a.mask.png"), stage.upload("b.jpg")]
    stage.submit(photos=photos, words="a beach")
    assert sorted("mask" in job for job in stage.jobs()) == [False, True]


def test_an_error_is_told_in_the_persons_language(stage: BotHarness) -> None:
    opened(stage, user=YUN)
    sent = stage.submit(user=YUN, photos=[stage.upload(user=YUN)])
    assert sent["errors"] == {"words": "请在这里描述背景，或在下面选一个现成的。"}


def test_the_form_says_that_words_or_a_template_are_needed(stage: BotHarness) -> None:
    (words,) = [one for one in opened(stage)["blocks"] if one.get("block_id") == "words"]
    assert words["hint"]["text"].endswith("is needed, unless a scene has one.")


def test_the_product_is_remembered_from_the_last_form(stage: BotHarness) -> None:
    assert initial(opened(stage), "product") is None
    stage.submit(photos=[stage.upload()], words="a beach", product="mug")
    assert initial(opened(stage), "product") == "mug"
    stage.submit(photos=[stage.upload("b.jpg")], words="a beach", product="")
    assert initial(opened(stage), "product") is None
    assert initial(opened(stage, user=YUN), "product") is None


def test_a_remembered_product_is_no_part_of_a_message(stage: BotHarness) -> None:
    own = PersonSettings(product="mug")
    save_person_settings(stage.ledger.bucket, "T0BACKDROP", ANNA, own)
    stage.slack.write("@Backdrop a beach", file_ids=[stage.upload()])
    stage.wait_for_jobs(1)
    assert wish_of(stage.jobs()[0]) == {"prompt": "a beach"}


def test_a_used_up_quota_stands_under_the_words(stage: BotHarness, bot_with: BotWith) -> None:
    bot_with(QUOTA_PER_USER_PER_DAY="1")
    take_places(stage, f"people/T0BACKDROP/{ANNA}", 1)
    opened(stage)
    sent = stage.submit(photos=[stage.upload()], words="a beach")
    assert sent["errors"]["words"].startswith("You have used today's 1 picture.")


def test_a_channel_that_is_not_allowed_stands_under_the_words(
    stage: BotHarness, bot_with: BotWith
) -> None:
    bot_with(ALLOWED_CHANNELS="C0SHOPNEWS")
    opened(stage)
    sent = stage.submit(photos=[stage.upload()], words="a beach")
    assert sent["errors"] == {"words": "I may not be used in this channel. Ask me in another one."}


# --- the mark


def test_the_mark_can_be_left_out_only_where_the_operator_allows_it(
    stage: BotHarness, bot_with: BotWith
) -> None:
    assert "watermark" not in fields_of(opened(stage))
    bot_with(WATERMARK_OPTIONAL="1")
    assert fields_of(opened(stage))[-1] == "watermark"
    agreed = PersonSettings(agreed_unmarked_at=1.0)
    save_person_settings(stage.ledger.bucket, "T0BACKDROP", ANNA, agreed)
    stage.submit(photos=[stage.upload()], words="a beach", watermark=[])
    assert wish_of(stage.jobs()[0]) == {"prompt": "a beach", "watermark": False}


def test_a_mark_that_is_left_alone_stays(stage: BotHarness, bot_with: BotWith) -> None:
    bot_with(WATERMARK_OPTIONAL="1")
    opened(stage)
    stage.submit(photos=[stage.upload()], words="a beach")
    assert wish_of(stage.jobs()[0]) == {"prompt": "a beach"}


def ticked(view: Json) -> bool:
    """Whether the form would mark the picture as it stands."""
    (block,) = [one for one in view["blocks"] if one.get("block_id") == "watermark"]
    return bool(block["element"].get("initial_options"))


@pytest.mark.parametrize(
    ("typed", "own", "is_ticked"),
    [
        ("on wood --watermark off", None, False),
        ("放在木桌上 --水印 关", None, False),
        ("on wood --watermark on", False, True),
        ("on wood", False, False),
        ("on wood", None, True),
    ],
)
def test_the_mark_stands_in_the_form_as_it_was_typed(
    stage: BotHarness, bot_with: BotWith, typed: str, own: bool | None, is_ticked: bool
) -> None:
    bot_with(WATERMARK_OPTIONAL="1")
    settings = PersonSettings(watermark=own, agreed_unmarked_at=1.0)
    save_person_settings(stage.ledger.bucket, "T0BACKDROP", ANNA, settings)
    view = opened(stage, text=typed)
    assert ticked(view) is is_ticked
    assert "--" not in initial(view, "words")


def test_a_mark_that_is_typed_off_stays_where_the_operator_wants_it(stage: BotHarness) -> None:
    view = opened(stage, text="on wood --watermark off")
    assert initial(view, "words") == "on wood"
    assert "watermark" not in fields_of(view)
    stage.submit(photos=[stage.upload()])
    assert wish_of(stage.jobs()[0]) == {"prompt": "on wood"}


def test_a_mark_that_cannot_be_read_stands_in_the_form_as_it_was_typed(stage: BotHarness) -> None:
    view = opened(stage, text="on wood --watermark maybe")
    assert initial(view, "words") == "on wood --watermark maybe"


def test_a_pdf_fails_under_its_field_and_leaves_the_form_open(stage: BotHarness) -> None:
    stage.command("on a beach")
    pdf = stage.slack.upload(b"%PDF-1.7", name="order.pdf", user=ANNA)
    answer = stage.submit(photos=[pdf])
    assert "order.pdf" in answer["errors"]["photos"]
    assert stage.jobs() == []
