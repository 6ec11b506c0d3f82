"""Events as the app gets them: content, signature, retries, log."""

import json
import time
from typing import Any

import pytest
from slack_sdk.signature import SignatureVerifier

from infra.local.slack import world
from tests.local.slack.driver import ANNA, PHOTOS, SECRET, Receiver, Slack, eventually

MENTION = "@Backdrop on marble please"


def events(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in receiver.got]


def kinds(receiver: Receiver) -> list[str]:
    found = []
    for payload in events(receiver):
        event = payload["event"]
        found.append(".".join(filter(None, [event["type"], event.get("subtype", "")])))
    return sorted(found)


def one(receiver: Receiver, kind: str) -> dict[str, Any]:
    for payload in events(receiver):
        if payload["event"]["type"] == kind:
            return payload
    raise AssertionError(f"no {kind}")


@pytest.fixture
def app(slack: Slack, receiver: Receiver) -> Receiver:
    slack.register(receiver)
    return receiver


def test_a_mention_with_a_photo_raises_three_events(
    slack: Slack, app: Receiver, png: bytes
) -> None:
    file_id = slack.upload(png)
    message = slack.write(MENTION, file_ids=[file_id])
    eventually(lambda: len(app.got) == 3)
    assert kinds(app) == ["app_mention", "file_shared", "message.file_share"]
    mention = one(app, "app_mention")["event"]
    assert mention["text"] == f"<@{world.BOT_USER_ID}> on marble please"
    assert mention["ts"] == mention["event_ts"] == message["ts"]
    assert (mention["channel"], mention["user"]) == (PHOTOS, ANNA)
    assert mention["files"][0]["id"] == file_id
    shared = one(app, "message")["event"]
    assert shared["channel_type"] == "channel"
    assert shared["files"] == mention["files"]
    assert "team" not in shared
    bare = one(app, "file_shared")["event"]
    assert (bare["file_id"], bare["channel_id"], bare["user_id"]) == (file_id, PHOTOS, ANNA)
    assert "ts" not in bare


def test_the_wrapping_is_that_of_the_events_api(slack: Slack, app: Receiver) -> None:
    slack.write("hello")
    eventually(lambda: app.got)
    payload = events(app)[0]
    assert payload["type"] == "event_callback"
    assert (payload["team_id"], payload["api_app_id"]) == (world.TEAM_ID, world.APP_ID)
    assert payload["event_id"].startswith("Ev")
    assert abs(payload["event_time"] - time.time()) < 60
    assert payload["authorizations"] == [
        {
            "enterprise_id": None,
            "team_id": world.TEAM_ID,
            "user_id": world.BOT_USER_ID,
            "is_bot": True,
            "is_enterprise_install": False,
        }
    ]


def test_every_request_is_signed(slack: Slack, app: Receiver) -> None:
    slack.write("签名 & more")
    eventually(lambda: app.got)
    headers, body = app.got[0]
    assert SignatureVerifier(SECRET).is_valid_request(body, headers)
    assert not SignatureVerifier("another").is_valid_request(body, headers)
    assert headers["content-type"] == "application/json"
    assert "x-slack-retry-num" not in headers


def test_a_sparse_mention_comes_without_its_files(slack: Slack, app: Receiver, png: bytes) -> None:
    slack.settings(sparse_mentions=True)
    slack.write(MENTION, file_ids=[slack.upload(png)])
    eventually(lambda: len(app.got) == 3)
    assert "files" not in one(app, "app_mention")["event"]
    assert one(app, "message")["event"]["files"]


def test_an_edit_that_keeps_the_mention_mentions_again(slack: Slack, app: Receiver) -> None:
    ts = slack.write(MENTION)["ts"]
    slack.act("PATCH", "messages", user=ANNA, channel=PHOTOS, ts=ts, text=f"{MENTION}!")
    eventually(lambda: len(app.got) == 4)
    assert kinds(app) == ["app_mention", "app_mention", "message", "message.message_changed"]
    mentions = [p["event"] for p in events(app) if p["event"]["type"] == "app_mention"]
    assert {event["ts"] for event in mentions} == {ts}
    edited = next(event for event in mentions if "edited" in event)
    assert edited["text"].endswith("!")
    assert edited["edited"]["user"] == ANNA
    changed = next(
        p["event"] for p in events(app) if p["event"].get("subtype") == "message_changed"
    )
    assert changed["message"]["ts"] == ts
    assert changed["previous_message"]["text"] != changed["message"]["text"]
    assert (changed["channel"], changed["hidden"]) == (PHOTOS, True)


def test_a_deletion_is_told(slack: Slack, app: Receiver) -> None:
    ts = slack.write("oh no")["ts"]
    slack.act("DELETE", "messages", user=ANNA, channel=PHOTOS, ts=ts)
    eventually(lambda: len(app.got) == 2)
    event = next(p["event"] for p in events(app) if p["event"].get("deleted_ts"))
    assert (event["subtype"], event["deleted_ts"]) == ("message_deleted", ts)
    assert event["previous_message"]["text"] == "oh no"


def test_a_dm_is_a_message_event_and_no_mention(slack: Slack, app: Receiver, png: bytes) -> None:
    file_ids = [slack.upload(png)]
    slack.write(MENTION, channel=world.DM_IDS[ANNA], file_ids=file_ids)
    eventually(lambda: len(app.got) == 2)
    assert kinds(app) == ["file_shared", "message.file_share"]
    assert one(app, "message")["event"]["channel_type"] == "im"


def test_the_bots_own_posts_come_back_to_it(slack: Slack, app: Receiver) -> None:
    parent = slack.write("a photo")["ts"]
    slack.client.chat_postMessage(
        channel=PHOTOS, text=f"<@{world.BOT_USER_ID}> is me", thread_ts=parent
    )
    eventually(lambda: len(app.got) == 2)
    event = next(p["event"] for p in events(app) if p["event"].get("bot_id"))
    assert (event["type"], event["bot_id"], event["user"]) == (
        "message",
        world.BOT_ID,
        world.BOT_USER_ID,
    )
    assert event["thread_ts"] == parent
    assert "metadata" not in event


def test_where_the_bot_is_not_nothing_is_told(slack: Slack, app: Receiver) -> None:
    slack.write(MENTION, channel=world.SHOP_NEWS_ID)
    slack.write("here")
    eventually(lambda: app.got)
    assert [payload["event"]["channel"] for payload in events(app)] == [PHOTOS]


def test_an_event_needs_its_scope_and_its_subscription(slack: Slack, app: Receiver) -> None:
    slack.without_scope("app_mentions:read")
    slack.write(MENTION)
    slack.register(app, events=["app_mention"])
    slack.write("nobody listens")
    slack.settings(scopes=list(world.DEFAULT_SCOPES))
    slack.write(MENTION)
    eventually(lambda: len(app.got) == 2)
    assert kinds(app) == ["app_mention", "message"]


def test_the_home_tab_is_opened(slack: Slack, app: Receiver) -> None:
    slack.act("POST", "home", user=ANNA, tab="home")
    eventually(lambda: app.got)
    event = events(app)[0]["event"]
    assert (event["type"], event["user"], event["tab"]) == ("app_home_opened", ANNA, "home")
    assert event["channel"] == world.DM_IDS[ANNA]


def test_an_event_is_tried_again_until_it_is_taken(slack: Slack, app: Receiver) -> None:
    slack.settings(minute_s=0.02, answer_limit_s=3.0)
    app.answers = [(500, 0.0), (200, 60.0), (503, 0.0)]
    slack.write("hello")
    eventually(lambda: len(app.got) == 4)
    assert len({body for _, body in app.got}) == 1
    numbers = [headers.get("x-slack-retry-num") for headers, _ in app.got]
    reasons = [headers.get("x-slack-retry-reason") for headers, _ in app.got]
    assert numbers == [None, "1", "2", "3"]
    assert reasons == [None, "http_error", "http_timeout", "http_error"]
    rows = eventually(lambda: [r for r in slack.deliveries("message") if r["status"] == 200])
    assert rows[0]["attempt"] == 3
    outcomes = [(row["attempt"], row["status"], row["error"]) for row in slack.deliveries()]
    assert outcomes == [
        (0, 500, "http_error"),
        (1, 0, "http_timeout"),
        (2, 503, "http_error"),
        (3, 200, ""),
    ]
    assert all(SignatureVerifier(SECRET).is_valid_request(body, h) for h, body in app.got)


def test_after_three_retries_it_is_given_up(slack: Slack, app: Receiver) -> None:
    slack.settings(minute_s=0.01)
    app.answers = [(500, 0.0)] * 4
    slack.write("hello")
    eventually(lambda: len(app.got) == 4)
    slack.write("next")
    eventually(lambda: len(app.got) == 5)
    assert [row["attempt"] for row in slack.deliveries()] == [0, 1, 2, 3, 0]


def test_an_app_may_decline_retries(slack: Slack, app: Receiver) -> None:
    slack.settings(minute_s=0.01)
    app.answers, app.headers = [(500, 0.0)], {"x-slack-no-retry": "1"}
    slack.write("hello")
    eventually(lambda: slack.deliveries() and slack.deliveries()[0]["status"])
    slack.write("next")
    eventually(lambda: len(app.got) == 2)
    assert [row["attempt"] for row in slack.deliveries()] == [0, 0]


def test_an_app_that_is_away_is_tried_again(slack: Slack, receiver: Receiver) -> None:
    slack.settings(minute_s=0.01)
    body = {"events_url": "http://127.0.0.1:1/slack/events"}
    slack.ask("PUT", "/_control/app", json=body)
    slack.write("hello")
    rows = eventually(lambda: [r for r in slack.deliveries() if r["attempt"] == 3 and r["ms"]])
    assert rows[0]["error"] == "connection_failed"


def test_an_event_can_be_delivered_again(slack: Slack, app: Receiver) -> None:
    slack.write("hello")
    event_id = eventually(slack.deliveries)[0]["event_id"]
    again = {"event_id": event_id, "times": 3}
    assert slack.ask("POST", "/_control/redeliver", json=again).status_code == 200
    renewed = {**again, "times": 1, "new_event_id": True}
    slack.ask("POST", "/_control/redeliver", json=renewed)
    eventually(lambda: len(app.got) == 5)
    ids = [payload["event_id"] for payload in events(app)]
    assert ids[:4] == [event_id] * 4
    assert ids[4] != event_id
    assert len({json.dumps(payload["event"]) for payload in events(app)}) == 1
    unknown = {"event_id": "Ev0", "times": 1}
    assert slack.ask("POST", "/_control/redeliver", json=unknown).status_code == 404


def test_any_payload_can_be_delivered_signed_or_not(slack: Slack, app: Receiver) -> None:
    payload = {"type": "event_callback", "event": {"type": "odd"}, "event_id": "Ev1"}
    slack.ask("POST", "/_control/deliver", json={"payload": payload})
    slack.ask("POST", "/_control/deliver", json={"payload": payload, "signature": "v0=no"})
    slack.ask("POST", "/_control/deliver", json={"payload": payload, "timestamp": "soon"})
    slack.ask("POST", "/_control/deliver", json={"payload": "a=b&c", "door": "commands"})
    verifier = SignatureVerifier(SECRET)
    valid = [verifier.is_valid_request(app.got[n][1], app.got[n][0]) for n in (0, 1, 3)]
    assert valid == [True, False, True]
    assert app.got[2][0]["x-slack-request-timestamp"] == "soon"
    assert app.got[3][1] == b"a=b&c"


def test_an_events_url_is_verified_when_asked_for(slack: Slack, receiver: Receiver) -> None:
    url = f"http://{receiver.address}/slack/events"
    body = {"events_url": url, "verify": True}
    assert slack.ask("PUT", "/_control/app", json=body).status_code == 200
    receiver.echo_challenge = False
    assert slack.ask("PUT", "/_control/app", json=body).status_code == 422


def test_an_app_that_redirects_has_not_taken_it(slack: Slack, app: Receiver) -> None:
    app.answers, app.headers = [(302, 0.0)], {"location": "/elsewhere"}
    slack.write("hello")
    eventually(lambda: len(app.got) == 2)
    assert slack.deliveries()[0]["error"] == "http_error"


def test_an_edit_or_a_deletion_by_somebody_else_is_impossible(slack: Slack) -> None:
    ts = slack.client.chat_postMessage(channel=PHOTOS, text="the bot's")["ts"]
    named = {"user": ANNA, "channel": PHOTOS, "ts": ts, "text": "x"}
    assert slack.ask("PATCH", "/_client/messages", json=named).status_code == 422
    assert slack.ask("DELETE", "/_client/messages", json=named).status_code == 422
    by_admin = {"user": world.ADMIN_ID, "channel": PHOTOS, "ts": ts}
    assert slack.ask("DELETE", "/_client/messages", json=by_admin).status_code == 200
