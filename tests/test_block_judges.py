"""The judges of what Backdrop shows in Slack are judged: by payloads known to be good or bad.

``pytest -v`` names for each bad payload the judges that notice it.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import block_judges
from tests.block_judges import NO_BLOCKKIT, Json, Surface, by_blockkit, judge, judge_view
from tests.local.slack.block_cases import (
    CHECKS,
    FILES,
    GROUP,
    RADIO,
    URL,
    VALID,
    Case,
    actions,
    asked,
    button,
    confirm,
    image,
    line,
    mrkdwn,
    number,
    option,
    options,
    plain,
    rich,
    section,
    select,
    words,
)

pytestmark = pytest.mark.newer_python

RULES = "rules"
DIVIDER: Json = {"type": "divider"}


class Bad(NamedTuple):
    """A payload with one fault."""

    name: str
    blocks: list[Json]
    surface: Surface = "message"


class BadView(NamedTuple):
    """What to change in a good modal or Home tab for one fault."""

    name: str
    change: Json
    view_type: str = "modal"


BAD = [
    Bad("no blocks", []),
    Bad("51 blocks", [DIVIDER] * 51),
    Bad("101 blocks on Home", [DIVIDER] * 101, "home"),
    Bad("unknown block", [{"type": "carpet"}]),
    Bad("unknown field", [section(color="red")]),
    Bad("block_id twice", [section(block_id="a"), section(block_id="a")]),
    Bad("block_id of 256", [section(block_id="b" * 256)]),
    Bad("action_id twice", [actions(button(), button())]),
    Bad("action_id of 256", [actions(button(action_id="a" * 256))]),
    Bad("section of 3001", [section("x" * 3001)]),
    Bad("empty text", [section("")]),
    Bad("section of nothing", [{"type": "section"}]),
    Bad("field of 2001", [{"type": "section", "fields": [mrkdwn("x" * 2001)]}]),
    Bad("11 fields", [{"type": "section", "fields": [plain("x")] * 11}]),
    Bad("header of 151", [{"type": "header", "text": plain("x" * 151)}]),
    Bad("header in mrkdwn", [{"type": "header", "text": mrkdwn("x")}]),
    Bad("11 in a context", [{"type": "context", "elements": [plain("x")] * 11}]),
    Bad("button in a context", [{"type": "context", "elements": [button()]}]),
    Bad("no actions", [actions()]),
    Bad("26 buttons", [actions(*(button(action_id=str(n)) for n in range(26)))]),
    Bad("button of 76", [actions(button("x" * 76))]),
    Bad("button value of 2001", [actions(button(value="v" * 2001))]),
    Bad("button value as a number", [actions(button(value=7))]),
    Bad("button without text", [actions({"type": "button"})]),
    Bad("button to a script", [actions(button(url="javascript:1"))]),
    Bad("confirm without deny", [actions(button(confirm={"title": plain("x")}))]),
    Bad("picture without words", [{"type": "image", "image_url": URL}]),
    Bad("alt_text of 2001", [image(image_url=URL, alt_text="x" * 2001)]),
    Bad("picture of nothing", [image()]),
    Bad("picture twice", [image(image_url=URL, slack_file={"id": "F1"})]),
    Bad("file by id and url", [image(slack_file={"id": "F1", "url": URL})]),
    Bad("picture over http", [image(image_url="http://x.example/a.png")]),
    Bad("101 options", [actions(select(options=options(101)))]),
    Bad("option value of 151", [actions(select(options=[option("v" * 151)]))]),
    Bad("not offered", [actions(select(initial_option=option("9")))]),
    Bad("input without label", [{"type": "input", "element": words()}], "modal"),
    Bad("number as a number", [asked(number(min_value=1))], "modal"),
    Bad("11 files", [asked({**FILES, "max_files": 11})], "modal"),
    Bad("files in a message", [asked(FILES)]),
    Bad("markdown in a modal", [{"type": "markdown", "text": "x"}], "modal"),
    Bad("much markdown", [{"type": "markdown", "text": "x" * 7000}] * 2),
    Bad("empty words", [rich(line({"type": "text", "text": ""}))]),
    Bad("nobody mentioned", [rich(line({"type": "user"}))]),
]

MODAL: Json = {
    "type": "modal",
    "callback_id": "form",
    "private_metadata": "m" * 3000,
    "title": plain("New background", emoji=False),
    "submit": plain("Paint"),
    "close": plain("Cancel"),
    "clear_on_close": False,
    "notify_on_close": True,
    "blocks": [
        asked(words(max_length=512, multiline=True), block_id="scene"),
        asked({**FILES, "filetypes": ["jpg", "png"], "max_files": 10}, block_id="photo"),
        asked(select(initial_option=option("1")), block_id="size", optional=True),
    ],
}
HOME: Json = {"type": "home", "blocks": [section(), *[DIVIDER] * 99]}
NO_SUBMIT = {name: part for name, part in MODAL.items() if name != "submit"}

BAD_VIEWS = [
    BadView("title of 25", {"title": plain("x" * 25)}),
    BadView("title in mrkdwn", {"title": mrkdwn("x")}),
    BadView("submit of 25", {"submit": plain("x" * 25)}),
    BadView("private_metadata of 3001", {"private_metadata": "x" * 3001}),
    BadView("private_metadata as an object", {"private_metadata": {"a": 1}}),
    BadView("callback_id of 256", {"callback_id": "x" * 256}),
    BadView("external_id of 256", {"external_id": "x" * 256}),
    BadView("101 blocks", {"blocks": [DIVIDER] * 101}),
    BadView("no blocks", {"blocks": []}),
    BadView("blocks no list", {"blocks": "x"}),
    BadView("unknown field", {"colour": "red"}),
    BadView("250 kB", {"blocks": [section("漢" * 3000)] * 90}),
    BadView("odd type", {"type": "window"}),
    BadView("title on Home", {"title": plain("x")}, "home"),
    BadView("submit on Home", {"submit": plain("x")}, "home"),
]

GOOD: list[tuple[str, Surface, list[Json]]] = [
    ("a file of Slack's", "message", [image(slack_file={"id": "F0123"}, alt_text="x" * 2000)]),
    ("a file by URL", "message", [image(slack_file={"url": URL}, title=plain("A cup"))]),
    ("a picture here", "message", [image(image_url="http://127.0.0.1:8000/i/cup.jpg")]),
    ("a thumbnail", "home", [section(accessory=image(image_url=URL, alt_text="x" * 300))]),
    ("a mention", "message", [rich(line({"type": "user", "user_id": "U1"}))]),
    ("a link", "message", [rich(line({"type": "link", "url": URL, "text": "Full size"}))]),
    ("a list", "message", [rich({"type": "rich_text_list", "style": "bullet", "elements": []})]),
    ("a mrkdwn confirm", "message", [actions(button(confirm=confirm(style="danger")))]),
    ("mrkdwn choices", "home", [actions({**RADIO, "options": [option(text=mrkdwn("*a*"))]})]),
    ("the same action in two blocks", "message", [actions(button()), actions(button())]),
    ("markdown", "message", [{"type": "markdown", "text": "# x"}]),
]

# What blockkit refuses though Slack takes it: see the docstring of ``tests.block_judges``.
GROUPED = select(option_groups=[GROUP], initial_option=option("1"))
GROUPED.pop("options")
GAPS: list[tuple[str, Json]] = [
    ("long alt_text", image(image_url=URL, alt_text="x" * 256)),
    ("mrkdwn confirm", actions(button(confirm=confirm()))),
    ("mrkdwn radio", actions({**RADIO, "options": [option(text=mrkdwn("x"))]})),
    ("mrkdwn checkbox", actions({**CHECKS, "options": [option(text=mrkdwn("x"))]})),
    ("initial option of a group", actions(GROUPED)),
    ("number bounds", asked(number(min_value="1", max_value="5", initial_value="2"))),
]
# What blockkit takes though Slack refuses it.
SILENT = [
    Bad("51 blocks", [DIVIDER] * 51),
    Bad("block_id twice", [section(block_id="a")] * 2),
    Bad("action_id twice", [actions(button(), button())]),
    Bad("empty list", [actions()]),
    Bad("11 fields", [{"type": "section", "fields": [mrkdwn("x" * 2001)] * 11}]),
    Bad("no address", [actions(button(url="javascript:1"))]),
    Bad("files in a message", [asked(FILES)]),
    Bad("lengths cross", [asked(words(min_length=5, max_length=2))]),
    Bad("odd check", [actions({**CHECKS, "options": options(1), "initial_options": options(2)})]),
]


def who(complaints: Sequence[str]) -> set[str]:
    """The judges that complain."""
    return {one.partition(":")[0] for one in complaints}


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_bad_blocks_are_noticed_whatever_libraries_there_are(bad: Bad) -> None:
    assert RULES in who(judge(bad.blocks, bad.surface))


@pytest.mark.parametrize("bad", BAD_VIEWS, ids=lambda bad: bad.name)
def test_bad_views_are_noticed_whatever_libraries_there_are(bad: BadView) -> None:
    good = MODAL if bad.view_type == "modal" else HOME
    assert RULES in who(judge_view({**good, **bad.change}))


def test_a_modal_that_asks_needs_a_way_to_send() -> None:
    (complaint,) = judge_view(NO_SUBMIT)
    assert complaint.startswith("rules: a view with input blocks must have a `submit`")
    assert judge_view({**NO_SUBMIT, "blocks": [section()]}) == []


@pytest.mark.parametrize(("name", "surface", "blocks"), GOOD, ids=[one[0] for one in GOOD])
def test_good_blocks_are_taken(name: str, surface: Surface, blocks: list[Json]) -> None:
    assert judge(blocks, surface) == []


@pytest.mark.parametrize("view", [MODAL, HOME], ids=["modal", "home"])
def test_good_views_are_taken(view: Json) -> None:
    assert judge_view(view) == []


def test_a_complaint_names_the_judge_and_the_place() -> None:
    loud = actions(button(color="red"))
    complaints = judge([DIVIDER, loud], "message")
    assert complaints[0] == "slack_sdk: /blocks/1/elements/0/color: does not come back the same"
    assert judge([DIVIDER, actions(button(value="v" * 2001))], "message")[-1] == (
        "rules: must be less than 2001 characters [json-pointer:/blocks/1/elements/0/value]"
    )


@pytest.mark.parametrize(("name", "block"), GAPS, ids=[one[0] for one in GAPS])
def test_blockkit_would_refuse_what_it_is_not_asked(
    name: str, block: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("blockkit", reason=NO_BLOCKKIT)
    assert judge([block], "message") == []
    monkeypatch.setattr(block_judges, "SHOWN", {})
    assert by_blockkit([block], "message"), "blockkit has mended this: ask it"


@pytest.mark.parametrize("bad", SILENT, ids=lambda bad: bad.name)
def test_blockkit_takes_what_the_others_must_notice(bad: Bad) -> None:
    pytest.importorskip("blockkit", reason=NO_BLOCKKIT)
    assert by_blockkit(bad.blocks, bad.surface) == []
    assert judge(bad.blocks, bad.surface)


def test_a_type_that_blockkit_lacks_leaves_out_its_block_only() -> None:
    pytest.importorskip("blockkit", reason=NO_BLOCKKIT)
    blocks = [{"type": "context_actions", "elements": []}, section("")]
    assert [one.partition(":")[0] for one in by_blockkit(blocks, "message")] == ["/blocks/1"]


LEAVES: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
LISTS: st.SearchStrategy[Any] = st.lists(LEAVES, max_size=2)
OBJECTS: st.SearchStrategy[Any] = st.dictionaries(st.sampled_from(["type", "text"]), LEAVES)


@given(st.sampled_from([case for case in VALID if len(case.blocks) == 1]), st.data())
def test_junk_anywhere_is_judged_without_a_crash(case: Case, data: st.DataObject) -> None:
    blocks = deepcopy(case.blocks)
    place: Any = blocks[0]
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(LEAVES | LISTS | OBJECTS)
    assert all(isinstance(one, str) for one in judge(blocks, "message"))
