"""conversations.*, users.* and auth.test through the official client."""

from typing import Any

import pytest

from infra.local.slack import world
from tests.local.slack.driver import ADMIN, ANNA, PHOTOS, YUN, Slack, refusal

NOWHERE = "C0NOWHERE0"


def said(slack: Slack, count: int, **more: Any) -> list[str]:
    return [slack.write(f"number {n}", **more)["ts"] for n in range(count)]


def test_auth_test_tells_whose_token_it_is(slack: Slack) -> None:
    answer = slack.client.auth_test()
    assert answer["team_id"] == world.TEAM_ID
    assert (answer["user_id"], answer["bot_id"]) == (world.BOT_USER_ID, world.BOT_ID)
    assert answer.headers["x-oauth-scopes"] == ",".join(world.DEFAULT_SCOPES)
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_a_channel_says_whether_the_bot_is_in_it(slack: Slack) -> None:
    photos = slack.client.conversations_info(channel=PHOTOS, include_num_members=True)["channel"]
    news = slack.client.conversations_info(channel=world.SHOP_NEWS_ID)["channel"]
    assert (photos["name"], photos["is_member"], photos["num_members"]) == (
        "product-photos",
        True,
        4,
    )
    assert news["is_member"] is False
    assert slack.client.conversations_info(channel=world.ARCHIVED_ID)["channel"]["is_archived"]


def test_a_dm_says_who_is_at_the_other_end(slack: Slack) -> None:
    channel = slack.client.conversations_info(channel=world.DM_IDS[YUN])["channel"]
    assert (channel["is_im"], channel["user"]) == (True, YUN)


def test_history_comes_newest_first_in_pages(slack: Slack) -> None:
    stamps = said(slack, 5)
    seen: list[str] = []
    pages = 0
    for answer in slack.client.conversations_history(channel=PHOTOS, limit=2):
        seen += [one["ts"] for one in answer["messages"]]
        pages += 1
    assert seen == stamps[::-1]
    assert pages == 3


def test_history_keeps_replies_to_their_thread(slack: Slack) -> None:
    parent = slack.write("a photo")["ts"]
    slack.write("a wish", thread_ts=parent)
    shared = slack.client.chat_postMessage(
        channel=PHOTOS, text="all may see", thread_ts=parent, reply_broadcast=True
    )["ts"]
    history = slack.client.conversations_history(channel=PHOTOS)["messages"]
    assert [one["ts"] for one in history] == [shared, parent]


@pytest.mark.parametrize(
    ("inclusive", "expected"), [(False, ["number 2"]), (True, ["number 1", "number 2", "number 3"])]
)
def test_history_between_two_moments(slack: Slack, inclusive: bool, expected: list[str]) -> None:
    stamps = said(slack, 5)
    answer = slack.client.conversations_history(
        channel=PHOTOS, oldest=stamps[1], latest=stamps[3], inclusive=inclusive
    )
    assert [one["text"] for one in answer["messages"]][::-1] == expected


def test_a_thread_comes_oldest_first_in_pages_and_always_with_its_parent(slack: Slack) -> None:
    parent = slack.write("a photo")["ts"]
    replies = said(slack, 4, thread_ts=parent)
    seen = [
        one["ts"]
        for answer in slack.client.conversations_replies(channel=PHOTOS, ts=parent, limit=2)
        for one in answer["messages"]
    ]
    assert seen == [parent, *replies]
    late = slack.client.conversations_replies(channel=PHOTOS, ts=parent, oldest=replies[2])
    assert [one["ts"] for one in late["messages"]] == [parent, replies[3]]
    assert late["messages"][1]["parent_user_id"] == ANNA
    assert "response_metadata" not in late.data


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("conversations.history", {"channel": NOWHERE}, "channel_not_found"),
        ("conversations.history", {"channel": world.SHOP_NEWS_ID}, "not_in_channel"),
        ("conversations.history", {"channel": PHOTOS, "oldest": "x"}, "invalid_ts_oldest"),
        ("conversations.history", {"channel": PHOTOS, "latest": "x"}, "invalid_ts_latest"),
        ("conversations.history", {"channel": PHOTOS, "cursor": "x"}, "invalid_cursor"),
        ("conversations.history", {"channel": PHOTOS, "limit": "0"}, "invalid_limit"),
        ("conversations.replies", {"channel": PHOTOS, "ts": "1.000001"}, "thread_not_found"),
        ("conversations.replies", {"channel": PHOTOS}, "invalid_arguments"),
        ("conversations.info", {"channel": NOWHERE}, "channel_not_found"),
        ("conversations.members", {"channel": NOWHERE}, "channel_not_found"),
        ("conversations.list", {"types": "secret"}, "invalid_types"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("conversations.open", {"users": "U0NOBODY00"}, "user_not_found"),
        (
            "conversations.open",
            {"users": f"{ANNA},{YUN}"},
            "method_not_supported_for_channel_type",
        ),
        ("conversations.open", {"channel": PHOTOS}, "method_not_supported_for_channel_type"),
        ("conversations.join", {"channel": world.ARCHIVED_ID}, "is_archived"),
        ("conversations.join", {"channel": NOWHERE}, "channel_not_found"),
        (
            "conversations.join",
            {"channel": world.DM_IDS[ANNA]},
            "method_not_supported_for_channel_type",
        ),
        ("users.info", {"user": "U0NOBODY00"}, "user_not_found"),
        ("users.list", {"cursor": "bm9uc2Vuc2U="}, "invalid_cursor"),
    ],
)
def test_a_look_is_refused(
    slack: Slack, method: str, arguments: dict[str, str], error: str
) -> None:
    assert refusal(lambda: slack.client.api_call(method, params=arguments))["error"] == error


def test_a_read_method_does_not_read_a_json_body(slack: Slack) -> None:
    body = {"channel": PHOTOS}
    answer = refusal(lambda: slack.client.api_call("conversations.info", json=body))
    assert answer["error"] == "invalid_arguments"


def test_the_channels_are_listed_by_type(slack: Slack) -> None:
    public = slack.client.conversations_list(exclude_archived=True)["channels"]
    assert {one["id"] for one in public} == {PHOTOS, world.SHOP_NEWS_ID}
    everything = slack.client.conversations_list(types="public_channel,im")["channels"]
    assert {one["id"] for one in everything} == {
        PHOTOS,
        world.SHOP_NEWS_ID,
        world.ARCHIVED_ID,
        *world.DM_IDS.values(),
    }


def test_the_members_come_in_pages(slack: Slack) -> None:
    seen = [
        one
        for answer in slack.client.conversations_members(channel=PHOTOS, limit=3)
        for one in answer["members"]
    ]
    assert set(seen) == {ANNA, YUN, ADMIN, world.BOT_USER_ID}


def test_a_dm_is_opened(slack: Slack) -> None:
    answer = slack.client.conversations_open(users=ANNA)
    assert answer["channel"] == {"id": world.DM_IDS[ANNA]}
    full = slack.client.conversations_open(users=[ANNA], return_im=True)
    assert full["channel"]["is_im"] is True


def test_the_bot_joins_a_channel_once(slack: Slack) -> None:
    joined = slack.client.conversations_join(channel=world.SHOP_NEWS_ID)
    assert joined["channel"]["is_member"] is True
    assert "warning" not in joined.data
    again = slack.client.conversations_join(channel=world.SHOP_NEWS_ID)
    assert again["warning"] == "already_in_channel"
    assert slack.client.chat_postMessage(channel=world.SHOP_NEWS_ID, text="x")["ok"]


@pytest.mark.parametrize(("user", "locale"), [(ANNA, "en-US"), (YUN, "zh-CN")])
def test_a_persons_locale_is_told_when_asked_for(slack: Slack, user: str, locale: str) -> None:
    assert slack.client.users_info(user=user, include_locale=True)["user"]["locale"] == locale
    assert "locale" not in slack.client.users_info(user=user)["user"]


def test_the_people_are_listed_in_pages(slack: Slack) -> None:
    people = [one for answer in slack.client.users_list(limit=3) for one in answer["members"]]
    assert {one["id"] for one in people} == {ANNA, YUN, ADMIN, world.BOT_USER_ID}
    assert [one["id"] for one in people if one["is_admin"]] == [ADMIN]
    assert [one["id"] for one in people if one["is_bot"]] == [world.BOT_USER_ID]


@pytest.mark.parametrize(
    ("method", "arguments", "scope"),
    [
        ("chat.postMessage", {"channel": PHOTOS, "text": "x"}, "chat:write"),
        ("chat.update", {"channel": PHOTOS, "text": "x", "ts": "1.1"}, "chat:write"),
        ("chat.delete", {"channel": PHOTOS, "ts": "1.1"}, "chat:write"),
        ("chat.postEphemeral", {"channel": PHOTOS, "text": "x", "user": ANNA}, "chat:write"),
        ("reactions.add", {"channel": PHOTOS, "name": "x", "timestamp": "1.1"}, "reactions:write"),
        ("conversations.info", {"channel": PHOTOS}, "channels:read"),
        ("conversations.info", {"channel": world.DM_IDS[ANNA]}, "im:read"),
        ("conversations.history", {"channel": PHOTOS}, "channels:history"),
        ("conversations.replies", {"channel": world.DM_IDS[ANNA], "ts": "1.1"}, "im:history"),
        ("conversations.open", {"users": ANNA}, "im:write"),
        ("conversations.join", {"channel": PHOTOS}, "channels:join"),
        ("users.info", {"user": ANNA}, "users:read"),
        ("users.list", {}, "users:read"),
        ("files.info", {"file": "F1"}, "files:read"),
        ("files.delete", {"file": "F1"}, "files:write"),
        ("files.getUploadURLExternal", {"filename": "x", "length": 1}, "files:write"),
        ("files.completeUploadExternal", {"files": "[]"}, "files:write"),
    ],
)
def test_a_missing_scope_is_named(
    slack: Slack, method: str, arguments: dict[str, Any], scope: str
) -> None:
    slack.without_scope(scope)
    answer = refusal(lambda: slack.client.api_call(method, params=arguments))
    assert (answer["error"], answer["needed"]) == ("missing_scope", scope)
    assert answer["provided"].split(",") == [s for s in world.DEFAULT_SCOPES if s != scope]


def test_listing_several_kinds_needs_a_scope_for_each(slack: Slack) -> None:
    slack.without_scope("im:read")
    answer = refusal(lambda: slack.client.conversations_list(types="public_channel,im"))
    assert answer["needed"] == "channels:read,im:read"
