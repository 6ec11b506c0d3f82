"""``infra.doctor --blocks``: all that is shown, judged by Slack's stand-in and all others."""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import views
from infra.doctor import __main__ as doctor
from infra.doctor import blocks
from infra.doctor.finding import Finding
from infra.doctor.shown import Shown, everything_shown
from infra.local.http import call
from tests.block_judges import judge, judge_view
from tests.conftest import BOT_TOKEN

PLAIN: dict[str, Any] = {"type": "plain_text", "text": "words"}
FINE: dict[str, Any] = {"type": "section", "text": PLAIN}


@pytest.fixture
def client(slack_at: str) -> WebClient:
    return WebClient(BOT_TOKEN, base_url=f"http://{slack_at}/api/", retry_handlers=[])


def environ(slack_at: str) -> dict[str, str]:
    return {"SLACK_API_URL": f"http://{slack_at}/api", "SLACK_BOT_TOKEN": BOT_TOKEN}


def asked(client: WebClient, *found: Shown, sleep: Callable[[float], object]) -> list[Finding]:
    return list(blocks.judged(client, found, sleep=sleep))


def never(_: float) -> None:
    raise AssertionError("nobody has asked to wait")


# --- the list


@pytest.fixture(scope="module")
def making() -> tuple[list[Shown], set[CodeType]]:
    """The list, made once, and the code that made it."""
    reached = set()

    def note(frame: FrameType, _event: str, _: object) -> None:
        reached.add(frame.f_code)

    before = sys.gettrace()
    sys.settrace(note)  # called once for each call, as it wants to hear nothing of the lines
    try:
        return list(everything_shown()), reached
    finally:
        sys.settrace(before)


@pytest.fixture(scope="module")
def shown(making: tuple[list[Shown], set[CodeType]]) -> list[Shown]:
    return making[0]


@pytest.mark.newer_python
def test_every_judge_takes_everything_that_is_shown(shown: list[Shown]) -> None:
    complaints = [
        f"{one.name}: {complaint}"
        for one in shown
        for complaint in (
            judge(one.payload["blocks"], "message")
            if one.kind == "message"
            else judge_view(dict(one.payload))
        )
    ]
    assert complaints == []


def _view_functions() -> Iterator[tuple[str, Any]]:
    """Each public function of ``bot.views`` that gives blocks, and where its code is."""
    for module in pkgutil.iter_modules(views.__path__):
        members = inspect.getmembers(importlib.import_module(f"bot.views.{module.name}"))
        for name, member in members:
            is_own = getattr(member, "__module__", "") == f"bot.views.{module.name}"
            if inspect.isfunction(member) and is_own and not name.startswith("_"):
                gives = str(inspect.signature(member).return_annotation)
                if "Block" in gives or "dict[str, typing.Any]" in gives:
                    yield f"{module.name}.{name}", member.__code__


def test_no_view_is_forgotten(making: tuple[list[Shown], set[CodeType]]) -> None:
    """What is not reached by the list would be shown without ever having been judged."""
    _, reached = making
    wanted = dict(_view_functions())
    assert {"result.result_blocks", "form.form", "home.home_view"} <= set(wanted)
    assert {name for name, code in wanted.items() if code not in reached} == set()


def test_both_languages_and_hostile_words_are_in_it(shown: list[Shown]) -> None:
    names = " ".join(one.name for one in shown)
    for label in ("(en, short)", "(zh, long)", "(en, hostile)", "(zh, hostile)"):
        assert label in names


# --- the doctor


def test_the_command_asks_slack_only_and_slack_takes_all_of_it(
    slack_at: str,
    shown: list[Shown],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Some of all: the rules of this Slack judge each above."""
    some = shown[::12]
    assert {one.kind for one in some} == {"message", "view"}
    monkeypatch.setattr(blocks, "everything_shown", lambda: iter(some))
    monkeypatch.setattr(doctor, "operator_environment", lambda: environ(slack_at))
    monkeypatch.setattr("sys.argv", ["doctor", "--blocks"])
    assert doctor.main() == 0
    (line,) = capsys.readouterr().out.splitlines()
    count = len(some)
    assert line == f"ok      blocks: Slack takes {count} of {count} messages and views"
    calls = call("GET", f"http://{slack_at}/_control/calls")
    assert [row["op"] for row in calls] == ["blocks.validate"] * count


def test_what_slack_refuses_is_named_with_the_place(client: WebClient) -> None:
    long = {"type": "header", "text": {**PLAIN, "text": "x" * 151}}
    modal = {"type": "modal", "title": PLAIN, "blocks": [FINE] * 101}
    first, second, last = asked(
        client,
        Shown("good", "message", {"blocks": [FINE]}),
        Shown("a message", "message", {"blocks": [FINE, long]}),
        Shown("a modal", "view", modal),
        sleep=never,
    )
    assert (first.name, first.state) == ("a message", "wrong")
    assert "/blocks/1/text" in first.said
    assert "must be less than 151 characters" in first.said
    assert second.name == "a modal"
    assert "/blocks" in second.said
    assert last.said == "Slack takes 1 of 3 messages and views"


def test_slack_is_given_the_time_it_asks_for(client: WebClient, slack_at: str) -> None:
    fault = {"op": "blocks.validate", "error": "ratelimited", "retry_after_s": 30, "times": 2}
    call("POST", f"http://{slack_at}/_control/faults", fault)
    waited: list[float] = []
    (found,) = asked(client, Shown("good", "message", {"blocks": [FINE]}), sleep=waited.append)
    assert waited == [30, 30]
    assert found.state == "ok"


def test_but_not_for_ever(client: WebClient, slack_at: str) -> None:
    fault = {"op": "blocks.validate", "error": "ratelimited", "retry_after_s": 400, "times": -1}
    call("POST", f"http://{slack_at}/_control/faults", fault)
    waited: list[float] = []
    (found,) = asked(client, Shown("good", "message", {"blocks": [FINE]}), sleep=waited.append)
    assert sum(waited) <= blocks.PATIENCE_S
    assert (found.state, found.do) == ("skipped", "Go on later.")


def test_a_slack_that_does_not_judge_is_named_and_not_asked_780_times(
    client: WebClient, slack_at: str
) -> None:
    fault = {"op": "blocks.validate", "error": "unknown_method", "times": -1}
    call("POST", f"http://{slack_at}/_control/faults", fault)
    good = Shown("good", "message", {"blocks": [FINE]})
    (found,) = asked(client, good, good, sleep=never)
    assert (found.state, "unknown_method" in found.said) == ("wrong", True)


# --- the stand-in's method, through Slack's own client


@pytest.mark.parametrize(
    ("given", "error", "pointer"),
    [
        ({"blocks": [{"type": "nonsense"}]}, "invalid_blocks", "/0/type"),
        ({"blocks": [FINE] * 51}, "invalid_blocks", ""),
        ({"message": {"blocks": [{"type": "section"}]}}, "invalid_message", "/blocks/0"),
        ({"message": [FINE]}, "invalid_message", ""),
        ({"view": {"type": "modal", "blocks": [FINE]}}, "invalid_view", ""),
        ({"view": {"type": "page", "blocks": [FINE]}}, "invalid_view", "/type"),
        ({"blocks": [FINE], "view": {}}, "invalid_arguments", None),
        ({}, "invalid_arguments", None),
        ({"blocks": "[not JSON"}, "invalid_blocks", None),
    ],
)
def test_the_stand_in_refuses_what_is_wrong(
    client: WebClient, given: dict[str, Any], error: str, pointer: str | None
) -> None:
    with pytest.raises(SlackApiError) as caught:
        client.blocks_validate(**given)
    answer = caught.value.response
    assert answer["error"] == error
    if pointer is not None:
        (first, *_) = answer["errors"]
        assert set(first) == {"pointer", "code", "message"}
        assert first["pointer"].startswith(pointer)


def test_the_stand_in_takes_what_is_right_whoever_may_do_what(
    client: WebClient, slack_at: str
) -> None:
    call("PUT", f"http://{slack_at}/_control/settings", {"scopes": []})
    assert client.blocks_validate(blocks=[FINE])["ok"]
    assert client.blocks_validate(message={"blocks": [FINE]})["ok"]
    assert client.blocks_validate(view={"type": "home", "blocks": [FINE]})["ok"]
