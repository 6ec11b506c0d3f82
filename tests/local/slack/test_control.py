"""What scripts can tell the stand-in, and what a page sees of it."""

import threading
from typing import Any

import pytest
import requests

from infra.local import serving
from infra.local.slack import create, world
from tests.local.slack.driver import (
    ANNA,
    DEADLINE_S,
    PHOTOS,
    SECRET,
    TOKEN,
    YUN,
    Slack,
    refusal,
)


def post(slack: Slack, text: str = "x") -> requests.Response:
    return slack.ask(
        "POST",
        "/api/chat.postMessage",
        json={"channel": PHOTOS, "text": text},
        headers={"authorization": f"Bearer {TOKEN}"},
    )


def test_a_fault_is_slacks_own_error(slack: Slack) -> None:
    slack.fault(op="chat.postMessage", target=PHOTOS, error="channel_not_found")
    answer = post(slack)
    assert (answer.status_code, answer.json()) == (200, {"ok": False, "error": "channel_not_found"})
    assert post(slack).json()["ok"] is True


def test_a_missing_scope_can_be_asked_for(slack: Slack) -> None:
    slack.fault(op="chat.postMessage", error="missing_scope")
    answer = post(slack).json()
    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")


def test_a_rate_limit_says_when_to_come_back(slack: Slack) -> None:
    slack.fault(op="chat.*", error="ratelimited", retry_after_s=7)
    answer = post(slack)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


def test_an_answer_can_be_lost_after_the_message_was_posted(slack: Slack) -> None:
    slack.fault(op="chat.postMessage", drop="after")
    with pytest.raises(ConnectionError):
        post(slack, "posted all the same")
    assert [m["text"] for m in slack.messages()] == ["posted all the same"]
    assert slack.calls("chat.postMessage")[0]["error"] == "dropped"


def test_a_fault_can_be_an_outage(slack: Slack) -> None:
    slack.fault(op="*", status=503, body="down for maintenance")
    assert post(slack).status_code == 503


def test_answers_can_be_slow(slack: Slack) -> None:
    slack.settings(latency_s=0.2)
    post(slack)
    assert slack.calls("chat.postMessage")[0]["ms"] >= 100


def test_the_call_log_tells_enough_and_no_secret(slack: Slack) -> None:
    slack.client.chat_postMessage(
        channel=PHOTOS, text="long " * 100, blocks=[{"type": "divider"}], metadata=None
    )
    slack.client.api_call("auth.test", params={"token": TOKEN})
    (call,) = slack.calls("chat.postMessage")
    assert (call["target"], call["status"], call["caller"]) == (PHOTOS, 200, "bot")
    assert call["detail"]["blocks"] == ["divider"]
    assert len(call["detail"]["text"]) == 80
    refusal(lambda: slack.client.chat_postMessage(channel="C0NOWHERE0", text="x"))
    assert slack.calls("chat.postMessage")[1]["error"] == "channel_not_found"
    log = slack.ask("GET", "/_control/calls").text
    assert TOKEN not in log
    assert SECRET not in log


def test_the_log_keeps_no_address_of_an_upload_or_a_response(slack: Slack) -> None:
    ticket = slack.client.files_getUploadURLExternal(filename="x.png", length=1)["upload_url"]
    requests.post(str(ticket), data=b"x", timeout=10)
    requests.post(f"http://{slack.address}/response/a-token", json={}, timeout=10)
    log = slack.ask("GET", "/_control/calls").text
    assert str(ticket).rsplit("/", maxsplit=1)[-1] not in log
    assert "a-token" not in log


def test_settings_are_checked(slack: Slack) -> None:
    for wrong in ({"weather": "fine"}, {"latency_s": "slow"}, {"token_state": "lost"}):
        assert slack.ask("PUT", "/_control/settings", json=wrong).status_code == 422
    assert slack.ask("GET", "/_control/settings").json()["minute_s"] == 60.0


def test_a_reset_brings_the_start_back(slack: Slack) -> None:
    slack.settings(latency_s=0.1, image_failures=3)
    slack.write("soon gone")
    slack.client.conversations_join(channel=world.SHOP_NEWS_ID)
    slack.ask("POST", "/_control/reset")
    assert slack.messages() == []
    assert slack.ask("GET", "/_control/settings").json()["latency_s"] == 0.0
    news = slack.client.conversations_info(channel=world.SHOP_NEWS_ID)["channel"]
    assert news["is_member"] is False


def test_a_kept_world_comes_back_as_often_as_it_is_asked_for(slack: Slack) -> None:
    slack.write("stays")
    as_it_was = slack.messages()
    slack.ask("POST", "/_control/keep?name=one")
    for _ in range(2):
        slack.write("soon gone")
        slack.client.conversations_join(channel=world.SHOP_NEWS_ID)
        slack.ask("POST", "/_control/reset?to=one")
        assert slack.messages() == as_it_was
        news = slack.client.conversations_info(channel=world.SHOP_NEWS_ID)["channel"]
        assert news["is_member"] is False


def test_settings_may_be_given_at_the_start() -> None:
    listening = serving.listen()
    address = {"slack": serving.address(listening)}
    apps = create(address, bot_token=TOKEN, signing_secret=SECRET, scopes=["chat:write"])
    with serving.served(apps, {"slack": listening}):
        answer = refusal(Slack(address["slack"]).client.users_list)
    assert answer["provided"] == "chat:write"


def test_the_state_shows_people_channels_and_what_is_unread(slack: Slack) -> None:
    slack.write("a photo")
    slack.client.chat_postMessage(channel=PHOTOS, text=f"<@{YUN}> here it is")
    state = slack.look("state", user=YUN)
    photos = next(one for one in state["channels"] if one["id"] == PHOTOS)
    assert (photos["unread"], photos["mentions"]) == (2, 1)
    assert {one["locale"] for one in state["users"]} == {"en-US", "zh-CN"}
    assert {one["user"] for one in state["channels"] if one["is_im"]} == {YUN}
    slack.act("POST", "read", user=YUN, channel=PHOTOS)
    after = slack.look("state", user=YUN)["channels"]
    assert [one["unread"] for one in after if one["id"] == PHOTOS] == [0]


def test_all_that_the_app_shows_is_seen_at_once(slack: Slack) -> None:
    slack.write("not the app's")
    posted = slack.client.chat_postMessage(channel=PHOTOS, text="for all")
    slack.client.chat_postMessage(channel=PHOTOS, text="below", thread_ts=posted["ts"])
    slack.client.chat_postEphemeral(channel=PHOTOS, user=YUN, text="for one")
    slack.client.views_publish(user_id=YUN, view={"type": "home", "blocks": [{"type": "divider"}]})
    shown = slack.ask("GET", "/_control/shown").json()
    assert [one["text"] for one in shown["messages"]] == ["for all", "below", "for one"]
    assert [one["type"] for one in shown["views"]] == ["home"]


def test_a_page_waits_until_something_changes(slack: Slack) -> None:
    n = slack.look("state")["n"]
    found: list[Any] = []
    waiting = threading.Thread(
        target=lambda: found.append(slack.look("wait", since=n, timeout_s=DEADLINE_S))
    )
    waiting.start()
    ts = slack.write("hello")["ts"]
    waiting.join(DEADLINE_S)
    (change,) = found[0]["changes"]
    assert (change["kind"], change["channel"], change["ts"]) == ("message", PHOTOS, ts)
    assert change["n"] == found[0]["n"] == n + 1
    assert slack.look("wait", since=n)["changes"] == [change]
    assert slack.look("wait", since=n + 1, timeout_s=0.01)["changes"] == []


def test_a_reset_is_a_change_too(slack: Slack) -> None:
    n = slack.look("state")["n"]
    slack.ask("POST", "/_control/reset")
    assert [one["kind"] for one in slack.look("wait", since=n)["changes"]] == ["reset"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"user": "U0NOBODY00"},
        {"user": world.BOT_USER_ID},
        {"channel": "C0NOWHERE0"},
        {"channel": world.DM_IDS[YUN]},
        {"channel": world.ARCHIVED_ID},
        {"text": ""},
        {"thread_ts": "1.000001"},
        {"file_ids": ["F0NOTHING0"]},
        {"mood": "good"},
        {"text": 5},
    ],
)
def test_what_a_person_cannot_do_is_said(slack: Slack, wrong: dict[str, Any]) -> None:
    body = {"user": ANNA, "channel": PHOTOS, "text": "x", **wrong}
    answer = slack.ask("POST", "/_client/messages", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_somebody_elses_file_cannot_be_posted(slack: Slack, png: bytes) -> None:
    body = {"user": YUN, "channel": PHOTOS, "file_ids": [slack.upload(png, user=ANNA)]}
    assert slack.ask("POST", "/_client/messages", json=body).status_code == 422


def test_it_is_healthy(slack: Slack) -> None:
    assert slack.ask("GET", "/_control/health").json() == {"name": "slack"}
