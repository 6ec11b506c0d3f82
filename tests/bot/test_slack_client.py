"""Slack's refusals and silences, turned into ours, through the official client."""

import gc
import logging
from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.slack_api.client import (
    CLOSED,
    COME_BACK_LATER,
    LONG_PAUSE_S,
    PAUSE_S,
    REVOKED,
    TRANSIENT,
    ChannelClosed,
    OutcomeUnknown,
    RateLimited,
    SlackRefused,
    TokenRevoked,
    call,
    web_client,
)
from functions.config import SlackConfig
from functions.jobs.errors import ErrorCode
from tests.conftest import BOT_TOKEN
from tests.jobs.driving import answering
from tests.local.slack.driver import PHOTOS, Slack

OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
POST: dict[str, Any] = {"channel": PHOTOS, "text": "hello"}


def client_at(at: str, *, timeout_s: float = 5) -> WebClient:
    config = SlackConfig(bot_token=BOT_TOKEN, api_url=f"http://{at}/api/")
    return web_client(config, timeout_s=timeout_s)


@pytest.fixture
def post(slack: Slack) -> Callable[[], object]:
    client = client_at(slack.address)
    return lambda: call(client.chat_postMessage, **POST)


def test_a_call_that_works_gives_slacks_answer(post: Callable[[], Any]) -> None:
    assert post()["ok"]


@pytest.mark.parametrize("error", sorted(CLOSED))
def test_a_closed_place_is_slacks_final_no(
    error: str, post: Callable[[], object], slack: Slack
) -> None:
    slack.fault(op="chat.postMessage", error=error)
    with pytest.raises(ChannelClosed) as closed:
        post()
    assert closed.value.code in {ErrorCode.CHANNEL_NOT_MEMBER, ErrorCode.CHANNEL_GONE}


def test_what_the_standin_itself_refuses_is_a_closed_place(slack: Slack) -> None:
    client = client_at(slack.address)
    for channel, code in (
        ("C0SHOPNEWS", ErrorCode.CHANNEL_NOT_MEMBER),
        ("C0NOWHERE1", ErrorCode.CHANNEL_NOT_MEMBER),
        ("C0ARCHIVED", ErrorCode.CHANNEL_GONE),
    ):
        with pytest.raises(ChannelClosed) as closed:
            call(client.chat_postMessage, channel=channel, text="hello")
        assert closed.value.code is code


@pytest.mark.parametrize("error", sorted(REVOKED))
def test_a_token_that_is_over_is_told_apart(
    error: str, post: Callable[[], object], slack: Slack
) -> None:
    slack.fault(op="chat.postMessage", error=error)
    with pytest.raises(TokenRevoked) as revoked:
        post()
    assert revoked.value.code is ErrorCode.SLACK_REVOKED


@pytest.mark.parametrize("error", sorted(TRANSIENT))
def test_slacks_own_trouble_is_unclear(
    error: str, post: Callable[[], object], slack: Slack
) -> None:
    slack.fault(op="chat.postMessage", error=error)
    with pytest.raises(OutcomeUnknown):
        post()


@pytest.mark.parametrize("error", ["invalid_blocks", "missing_scope", "msg_too_long", "new_error"])
def test_everything_else_is_refused_in_slacks_words(
    error: str, post: Callable[[], object], slack: Slack
) -> None:
    slack.fault(op="chat.postMessage", error=error)
    with pytest.raises(SlackRefused) as refused:
        post()
    assert refused.value.error == error


def test_a_missing_scope_is_named(slack: Slack, post: Callable[[], object]) -> None:
    slack.without_scope("chat:write")
    with pytest.raises(SlackRefused) as refused:
        post()
    assert (refused.value.error, refused.value.needed) == ("missing_scope", "chat:write")


def test_being_told_to_wait_says_how_long(post: Callable[[], object], slack: Slack) -> None:
    slack.fault(op="chat.postMessage", error="ratelimited", retry_after_s=7)
    with pytest.raises(RateLimited) as busy:
        post()
    assert busy.value.retry_after_s == 7
    assert len(slack.calls("chat.postMessage")) == 1


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        ("Retry-After: 7", 7),
        ("retry-after: 7", 7),
        ("RETRY-AFTER: 7", 7),
        ("X-Other: 1", PAUSE_S),
        ("Retry-After: soon", PAUSE_S),
        ("Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", PAUSE_S),
        ("Retry-After: -5", PAUSE_S),
        ("Retry-After: nan", PAUSE_S),
    ],
)
def test_how_long_is_read_however_it_is_written(header: str, wait_s: float) -> None:
    body = b'{"ok":false,"error":"ratelimited"}'
    answer = (
        f"HTTP/1.1 429 Too Many Requests\r\n{header}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode() + body
    with answering(lambda _: answer) as at, pytest.raises(RateLimited) as busy:
        call(client_at(at).chat_postMessage, **POST)
    assert busy.value.retry_after_s == wait_s


def test_the_other_way_to_say_not_so_fast_has_the_wait_in_its_body(
    post: Callable[[], object], slack: Slack
) -> None:
    slack.fault(op="chat.postMessage", error="rate_limited", retry_after_s=7)
    with pytest.raises(RateLimited) as busy:
        post()
    assert busy.value.retry_after_s == 7


@pytest.mark.parametrize("error", sorted(COME_BACK_LATER))
def test_a_workspace_that_takes_nothing_just_now_is_asked_again_after_a_while(
    error: str, post: Callable[[], object], slack: Slack
) -> None:
    slack.fault(op="chat.postMessage", error=error)
    with pytest.raises(RateLimited) as busy:
        post()
    assert busy.value.retry_after_s == LONG_PAUSE_S


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("body", ["", "<html><h1>Bad gateway</h1></html>", '{"ok":false}'])
def test_an_error_page_is_unclear(
    status: int, body: str, post: Callable[[], object], slack: Slack
) -> None:
    slack.fault(op="chat.postMessage", status=status, body=body)
    with pytest.raises(OutcomeUnknown):
        post()


@pytest.mark.parametrize("body", ["", "<html>maintenance</html>", "null", "[]", "{}", '{"ok":'])
def test_a_page_in_place_of_an_answer_is_unclear_and_no_refusal(
    body: str, post: Callable[[], object], slack: Slack
) -> None:
    """The message may have been posted."""
    slack.fault(op="chat.postMessage", status=200, body=body)
    with pytest.raises(OutcomeUnknown) as unclear:
        post()
    assert "maintenance" not in str(unclear.value)


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_lost_answer_is_unclear_and_nothing_is_sent_again(
    drop: str, post: Callable[[], object], slack: Slack
) -> None:
    slack.fault(op="chat.postMessage", drop=drop)
    with pytest.raises(OutcomeUnknown):
        post()
    assert len(slack.calls("chat.postMessage")) == 1
    assert len(slack.messages()) == (1 if drop == "after" else 0)


def test_an_answer_that_does_not_come_is_unclear_in_time(slack: Slack) -> None:
    slack.fault(op="chat.postMessage", delay_s=1)
    with pytest.raises(OutcomeUnknown):
        call(client_at(slack.address, timeout_s=0.2).chat_postMessage, **POST)
    assert len(slack.messages()) == 0  # we did not wait for it


BROKEN = {
    "cut": OK + b"Content-Length: 500\r\n\r\n{",
    "chunk cut": OK + b"Transfer-Encoding: chunked\r\n\r\nff\r\n{",
    "no UTF-8": OK + b"Content-Type: a/b; charset=utf-8\r\nContent-Length: 2\r\n\r\n\xff\xfe",
    "no charset": OK + b"Content-Type: a/b; charset=klingon\r\nContent-Length: 2\r\n\r\n{}",
    "no HTTP": b"not HTTP at all\r\n\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
@pytest.mark.filterwarnings(  # slack_sdk leaves such a connection to the garbage collector
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_an_answer_that_breaks_off_is_unclear(answer: bytes) -> None:
    def post() -> None:
        with answering(lambda _: answer) as at, pytest.raises(OutcomeUnknown):
            call(client_at(at).chat_postMessage, **POST)

    post()
    gc.collect()  # here, and not in somebody else's test


def test_nobody_listening_is_unclear() -> None:
    with pytest.raises(OutcomeUnknown):
        call(client_at("127.0.0.1:9").chat_postMessage, **POST)


def test_the_clients_log_never_has_the_token(
    slack: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    call(client_at(slack.address).chat_postMessage, **POST)
    assert BOT_TOKEN not in caplog.text


def test_a_fraction_of_a_second_is_a_timeout() -> None:
    assert client_at("127.0.0.1:9", timeout_s=1.5).timeout == 1.5
