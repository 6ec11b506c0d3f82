"""The functions' logs: one id leads from Slack's event to the picture, and no line has a secret."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.local.polling import until
from tests.e2e.conftest import System

pytestmark = pytest.mark.e2e

# In this order. "stored" is the picture in the bucket, "posted" the reply in the thread.
CHAIN = ("accepted", "staged", "calling", "called", "stored", "posted", "job")


def steps_of(system: System, job_id: str) -> list[tuple[str, dict[str, Any]]]:
    """The lines about a job, each by what was done, as the functions have written them."""
    mine = [line for line in system.log_lines() if line.get("job") == job_id]
    return [(line.get("step", line["what"]), line) for line in sorted(mine, key=_written)]


def _written(line: dict[str, Any]) -> str:
    return str(line["at"])


def job_of(told: dict[str, Any]) -> str:
    return str(told["metadata"]["event_payload"]["about"])


def test_the_jobs_id_leads_from_slacks_event_to_the_posted_picture(
    system: System, tmp_path: Path
) -> None:
    ts = system.ask(tmp_path, "vase.jpg", prompt="followed through the log")
    (told,) = system.answers(ts)
    system.all_done()
    job_id = job_of(told)
    until(lambda: "job" in dict(steps_of(system, job_id)), what="the job's last line")
    steps = steps_of(system, job_id)
    # Slack tells of one message by several events, of which one is new; and the bot's line may be
    # written after the worker's first.
    names = [name for name, line in steps if name in CHAIN and line.get("new", True)]
    assert "accepted" in names
    assert tuple(name for name in names if name != "accepted") == CHAIN[1:]

    line_of = {name: line for name, line in steps if line.get("new", True)}
    delivered = system.stack.control("slack", "GET", "deliveries")["deliveries"]
    events = {row["event_id"] for row in delivered}
    assert line_of["accepted"]["event"] in events
    assert line_of["called"]["request_id"] == line_of["job"]["request_id"] != ""
    assert all(line_of[name]["outcome"] == "ok" for name in ("staged", "called", "stored"))
    assert line_of["job"]["outcome"] == "succeeded"


def test_a_job_that_fails_is_followed_to_its_code(system: System, tmp_path: Path) -> None:
    ts = system.ask(tmp_path, "price-list.pdf", prompt="no photo at all")
    (told,) = system.answers(ts)
    job_id = job_of(told)
    until(lambda: "job" in dict(steps_of(system, job_id)), what="the job's last line")
    line_of = dict(steps_of(system, job_id))
    assert line_of["staged"]["outcome"] == line_of["job"]["code"] == "photo_not_an_image"
    assert "calling" not in line_of


def test_no_line_of_any_function_has_a_secret_or_an_address_with_one(
    system: System, tmp_path: Path
) -> None:
    ts = system.ask(tmp_path, "vase.jpg", prompt="nothing secret is said")
    system.answers(ts)
    system.all_done()
    text = system.log.read_text("utf-8")
    stack = system.stack
    keys = system.stack.control("scf", "GET", "functions")
    secrets = [
        stack.slack_bot_token,
        stack.slack_signing_secret,
        stack.secret_key,
        stack.webhook_secret,
        *(secret_id for one in keys for secret_id in one["secret_ids"]),
    ]
    assert not [secret for secret in secrets if secret in text]
    assert not re.search(r"q-sign|q-signature|x-cos-security-token|Authorization|xox[bp]-", text)
    lines = json.dumps(system.log_lines())
    assert "://" not in lines
    assert "nothing secret is said" not in lines  # what people write is theirs
