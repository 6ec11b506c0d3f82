"""The bot behind its Socket Mode door, with Slack's own client."""

from collections.abc import Iterator
from contextlib import closing
from threading import Thread

import pytest
from slack_sdk.socket_mode.builtin.connection import ConnectionState

from bot.app import bolt_app
from functions.config import bot_config
from infra.dev.socket_mode import CLOSING_LIMIT_S, Door, what_came
from tests.bot.driving import BOT_ID, environ_of, event
from tests.conftest import ROLE_KEYS
from tests.dev.socket_slack import APP_TOKEN, SocketSlack
from tests.jobs.driving import Cos, running_cos
from tests.local.slack.driver import ANNA, PHOTOS, eventually

MENTION = {
    "type": "app_mention",
    "user": ANNA,
    "text": f"<@{BOT_ID}> on a beach",
    "ts": "1732270000.000100",
    "channel": PHOTOS,
    "files": [{"id": "F1", "name": "cup.jpg"}],
}


@pytest.fixture
def cos() -> Iterator[Cos]:
    with running_cos() as cos:
        yield cos


@pytest.fixture
def notices() -> list[str]:
    return []


@pytest.fixture
def door(socket_slack: SocketSlack, cos: Cos, notices: list[str]) -> Iterator[Door]:
    config = bot_config(environ_of(cos, socket_slack.people.address))
    door = Door(
        bolt_app(config), APP_TOKEN, config=config, keys=ROLE_KEYS["bot"], notice=notices.append
    )
    with closing(door):
        door.client.connect()
        yield door


@pytest.mark.usefixtures("door")
def test_a_mention_becomes_a_job_and_is_acknowledged(
    socket_slack: SocketSlack, cos: Cos, notices: list[str]
) -> None:
    ack = socket_slack.socket.push("events_api", event(MENTION))
    assert ack is not None
    assert "payload" not in ack
    assert len(cos.listed("requests/")) == 1
    (notice,) = eventually(lambda: notices)
    assert notice.startswith("app_mention: answered (")
    assert "beach" not in notice


@pytest.mark.usefixtures("door")
def test_a_command_is_answered_in_its_acknowledgement(socket_slack: SocketSlack) -> None:
    command = {
        "command": "/backdrop",
        "text": "help",
        "team_id": "T0BACKDROP",
        "user_id": ANNA,
        "channel_id": PHOTOS,
        "trigger_id": "1.2.3",
        "response_url": "https://hooks.slack.com/commands/1",
    }
    ack = socket_slack.socket.push("slash_commands", command)
    assert ack is not None
    assert ack["payload"]["response_type"] == "ephemeral"


@pytest.mark.usefixtures("door")
def test_what_could_not_be_accepted_is_not_acknowledged(
    socket_slack: SocketSlack, cos: Cos, notices: list[str]
) -> None:
    cos.fault(op="PUT", error="InternalError", status=500)
    assert socket_slack.socket.push("events_api", event(MENTION), limit_s=3) is None
    assert "NOT answered" in eventually(lambda: notices)[0]
    assert socket_slack.socket.push("events_api", event(MENTION)) is not None
    assert len(cos.listed("requests/")) == 1


@pytest.mark.usefixtures("door")
def test_it_goes_on_when_slack_renews_the_connection(socket_slack: SocketSlack, cos: Cos) -> None:
    connections = socket_slack.socket.connections
    first = eventually(lambda: connections)[0]
    socket_slack.socket.renew()
    assert eventually(lambda: connections and first not in connections)
    assert socket_slack.socket.push("events_api", event(MENTION)) is not None
    assert len(cos.listed("requests/")) == 1


def test_it_closes_although_the_receiver_never_hears_of_it(door: Door) -> None:
    """As when slack_sdk's receiver has taken the state that its ``connect`` then replaces."""
    session = door.client.current_session
    assert session is not None
    eventually(lambda: session.last_ping_pong_time)  # it receives
    door.client.current_session_state = ConnectionState()  # type: ignore[no-untyped-call]  # slack_sdk's
    closing = Thread(target=door.close, daemon=True)
    closing.start()
    closing.join(CLOSING_LIMIT_S + 10)
    assert not closing.is_alive()


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"type": "event_callback", "event": {"type": "app_mention"}}, "app_mention"),
        (
            {"type": "event_callback", "event": {"type": "message", "subtype": "file_share"}},
            "message file_share",
        ),
        ({"type": "block_actions", "actions": [{"action_id": "again"}]}, "block_actions again"),
        (
            {"type": "view_submission", "view": {"callback_id": "new_picture"}},
            "view_submission new_picture",
        ),
        ({"type": "shortcut", "callback_id": "new_picture"}, "shortcut new_picture"),
        ({"command": "/backdrop", "text": "secret plans"}, "/backdrop"),
        ({}, "something"),
    ],
)
def test_a_payload_is_named_by_its_kind(payload: dict[str, object], words: str) -> None:
    assert what_came(payload) == words
