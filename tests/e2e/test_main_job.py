"""The main job through real processes: Slack's events in, pictures in the thread."""

from pathlib import Path
from typing import Any

import pytest
import requests

from infra.local import one_job
from infra.local.polling import until
from infra.local.slack.world import MERCHANDISER_ID
from tests.e2e.conftest import System

pytestmark = pytest.mark.e2e


def test_a_photo_and_words_become_a_picture_in_the_thread(system: System, tmp_path: Path) -> None:
    ts = system.ask(tmp_path, "vase.jpg", prompt="on warm sand")
    (told,) = system.answers(ts)
    assert told["text"].startswith(f"<@{MERCHANDISER_ID}>")
    link = one_job.full_size_link(told)
    answer = requests.get(link, timeout=30)
    assert answer.status_code == 200
    assert answer.history[0].status_code == 302
    original = one_job.thread_of(system.stack, ts)[0]
    assert [reaction["name"] for reaction in original["reactions"]] == ["eyes"]


def test_everything_slack_sends_is_answered_within_three_seconds(
    system: System, tmp_path: Path
) -> None:
    def deliveries() -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = system.stack.control("slack", "GET", "deliveries")[
            "deliveries"
        ]
        return rows

    before = len(deliveries())
    ts = system.ask(tmp_path, "vase.jpg", prompt="on cold sand")
    system.answers(ts)
    until(
        lambda: all(row["answered_at"] for row in deliveries()[before:]),
        what="every delivery to be answered",
    )
    asked = deliveries()[before:]
    assert asked
    assert [row for row in asked if row["status"] != 200 or row["ms"] >= 3000] == []


def test_one_upload_delivered_again_and_again_is_one_job(system: System, tmp_path: Path) -> None:
    words = "delivered again and again"
    ts = system.ask(tmp_path, "vase.jpg", prompt=words)
    system.answers(ts)
    mine = [
        row["event_id"]
        for row in system.stack.control("slack", "GET", "deliveries")["deliveries"]
        if row["type"] in {"app_mention", "message"} and row["event_id"]
    ][-6:]
    for event_id in mine:
        again = {"event_id": event_id, "times": 5, "new_event_id": True}
        system.stack.control("slack", "POST", "redeliver", again)
    system.all_done()
    assert len(system.billed(words)) == 1
    assert len(system.answers(ts)) == 1


def test_several_photos_are_one_upload_with_a_reply_each(system: System, tmp_path: Path) -> None:
    words = "three at once"
    names = ["one.jpg", "two.jpg", "not-a-photo.pdf"]
    ts = system.ask(tmp_path, *names, prompt=words)
    *told, summary = system.answers(ts, count=4)
    assert len(system.billed(words)) == 2
    assert sum("not-a-photo.pdf" in str(message["blocks"]) for message in told) == 1
    assert all(name in str(summary["blocks"]) for name in names)


def test_a_mention_without_a_photo_gets_a_line_that_only_the_asker_sees(system: System) -> None:
    ts = one_job.ask(system.stack, one_job.Wanted(photos=[], prompt="only words"))
    messages = one_job.wait_for_answers(system.stack, ts, 1)
    assert messages[-1]["is_ephemeral"]
    assert "photo" in one_job.words_of(messages[-1])


def test_words_that_are_too_long_are_said_to_be_so_and_cost_nothing(
    system: System, tmp_path: Path
) -> None:
    ts = system.ask(tmp_path, "vase.jpg", prompt="x" * 257)
    messages = one_job.wait_for_answers(system.stack, ts, 1)
    assert "257" in one_job.words_of(messages[-1])
    assert not system.billed("x" * 257)


def test_a_worker_killed_while_aiart_paints_pays_once_more_and_says_so(
    system: System, tmp_path: Path
) -> None:
    words = "killed in the middle"
    system.stack.control("aiart", "PUT", "settings", {"duration_s": 3.5})
    before = set(system.keys("steps/"))
    ts = system.ask(tmp_path, "vase.jpg", prompt=words)
    (leased,) = until(
        lambda: [key for key in system.keys("steps/") if "calling-1" in key and key not in before],
        what="the call to begin",
    )
    system.stack.control("scf", "POST", "kill/worker")
    # Time passes: what the dead one had leased is free.
    lease = system.stack.control("cos", "GET", f"object?key={leased}")
    over = {**lease, "deadline": 1.0}
    system.stack.control("cos", "PUT", f"object?key={leased}&quiet=1", over)
    system.stack.control("aiart", "PUT", "settings", {"duration_s": 0.3})
    (told,) = system.answers(ts)
    assert len(system.billed(words)) <= 2
    assert "billed twice" in one_job.words_of(told)


def test_a_trigger_that_never_comes_is_made_up_for_by_the_timer(
    system: System, tmp_path: Path
) -> None:
    system.stack.control("cos", "PUT", "settings", {"trigger_copies": 0})
    try:
        ts = system.ask(tmp_path, "vase.jpg", prompt="found by the timer")
        assert len(system.answers(ts)) == 1
    finally:
        system.stack.control("cos", "PUT", "settings", {"trigger_copies": 1})


def test_the_log_tells_each_step_and_no_secret(system: System, tmp_path: Path) -> None:
    ts = system.ask(tmp_path, "vase.jpg", prompt="looked at in the log")
    system.answers(ts)
    system.all_done()
    steps = {line.get("step") for line in system.log_lines()}
    assert {"staged", "called", "stored", "posted"} <= steps
    text = system.log.read_text("utf-8")
    secrets = (system.stack.slack_bot_token, system.stack.slack_signing_secret)
    assert not any(secret in text for secret in (*secrets, "q-signature", "Authorization"))
