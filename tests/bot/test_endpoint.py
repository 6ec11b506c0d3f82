"""The bot's door: who is let in, and with whose keys."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, MutableMapping
from typing import Any

import pytest
from slack_bolt import BoltRequest, BoltResponse

from bot.app import bolt_app
from bot.endpoint import web_app
from functions.config import bot_config
from infra.local.serving import address, listen, served
from tests.bot.driving import BOT_ID, Bot, environ_of, event, running_bot, signature
from tests.jobs.driving import Cos
from tests.local.slack.driver import Json, Slack, eventually

MENTION = {
    "type": "app_mention",
    "user": "U0MERCHEN1",
    "text": f"<@{BOT_ID}> on a beach",
    "ts": "1732270000.000100",
    "channel": "C0PRODUCTS",
    "files": [{"id": "F1", "name": "cup.jpg"}],
}
FRESH_KEY = {"secret_id": "AKIDfresh", "secret_key": "k", "token": "t", "role": "bot"}
FRESH = {"X_Scf_Secret_Id": "AKIDfresh", "X_Scf_Secret_Key": "k", "X_Scf_Session_Token": "t"}


@pytest.fixture
def fresh_key(cos: Cos) -> dict[str, str]:
    """A role's key that the stand-in takes, as SCF's headers."""
    cos.accept_key(**FRESH_KEY, expires_at=time.time() + 60)
    return FRESH


@pytest.fixture
def mention() -> Json:
    """One that the bot, which serves other tests as well, has not accepted yet."""
    return event({**MENTION, "ts": f"{time.time():.6f}"})


@pytest.fixture
def asked_to_end(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The signals that were sent, none of which arrives."""
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    return sent


# --- who is let in


def spoilt(**headers: str) -> Callable[[bytes], dict[str, str]]:
    """The right headers, but for these."""

    def made(body: bytes) -> dict[str, str]:
        now = str(int(time.time()))
        right = {"X_Slack_Request_Timestamp": now, "X_Slack_Signature": signature(body, now)}
        return {k: v for k, v in (right | headers).items() if v}

    return made


OLD = str(int(time.time()) - 301)
FUTURE = str(int(time.time()) + 3600)


@pytest.mark.parametrize(
    "headers",
    [
        spoilt(X_Slack_Signature=""),
        spoilt(X_Slack_Request_Timestamp=""),
        spoilt(X_Slack_Signature="v0=0"),
        spoilt(X_Slack_Signature="v0=\xe9\xe9"),
        spoilt(X_Slack_Request_Timestamp="yesterday"),
        lambda body: spoilt(X_Slack_Request_Timestamp=OLD, X_Slack_Signature=signature(body, OLD))(
            body
        ),
        lambda body: spoilt(
            X_Slack_Request_Timestamp=FUTURE, X_Slack_Signature=signature(body, FUTURE)
        )(body),
        lambda body: spoilt()(body + b" "),
        lambda body: spoilt(X_Slack_Signature=signature(body, "0", "x" * 32))(body),
    ],
    ids=[
        "unsigned",
        "undated",
        "short",
        "not ASCII",
        "no number",
        "old",
        "future",
        "body",
        "secret",
    ],
)
def test_what_slack_did_not_sign_is_401_and_nothing_is_written(
    headers: Callable[[bytes], dict[str, str]], bot: Bot, cos: Cos, slack: Slack
) -> None:
    body = json.dumps(event(MENTION)).encode()
    answer = bot.post(body, Content_Type="application/json", **headers(body))
    assert answer.status_code == 401
    assert cos.calls() == []
    assert slack.ask("GET", "/_control/calls").json() == []


def test_an_empty_unsigned_request_is_401(bot: Bot) -> None:
    assert bot.post(b"").status_code == 401


def test_a_challenge_of_somebody_else_is_not_answered(bot: Bot) -> None:
    body = b'{"type":"url_verification","challenge":"abc"}'
    assert bot.post(body, Content_Type="application/json").status_code == 401


def test_slacks_challenge_is_answered(bot: Bot, slack: Slack) -> None:
    answer = bot.post_signed({"type": "url_verification", "token": "x", "challenge": "abc"})
    assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})
    urls = {"events_url": bot.events_url, "verify": True}
    assert slack.ask("PUT", "/_control/app", json=urls).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/slack", "/slack/install", "/slack/oauth_redirect", "/docs"]
)
def test_there_is_no_other_door(path: str, bot: Bot) -> None:
    assert bot.get(path).status_code == 404


def test_the_door_is_for_posting(bot: Bot) -> None:
    assert bot.get("/slack/events").status_code == 405


def test_the_health_check_asks_nobody(bot: Bot, cos: Cos) -> None:
    answer = bot.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")
    assert cos.calls() == []


# --- what else Slack may send


@pytest.mark.parametrize(
    "inner",
    [
        {"type": "tokens_revoked", "tokens": {}},  # of nobody: ours is not among them
        {"type": "something_new", "user": "U1"},
        {"type": "message", "subtype": "message_deleted", "channel": "C1", "ts": "1.1"},
        {"type": "message", "subtype": "something_new", "channel": "C1", "ts": "1.1"},
        {"type": "message", "user": "U1", "text": "hello", "channel": "C1", "ts": "1.1"},
        {"type": "file_shared", "file_id": "F1", "user_id": "U1", "channel_id": "C1"},
        {"type": "reaction_added", "user": "U1", "item": {"type": "message"}},
    ],
    ids=lambda inner: f"{inner['type']} {inner.get('subtype', '')}".strip(),
)
def test_an_event_that_is_none_of_our_business_is_answered(
    inner: dict[str, Any], bot: Bot, cos: Cos
) -> None:
    assert bot.post_signed(event(inner)).status_code == 200
    assert cos.listed() == []


@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00", b"[]", b"null", b"7", b'"text"', b"{", b'{"authorizations": [7]}']
)
def test_a_signed_body_that_is_no_payload_is_refused_and_the_bot_lives_on(
    body: bytes, bot: Bot
) -> None:
    assert 400 <= bot.post_signed(body).status_code < 500
    assert bot.get("/healthz").status_code == 200


def test_an_event_without_what_it_needs_is_refused_in_one_line_that_says_what(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    assert bot.post_signed(event({"type": "app_mention", "user": "U1"})).status_code == 400
    assert [row.__dict__["fields"] for row in caplog.records] == [
        {"why": "Object missing `channel` or `ts`"}
    ]


def test_a_crowd_stands_in_line(cos: Cos, slack: Slack) -> None:
    """More than an instance gets are inside at once, and nobody is sent away."""
    config = bot_config(environ_of(cos, slack.address))
    service, crowd = web_app(bolt_app(config), config), 300
    statuses: list[int] = []

    async def one(inside: asyncio.Semaphore, everybody: asyncio.Event) -> None:
        async def receive() -> dict[str, Any]:
            inside.release()
            await everybody.wait()
            return {"type": "http.request", "body": b"{}"}

        async def send(said: MutableMapping[str, Any]) -> None:
            statuses.append(said.get("status", 0))

        path = {"type": "http", "method": "POST", "path": "/slack/events", "query_string": b""}
        await service({**path, "headers": [(b"content-length", b"2")]}, receive, send)

    async def all_of_them() -> None:
        inside, everybody = asyncio.Semaphore(0), asyncio.Event()
        asking = [asyncio.ensure_future(one(inside, everybody)) for _ in range(crowd)]
        for _ in asking:
            await asyncio.wait_for(inside.acquire(), 30)
        everybody.set()
        await asyncio.gather(*asking)

    asyncio.run(all_of_them())
    assert [status for status in statuses if status] == [401] * crowd


# --- keys


def test_the_keys_of_the_request_write_the_job(
    bot: Bot, cos: Cos, fresh_key: dict[str, str]
) -> None:
    assert bot.post_signed(event(MENTION), **fresh_key).status_code == 200
    assert len(cos.listed("requests/")) == 1
    assert {call["caller"] for call in cos.calls()} == {"AKIDfresh"}


def test_nobody_behind_the_door_sees_the_keys(
    cos: Cos, slack: Slack, fresh_key: dict[str, str]
) -> None:
    config = bot_config(environ_of(cos, slack.address))
    app = bolt_app(config)
    seen: list[dict[str, Any]] = []

    def look(req: BoltRequest, next: Callable[[], BoltResponse]) -> BoltResponse:  # noqa: A002  # Bolt's name
        seen.append(dict(req.headers))
        return next()

    app.use(look)
    with listen() as listening, served({"bot": web_app(app, config)}, {"bot": listening}):
        answer = Bot(address(listening)).post_signed(event(MENTION), X_Scf_Other="1", **fresh_key)
    assert answer.status_code == 200
    assert len(seen) == 1
    assert "x-slack-signature" in seen[0]
    assert not [name for name in seen[0] if name.startswith("x-scf-")]


def test_without_a_role_slack_is_asked_to_come_again(cos: Cos, slack: Slack) -> None:
    environ = environ_of(cos, slack.address)
    del environ["TENCENTCLOUD_SECRETID"]
    with running_bot(environ) as bot:
        assert bot.post_signed(event(MENTION)).status_code == 503
        cos.accept_key(**FRESH_KEY)
        assert bot.post_signed(event(MENTION), **FRESH).status_code == 200


def test_when_the_environments_keys_are_over_the_server_ends_to_be_started_afresh(
    bot: Bot, cos: Cos, mention: Json, asked_to_end: list[tuple[int, int]]
) -> None:
    cos.fault(op="PUT", error="ExpiredToken")
    assert bot.post_signed(mention).status_code == 500
    assert eventually(lambda: asked_to_end) == [(os.getpid(), signal.SIGTERM)]


def test_keys_of_a_request_that_are_over_do_not_end_the_server(
    bot: Bot,
    cos: Cos,
    mention: Json,
    fresh_key: dict[str, str],
    asked_to_end: list[tuple[int, int]],
) -> None:
    cos.fault(op="PUT", error="ExpiredToken")
    assert bot.post_signed(mention, **fresh_key).status_code == 500
    assert bot.post_signed(mention, **fresh_key).status_code == 200
    assert asked_to_end == []


def test_other_trouble_does_not_end_the_server(
    bot: Bot, cos: Cos, mention: Json, asked_to_end: list[tuple[int, int]]
) -> None:
    cos.fault(op="PUT", error="InternalError", status=500)
    assert bot.post_signed(mention).status_code == 500
    assert bot.post_signed(mention).status_code == 200
    assert asked_to_end == []
