"""The Home tab and the steps of workflows."""

import pytest

from tests.local.slack.driver import ANNA, PHOTOS, YUN, Json, Slack, eventually, refusal


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
