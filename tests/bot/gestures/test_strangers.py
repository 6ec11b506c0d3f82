"""Who may spend: people of other workspaces and guests, by every gesture; and who may say so.

What a person's standing costs in calls is counted, too: Slack waits three seconds.
"""

import time
from collections.abc import Callable
from typing import Any

import pytest

from bot.slack_api.messages import home_team, sender_team
from functions.jobs.settings import ChannelSettings, channel_settings, save_channel_settings
from infra.local.slack.world import BOT_USER_ID, GUEST_TEAM_ID, TEAM_ID
from tests.bot.driving import Bot, event
from tests.bot.gestures.conftest import BotWith
from tests.bot.gestures.driving import BotHarness
from tests.bot.gestures.forms import shortcut
from tests.local.slack.driver import ADMIN, ANNA, PHOTOS, YUN, eventually

ADDRESS = "https://shop.example/cup.jpg on a beach"
EXTERNAL = "Only members of the workspace"
GUEST = "Guests may not ask me"
UNKNOWN = "Slack did not tell me in time"

Gesture = Callable[[BotHarness, str], object]


def mention(stage: BotHarness, user: str) -> object:
    photo = stage.slack.upload(stage.jpeg, user=user)
    return stage.slack.write("@Backdrop on a beach", file_ids=[photo], user=user)


def upload(stage: BotHarness, user: str) -> object:
    on = ChannelSettings(auto=True, words="on a beach", by=ADMIN, at=time.time())
    save_channel_settings(stage.ledger.bucket, PHOTOS, on)
    return stage.slack.write("", file_ids=[stage.slack.upload(stage.jpeg, user=user)], user=user)


def words_in_a_thread(stage: BotHarness, user: str) -> object:
    parent, _ = stage.result()
    stage.ledger.set_latest_in_thread(PHOTOS, parent.place.thread_ts, parent.id)
    where = {"thread_ts": parent.place.thread_ts, "user": user}
    return stage.slack.write("@Backdrop on a beach", **where)


def button(name: str) -> Gesture:
    def press(stage: BotHarness, user: str) -> object:
        _, ts = stage.result()
        return stage.press(name, ts, user=user)

    return press


def address(stage: BotHarness, user: str) -> object:
    return stage.command(ADDRESS, user=user)


def form_by_command(stage: BotHarness, user: str) -> object:
    return stage.command("a beach", user=user)


def auto(stage: BotHarness, user: str) -> object:
    return stage.command("auto on on a beach", user=user)


def form_by_shortcut(stage: BotHarness, user: str) -> object:
    message = mention_less(stage)
    return shortcut(stage, "use_photos", channel=PHOTOS, message_ts=message, user=user)


def mention_less(stage: BotHarness) -> str:
    return str(stage.slack.write("look", file_ids=[stage.upload()])["ts"])


GESTURES: dict[str, Gesture] = {
    "mention": mention,
    "upload": upload,
    "words in a thread": words_in_a_thread,
    "again": button("again"),
    "variations": button("variations"),
    "cut-out": button("cutout"),
    "change": button("change"),
    "address": address,
    "form by command": form_by_command,
    "form by shortcut": form_by_shortcut,
    "auto on": auto,
}
every_gesture = pytest.mark.parametrize("gesture", GESTURES.values(), ids=GESTURES)


def partner(stage: BotHarness) -> str:
    """Somebody of another workspace, with whom the channel is shared."""
    return str(stage.slack.ask("POST", "/_control/guest").json()["user"])


def make_guest(stage: BotHarness, user: str) -> str:
    stage.slack.ask("PUT", "/_control/people", json={"user": user, "is_restricted": True})
    return user


def told(stage: BotHarness, user: str, words: str) -> None:
    eventually(lambda: any(words in said for said in stage.whispers(user=user)))
    assert stage.jobs() == []
    assert stage.modal(user) is None
    assert channel_settings(stage.ledger.bucket, PHOTOS).by != user


@every_gesture
def test_people_of_another_workspace_spend_nothing_and_read_why(
    gesture: Gesture, stage: BotHarness
) -> None:
    user = partner(stage)
    gesture(stage, user)
    told(stage, user, EXTERNAL)


@every_gesture
def test_guests_spend_nothing_where_the_operator_says_so_and_read_why(
    gesture: Gesture, stage: BotHarness, bot_with: BotWith
) -> None:
    bot_with(ALLOW_GUESTS="0")
    gesture(stage, make_guest(stage, YUN))
    eventually(lambda: any("访客不能" in said for said in stage.whispers(user=YUN)))
    assert stage.jobs() == []
    assert stage.modal(YUN) is None


def test_a_partner_who_is_a_guest_at_home_is_no_guest_of_ours(
    stage: BotHarness, bot_with: BotWith
) -> None:
    bot_with(ALLOW_EXTERNAL="1", ALLOW_GUESTS="0")
    mention(stage, make_guest(stage, partner(stage)))
    eventually(stage.jobs)


@pytest.mark.parametrize("gesture", [mention, address, button("again")])
def test_guests_may_as_it_comes(gesture: Gesture, stage: BotHarness) -> None:
    gesture(stage, make_guest(stage, YUN))
    eventually(stage.jobs)


def test_a_form_that_a_guest_could_open_is_refused_when_it_is_sent(
    stage: BotHarness, bot_with: BotWith
) -> None:
    """The global shortcut has no place where a line could stand."""
    bot_with(ALLOW_GUESTS="0")
    assert shortcut(stage, "new_picture")
    make_guest(stage, ANNA)
    bot_with(ALLOW_GUESTS="0")  # another instance, which remembers nothing of them
    sent = stage.submit(photos=[stage.upload()], words="a beach")
    assert GUEST in sent["errors"]["words"]
    assert stage.jobs() == []


def test_a_members_message_and_press_cost_no_question(stage: BotHarness) -> None:
    mention(stage, ANNA)
    stage.wait_for_jobs(1)
    button("cutout")(stage, ANNA)
    stage.wait_for_jobs(2)
    asked = [call["detail"]["user"] for call in stage.slack.calls("users.info")]
    assert len(asked) <= 1  # for the language of "On its way."


def test_who_somebody_is_costs_one_question_in_ten_minutes(
    stage: BotHarness, bot_with: BotWith
) -> None:
    bot_with(ALLOW_GUESTS="0")
    for _ in range(3):
        address(stage, ANNA)
    assert len(stage.jobs()) == 3
    assert len(stage.slack.calls("users.info")) == 1


@pytest.mark.parametrize("error", ["internal_error", "ratelimited", "missing_scope"])
def test_where_slack_does_not_say_who_asks_nothing_is_spent(
    error: str, stage: BotHarness, bot_with: BotWith
) -> None:
    bot_with(ALLOW_GUESTS="0")
    stage.slack.fault(op="users.info", error=error, times=-1)
    mention(stage, ANNA)
    told(stage, ANNA, UNKNOWN)


def test_a_partners_photo_says_nothing_of_who_posts_it(bot: Bot, stage: BotHarness) -> None:
    """A file that hangs on a message may be somebody else's: its team is not the sender's."""
    ours = {"id": stage.upload(), "user": ANNA, "user_team": TEAM_ID}
    said = {"type": "app_mention", "text": f"<@{BOT_USER_ID}> on a beach", "files": [ours]}
    user = partner(stage)
    posted = {**said, "user": user, "channel": PHOTOS, "ts": "1732260000.000100"}
    bot.post_signed(event(posted, is_ext_shared_channel=True))
    told(stage, user, EXTERNAL)


@pytest.mark.parametrize(
    ("team", "home"), [("T0THEIRS", TEAM_ID), (TEAM_ID, TEAM_ID)], ids=["theirs", "ours"]
)
def test_a_press_belongs_to_the_workspace_of_the_message_whatever_its_team_says(
    team: str, home: str
) -> None:
    profile = {"app_id": "A0OURS", "team_id": TEAM_ID}
    body: dict[str, Any] = {"api_app_id": "A0OURS", "message": {"bot_profile": profile}}
    assert home_team(body, team) == home
    strangers = {**body, "message": {"bot_profile": {**profile, "app_id": "A0OTHER"}}}
    assert home_team(strangers, team) == team


def test_an_organisation_is_no_stranger_to_itself(bot: Bot, stage: BotHarness) -> None:
    """On Enterprise Grid ``user_team`` may name the organisation, not the workspace."""
    who = {"user": ANNA, "user_team": "E0OURS", "channel": PHOTOS, "ts": "1732260000.000200"}
    said = {"type": "app_mention", "text": f"<@{BOT_USER_ID}> on a beach", **who}
    where = {"team_id": TEAM_ID, "user_id": BOT_USER_ID, "is_bot": True, "enterprise_id": "E0OURS"}
    payload = event({**said, "files": [{"id": stage.upload()}]}, authorizations=[where])
    bot.post_signed(payload | {"is_ext_shared_channel": True})
    eventually(stage.jobs)


# --- who may switch auto on


@pytest.mark.parametrize("standing", ["is_admin", "is_owner"])
def test_auto_is_switched_on_by_those_who_administer(
    standing: str, stage: BotHarness, bot_with: BotWith
) -> None:
    bot_with(AUTO_ON_BY="admins")
    auto(stage, YUN)
    eventually(lambda: any("只有工作区的管理员" in one for one in stage.whispers(user=YUN)))
    assert not channel_settings(stage.ledger.bucket, PHOTOS).auto
    stage.slack.ask("PUT", "/_control/people", json={"user": YUN, standing: True})
    auto(stage, YUN)
    assert channel_settings(stage.ledger.bucket, PHOTOS).by == YUN


def test_auto_is_switched_on_by_whoever_created_the_channel(
    stage: BotHarness, bot_with: BotWith
) -> None:
    bot_with(AUTO_ON_BY="admins")
    stage.slack.ask("PUT", "/_control/people", json={"user": ADMIN, "is_admin": False})
    auto(stage, ADMIN)
    assert channel_settings(stage.ledger.bucket, PHOTOS).by == ADMIN


def test_auto_stays_off_where_slack_does_not_say_who_asks(
    stage: BotHarness, bot_with: BotWith
) -> None:
    bot_with(AUTO_ON_BY="admins")
    for op in ("users.info", "conversations.info"):
        stage.slack.fault(op=op, error="internal_error", times=-1)
    auto(stage, ADMIN)
    assert not channel_settings(stage.ledger.bucket, PHOTOS).auto


def test_everybody_may_switch_auto_off(stage: BotHarness, bot_with: BotWith) -> None:
    auto(stage, ANNA)
    assert channel_settings(stage.ledger.bucket, PHOTOS).auto
    bot_with(AUTO_ON_BY="admins", ALLOW_GUESTS="0")
    stage.command("auto off", user=make_guest(stage, YUN))
    assert not channel_settings(stage.ledger.bucket, PHOTOS).auto


def test_where_a_partners_team_is_not_told_the_message_says_nothing() -> None:
    body = {"event": {"user": "U1", "files": [{"user": "U2", "user_team": GUEST_TEAM_ID}]}}
    assert sender_team(body) == ""
    assert sender_team({"event": body["event"] | {"user": "U2"}}) == GUEST_TEAM_ID
