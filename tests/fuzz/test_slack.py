"""What Slack signs, with any part of it gone or of another kind: answered, and no exception."""

import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.app import bolt_app
from bot.endpoint import EVENTS_PATH, web_app
from bot.views.form import CALLBACK, FIELD
from functions.config import bot_config
from functions.web.asgi import WebApp
from tests.bot.driving import environ_of, event
from tests.conftest import SIGNING_SECRET
from tests.fuzz.asking import Answered, ask
from tests.fuzz.budget import tries
from tests.fuzz.recording import recorded
from tests.fuzz.test_signatures import by_slack
from tests.jobs.driving import Cos
from tests.jobs.making import JOB_ID
from tests.local.slack.driver import ANNA, PHOTOS, Slack

Json = Any
TS = "1732270000.000100"
FILES = [{"id": "F0123456789", "name": "cup.jpg", "mimetype": "image/jpeg"}]
WHO = {"user": {"id": ANNA}, "team": {"id": "T0BACKDROP"}, "trigger_id": "1.2.3"}
IN_THREAD = {"type": "message", "channel_id": PHOTOS, "message_ts": TS, "thread_ts": TS}
MEMORY = json.dumps({"nonce": "0123456789abcdef"})
WORDS = {
    "words": {FIELD: {"type": "plain_text_input", "value": "on a beach"}},
    "photos": {FIELD: {"type": "file_input", "files": FILES}},
}
MENTION = {
    "type": "app_mention",
    "user": ANNA,
    "text": "<@U0BACKDROP> on a beach --size 16:9",
    "ts": TS,
    "thread_ts": TS,
    "channel": PHOTOS,
    "files": FILES,
}
EVENTS: list[Json] = [
    event(MENTION),
    event({**MENTION, "type": "message", "subtype": "file_share", "channel_type": "channel"}),
    event({**MENTION, "type": "message", "channel": "D0DIRECT", "channel_type": "im"}),
    event({"type": "app_home_opened", "user": ANNA, "tab": "home", "channel": "D0DIRECT"}),
    event(
        {
            "type": "function_executed",
            "function": {"callback_id": "replace_background"},
            "function_execution_id": "Fx0123456789",
            "bot_access_token": "xwfp-0123456789",
            "inputs": {"photo": "https://shop.example/cup.jpg", "words": "on a beach"},
        }
    ),
    {"type": "url_verification", "challenge": "abc"},
]


def press(action_id: str, value: str) -> Json:
    return {
        **WHO,
        "type": "block_actions",
        "actions": [{"type": "button", "action_id": action_id, "block_id": "b", "value": value}],
        "container": IN_THREAD,
        "channel": {"id": PHOTOS},
        "message": {"ts": TS, "thread_ts": TS, "blocks": []},
    }


SHORTCUT: Json = {
    **WHO,
    "type": "message_action",
    "callback_id": "use_photos",
    "channel": {"id": PHOTOS},
    "message_ts": TS,
    "message": {"ts": TS, "text": "a cup", "files": FILES, "blocks": []},
}
FORM_SENT: Json = {
    **WHO,
    "type": "view_submission",
    "view": {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": MEMORY,
        "state": {"values": WORDS},
        "blocks": [{"type": "input", "block_id": "words"}],
    },
}
PAYLOADS: list[Json] = [
    *(press(name, f"{JOB_ID}:token") for name in ("again", "change", "size", "cutout", "delete")),
    *(press(name, f"{JOB_ID}:token") for name in ("variations", "use_this", "show_all")),
    press("cancel", f"cancel:{JOB_ID}"),
    press("home_language", "zh"),
    press("nobody_knows", "x"),
    {**WHO, "type": "shortcut", "callback_id": "new_picture"},
    SHORTCUT,
    FORM_SENT,
]
COMMAND = {
    "command": "/backdrop",
    "text": "help",
    "user_id": ANNA,
    "channel_id": PHOTOS,
    "team_id": "T0BACKDROP",
    "trigger_id": "1.2.3",
}

values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.text(max_size=40),
        st.sampled_from(["", "\0", "\ud800", "<!channel>", "x" * 5000, "T0BACKDROP", "../..", ":"]),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def spoilt(draw: st.DrawFn, samples: list[Json]) -> Json:
    """One of the samples, with up to two parts gone or replaced."""
    found = json.loads(json.dumps(draw(st.sampled_from(samples))))
    for _ in range(draw(st.integers(0, 2))):
        places = list(_places(found))
        into, name = draw(st.sampled_from(places))
        if draw(st.booleans()):
            into[name] = draw(values)
        else:
            del into[name]
        if not found:
            break
    return found


def _places(value: Json) -> list[tuple[Json, Json]]:
    """Every part of a payload, as what it stands in and under which name."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for name, part in inside:
        found.append((value, name))
        if isinstance(part, dict | list):
            found += _places(part)
    return found


@pytest.fixture(scope="module")
def service(cos: Cos, slack: Slack) -> WebApp:
    config = bot_config(environ_of(cos, slack.address))
    return web_app(bolt_app(config), config)


def sent(service: WebApp, body: bytes, content_type: str = "application/json") -> Answered:
    stamp = str(int(time.time()))
    headers = {
        "content-type": content_type,
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": by_slack(body, stamp, SIGNING_SECRET),
    }
    return ask(service, "POST", EVENTS_PATH, headers=headers, body=body)


def taken(service: WebApp, body: bytes, content_type: str = "application/json") -> None:
    """It is answered, and what is not understood is said in one line without a word of it."""
    with recorded() as rows:
        answer = sent(service, body, content_type)
    crashes = [
        row for row in rows if row.levelname == "ERROR" and row.getMessage() != "not understood"
    ]
    assert not crashes, [row.__dict__["fields"] for row in crashes]
    assert answer.status in {200, 400, 404}, (answer, [row.__dict__["fields"] for row in rows])
    if answer.status == 400:
        (row,) = rows
        assert row.getMessage() == "not understood"


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("payload", [*EVENTS, *PAYLOADS], ids=lambda one: str(one["type"]))
def test_what_slack_really_sends_is_understood(service: WebApp, payload: Json) -> None:
    body = json.dumps(payload).encode()
    if payload in PAYLOADS:
        answer = sent(service, urlencode({"payload": body}).encode(), FORM)
    else:
        answer = sent(service, body)
    assert answer.status == 200


@tries(80)
@given(spoilt(EVENTS))
@example({"event": None})  # no type, and no event: was a 500 from inside of Bolt
@example({"type": "event_callback", "event": None})  # likewise
@example(event({**MENTION, "ts": None}))  # was a job at the time "None"
@example({**event(MENTION), "authorizations": {"": None}})  # Bolt takes [0] of it: was a 500
@example(event({**MENTION, "text": "\ud800"}))  # half a character: could not be hashed
def test_an_event_that_slack_would_not_send_is_refused(service: WebApp, payload: Json) -> None:
    taken(service, json.dumps(payload).encode())


@tries(80)
@given(spoilt(PAYLOADS))
@example({**FORM_SENT, "view": {**FORM_SENT["view"], "private_metadata": "x"}})  # was a 500
@example({**FORM_SENT, "view": {**FORM_SENT["view"], "type": None}})  # Bolt's KeyError: was a 500
@example({**press("home_language", "zh"), "user": {"id": "x" * 5000}})  # too long for a key: 500
@example(press("home_size", "x"))  # a choice that nobody offers: was a 500
@example(press("home_language", "xx"))
@example({**SHORTCUT, "message": {"files": [{"name": "cup.jpg", "mimetype": "image/jpeg"}]}})
def test_a_press_or_form_that_slack_would_not_send_is_refused(
    service: WebApp, payload: Json
) -> None:
    taken(service, urlencode({"payload": json.dumps(payload)}).encode(), FORM)


@tries(60)
@given(
    st.dictionaries(
        st.sampled_from([*COMMAND, "ssl_check", "payload"]) | st.text(max_size=10),
        st.text(max_size=200).filter(str.isprintable),
        max_size=4,
    ),
    st.sets(st.sampled_from(sorted(COMMAND)), max_size=2),
)
def test_a_command_that_slack_would_not_send_is_refused(
    service: WebApp, more: dict[str, str], gone: set[str]
) -> None:
    fields = {name: value for name, value in COMMAND.items() if name not in gone}
    taken(service, urlencode({**fields, **more}).encode(), FORM)


@tries(50)
@given(st.binary(max_size=200), st.sampled_from(["application/json", FORM, "text/plain", ""]))
@example(b"[]", "application/json")
@example(b"1", "application/json")
@example(b"payload=[]", FORM)
@example(b"payload=%FF", FORM)
@example(b"[" * 200_000, "application/json")  # too deep for Python's reader: was a 500
@example(b"payload=" + b"[" * 200_000, FORM)
def test_any_signed_bytes_are_answered(service: WebApp, body: bytes, content_type: str) -> None:
    taken(service, body, content_type)
