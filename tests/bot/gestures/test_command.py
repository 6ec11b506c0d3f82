"""/backdrop and what may stand behind it."""

import pytest

from bot.usage import usage_of
from functions.jobs.settings import (
    ChannelSettings,
    PersonSettings,
    channel_settings,
    save_person_settings,
)
from tests.bot.gestures.conftest import BotWith
from tests.bot.gestures.driving import DIRECT, BotHarness, take_places
from tests.local.slack.driver import ANNA, PHOTOS, YUN

CUP = "https://shop.example/cup.jpg"
NEWS = "C0SHOPNEWS"


# --- a photo's address


def test_an_address_and_words_start_at_once(stage: BotHarness) -> None:
    stage.command(f"{CUP} on a beach --product cup --size 16:9")
    (job,) = stage.jobs()
    assert job["gesture"] == "slash"
    assert job["photo"] == {"from": "url", "url": CUP}
    assert job["wish"] == {
        "prompt": "on a beach",
        "product": "cup",
        "resolution": {"width": 1280, "height": 720},
    }
    assert job["thread"] == {"channel": PHOTOS}
    assert stage.whispers() == []  # its progress follows
    assert stage.modal() is None


@pytest.mark.parametrize(
    "typed", [f"<{CUP}> a beach", f"<{CUP}|shop.example> a beach", f"{CUP}\na beach"]
)
def test_an_address_is_known_in_each_of_slacks_forms(stage: BotHarness, typed: str) -> None:
    stage.command(typed)
    (job,) = stage.jobs()
    assert job["photo"]["url"] == CUP
    assert job["wish"] == {"prompt": "a beach"}


def test_an_address_is_taken_as_it_is(stage: BotHarness) -> None:
    address = "https://shop.example/a%20b.jpg?x=1&y=2#z"
    stage.command(f"{address.replace('&', '&amp;')} a &amp; b &lt;c&gt;")
    (job,) = stage.jobs()
    assert job["photo"]["url"] == address
    assert job["wish"] == {"prompt": "a & b <c>"}


def test_what_the_answer_quotes_is_harmless(stage: BotHarness) -> None:
    """It is no call of ours, but the response to Slack's own."""
    stage.command(f"{CUP} on a beach --template a\u202ebelgra\u2066m")
    (said,) = stage.whispers()
    assert "abelgram" in said
    assert not {"\u202e", "\u2066"} & set(said)


def test_an_address_without_words_is_told_what_is_missing(stage: BotHarness) -> None:
    stage.command(CUP)
    (said,) = stage.whispers()
    assert said.startswith("Tell me what the new background should be")
    assert stage.jobs() == []


@pytest.mark.parametrize(
    "address",
    [
        "http://shop.example/cup.jpg",
        "https://10.0.0.1/cup.jpg",
        "https://169.254.169.254/latest/meta-data",
        "https://anna:secret@shop.example/cup.jpg",
        "https://shop.example:8443/cup.jpg",
        "https://shop.example\\@10.0.0.1/cup.jpg",
    ],
)
def test_an_address_that_may_not_be_called_is_refused_at_once_and_privately(
    stage: BotHarness, address: str
) -> None:
    stage.command(f"{address} on a beach")
    assert stage.jobs() == []
    (said,) = stage.whispers()
    assert "address" in said


def test_the_same_command_typed_twice_is_two_wishes(stage: BotHarness) -> None:
    for _ in range(2):
        stage.command(f"{CUP} a beach")
    assert len(stage.jobs()) == 2


def test_in_a_direct_message_the_picture_comes_there(stage: BotHarness) -> None:
    stage.command(f"{CUP} a beach", channel=DIRECT[ANNA])
    assert stage.jobs()[0]["thread"] == {"channel": DIRECT[ANNA]}


# --- answers


def test_help_says_how_in_the_persons_language(stage: BotHarness) -> None:
    stage.command("help")
    stage.command("帮助", user=YUN)
    (english,), (chinese,) = stage.whispers(), stage.whispers(user=YUN)
    assert "opens the form “New background”" in english
    assert "Marble" in english
    assert "--watermark" not in english
    assert "大理石" in chinese


def test_help_names_the_watermark_where_it_may_go(stage: BotHarness, bot_with: BotWith) -> None:
    bot_with(WATERMARK_OPTIONAL="1")
    stage.command("HELP")
    assert "--watermark off" in stage.whispers()[0]


def test_usage_without_limits_counts_what_was_painted(stage: BotHarness) -> None:
    stage.finish(stage.job())
    stage.finish(stage.job())
    stage.finish(stage.job(), generated=None, pictures=())
    stage.finish(stage.job(user=YUN))
    stage.command("usage")
    assert stage.whispers() == ["Today: 2 pictures\nThis month: 2 pictures"]


@pytest.mark.parametrize(("made", "said"), [(2, "2 pictures"), (3, "2+ pictures")])
def test_usage_says_when_it_has_not_counted_all(
    stage: BotHarness, monkeypatch: pytest.MonkeyPatch, made: int, said: str
) -> None:
    monkeypatch.setattr(usage_of, "__kwdefaults__", {"count_most": 2})
    for _ in range(made):
        stage.finish(stage.job())
    stage.command("usage")
    assert stage.whispers() == [f"Today: {said}\nThis month: {said}"]


def test_usage_against_the_limits(stage: BotHarness, bot_with: BotWith) -> None:
    bot_with(QUOTA_PER_USER_PER_DAY="20", QUOTA_PER_TEAM_PER_DAY="100")
    take_places(stage, f"people/T0BACKDROP/{ANNA}", 3)
    take_places(stage, "teams/T0BACKDROP", 7)
    stage.command("usage")
    assert stage.whispers() == [
        "Today: 3 of 20 pictures\nThis month: 3 pictures\nYour team today: 7 of 100 pictures"
    ]


# --- every photo of a channel

AGREED = PersonSettings(agreed_unmarked_at=1.0)


def test_a_shops_size_is_the_channels(stage: BotHarness) -> None:
    stage.command("auto on on marble --for amazon")
    assert str(auto(stage).resolution) == "2000:2000"


def test_a_channel_does_not_leave_the_mark_out(stage: BotHarness, bot_with: BotWith) -> None:
    bot_with(WATERMARK_OPTIONAL="1")
    save_person_settings(stage.ledger.bucket, "T0BACKDROP", ANNA, AGREED)
    stage.command("auto on on marble --watermark off")
    assert stage.whispers() == ["--watermark is asked for with each photo: leave it out here."]
    assert not auto(stage).auto


def auto(stage: BotHarness) -> ChannelSettings:
    return channel_settings(stage.ledger.bucket, PHOTOS)


def told(stage: BotHarness, user: str = ANNA) -> list[str]:
    """What that person alone was told, mentions included."""
    return [
        "".join(
            piece.get("text", f"@{piece.get('user_id')}")
            for section in block["elements"]
            for piece in section["elements"]
        )
        for message in stage.slack.messages(user=user)
        if message.get("is_ephemeral")
        for block in message["blocks"]
        if block["type"] == "rich_text"
    ]


def test_whoever_switches_it_on_is_told_so_alone(stage: BotHarness) -> None:
    stage.command("auto on on a wooden table --product cup --size 4:5")
    settings = auto(stage)
    assert (settings.auto, settings.by, settings.words) == (True, ANNA, "on a wooden table")
    assert settings.product == "cup"
    assert str(settings.resolution) == "1024:1280"
    assert told(stage, YUN) == []
    assert not any(message.get("bot_id") for message in stage.slack.messages(user=YUN))
    (said,) = told(stage)
    assert "Every photo posted in this channel gets a new background. Set by @U0MERCHEN1" in said
    assert said.endswith("Photos that come without words get: on a wooden table")


def test_status_shows_it_to_one_person(stage: BotHarness) -> None:
    stage.command("auto on --template marble")
    stage.command("auto status", user=YUN)
    stage.command("自动", user=YUN)
    shown = stage.whispers(user=YUN)
    assert len(shown) == 2
    assert all("大理石" in said for said in shown)


def test_off_is_off_and_says_who(stage: BotHarness) -> None:
    stage.command("auto on")
    stage.command("auto off", user=YUN)
    assert (auto(stage).auto, auto(stage).by) == (False, YUN)
    (said,) = told(stage, YUN)
    assert said.startswith("发到这个频道的照片不会处理")
    assert f"@{YUN}" in said


def test_always_takes_the_channels_scene_and_says_so(stage: BotHarness) -> None:
    stage.command("auto always on a wooden table")
    assert (auto(stage).auto, auto(stage).always) == (True, True)
    stage.command("auto status", user=YUN)
    stage.command("自动 状态", user=ANNA)
    for said in (*told(stage), *told(stage, YUN)):
        assert said.endswith("on a wooden table")
        assert (
            "Whatever is written beside a photo, it gets:" in said or "无论照片旁写了什么" in said
        )
    stage.command("auto on")
    assert not auto(stage).always


def test_always_needs_a_scene(stage: BotHarness) -> None:
    stage.command("auto always")
    assert stage.whispers()[0].startswith("Tell me what the new background should be")
    assert not auto(stage).auto


def test_everything_that_is_wrong_with_a_command_is_told_at_once(stage: BotHarness) -> None:
    stage.command("http://shop.example/cup.jpg a beach --sise 16:9 --template marbel")
    (said,) = stage.whispers()
    assert "https://" in said
    assert "Did you mean --size?" in said
    assert "There is no template “marbel”" in said


def test_it_is_off_by_default(stage: BotHarness) -> None:
    stage.command("auto status")
    (said,) = stage.whispers()
    assert said == "Photos posted in this channel are left alone unless you mention me."


def test_a_scene_that_cannot_be_painted_is_refused(stage: BotHarness) -> None:
    stage.command("auto on " + "x" * 257)
    assert "257 characters" in stage.whispers()[0]
    assert not auto(stage).auto


def test_where_the_bot_is_not_it_asks_to_be_invited(stage: BotHarness) -> None:
    stage.command("auto on", channel=NEWS)
    (said,) = stage.whispers(channel=NEWS)
    assert said.startswith("I am not in that channel.")
    assert not channel_settings(stage.ledger.bucket, NEWS).auto


def test_in_a_direct_message_there_is_nothing_to_switch(stage: BotHarness) -> None:
    stage.command("auto on", channel=DIRECT[ANNA])
    (said,) = stage.whispers(channel=DIRECT[ANNA])
    assert said.startswith("Here every photo")


@pytest.mark.parametrize("words", ["auto repair shop", "automatic doors", "helpful light"])
def test_words_that_only_begin_like_a_question_open_the_form(stage: BotHarness, words: str) -> None:
    stage.command(words)
    assert stage.modal()
    assert not auto(stage).auto


def test_a_channel_that_is_not_allowed_names_those_that_are(
    stage: BotHarness, bot_with: BotWith
) -> None:
    bot_with(ALLOWED_CHANNELS="C0SHOPNEWS,dm")
    stage.command(f"{CUP} a beach")
    (said,) = stage.whispers()
    assert said.startswith("I may not be used in this channel.")
    message = stage.slack.messages(user=ANNA)[-1]
    assert {"type": "channel", "channel_id": NEWS} in message["blocks"][-1]["elements"][0][
        "elements"
    ]
    stage.command(f"{CUP} a beach", channel=NEWS)
    stage.command(f"{CUP} a beach", channel=DIRECT[ANNA])
    assert len(stage.jobs()) == 2


def test_every_answer_comes_well_within_three_seconds(stage: BotHarness) -> None:
    for text in ("", "help", "usage", "auto status", f"{CUP} a beach"):
        assert stage.command(text)["delivery"]["ms"] < 3000
