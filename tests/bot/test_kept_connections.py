"""Connections to Slack are kept, and a broken one never makes a post two: through TLS."""

import select
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.slack_api import client as slack_client
from bot.slack_api import connections
from bot.slack_api.client import BoundedClient, OutcomeUnknown, call, web_client
from bot.slack_api.files import SlackFiles
from functions.config import SlackConfig
from infra.bench.network import Front, make_certificate
from tests.conftest import BOT_TOKEN
from tests.jobs.driving import answering
from tests.local.slack.driver import ANNA, PHOTOS, Slack
from tests.worker.loopback import Server, answer

POST: dict[str, Any] = {"channel": PHOTOS, "text": "hello"}


class Door(Front):
    """A front that loses the next answers: the call was sent and made, and then it hangs up."""

    lost = 0

    async def answered(self, data: bytes) -> bytes:
        self.lost -= 1
        return data if self.lost < 0 else b""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def door(slack: Slack, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """What stands before Slack, trusted as the machine's authorities are."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    slack_client._tls.cache_clear()
    door = Door(slack.address, certificate)
    slack.settings(base_url=f"https://{door.address}")
    with door.running():
        yield door
    slack_client._tls.cache_clear()


def config_of(door: Front) -> SlackConfig:
    return SlackConfig(bot_token=BOT_TOKEN, api_url=f"https://{door.address}/api/")


def invocation(door: Front, *, timeout_s: float = 5) -> BoundedClient:
    """The client of a new invocation, or of a bot that has just started."""
    return web_client(config_of(door), timeout_s=timeout_s)


@pytest.fixture
def ts(door: Door) -> str:
    """A message of ours, which leaves a connection open."""
    return str(call(invocation(door).chat_postMessage, **POST)["ts"])


def latest(door: Front) -> socket.socket:
    """The connection that a call would take now."""
    pool = connections._pools("", slack_client._tls())
    kept: Any = pool.connection_from_url(f"https://{door.address}").pool
    taken: socket.socket = kept.queue[-1].sock
    return taken


def test_calls_share_a_connection(door: Door) -> None:
    slack = invocation(door)
    ts = call(slack.chat_postMessage, **POST)["ts"]
    call(slack.chat_update, channel=PHOTOS, ts=ts, text="changed")
    call(slack.users_info, user=ANNA)
    call(slack.chat_postMessage, **POST)
    assert door.opened == 1


def test_the_next_invocation_goes_on_with_it_but_posts_over_a_new_one(door: Door, ts: str) -> None:
    """While the instance was frozen the other end may have forgotten the connection."""
    slack = invocation(door)
    call(slack.chat_update, channel=PHOTOS, ts=ts, text="changed")
    assert door.opened == 1
    call(slack.auth_test)
    call(slack.chat_postMessage, **POST)
    assert door.opened == 1, "it has answered in this invocation"
    call(invocation(door).chat_postMessage, **POST)
    assert door.opened == 2


def test_an_invocation_opens_one_ahead_for_its_first_post(door: Door, ts: str) -> None:
    slack = invocation(door)
    slack.open_ahead()
    call(slack.chat_postMessage, **POST)
    assert door.opened == 2, "the post has waited for it"
    call(slack.chat_update, channel=PHOTOS, ts=ts, text="changed")
    call(slack.chat_postMessage, **POST)
    assert door.opened == 2


def test_none_is_opened_ahead_where_one_has_just_been_used(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack = invocation(door)
    call(slack.chat_postMessage, **POST)
    slack.open_ahead()
    call(slack.chat_postMessage, **POST)
    assert door.opened == 1
    later = time.time() + connections.USED_WITHIN_S - 1
    monkeypatch.setattr(connections, "time", SimpleNamespace(time=lambda: later))
    slack.open_ahead()
    call(slack.chat_postMessage, **POST)
    assert door.opened == 2, "by the time it is needed it would be too old"


def test_the_tickets_of_tls_are_not_taken_for_its_end(door: Door) -> None:
    slack = invocation(door)
    slack.open_ahead()
    slack._opened.wait(5)
    assert select.select([latest(door)], [], [], 5)[0], "they lie there, unread"
    call(slack.chat_postMessage, **POST)
    assert door.opened == 1


def test_one_that_was_opened_ahead_is_found_closed(door: Door, slack: Slack) -> None:
    ours = invocation(door)
    ours.open_ahead()
    ours._opened.wait(5)
    door.hang_up()
    call(ours.chat_postMessage, **POST)
    assert (door.opened, len(slack.messages())) == (2, 1)


def test_a_post_goes_its_own_way_where_none_can_be_opened_ahead() -> None:
    slack = web_client(
        SlackConfig(bot_token=BOT_TOKEN, api_url="https://127.0.0.1:9/api/"), timeout_s=5
    )
    slack.open_ahead()
    with pytest.raises(OutcomeUnknown):
        call(slack.chat_postMessage, **POST)


def test_after_some_idle_seconds_a_post_goes_over_a_new_one(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack = invocation(door)
    call(slack.auth_test)
    later = time.time() + connections.USED_WITHIN_S + 1
    monkeypatch.setattr(connections, "time", SimpleNamespace(time=lambda: later))
    call(slack.auth_test)
    assert door.opened == 1
    much_later = later + connections.USED_WITHIN_S + 1
    monkeypatch.setattr(connections, "time", SimpleNamespace(time=lambda: much_later))
    call(slack.chat_postMessage, **POST)
    assert door.opened == 2


def test_one_that_slack_has_closed_is_opened_anew(door: Door, slack: Slack) -> None:
    ours = invocation(door)
    for _ in range(3):
        call(ours.chat_postMessage, **POST)
        door.hang_up()
    assert (door.opened, len(slack.messages())) == (3, 3)


def test_a_post_whose_answer_is_lost_is_unclear_and_not_sent_again(
    door: Door, slack: Slack
) -> None:
    ours = invocation(door)
    call(ours.auth_test)
    door.lost = 1
    with pytest.raises(OutcomeUnknown):
        call(ours.chat_postMessage, **POST)
    assert len(slack.calls("chat.postMessage")) == len(slack.messages()) == 1


def test_what_may_be_sent_twice_is_sent_again_over_a_new_one(
    door: Door, slack: Slack, ts: str
) -> None:
    door.lost = 1
    call(invocation(door).chat_update, channel=PHOTOS, ts=ts, text="changed")
    assert (len(slack.calls("chat.update")), door.opened) == (2, 2)


def test_but_only_once(door: Door, slack: Slack, ts: str) -> None:
    door.lost = 9
    with pytest.raises(OutcomeUnknown):
        call(invocation(door).chat_update, channel=PHOTOS, ts=ts, text="changed")
    assert len(slack.calls("chat.update")) == 2


def test_nothing_is_sent_again_that_was_lost_over_a_new_one(door: Door, slack: Slack) -> None:
    """That was no connection that somebody had forgotten."""
    door.lost = 1
    with pytest.raises(OutcomeUnknown):
        call(invocation(door).auth_test)
    assert len(slack.calls("auth.test")) == 1


def test_nothing_is_sent_again_because_the_answer_takes_long(door: Door, slack: Slack) -> None:
    ours = invocation(door, timeout_s=0.3)
    call(ours.auth_test)
    slack.fault(op="auth.test", delay_s=1)
    with pytest.raises(OutcomeUnknown):
        call(ours.auth_test)
    assert door.opened == 1


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux has it")
def test_a_dead_connection_shows_soon_where_it_may_be_replaced(door: Door) -> None:
    """Nothing answers there, not even to say that the connection is over."""
    slack = invocation(door)

    def unheard_ms() -> int:
        return latest(door).getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)

    call(slack.auth_test)
    call(slack.auth_test)
    assert unheard_ms() == connections.DEAD_AFTER_MS
    call(slack.chat_postMessage, **POST)
    assert unheard_ms() == 0, "a post waits as long as it has"
    assert door.opened == 1


def test_an_authority_that_nobody_trusts_gets_nothing(
    door: Door, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    slack_client._tls.cache_clear()
    with pytest.raises(OutcomeUnknown):
        call(invocation(door).auth_test)
    assert slack.calls("auth.test") == []


# --- files


def test_files_are_downloaded_over_kept_connections(door: Door, slack: Slack, jpeg: bytes) -> None:
    files = SlackFiles(invocation(door), config_of(door))
    for _ in range(2):
        file_id = slack.upload(jpeg, name="cup.jpg")
        slack.write("@Backdrop on a beach", file_ids=[file_id])
        assert files.download(file_id) == jpeg
    assert door.opened == 1


def test_also_where_their_addresses_lead_on(door: Door, slack: Slack, jpeg: bytes) -> None:
    slack.settings(grid="on")
    test_files_are_downloaded_over_kept_connections(door, slack, jpeg)


def test_a_download_that_is_given_up_takes_its_connection_with_it(
    door: Door, slack: Slack, jpeg: bytes
) -> None:
    def enough(_: int) -> None:
        raise MemoryError

    files = SlackFiles(invocation(door), config_of(door))
    file_id = slack.upload(jpeg + bytes(2_000_000), name="cup.jpg")
    slack.write("@Backdrop on a beach", file_ids=[file_id])
    with pytest.raises(MemoryError):
        files.download(file_id, grown=enough)
    assert len(files.download(file_id)) == len(jpeg) + 2_000_000
    assert door.opened == 2


# --- what is sent

CALLS: dict[str, Callable[[WebClient], object]] = {
    "nothing to say": lambda slack: slack.auth_test(),
    "a form": lambda slack: slack.reactions_add(channel="C1", timestamp="1.2", name="eyes"),
    "yes and no": lambda slack: slack.users_info(user="U1", include_locale=True),
    "left out": lambda slack: slack.conversations_replies(channel="C1", ts="1.2", cursor=None),
    "JSON": lambda slack: slack.chat_postMessage(
        channel="C1", text="café 茶", blocks=[{"type": "divider"}], thread_ts=None
    ),
    "another token": lambda slack: slack.functions_completeSuccess(
        function_execution_id="Fx1", outputs={"a": "b"}, token="xwfp-of-the-run"
    ),
    "a view": lambda slack: slack.views_open(trigger_id="1", view={"type": "modal", "blocks": []}),
}
SAME = ("post ", "authorization:", "content-type:", "content-length:", "user-agent:")


@pytest.mark.parametrize("make", CALLS.values(), ids=CALLS)
def test_a_call_is_the_one_that_the_sdk_would_make(make: Callable[[WebClient], object]) -> None:
    def sent_by(of: Callable[[str], WebClient]) -> tuple[list[str], bytes]:
        with Server(answer(b'{"ok":true}')) as server:
            make(of(f"{server.url}/api/"))
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().splitlines()
        return sorted(line for line in lines if line.startswith(SAME)), body

    def the_sdks(url: str) -> WebClient:
        return WebClient(token=BOT_TOKEN, base_url=url, retry_handlers=[])

    def ours(url: str) -> WebClient:
        return web_client(SlackConfig(bot_token=BOT_TOKEN, api_url=url), timeout_s=5)

    assert sent_by(ours) == sent_by(the_sdks)


def test_the_token_follows_no_redirect() -> None:
    asked: list[bytes] = []

    def elsewhere(request: bytes) -> bytes:
        asked.append(request)
        return b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"

    with answering(elsewhere) as at:
        slack = web_client(
            SlackConfig(bot_token=BOT_TOKEN, api_url=f"http://{at}/api/"), timeout_s=5
        )
        with pytest.raises(OutcomeUnknown):
            call(slack.auth_test)
    assert len(asked) == 1


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_proxy_of_the_environment_is_asked_to_lead_there(
    scheme: str, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    def refuse(request: bytes) -> bytes:
        asked.append(request)
        return b"HTTP/1.1 407 Who are you?\r\nContent-Length: 0\r\n\r\n"

    with answering(refuse) as at:
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}me:s%40cret@{at}")
        with pytest.raises(OutcomeUnknown):
            call(invocation(door).auth_test)
        assert asked[0].startswith(f"CONNECT {door.address} HTTP/1.".encode())
        assert b"basic bwu6c0bjcmv0" in asked[0].lower()
        assert BOT_TOKEN.encode() not in asked[0]
        monkeypatch.setenv("NO_PROXY", "localhost")
        call(invocation(door).auth_test)
    assert len(asked) == 1
