"""With the old policies, under which COS refuses every LIST, the product does not work.

That the present ones refuse none of it: test_roles.py.
"""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import one_job
from infra.local.http import call
from infra.local.polling import until
from infra.local.slack.world import MERCHANDISER_ID
from infra.local.stack import Options, Stack, running
from tests.gateway.program import Program
from tests.infra.permissions import OLD_POLICIES
from tests.worker.conftest import photo_bytes

TIMER = {"Type": "Timer", "TriggerName": "every-minute", "Time": "", "Message": "sweep"}


@pytest.fixture(scope="module")
def old() -> Iterator[Stack]:
    options = Options(
        aiart_s=0.1,
        paint=False,
        timers=False,
        policies_dir=OLD_POLICIES,
        environ={"WORKER_LINGER_S": "0"},
    )
    with running(options) as stack:
        yield stack


def _drain(stack: Stack, folder: Path) -> dict[str, Any]:
    """Somebody asks for a picture, no trigger tells of it, and the timer runs the worker once."""
    stack.control("cos", "PUT", "settings", {"trigger_copies": 0})
    photo = folder / "cup.jpg"
    photo.write_bytes(photo_bytes())
    one_job.ask(stack, one_job.Wanted(photos=[photo], prompt="on sand"))
    until(lambda: stack.control("cos", "GET", "objects?prefix=requests/"), what="the request")
    run: dict[str, Any] = call("POST", f"http://{stack.addresses['scf']}/invoke/worker", TIMER)
    return run


def _listed(stack: Stack, function: str) -> set[str]:
    """How that function's LISTs ended: COS's code, empty where they went well."""
    functions = stack.control("scf", "GET", "functions")
    ids = next(one["secret_ids"] for one in functions if one["key"] == function)
    calls = stack.control("cos", "GET", "calls")
    return {one["error"] for one in calls if one["op"] == "LIST" and one["caller"] in ids}


def _home(stack: Stack) -> dict[str, Any] | None:
    """The Home tab, once the bot has answered that it was opened."""
    slack = f"http://{stack.addresses['slack']}/_client"
    call("POST", f"{slack}/home", {"user": MERCHANDISER_ID})

    def answered() -> bool:
        rows = stack.control("slack", "GET", "deliveries")["deliveries"]
        return any(row["type"] == "app_home_opened" and row["answered_at"] for row in rows)

    until(answered, what="the bot's answer")
    shown: dict[str, Any] | None = call("GET", f"{slack}/views?user={MERCHANDISER_ID}")["home"]
    return shown


def _status_of_an_open_job(stack: Stack) -> int:
    """What a program is answered that asks for its job's place in line."""
    stack.control("cos", "PUT", "settings", {"trigger_copies": 0})
    program = Program(stack.addresses["gateway"], stack.webhook_secret)
    photo = base64.b64encode(photo_bytes()).decode()
    accepted = program.send({"image": photo, "prompt": "on sand"}).json()
    return int(program.status(accepted["status_url"]).status_code)


def test_the_worker_finds_no_job_with_the_old_ones(old: Stack, tmp_path: Path) -> None:
    _drain(old, tmp_path)
    assert _listed(old, "worker") == {"AccessDenied"}
    assert old.control("cos", "GET", "objects?prefix=done/") == []
    assert old.control("cos", "GET", "objects?prefix=requests/")


def test_home_stays_empty_with_the_old_ones(old: Stack) -> None:
    assert _home(old) is None
    assert _listed(old, "bot") == {"AccessDenied"}


def test_a_programs_status_cannot_be_told_with_the_old_ones(old: Stack) -> None:
    assert _status_of_an_open_job(old) == 503
    assert _listed(old, "gateway") == {"AccessDenied"}
