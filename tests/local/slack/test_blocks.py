"""Block Kit's rules: against Slack's documented limits and two independent judges."""

from typing import Any

import pytest

from infra.local.slack.answers import Refused
from infra.local.slack.blocks import accepted
from infra.local.slack.surfaces import accepted_view
from tests.block_judges import NO_BLOCKKIT, by_blockkit, by_slack_sdk
from tests.local.slack.block_cases import (
    FILES,
    INVALID,
    VALID,
    Case,
    actions,
    asked,
    button,
    plain,
    section,
    words,
)
from tests.local.slack.driver import PHOTOS, Slack, refusal

pytestmark = pytest.mark.newer_python


def wrong_with(blocks: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        accepted(blocks)
    assert refused.value.error == "invalid_blocks"
    return refused.value.places


@pytest.mark.parametrize("case", VALID, ids=lambda case: case.name)
def test_good_blocks_are_taken_here_and_by_slack_sdk(case: Case) -> None:
    assert [one["type"] for one in accepted(case.blocks)] == [one["type"] for one in case.blocks]
    assert by_slack_sdk(case.blocks, "message") == []


@pytest.mark.parametrize("case", VALID, ids=lambda case: case.name)
def test_good_blocks_are_taken_by_blockkit(case: Case) -> None:
    pytest.importorskip("blockkit", reason=NO_BLOCKKIT)
    assert by_blockkit(case.blocks, "message") == []


@pytest.mark.parametrize("case", INVALID, ids=lambda case: case.name)
def test_bad_blocks_are_refused_here_and_by_slack_sdk_where_it_knows_the_rule(case: Case) -> None:
    places = wrong_with(case.blocks)
    assert any(case.says in one for one in places), places
    assert all("[json-pointer:/blocks" in one for one in places)
    assert bool(by_slack_sdk(case.blocks, "message")) == ("slack_sdk" in case.judges)


@pytest.mark.parametrize("case", INVALID, ids=lambda case: case.name)
def test_bad_blocks_are_refused_by_blockkit_where_it_knows_the_rule(case: Case) -> None:
    pytest.importorskip("blockkit", reason=NO_BLOCKKIT)
    assert bool(by_blockkit(case.blocks, "message")) == ("blockkit" in case.judges)


def test_a_refusal_names_the_place_twice(slack: Slack) -> None:
    blocks = [section(), section("x" * 3001)]
    answer = refusal(lambda: slack.client.chat_postMessage(channel=PHOTOS, text="x", blocks=blocks))
    place = "must be less than 3001 characters [json-pointer:/blocks/1/text/text]"
    assert answer == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": [place],
        "response_metadata": {"messages": [f"[ERROR] {place}"]},
    }


def test_ids_and_defaults_are_filled_in() -> None:
    block = accepted([actions({"type": "button", "text": plain("Again")})])[0]
    assert block["block_id"]
    assert block["elements"][0]["action_id"]
    assert block["elements"][0]["text"]["emoji"] is True
    given = actions(button(), block_id="mine")
    assert accepted([given])[0]["block_id"] == "mine"
    assert "emoji" not in given["elements"][0]["text"], "the caller's own is left alone"


def test_blocks_that_are_no_list_have_an_error_of_their_own() -> None:
    with pytest.raises(Refused) as refused:
        accepted({"blocks": []})
    assert refused.value.error == "invalid_blocks_format"


MODAL = {
    "type": "modal",
    "title": plain("New background"),
    "submit": plain("Paint"),
    "blocks": [asked(words(), block_id="scene"), asked(FILES, block_id="photo")],
}
HOME = {"type": "home", "blocks": [section()]}


def test_a_modal_may_ask_for_files_and_home_may_not() -> None:
    assert accepted_view(MODAL, kind="modal")["blocks"][1]["element"]["type"] == "file_input"
    with pytest.raises(Refused):
        accepted_view({**HOME, "blocks": [asked(FILES)]}, kind="home")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"title": plain("x" * 25)}, "less than 25 characters [json-pointer:/view/title/text]"),
        ({"submit": plain("x" * 25)}, "less than 25 characters [json-pointer:/view/submit/text]"),
        ({"close": plain("x" * 25)}, "less than 25 characters [json-pointer:/view/close/text]"),
        ({"private_metadata": "x" * 3001}, "less than 3001"),
        ({"callback_id": "x" * 256}, "less than 256"),
        ({"blocks": [{"type": "divider"}] * 101}, "no more than 100 items"),
        ({"type": "home"}, "must be a valid enum value"),
        ({"blocks": [{"type": "markdown", "text": "x"}]}, "unsupported type: markdown"),
        ({"blocks": [asked({**FILES, "max_files": 11})]}, "must be between 1 and 10"),
        ({"notify_on_close": "yes"}, "must be a boolean"),
    ],
)
def test_a_modal_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused) as refused:
        accepted_view({**MODAL, **change}, kind="modal")
    assert refused.value.error == "invalid_arguments"
    assert any(says in one for one in refused.value.places), refused.value.places


def test_a_modal_that_asks_needs_a_way_to_send() -> None:
    without = {name: part for name, part in MODAL.items() if name != "submit"}
    with pytest.raises(Refused):
        accepted_view(without, kind="modal")
    quiet = {**without, "blocks": [section()]}
    assert accepted_view(quiet, kind="modal")


def test_a_hundred_blocks_fit_a_view_and_a_home_has_no_title() -> None:
    assert accepted_view({**HOME, "blocks": [{"type": "divider"}] * 100}, kind="home")
    with pytest.raises(Refused) as refused:
        accepted_view({**HOME, "title": plain("x")}, kind="home")
    assert "invalid additional property: title" in refused.value.places[0]


def test_a_view_may_not_be_huge() -> None:
    blocks = [section("漢" * 3000) for _ in range(90)]
    with pytest.raises(Refused) as refused:
        accepted_view({**HOME, "blocks": blocks}, kind="home")
    assert refused.value.error == "view_too_large"
