"""A function's look at itself: who may ask, what it tries, and that nothing is left behind."""

import json
import threading
import time
from typing import Any

import msgspec
import pytest

from functions import self_check
from functions.jobs.bucket import Bucket, BucketConfig
from functions.self_check import Parts, Report
from functions.web import self_check as web_self_check
from functions.web.asgi import Request
from functions.web.self_check import FRESH_S, HEADER, Door, Guard, signed
from tests.conftest import BOT_TOKEN, KEYS

SECRETS = ("the-first-of-the-link-secrets", "the-one-that-signed-before-it")
NOW = 1_800_000_000.0


# --- who may ask


@pytest.mark.parametrize("secret", SECRETS)
def test_whoever_has_a_link_secret_may_ask_once_with_each_signature(secret: str) -> None:
    guard = Guard("bot", SECRETS)
    header = signed(secret, "bot", now=NOW)
    assert guard.admits(header, now=NOW + FRESH_S)
    assert not guard.admits(header, now=NOW + FRESH_S)
    assert guard.admits(signed(secret, "bot", now=NOW), now=NOW)


def test_a_signature_is_remembered_for_as_long_as_it_is_fresh() -> None:
    guard = Guard("bot", SECRETS)
    header = signed(SECRETS[0], "bot", now=NOW + FRESH_S)
    assert guard.admits(header, now=NOW)
    for later in range(0, 2 * FRESH_S + 1, 50):
        assert not guard.admits(header, now=NOW + later)


def _headers_of_others() -> dict[str, str]:
    ours = signed(SECRETS[0], "bot", now=NOW)
    return {
        "unsigned": "",
        "another's secret": signed("another-secret-than-those-above", "bot", now=NOW),
        "for another function": signed(SECRETS[0], "gateway", now=NOW),
        "too old": signed(SECRETS[0], "bot", now=NOW - FRESH_S - 1),
        "from the future": signed(SECRETS[0], "bot", now=NOW + FRESH_S + 1),
        "not even ASCII": f"{ours[:-1]}\xfc",
        "changed": f"{ours[:-1]}{'0' if ours[-1] != '0' else '1'}",
        "of another moment": ours.replace(f"{NOW:.0f}", f"{NOW + 1:.0f}"),
    }


@pytest.mark.parametrize("whose", sorted(_headers_of_others()))
def test_nobody_else_may(whose: str) -> None:
    assert not Guard("bot", SECRETS).admits(_headers_of_others()[whose], now=NOW)


def test_without_secrets_nobody_may() -> None:
    assert not Guard("bot", ()).admits(signed("", "bot", now=NOW), now=NOW)


# --- what it finds


@pytest.fixture
def parts(place: BucketConfig, slack_at: str) -> Parts:
    return Parts("bot", place, listed="people/", slack=(f"http://{slack_at}/api/", BOT_TOKEN))


def asked(parts: Parts, **headers: str) -> Request:
    signature = signed(SECRETS[0], parts.function, now=time.time())
    return Request("GET", web_self_check.PATH, {HEADER: signature, **headers})


def test_it_reports_facts_without_a_secret_and_leaves_nothing_behind(
    parts: Parts, bucket: Bucket
) -> None:
    answer = Door(parts, KEYS, SECRETS)(asked(parts))
    assert answer
    assert answer.status == 200
    report = msgspec.json.decode(answer.body, type=Report)
    assert report.keys == "environment"
    assert report.bucket["put"] == "done"
    assert report.bucket["put again"] == "taken"
    assert report.bucket["get missing"] == "missing"
    assert report.bucket["delete"] == "done"
    assert report.cos
    assert report.slack
    assert (report.cos.said, report.slack.said) == ("ok", "ok")
    assert all(-3 < (one.clock_off_s or 0) < 3 for one in (report.cos, report.slack))
    assert list(bucket.list("")) == []
    for secret in (*SECRETS, BOT_TOKEN, KEYS.secret_key, KEYS.secret_id):
        assert secret not in str(answer.body)


def test_a_stranger_gets_no_answer_and_costs_no_call(parts: Parts) -> None:
    assert Door(parts, KEYS, SECRETS)(Request("GET", web_self_check.PATH, {})) is None


def test_a_second_one_at_the_same_time_is_told_so(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def look(*_: Any, **__: Any) -> Report:
        inside.set()
        assert go_on.wait(10)
        return self_check.empty_report("bot", keys="none")

    monkeypatch.setattr(web_self_check, "look", look)
    door = Door(parts, KEYS, SECRETS)
    first = threading.Thread(target=door, args=(asked(parts),))
    first.start()
    assert inside.wait(10)
    second = door(asked(parts))
    go_on.set()
    first.join()
    assert second
    assert second.status == 429
    third = door(asked(parts))
    assert third
    assert third.status == 200


def test_without_keys_it_still_says_what_it_can(parts: Parts) -> None:
    answer = Door(parts, None, SECRETS)(asked(parts))
    assert answer
    report = json.loads(answer.body)
    assert report["keys"] == "none"
    assert "bucket" not in report
    assert report["slack"]["said"] == "ok"


def test_keys_of_a_request_are_said_to_come_in_headers(parts: Parts) -> None:
    brought = {"x-scf-secret-id": KEYS.secret_id, "x-scf-secret-key": KEYS.secret_key}
    answer = Door(parts, None, SECRETS)(asked(parts, **brought))
    assert answer
    assert json.loads(answer.body)["keys"] == "headers"


def test_what_hangs_is_given_up(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_check, "LIMIT_S", 0.2)
    go_on = threading.Event()
    stuck = msgspec.structs.replace(parts, heic=lambda: go_on.wait(20))
    started = time.monotonic()
    report = self_check.look(stuck, None, way="none")
    go_on.set()
    assert time.monotonic() - started < 10
    assert report.heic is None


def test_one_version_of_the_code_is_told_from_another(tmp_path: Any) -> None:
    for part in self_check.OWN:
        (tmp_path / part).mkdir()
    module = tmp_path / "bot" / "app.py"
    module.write_text("one = 1\n")
    before = self_check.fingerprint(tmp_path)
    assert self_check.fingerprint(tmp_path) == before
    module.write_text("one = 2\n")
    assert self_check.fingerprint(tmp_path) != before
