"""Presses, commands, shortcuts, forms, Home and workflow steps, with a real Bolt app."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from infra.local import serving
from infra.local.slack import world
from tests.local.slack import bolt_app
from tests.local.slack.block_cases import actions, asked, button, option, plain, select, words
from tests.local.slack.driver import (
    ANNA,
    PHOTOS,
    TOKEN,
    YUN,
    Json,
    Receiver,
    Slack,
    eventually,
    refusal,
)

MENU = {
    "type": "overflow",
    "action_id": "menu",
    "options": [option("cut"), {"text": plain("Delete"), "value": "delete"}],
}


@pytest.fixture
def seen(slack: Slack) -> Iterator[list[Json]]:
    """The payloads that a Bolt app got from the stand-in."""
    payloads: list[Json] = []
    listening = serving.listen()
    app = bolt_app.build(f"http://{slack.address}/api/", TOKEN, payloads)
    with serving.served({"bolt": bolt_app.asgi(app)}, {"bolt": listening}):
        url = f"http://{serving.address(listening)}/slack/events"
        urls = {"events_url": url, "interactions_url": url, "commands_url": url}
        slack.ask("PUT", "/_control/app", json=urls)
        yield payloads
        slack.ask("PUT", "/_control/app", json={})


def of_type(seen: list[Json], kind: str) -> list[Json]:
    """The payloads of one type: events arrive on a thread of their own, before or after."""
    return [payload for payload in seen if payload.get("type") == kind]


def with_buttons(slack: Slack, **more: Any) -> str:
    blocks = [actions(button(value="job-1"), MENU, select(), block_id="row")]
    answer = slack.client.chat_postMessage(channel=PHOTOS, text="done", blocks=blocks, **more)
    return str(answer["ts"])


def press(slack: Slack, ts: str, action_id: str = "again", **more: Any) -> Json:
    where = {"channel": PHOTOS, "message_ts": ts, "block_id": "row", "action_id": action_id}
    return slack.act("POST", "actions", **{"user": ANNA, **where, **more})


def command(slack: Slack, text: str, **more: Any) -> Json:
    wish = {"user": ANNA, "channel": PHOTOS, "command": "/backdrop", "text": text, **more}
    return slack.act("POST", "commands", **wish)


def opened(slack: Slack) -> Json:
    assert command(slack, "form")["ok"]
    modal = slack.look("views", user=ANNA)["modal"]
    assert isinstance(modal, dict)
    return modal


def send(slack: Slack, wish: str, **values: Any) -> Json:
    view = opened(slack)
    entered = {"scene": {"scene": {"value": wish}}, **values}
    return slack.act("POST", "views/submit", user=ANNA, view_id=view["id"], values=entered)


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


def test_a_response_url_adds_a_line_for_the_person(slack: Slack, seen: list[Json]) -> None:
    press(slack, with_buttons(slack))
    shown = [m for m in slack.messages(user=ANNA) if m.get("is_ephemeral")]
    assert [m["text"] for m in shown] == ["again it is"]
    assert not [m for m in slack.messages(user=YUN) if m.get("is_ephemeral")]


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
    slack.settings(answer_limit_s=1.0)
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
    slack.settings(answer_limit_s=1.0)
    slack.register(receiver)
    receiver.answers = [(500, 0.0), (200, 60.0)]
    command(slack, "x")
    command(slack, "x")
    words_ = [m["text"] for m in slack.messages(user=ANNA)]
    assert "dispatch_failed" in words_[0]
    assert "operation_timeout" in words_[1]


def test_a_trigger_opens_one_modal_only(slack: Slack, seen: list[Json]) -> None:
    modal = opened(slack)
    assert (modal["callback_id"], modal["private_metadata"]) == ("form", "nonce-1")
    trigger = seen[0]["trigger_id"]
    again = refusal(lambda: slack.client.views_open(trigger_id=trigger, view=bolt_app.FORM))
    assert again["error"] == "exchanged_trigger_id"
    unknown = refusal(lambda: slack.client.views_open(trigger_id="1.2.x", view=bolt_app.FORM))
    assert unknown["error"] == "invalid_trigger_id"


def test_a_trigger_expires(slack: Slack, seen: list[Json]) -> None:
    slack.settings(trigger_s=0.0)
    command(slack, "hi")
    late = refusal(
        lambda: slack.client.views_open(trigger_id=seen[0]["trigger_id"], view=bolt_app.FORM)
    )
    assert late["error"] == "expired_trigger_id"


def test_a_form_is_sent_with_all_it_holds(slack: Slack, seen: list[Json], png: bytes) -> None:
    file_id = slack.upload(png)
    answer = send(slack, "beach", photo={"photos": {"files": [file_id]}})
    assert answer["ok"]
    assert answer["modal"] is None
    (payload,) = of_type(seen, "view_submission")
    values = payload["view"]["state"]["values"]
    assert values["scene"]["scene"] == {"type": "plain_text_input", "value": "beach"}
    assert values["size"]["size"]["selected_option"]["value"] == "1k"
    assert values["photo"]["photos"]["files"][0]["id"] == file_id
    assert payload["view"]["private_metadata"] == "nonce-1"
    assert slack.client.files_info(file=file_id)["file"]["mimetype"] == "image/png"


@pytest.mark.parametrize(
    ("wish", "complaint"),
    [("", "Please complete this required field."), ("ab", "Please use at least 3 characters.")],
)
def test_slacks_own_form_complains_first(
    slack: Slack, seen: list[Json], wish: str, complaint: str
) -> None:
    answer = send(slack, wish)
    assert answer["errors"] == {"scene": complaint}
    assert answer["delivery"] is None
    assert [payload for payload in seen if payload.get("type") == "view_submission"] == []


@pytest.mark.parametrize(
    ("sizes", "names", "complaint"),
    [
        ([1, 1, 1], ["a.png"] * 3, "Please choose at most 2 files."),
        ([10_000_001], ["a.png"], "Please choose files of at most 10 MB."),
        ([1], ["a.txt"], "Please choose files of these types: png, jpeg."),
    ],
)
def test_slacks_own_form_looks_at_files(
    slack: Slack, seen: list[Json], sizes: list[int], names: list[str], complaint: str
) -> None:
    pairs = zip(sizes, names, strict=True)
    files = [slack.upload(b"x" * size, name=name) for size, name in pairs]
    answer = send(slack, "beach", photo={"photos": {"files": files}})
    assert answer["errors"] == {"photo": complaint}


def test_the_apps_errors_keep_the_form_open(slack: Slack, seen: list[Json]) -> None:
    answer = send(slack, "errors")
    assert answer["errors"] == {"scene": "too plain"}
    assert answer["modal"]["callback_id"] == "form"


@pytest.mark.parametrize("wish", ["wrong", "broken"])
def test_an_unusable_answer_is_an_error(slack: Slack, seen: list[Json], wish: str) -> None:
    answer = send(slack, wish)
    assert "cannot be used" in answer["error"]
    assert answer["modal"]["callback_id"] == "form"


def test_a_form_can_be_replaced_or_covered_or_cleared(slack: Slack, seen: list[Json]) -> None:
    updated = send(slack, "update")["modal"]
    assert updated["callback_id"] == "next"
    assert updated["previous_view_id"] is None
    covered = send(slack, "push")["modal"]
    assert covered["callback_id"] == "next"
    assert len(slack.look("views", user=ANNA)["stack"]) == 2
    back = slack.act("POST", "views/submit", user=ANNA, view_id=covered["id"])
    assert back["modal"]["callback_id"] == "form"
    assert send(slack, "clear")["modal"] is None


def test_a_press_in_a_modal_may_push_until_three_are_open(slack: Slack, seen: list[Json]) -> None:
    modal = send(slack, "push")["modal"]
    pressed: Json = {"user": ANNA, "action_id": "again"}
    for _ in range(2):
        block_id = modal["blocks"][1]["block_id"]
        slack.act("POST", "actions", **pressed, view_id=modal["id"], block_id=block_id)
        modal = slack.look("views", user=ANNA)["modal"]
    assert len(slack.look("views", user=ANNA)["stack"]) == 3
    assert slack.calls("views.push")[-1]["error"] == "push_limit_reached"


def test_a_closed_form_is_told_to_an_app_that_asked(slack: Slack, seen: list[Json]) -> None:
    opened(slack)
    assert slack.act("POST", "views/close", user=ANNA)["modal"] is None
    assert (seen[-1]["type"], seen[-1]["is_cleared"]) == ("view_closed", False)
    nothing = slack.ask("POST", "/_client/views/close", json={"user": ANNA})
    assert nothing.status_code == 422


def test_an_update_keeps_what_was_entered_and_checks_the_hash(
    slack: Slack, seen: list[Json]
) -> None:
    view = opened(slack)
    typed = {"view_id": view["id"], "block_id": "scene", "action_id": "scene", "value": "wood"}
    answer = slack.act("POST", "actions", user=ANNA, **typed)
    assert answer["delivery"] is None, "an input that does not dispatch tells nobody"
    changed = {**bolt_app.FORM, "title": plain("Nearly")}
    updated = slack.client.views_update(view_id=view["id"], hash=view["hash"], view=changed)
    held = updated["view"]["state"]["values"]["scene"]["scene"]["value"]
    assert (held, updated["view"]["title"]["text"]) == ("wood", "Nearly")
    stale = refusal(
        lambda: slack.client.views_update(view_id=view["id"], hash=view["hash"], view=changed)
    )
    assert stale["error"] == "hash_conflict"
    lost = refusal(lambda: slack.client.views_update(view_id="V0NOTHING0", view=changed))
    assert lost["error"] == "not_found"


def test_a_view_can_be_named_by_the_apps_own_id_once(slack: Slack, seen: list[Json]) -> None:
    view = opened(slack)
    named = {**bolt_app.FORM, "external_id": "form-1"}
    slack.client.views_update(view_id=view["id"], view=named)
    assert slack.client.views_update(external_id="form-1", view=named)["ok"]
    home = {"type": "home", "external_id": "form-1", "blocks": []}
    twice = refusal(lambda: slack.client.views_publish(user_id=ANNA, view=home))
    assert twice["error"] == "duplicate_external_id"


def test_a_bad_view_names_the_place(slack: Slack, seen: list[Json]) -> None:
    command(slack, "hi")
    view = {"type": "modal", "blocks": []}
    answer = refusal(lambda: slack.client.views_open(trigger_id=seen[0]["trigger_id"], view=view))
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] missing required field: title [json-pointer:/view]"
    ]
    good = slack.client.views_open(trigger_id=seen[0]["trigger_id"], view=bolt_app.FORM)
    assert good["ok"], "a refused view does not use the trigger up"


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


def test_the_home_tab_is_published_when_it_is_opened(slack: Slack, seen: list[Json]) -> None:
    slack.act("POST", "home", user=YUN)
    home = eventually(lambda: slack.look("views", user=YUN)["home"])
    assert home["blocks"][0]["text"]["text"] == "Your photos"
    row = home["blocks"][1]["block_id"]
    pressed = {"view_id": home["id"], "block_id": row, "action_id": "again"}
    assert slack.act("POST", "actions", user=YUN, **pressed)["ok"]
    assert seen[-1]["view"]["type"] == "home"
    stranger = {"user": ANNA, **pressed}
    assert slack.ask("POST", "/_client/actions", json=stranger).status_code == 422


def test_publishing_checks_the_hash_and_the_person(slack: Slack) -> None:
    home = {"type": "home", "blocks": []}
    first = slack.client.views_publish(user_id=ANNA, view=home)["view"]
    slack.client.views_publish(user_id=ANNA, view=home, hash=first["hash"])
    stale = refusal(lambda: slack.client.views_publish(user_id=ANNA, view=home, hash=first["hash"]))
    assert stale["error"] == "hash_conflict"
    nobody = refusal(lambda: slack.client.views_publish(user_id="U0NOBODY00", view=home))
    assert nobody["error"] == "invalid_arguments"


@pytest.mark.parametrize(
    ("inputs", "state", "outcome"),
    [
        ({"photo": "F1"}, "completed", {"link": "https://x.example/1"}),
        ({}, "failed", "no photo"),
    ],
)
def test_a_workflow_step_ends_once(
    slack: Slack, seen: list[Json], inputs: Json, state: str, outcome: object
) -> None:
    step = {"callback_id": "paint", "channel": PHOTOS, "inputs": inputs}
    started = slack.act("POST", "functions", user=ANNA, **step)["execution"]
    assert started["state"] == "running"

    def ended() -> list[Json]:
        runs = slack.look("executions")["executions"]
        return [one for one in runs if one["state"] == state]

    run = eventually(ended)[0]
    assert (run["outputs"] or run["error"]) == outcome
    late = refusal(
        lambda: slack.client.functions_completeSuccess(function_execution_id=run["id"], outputs={})
    )
    assert late["error"] == "execution_not_in_running_state"


def test_a_step_that_never_ran_cannot_end(slack: Slack) -> None:
    answer = refusal(
        lambda: slack.client.functions_completeError(function_execution_id="Fx0", error="x")
    )
    assert answer["error"] == "function_execution_not_found"
    wrong = refusal(
        lambda: slack.client.api_call(
            "functions.completeSuccess",
            json={"function_execution_id": "Fx0", "outputs": "[]"},
        )
    )
    assert wrong["error"] == "invalid_arguments"


def test_an_input_that_dispatches_tells_the_app(slack: Slack, receiver: Receiver) -> None:
    slack.register(receiver)
    blocks = [asked(words(), block_id="row", dispatch_action=True)]
    ts = slack.client.chat_postMessage(channel=PHOTOS, text="x", blocks=blocks)["ts"]
    answer = press(slack, str(ts), "scene", value="wood")
    assert answer["delivery"]["type"] == "block_actions"
    (sent,) = slack.deliveries("block_actions")
    assert sent["status"] == 200


class TestResponseUrl:
    """The URL itself, without Bolt."""

    @pytest.fixture
    def url(self, slack: Slack, seen: list[Json]) -> str:
        command(slack, "hi")
        return str(seen[0]["response_url"])

    @staticmethod
    def say(url: str, **said: Any) -> requests.Response:
        return requests.post(url, json=said, timeout=10)

    def test_it_works_five_times(self, url: str) -> None:
        codes = [self.say(url, text=f"line {n}").status_code for n in range(5)]
        assert codes == [200] * 5
        sixth = self.say(url, text="one too many")
        assert (sixth.status_code, sixth.json()["error"]) == (404, "used_url")

    def test_it_may_speak_to_all_and_in_a_thread(self, slack: Slack, url: str) -> None:
        parent = slack.write("a photo")["ts"]
        self.say(url, text="for all", response_type="in_channel", thread_ts=parent)
        assert [m["text"] for m in slack.messages(user=YUN, thread_ts=parent)] == [
            "a photo",
            "for all",
        ]

    @pytest.mark.parametrize(
        ("said", "error"),
        [({}, "no_text"), ({"text": "x", "blocks": [{"type": "carpet"}]}, "invalid_blocks")],
    )
    def test_it_refuses(self, url: str, said: Json, error: str) -> None:
        answer = self.say(url, **said)
        assert (answer.status_code, answer.json()["error"]) == (404, error)

    def test_an_unknown_one_has_expired(self, slack: Slack) -> None:
        answer = self.say(f"http://{slack.address}/response/nothing", text="x")
        assert (answer.status_code, answer.json()["error"]) == (404, "expired_url")

    def test_it_replaces_or_deletes_the_message_it_came_from(
        self, slack: Slack, seen: list[Json]
    ) -> None:
        ts = with_buttons(slack)
        press(slack, ts)
        url = seen[0]["response_url"]
        self.say(url, text="replaced", replace_original=True)
        assert slack.messages()[0]["text"] == "replaced"
        assert "blocks" not in slack.messages()[0]
        self.say(url, delete_original=True)
        assert slack.messages() == []
