"""Forms: how they open, what they take, and how they follow one another."""

import pytest

from tests.local.slack import bolt_app
from tests.local.slack.acting import command, of_type, opened, send
from tests.local.slack.block_cases import plain
from tests.local.slack.driver import ANNA, Json, Slack, refusal


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
