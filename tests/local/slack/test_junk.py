"""Whatever comes in is answered, never with a crash."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.slack.answers import Refused
from infra.local.slack.blocks import accepted
from infra.local.slack.methods import METHODS
from infra.local.slack.surfaces import accepted_view
from tests.local.slack.block_cases import VALID
from tests.local.slack.driver import ANNA, PHOTOS, TOKEN, Slack

TYPES = ["section", "actions", "input", "image", "rich_text", "context", "button", "plain_text"]
KEYS = ["type", "text", "elements", "element", "options", "accessory", "slack_file", "block_id"]
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))
NAMED = st.one_of(LEAVES, st.sampled_from(TYPES))
JUNK = st.recursive(
    NAMED,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    ),
    max_leaves=12,
)
NAMES = [
    "channel",
    "text",
    "blocks",
    "ts",
    "thread_ts",
    "view",
    "trigger_id",
    "files",
    "file",
    "user",
    "users",
    "user_id",
    "limit",
    "cursor",
    "oldest",
    "metadata",
    "name",
    "timestamp",
    "filename",
    "length",
    "function_execution_id",
    "outputs",
    "error",
    "types",
]
ARGUMENTS = st.dictionaries(
    st.sampled_from(NAMES),
    st.one_of(JUNK, st.sampled_from([PHOTOS, ANNA, "1700000000.000001"])),
    max_size=6,
)


def refused(check: Callable[[], object]) -> Refused | None:
    """How a check refuses, or nothing if it does not; anything else it raises is a crash."""
    try:
        check()
    except Refused as refusal:
        return refusal
    return None


@settings(deadline=None)
@given(st.one_of(JUNK, st.lists(JUNK, max_size=3)))
def test_any_blocks_are_taken_or_refused(blocks: Any) -> None:
    refusal = refused(lambda: accepted(blocks))
    assert refusal is None or refusal.error in {"invalid_blocks", "invalid_blocks_format"}


@settings(deadline=None)
@given(JUNK, st.sampled_from(["modal", "home"]))
def test_any_view_is_taken_or_refused(view: Any, kind: str) -> None:
    refusal = refused(lambda: accepted_view(view, kind=kind))
    assert refusal is None or refusal.error == "invalid_arguments"


@settings(deadline=None)
@given(st.sampled_from([case.blocks for case in VALID]), st.data())
def test_a_good_block_with_one_odd_field_is_taken_or_refused(blocks: Any, data: Any) -> None:
    copy = msgspec.json.decode(msgspec.json.encode(blocks))
    block = copy[0]
    block[data.draw(st.sampled_from(sorted(block)))] = data.draw(JUNK)
    refusal = refused(lambda: accepted(copy))
    assert refusal is None or refusal.places


@pytest.mark.parametrize("method", sorted(METHODS))
@settings(deadline=None, max_examples=12)  # each is a real request
@given(arguments=ARGUMENTS, as_json=st.booleans())
def test_any_arguments_are_answered(
    running_slack: Slack, method: str, arguments: dict[str, Any], as_json: bool
) -> None:
    body: dict[str, Any] = {"json": arguments} if as_json else {"data": arguments}
    headers = {"authorization": f"Bearer {TOKEN}"}
    answer = running_slack.ask("POST", f"/api/{method}", headers=headers, **body)
    assert answer.status_code == 200
    assert isinstance(answer.json()["ok"], bool)
