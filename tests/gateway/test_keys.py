"""Whose keys the gateway uses, and what happens when they are over."""

import os
import signal
import time
from collections.abc import Callable

import pytest

from functions.jobs.ledger import Ledger
from tests.gateway.conftest import Browser, environ_of, serving
from tests.jobs.driving import Cos
from tests.jobs.making import JOB_ID

MakeKey = Callable[..., dict[str, str]]


@pytest.fixture
def asked_to_end(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The signals that were sent, none of which arrives."""
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    return sent


def as_headers(key: dict[str, str]) -> dict[str, str]:
    return {
        "X_Scf_Secret_Id": key["secret_id"],
        "X_Scf_Secret_Key": key["secret_key"],
        "X_Scf_Session_Token": key["token"],
    }


def as_environ(key: dict[str, str]) -> dict[str, str]:
    return {
        "TENCENTCLOUD_SECRETID": key["secret_id"],
        "TENCENTCLOUD_SECRETKEY": key["secret_key"],
        "TENCENTCLOUD_SESSIONTOKEN": key["token"],
    }


@pytest.mark.usefixtures("finished")
def test_the_keys_that_come_with_the_request_are_used(temporary_key: MakeKey, cos: Cos) -> None:
    stale = temporary_key("AKIDstale", lives_s=-1)
    seen = len(cos.calls())
    with serving(environ_of(cos) | as_environ(stale)) as browser:
        answer = browser.picture("preview.jpg", **as_headers(temporary_key("AKIDfresh")))
    assert answer.status_code == 200
    assert {call["caller"] for call in cos.calls()[seen:]} == {"AKIDfresh"}


@pytest.mark.usefixtures("finished")
def test_a_redirect_opens_with_temporary_keys(browser: Browser, temporary_key: MakeKey) -> None:
    answer = browser.picture("picture.png", **as_headers(temporary_key()))
    assert answer.status_code == 302
    assert "a-roles-key" not in answer.headers["location"]


@pytest.mark.usefixtures("finished")
def test_without_key_headers_the_environments_are_used(browser: Browser, cos: Cos) -> None:
    assert browser.picture("preview.jpg").status_code == 200
    assert {call["caller"] for call in cos.calls("HEAD")} == {"AKIDgateway"}


@pytest.mark.usefixtures("finished")
@pytest.mark.parametrize("name", ["preview.jpg", "picture.png"])
def test_when_the_environments_keys_are_over_the_server_ends_to_be_started_afresh(
    name: str,
    cos: Cos,
    temporary_key: MakeKey,
    asked_to_end: list[tuple[int, int]],
) -> None:
    environ = environ_of(cos) | as_environ(temporary_key(lives_s=-1))
    with serving(environ) as browser:
        answer = browser.picture(name)
        wait_for(asked_to_end)
    assert answer.status_code == 500
    assert "a-roles" not in answer.text
    assert asked_to_end == [(os.getpid(), signal.SIGTERM)]


@pytest.mark.usefixtures("finished")
def test_a_callers_own_key_headers_cannot_end_the_server(
    browser: Browser, asked_to_end: list[tuple[int, int]]
) -> None:
    """Whether a function URL takes such headers away from callers is not confirmed."""
    forged = {"X_Scf_Secret_Id": "AKIDforged", "X_Scf_Secret_Key": "forged"}
    assert browser.picture("preview.jpg", **forged).status_code == 500
    assert browser.picture("preview.jpg").status_code == 200  # so the first one is quite over
    assert asked_to_end == []


def test_without_any_keys_a_link_can_be_tried_again_later(cos: Cos) -> None:
    environ = {name: value for name, value in environ_of(cos).items() if "SECRETID" not in name}
    with serving(environ) as browser:
        answer = browser.picture("preview.jpg")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


@pytest.mark.usefixtures("finished")
def test_trouble_of_cos_is_503_and_says_nothing_about_it(browser: Browser, cos: Cos) -> None:
    cos.fault(error="InternalError", status=500, times=2)  # the gateway's client tries twice
    answer = browser.picture("preview.jpg")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "Internal" not in answer.text


def test_a_record_that_cannot_be_read_says_nothing_about_itself(
    browser: Browser, ledger: Ledger, cos: Cos
) -> None:
    cos.write(f"done/{JOB_ID}.json", b"not JSON")
    answer = browser.picture("preview.jpg")
    assert answer.status_code == 404
    assert JOB_ID not in answer.text


def wait_for(happened: list[tuple[int, int]]) -> None:
    """The signal is sent after the answer."""
    deadline = time.monotonic() + 5
    while not happened and time.monotonic() < deadline:
        time.sleep(0.01)
