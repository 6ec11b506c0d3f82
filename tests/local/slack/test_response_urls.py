"""What may be said at a response URL: by Bolt, and at the URL itself."""

from typing import Any

import pytest
import requests

from tests.local.slack.acting import command, press, with_buttons
from tests.local.slack.driver import ANNA, YUN, Json, Slack


@pytest.fixture
def url(slack: Slack, seen: list[Json]) -> str:
    command(slack, "hi")
    return str(seen[0]["response_url"])


def say(url: str, **said: Any) -> requests.Response:
    return requests.post(url, json=said, timeout=10)


def test_a_response_url_adds_a_line_for_the_person(slack: Slack, seen: list[Json]) -> None:
    press(slack, with_buttons(slack))
    shown = [m for m in slack.messages(user=ANNA) if m.get("is_ephemeral")]
    assert [m["text"] for m in shown] == ["again it is"]
    assert not [m for m in slack.messages(user=YUN) if m.get("is_ephemeral")]


def test_it_works_five_times(url: str) -> None:
    codes = [say(url, text=f"line {n}").status_code for n in range(5)]
    assert codes == [200] * 5
    sixth = say(url, text="one too many")
    assert (sixth.status_code, sixth.json()["error"]) == (404, "used_url")


def test_it_may_speak_to_all_and_in_a_thread(slack: Slack, url: str) -> None:
    parent = slack.write("a photo")["ts"]
    say(url, text="for all", response_type="in_channel", thread_ts=parent)
    assert [m["text"] for m in slack.messages(user=YUN, thread_ts=parent)] == [
        "a photo",
        "for all",
    ]


@pytest.mark.parametrize(
    ("said", "error"),
    [({}, "no_text"), ({"text": "x", "blocks": [{"type": "carpet"}]}, "invalid_blocks")],
)
def test_it_refuses(url: str, said: Json, error: str) -> None:
    answer = say(url, **said)
    assert (answer.status_code, answer.json()["error"]) == (404, error)


def test_an_unknown_one_has_expired(slack: Slack) -> None:
    answer = say(f"http://{slack.address}/response/nothing", text="x")
    assert (answer.status_code, answer.json()["error"]) == (404, "expired_url")


def test_it_replaces_or_deletes_the_message_it_came_from(slack: Slack, seen: list[Json]) -> None:
    ts = with_buttons(slack)
    press(slack, ts)
    url = seen[0]["response_url"]
    say(url, text="replaced", replace_original=True)
    assert slack.messages()[0]["text"] == "replaced"
    assert "blocks" not in slack.messages()[0]
    say(url, delete_original=True)
    assert slack.messages() == []
