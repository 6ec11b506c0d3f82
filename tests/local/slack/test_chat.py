"""chat.* and reactions.* through the official client."""

import re
from typing import Any

import pytest
from slack_sdk import WebClient

from infra.local.slack import world
from tests.local.slack.driver import ANNA, PHOTOS, YUN, Slack, refusal

DEAD_TS = "1700000000.000001"
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*done*"}}


def posted(slack: Slack, text: str = "hello", **more: Any) -> str:
    return str(slack.client.chat_postMessage(channel=PHOTOS, text=text, **more)["ts"])


def test_a_post_answers_with_the_message_as_it_is_kept(slack: Slack) -> None:
    answer = slack.client.chat_postMessage(channel=PHOTOS, text="a & b", blocks=[SECTION])
    message = answer["message"]
    assert answer["channel"] == PHOTOS
    assert message["ts"] == answer["ts"]
    assert message["text"] == "a &amp; b"
    assert (message["user"], message["bot_id"]) == (world.BOT_USER_ID, world.BOT_ID)
    assert message["blocks"][0]["block_id"]
    assert message["blocks"][0]["text"]["verbatim"] is False
    assert slack.messages() == [message]


def test_a_timestamp_is_unique_and_increases(slack: Slack) -> None:
    stamps = [posted(slack) for _ in range(20)]
    assert stamps == sorted(set(stamps))
    assert all(re.fullmatch(r"\d{10}\.\d{6}", ts) for ts in stamps)


def test_a_channel_may_be_named_and_a_person_means_the_dm(slack: Slack) -> None:
    assert slack.client.chat_postMessage(channel="#product-photos", text="x")["channel"] == PHOTOS
    answer = slack.client.chat_postMessage(channel=ANNA, text="x")
    assert answer["channel"] == world.DM_IDS[ANNA]


def test_a_reply_updates_its_parents_figures(slack: Slack) -> None:
    parent = slack.write("a photo")["ts"]
    first, last = posted(slack, thread_ts=parent), posted(slack, thread_ts=parent)
    shown = slack.messages()[0]
    assert first < last
    assert shown["reply_count"] == 2
    assert shown["latest_reply"] == last
    assert shown["reply_users"] == [world.BOT_USER_ID]


def test_metadata_is_kept_and_can_be_found_again(slack: Slack) -> None:
    parent = slack.write("a photo")["ts"]
    metadata = {"event_type": "backdrop_job", "event_payload": {"job_id": "abc"}}
    posted(slack, thread_ts=parent, metadata=metadata)
    found = slack.client.conversations_replies(
        channel=PHOTOS, ts=parent, include_all_metadata=True
    )["messages"]
    assert found[1]["metadata"] == metadata
    bare = slack.client.conversations_replies(channel=PHOTOS, ts=parent)["messages"]
    assert "metadata" not in bare[1]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE0", "text": "x"}, "channel_not_found"),
        ({"channel": world.SHOP_NEWS_ID, "text": "x"}, "not_in_channel"),
        ({"channel": world.ARCHIVED_ID, "text": "x"}, "is_archived"),
        ({"channel": PHOTOS, "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": PHOTOS, "text": ""}, "no_text"),
        ({"channel": PHOTOS, "text": "x", "thread_ts": DEAD_TS}, "thread_not_found"),
        ({"channel": PHOTOS, "text": "x", "metadata": {"a": 1}}, "invalid_metadata_format"),
        (
            {"channel": PHOTOS, "text": "x", "metadata": {"event_type": 1, "event_payload": {}}},
            "invalid_metadata_schema",
        ),
        ({"channel": PHOTOS, "text": "x", "blocks": "no json"}, "invalid_blocks_format"),
        ({"channel": PHOTOS, "text": "x", "attachments": [{"text": "y"}]}, "invalid_arguments"),
    ],
)
def test_a_post_is_refused(slack: Slack, arguments: dict[str, object], error: str) -> None:
    answer = refusal(lambda: slack.client.api_call("chat.postMessage", json=arguments))
    assert answer["error"] == error
    assert slack.messages() == []


def test_forty_thousand_characters_are_taken(slack: Slack) -> None:
    assert posted(slack, "x" * 40_000)


def test_posting_where_the_bot_is_not_needs_the_public_scope(slack: Slack) -> None:
    slack.settings(scopes=[*world.DEFAULT_SCOPES, "chat:write.public"])
    assert slack.client.chat_postMessage(channel=world.SHOP_NEWS_ID, text="x")["ok"]


def test_a_missing_argument_is_named(slack: Slack) -> None:
    answer = refusal(lambda: slack.client.api_call("chat.postMessage", json={"text": "x"}))
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]


def test_updating_with_text_alone_takes_the_blocks_away(slack: Slack) -> None:
    metadata = {"event_type": "job", "event_payload": {"id": "1"}}
    ts = posted(slack, blocks=[SECTION], metadata=metadata)
    slack.client.chat_update(channel=PHOTOS, ts=ts, text="only text")
    shown = slack.messages()[0]
    assert shown["text"] == "only text"
    assert "blocks" not in shown
    assert shown["edited"]["user"] == world.BOT_USER_ID
    assert shown["metadata"] == metadata
    slack.client.chat_update(channel=PHOTOS, ts=ts, text="x", metadata={})
    assert "metadata" not in slack.messages()[0]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"ts": DEAD_TS, "text": "x"}, "message_not_found"),
        ({"text": ""}, "no_text"),
        ({"text": "x" * 4_001}, "msg_too_long"),
        ({"channel": "C0NOWHERE0", "text": "x"}, "channel_not_found"),
    ],
)
def test_an_update_is_refused(slack: Slack, change: dict[str, str], error: str) -> None:
    arguments = {"channel": PHOTOS, "ts": posted(slack), **change}
    answer = refusal(lambda: slack.client.api_call("chat.update", json=arguments))
    assert answer["error"] == error


def test_somebody_elses_message_is_neither_updated_nor_deleted(slack: Slack) -> None:
    ts = slack.write("mine")["ts"]
    update = refusal(lambda: slack.client.chat_update(channel=PHOTOS, ts=ts, text="x"))
    delete = refusal(lambda: slack.client.chat_delete(channel=PHOTOS, ts=ts))
    assert (update["error"], delete["error"]) == ("cant_update_message", "cant_delete_message")


def test_a_deleted_message_is_gone(slack: Slack) -> None:
    ts = posted(slack)
    slack.client.chat_delete(channel=PHOTOS, ts=ts)
    assert slack.messages() == []
    again = refusal(lambda: slack.client.chat_delete(channel=PHOTOS, ts=ts))
    assert again["error"] == "message_not_found"


def test_a_deleted_reply_no_longer_counts(slack: Slack) -> None:
    parent = slack.write("a photo")["ts"]
    gone = posted(slack, thread_ts=parent)
    slack.client.chat_delete(channel=PHOTOS, ts=gone)
    assert "reply_count" not in slack.messages()[0]
    kept = posted(slack, thread_ts=parent)
    assert slack.messages()[0]["latest_reply"] == kept
    assert [one["ts"] for one in slack.messages(thread_ts=parent)] == [parent, kept]


def test_a_deleted_message_with_replies_leaves_a_tombstone(slack: Slack) -> None:
    parent = slack.write("a photo")["ts"]
    posted(slack, thread_ts=parent)
    slack.act("DELETE", "messages", user=ANNA, channel=PHOTOS, ts=parent)
    shown = slack.messages()[0]
    assert (shown["subtype"], shown["reply_count"]) == ("tombstone", 1)
    assert posted(slack, thread_ts=parent)


def test_an_ephemeral_message_is_seen_by_its_person_only(slack: Slack) -> None:
    slack.client.chat_postEphemeral(channel=PHOTOS, user=ANNA, text="psst")
    assert [one["text"] for one in slack.messages(user=ANNA)] == ["psst"]
    assert slack.messages(user=YUN) == []
    assert slack.client.conversations_history(channel=PHOTOS)["messages"] == []


def test_an_ephemeral_message_needs_somebody_who_is_there(slack: Slack) -> None:
    answer = refusal(
        lambda: slack.client.chat_postEphemeral(channel=world.DM_IDS[ANNA], user=YUN, text="x")
    )
    assert answer["error"] == "user_not_in_channel"


def test_a_permalink_of_a_reply_names_its_thread(slack: Slack) -> None:
    parent = slack.write("a photo")["ts"]
    reply = posted(slack, thread_ts=parent)
    link = slack.client.chat_getPermalink(channel=PHOTOS, message_ts=reply)["permalink"]
    assert f"/archives/{PHOTOS}/p{reply.replace('.', '')}?thread_ts={parent}" in link
    dead = refusal(lambda: slack.client.chat_getPermalink(channel=PHOTOS, message_ts=DEAD_TS))
    assert dead["error"] == "message_not_found"


def test_a_reaction_comes_once_and_goes_once(slack: Slack) -> None:
    client, ts = slack.client, slack.write("a photo")["ts"]
    client.reactions_add(channel=PHOTOS, timestamp=ts, name="eyes")
    expected = [{"name": "eyes", "users": [world.BOT_USER_ID], "count": 1}]
    assert slack.messages()[0]["reactions"] == expected
    again = refusal(lambda: client.reactions_add(channel=PHOTOS, timestamp=ts, name="eyes"))
    assert again["error"] == "already_reacted"
    client.reactions_remove(channel=PHOTOS, timestamp=ts, name="eyes")
    gone = refusal(lambda: client.reactions_remove(channel=PHOTOS, timestamp=ts, name="eyes"))
    assert gone["error"] == "no_reaction"
    assert "reactions" not in slack.messages()[0]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"timestamp": DEAD_TS}, "message_not_found"),
        ({"timestamp": "yesterday"}, "bad_timestamp"),
        ({"timestamp": ""}, "no_item_specified"),
        *(
            ({"timestamp": DEAD_TS, "name": name}, "invalid_name")
            for name in ("Not An Emoji", "backdrop_done", "eyes::skin-tone-7", "eyes::", ":eyes:")
        ),
        ({"timestamp": DEAD_TS, "name": "+1::skin-tone-6"}, "message_not_found"),
        ({"timestamp": DEAD_TS, "channel": world.SHOP_NEWS_ID}, "not_in_channel"),
        ({"timestamp": DEAD_TS, "channel": world.ARCHIVED_ID}, "is_archived"),
    ],
)
def test_a_reaction_is_refused(slack: Slack, arguments: dict[str, str], error: str) -> None:
    given = {"channel": PHOTOS, "name": "eyes", **arguments}
    assert refusal(lambda: slack.client.reactions_add(**given))["error"] == error


def test_too_many_posts_a_second_are_held_back(slack: Slack) -> None:
    slack.settings(posts_per_s_per_channel=1)
    posted(slack)
    answer = slack.ask(
        "POST",
        "/api/chat.postMessage",
        json={"channel": PHOTOS, "text": "x"},
        headers={"authorization": f"Bearer {slack.client.token}"},
    )
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.json() == {"ok": False, "error": "ratelimited"}
    assert slack.client.chat_postMessage(channel=world.DM_IDS[ANNA], text="x")["ok"]


def test_a_token_may_come_in_a_form_but_not_in_json_or_a_query(slack: Slack) -> None:
    values = {"token": slack.client.token or "", "channel": PHOTOS, "text": "x"}
    form = slack.ask("POST", "/api/chat.postMessage", data=values).json()
    body = slack.ask("POST", "/api/chat.postMessage", json=values).json()
    query = slack.ask("GET", "/api/chat.postMessage", params=values).json()
    assert form["ok"] is True
    assert body == query == {"ok": False, "error": "not_authed"}


def test_a_json_body_without_a_charset_is_warned_about(slack: Slack) -> None:
    headers = {"authorization": f"Bearer {slack.client.token}"}
    body = {"channel": PHOTOS, "text": "x"}
    answer = slack.ask("POST", "/api/chat.postMessage", json=body, headers=headers).json()
    assert answer["warning"] == "missing_charset"
    assert answer["response_metadata"]["warnings"] == ["missing_charset"]


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b"<x/>", "text/xml", "invalid_post_type"),
        (b"no-equals-sign", "application/x-www-form-urlencoded", "invalid_form_data"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    slack: Slack, body: bytes, content_type: str, error: str
) -> None:
    headers = {"authorization": f"Bearer {slack.client.token}", "content-type": content_type}
    answer = slack.ask("POST", "/api/chat.postMessage", data=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (200, error)


def test_an_unknown_method_is_refused(slack: Slack) -> None:
    answer = refusal(lambda: slack.client.api_call("files.upload"))
    assert answer["error"] == "unknown_method"


def test_a_client_without_a_token_is_not_authed(slack: Slack) -> None:
    nobody: WebClient = slack.client_with(None)
    assert refusal(nobody.auth_test)["error"] == "not_authed"
    assert refusal(slack.client_with("xoxb-other").auth_test)["error"] == "invalid_auth"


@pytest.mark.parametrize(
    ("state", "error"), [("revoked", "token_revoked"), ("inactive", "account_inactive")]
)
def test_a_token_can_be_taken_back(slack: Slack, state: str, error: str) -> None:
    slack.settings(token_state=state)
    assert refusal(slack.client.auth_test)["error"] == error
