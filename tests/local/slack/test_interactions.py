"""Presses, commands and shortcuts, with a real Bolt app."""

import pytest

from infra.local.slack import world
from tests.local.slack.acting import command, of_type, press, with_buttons
from tests.local.slack.block_cases import actions, asked, button, words
from tests.local.slack.driver import ANNA, PHOTOS, YUN, Json, Receiver, Slack, eventually


def test_a_mention_is_answered_in_its_thread(slack: Slack, seen: list[Json]) -> None:
    ts = slack.write("@Backdrop on marble")["ts"]
    thread = eventually(lambda: slack.messages(thread_ts=ts)[1:])
    assert thread[0]["text"] == f"<@{ANNA}> on it"
    parent = slack.messages()[0]
    assert parent["reactions"][0]["name"] == "eyes"
    assert all(event.get("bot_id") is None for event in seen), "Bolt ignores its own"


def test_a_press_tells_what_was_pressed_where(slack: Slack, seen: list[Json]) -> None:
    ts = with_buttons(slack)
    assert press(slack, ts)["ok"]
    payload = seen[0]
    assert payload["type"] == "block_actions"
    assert payload["user"]["id"] == ANNA
    assert payload["team"]["id"] == world.TEAM_ID
    assert payload["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": PHOTOS,
        "is_ephemeral": False,
    }
    assert payload["message"]["ts"] == ts
    assert payload["channel"] == {"id": PHOTOS, "name": "product-photos"}
    (action,) = payload["actions"]
    assert (action["type"], action["value"]) == ("button", "job-1")
    assert (action["block_id"], action["action_id"]) == ("row", "again")
    assert payload["state"]["values"]["row"]["size"]["selected_option"] is None


def test_every_press_has_a_timestamp_of_its_own(slack: Slack, seen: list[Json]) -> None:
    ts = with_buttons(slack)
    for _ in range(3):
        press(slack, ts)
    assert len({payload["actions"][0]["action_ts"] for payload in seen}) == 3
    assert len({payload["trigger_id"] for payload in seen}) == 3


def test_a_press_in_a_thread_names_the_thread(slack: Slack, seen: list[Json]) -> None:
    parent = slack.write("a photo")["ts"]
    press(slack, with_buttons(slack, thread_ts=parent))
    (pressed,) = of_type(seen, "block_actions")
    assert pressed["container"]["thread_ts"] == parent
    assert pressed["message"]["thread_ts"] == parent


def test_a_menu_and_a_choice_tell_the_option(slack: Slack, seen: list[Json]) -> None:
    ts = with_buttons(slack)
    press(slack, ts, "menu", selected_option="delete")
    press(slack, ts, "size", selected_option={"value": "2"})
    press(slack, ts)
    assert seen[0]["actions"][0]["selected_option"]["text"]["text"] == "Delete"
    assert seen[1]["actions"][0]["selected_option"]["value"] == "2"
    held = seen[2]["state"]["values"]["row"]["size"]
    assert (held["type"], held["selected_option"]["value"]) == ("static_select", "2")


@pytest.mark.parametrize(
    "wrong",
    [
        {"action_id": "nothing"},
        {"block_id": "nowhere"},
        {"message_ts": "1.000001"},
        {"channel": "C0NOWHERE0"},
        {"user": "U0NOBODY00"},
        {"action_id": "menu", "selected_option": "fly"},
    ],
)
def test_what_is_not_there_cannot_be_pressed(
    slack: Slack, seen: list[Json], wrong: dict[str, str]
) -> None:
    where = {"user": ANNA, "channel": PHOTOS, "message_ts": with_buttons(slack)}
    body = {**where, "block_id": "row", "action_id": "again", **wrong}
    assert slack.ask("POST", "/_client/actions", json=body).status_code == 422
    assert seen == []


def test_an_ephemeral_messages_payload_has_no_message(slack: Slack, seen: list[Json]) -> None:
    slack.client.chat_postEphemeral(
        channel=PHOTOS, user=ANNA, text="x", blocks=[actions(button(), block_id="row")]
    )
    press(slack, slack.messages(user=ANNA)[0]["ts"])
    assert seen[0]["container"]["is_ephemeral"] is True
    assert "message" not in seen[0]


def test_an_app_that_does_not_answer_is_seen(slack: Slack, receiver: Receiver) -> None:
    slack.settings(answer_limit_s=3.0)
    slack.register(receiver, events_url="")
    receiver.answers = [(500, 0.0), (200, 60.0)]
    ts = with_buttons(slack)
    errors = [press(slack, ts)["delivery"]["error"] for _ in range(3)]
    assert errors == ["http_error", "http_timeout", ""]


@pytest.mark.parametrize(
    ("said", "everybody", "text"),
    [("hi", False, "you said hi"), ("loud", True, "for all"), ("blocks", False, "x")],
)
def test_a_commands_answer_becomes_a_message(
    slack: Slack, seen: list[Json], said: str, everybody: bool, text: str
) -> None:
    assert command(slack, said)["ok"]
    (mine,) = slack.messages(user=ANNA)
    assert mine["text"] == text
    assert bool(slack.messages(user=YUN)) is everybody
    form = seen[0]
    assert (form["command"], form["text"], form["user_id"]) == ("/backdrop", said, ANNA)
    assert (form["channel_id"], form["channel_name"]) == (PHOTOS, "product-photos")


def test_a_command_that_fails_is_told_by_slackbot(slack: Slack, receiver: Receiver) -> None:
    slack.settings(answer_limit_s=3.0)
    slack.register(receiver)
    receiver.answers = [(500, 0.0), (200, 60.0)]
    command(slack, "x")
    command(slack, "x")
    words_ = [m["text"] for m in slack.messages(user=ANNA)]
    assert "dispatch_failed" in words_[0]
    assert "operation_timeout" in words_[1]


@pytest.mark.parametrize(("callback_id", "kind"), [("from_message", "message_action")])
def test_a_message_shortcut_carries_the_message(
    slack: Slack, seen: list[Json], png: bytes, callback_id: str, kind: str
) -> None:
    message = slack.write("a photo", file_ids=[slack.upload(png)])
    wish = {"callback_id": callback_id, "channel": PHOTOS, "message_ts": message["ts"]}
    assert slack.act("POST", "shortcuts", user=ANNA, **wish)["ok"]
    shortcut = next(one for one in seen if one["type"] == kind)
    assert shortcut["message"]["files"][0]["mimetype"] == "image/png"
    assert shortcut["channel"]["id"] == PHOTOS
    assert slack.look("views", user=ANNA)["modal"]["callback_id"] == "form"


def test_a_global_shortcut_knows_no_channel(slack: Slack, seen: list[Json]) -> None:
    assert slack.act("POST", "shortcuts", user=YUN, callback_id="from_anywhere")["ok"]
    assert seen[0]["type"] == "shortcut"
    assert "channel" not in seen[0]
    assert slack.look("views", user=YUN)["modal"]


def test_an_input_that_dispatches_tells_the_app(slack: Slack, receiver: Receiver) -> None:
    slack.register(receiver)
    blocks = [asked(words(), block_id="row", dispatch_action=True)]
    ts = slack.client.chat_postMessage(channel=PHOTOS, text="x", blocks=blocks)["ts"]
    answer = press(slack, str(ts), "scene", value="wood")
    assert answer["delivery"]["type"] == "block_actions"
    (sent,) = slack.deliveries("block_actions")
    assert sent["status"] == 200
