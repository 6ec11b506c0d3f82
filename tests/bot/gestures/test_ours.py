"""Only what our own app has posted names a job: any app may put our block ids in a message."""

from typing import Any

import pytest

from bot.slack_api.messages import is_ours
from bot.views.result import result_blocks
from infra.local.slack.world import APP_ID, BOT_ID, OTHER_APP_ID, OTHER_BOT_ID
from tests.bot.gestures.driving import DIRECT, BotHarness
from tests.bot.gestures.forms import shortcut
from tests.bot.looking import Json
from tests.local.slack.driver import ANNA, PHOTOS, YUN, eventually


def forged(stage: BotHarness) -> str:
    """Another app's message, with the blocks of a picture that somebody has got alone."""
    private = stage.job(user=YUN, channel=DIRECT[YUN])
    stage.finish(private)
    picture = {"image_url": stage.links.picture(private.id, "preview.jpg")}
    blocks = result_blocks(private, stage.shown(private), picture, "en")
    posted = stage.slack.ask(
        "POST", "/_control/other_app", json={"channel": PHOTOS, "text": "Look", "blocks": blocks}
    )
    return str(posted.json()["ts"])


def test_the_shortcut_on_another_apps_message_opens_no_job_of_ours(stage: BotHarness) -> None:
    view = shortcut(stage, "use_photos", channel=PHOTOS, message_ts=forged(stage))
    assert view
    assert '"parent"' not in view["private_metadata"]
    assert "wet street" not in str(view)


def test_the_shortcut_on_our_own_message_means_its_photo(stage: BotHarness) -> None:
    job, ts = stage.result()
    view = shortcut(stage, "use_photos", channel=PHOTOS, message_ts=ts)
    assert view
    assert job.id in view["private_metadata"]


@pytest.mark.parametrize("action_id", ["again", "variations", "cutout", "change", "delete"])
def test_a_button_on_another_apps_message_does_nothing_and_says_so(
    action_id: str, stage: BotHarness
) -> None:
    ts = forged(stage)
    stage.press(action_id, ts, user=ANNA)
    eventually(lambda: any("This button has expired." in said for said in stage.whispers()))
    assert stage.jobs() == []
    assert stage.modal() is None
    assert stage.cos.listed("tombstones/") == []


OURS: Json = {"app_id": APP_ID, "bot_id": BOT_ID}


@pytest.mark.parametrize(
    ("message", "ours"),
    [
        (OURS, True),
        ({"app_id": APP_ID}, True),
        ({"bot_id": BOT_ID}, True),
        ({"bot_profile": {"app_id": APP_ID}}, True),
        ({"bot_profile": {"app_id": OTHER_APP_ID}, "bot_id": BOT_ID}, False),
        ({"app_id": OTHER_APP_ID, "bot_id": BOT_ID}, False),
        ({"bot_id": OTHER_BOT_ID}, False),
        ({"bot_profile": "odd"}, False),
        ({"user": "U1"}, False),
        ({}, False),
    ],
)
def test_ours_is_told_by_the_app_or_else_by_the_bot(message: dict[str, Any], ours: bool) -> None:
    assert is_ours(message, APP_ID, lambda: BOT_ID) is ours
    assert not is_ours({}, "", lambda: "")
    assert not is_ours({"bot_id": ""}, "", lambda: "")


def test_who_we_are_is_asked_once_where_a_payload_does_not_say_it(stage: BotHarness) -> None:
    job, ts = stage.result()
    for _ in range(2):
        stage.as_it_is_now(f"result-{job.id}", "again", ts)()
    assert len(stage.jobs()) == 1
    assert len(stage.slack.calls("auth.test")) <= 1
