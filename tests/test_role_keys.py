"""A request's keys: from its headers if it has them, and out of everybody else's sight."""

import signal
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.jobs.bucket import Keys
from functions.web.role_keys import (
    NoKeys,
    end_for_fresh_keys,
    has_role_keys,
    key_source_header,
    role_keys_of,
    strip_role_keys,
)

START = Keys("AKIDstart", "start-key", "start-token")
HEADERS = {
    "x-scf-secret-id": "AKIDheader",
    "x-scf-secret-key": "header-key",
    "x-scf-session-token": "header-token",
}


def test_the_requests_own_keys_come_first() -> None:
    assert role_keys_of(HEADERS, START) == Keys("AKIDheader", "header-key", "header-token")
    assert role_keys_of(HEADERS, None) == Keys("AKIDheader", "header-key", "header-token")


def test_a_key_without_a_token_is_a_permanent_one() -> None:
    headers = {name: value for name, value in HEADERS.items() if "token" not in name}
    assert role_keys_of(headers, None) == Keys("AKIDheader", "header-key", "")


@pytest.mark.parametrize("name", ["x-scf-secret-id", "x-scf-secret-key"])
@pytest.mark.parametrize("value", [None, ""])
def test_half_a_key_is_none(name: str, value: str | None) -> None:
    headers = {k: v for k, v in HEADERS.items() if k != name}
    if value is not None:
        headers[name] = value
    assert not has_role_keys(headers)
    assert role_keys_of(headers, START) is START


def test_without_any_keys_there_is_a_word_about_the_role() -> None:
    with pytest.raises(NoKeys, match="role"):
        role_keys_of({}, None)


@pytest.mark.parametrize(
    ("start", "headers", "way"),
    [(START, HEADERS, "headers"), (START, {}, "environment"), (None, {}, "none")],
)
def test_the_doctor_learns_the_way_and_nothing_of_the_keys(
    start: Keys | None, headers: dict[str, str], way: str
) -> None:
    assert key_source_header(start, headers) == {"x-role-keys": way}


def test_nobody_else_sees_the_keys() -> None:
    others = {"x-slack-signature": "v0=1", "content-type": "application/json"}
    assert strip_role_keys(HEADERS | {"x-scf-request-id": "1"} | others) == others


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=5)))
def test_only_what_scf_added_is_taken_out(headers: dict[str, str]) -> None:
    kept = strip_role_keys({**headers, **HEADERS})
    assert kept == {k: v for k, v in headers.items() if not k.startswith("x-scf-")}


def test_ending_is_asked_for_politely_so_that_requests_under_way_are_answered() -> None:
    arrived = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: arrived.set())
    try:
        end_for_fresh_keys()
        assert arrived.wait(5)
    finally:
        signal.signal(signal.SIGTERM, before)
