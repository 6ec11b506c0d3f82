"""What SCF was recorded to send: our functions take it, and the stand-in sends it, too."""

import json
import re
from datetime import datetime, timezone
from typing import Any

import pytest
import requests

from functions.web.role_keys import NoKeys, role_keys_of, strip_role_keys
from functions.worker.handler import is_from_cos, named_jobs
from functions.worker.warming import GATEWAY_START_S
from infra.local.scf.triggers import timer_event
from infra.serverless_yml.cron import Cron
from infra.serverless_yml.deployment import TimerTrigger
from tests.local.scf.conftest import EVENT, Deploy
from tests.local.scf.test_web_functions import web
from tests.recorded import ABSENT, differences, read, text

FAILURES: dict[int, dict[str, Any]] = {row["statusCode"]: row for row in read("scf_failures.json")}
HEADERS: dict[str, str] = read("scf_web_headers.json")
CONTEXT = """
    def main_handler(event, context):
        return context
"""


# --- a web function's request


def test_recorded_headers_bring_no_keys_and_none_of_the_platforms_is_passed_on() -> None:
    headers = {name.lower(): value for name, value in HEADERS.items()}
    with pytest.raises(NoKeys):
        role_keys_of(headers, None)
    assert not [name for name in strip_role_keys(headers) if name.startswith("x-scf-")]


def test_the_stand_in_says_about_a_request_what_was_recorded(deploy: Deploy) -> None:
    stack = web(deploy)
    said = requests.get(stack.url("web", "/"), timeout=9).json()["headers"]
    own = dict(said)
    assert len(own) == len(said)
    of_the_caller = {"Accept", "Accept-Encoding", "User-Agent"}  # ours sends more than theirs
    found = differences(HEADERS, own)
    assert {path.title() for path in found} - of_the_caller == set(), found
    for name in ("Connection", "X-Client-Proto", "X-Client-Proto-Ver", "X-Scf-Version", "Host"):
        assert own[name] == HEADERS[name]


# --- an event function's


def test_a_recorded_timer_event_names_no_job() -> None:
    event = read("scf_timer_event_2020.json")
    assert not is_from_cos(event)
    assert named_jobs(event, "shop-1250000000") == []


def test_the_stand_in_sends_the_recorded_timer_event() -> None:
    trigger = TimerTrigger(
        function="worker", name="time_5", cron=Cron.parse("0 * * * * * *"), message="", enabled=True
    )
    at = datetime(2020, 5, 8, 14, 30, tzinfo=timezone.utc)
    assert json.loads(timer_event(trigger, at)) == read("scf_timer_event_2020.json")


def test_the_stand_ins_context_is_the_recorded_one(deploy: Deploy) -> None:
    stack = deploy({"worker": {**EVENT, "role": "Some-Role"}}, {"handler.py": CONTEXT})
    own = stack.invoke({})["result"]
    recorded = read("scf_context_2020.json")
    assert differences(recorded, own) == {
        # of the Node.js runtime alone
        "callbackWaitsForEmptyEventLoop": ("bool", ABSENT),
        # of the Python runtime alone, as documented
        "environ": (ABSENT, "str"),
    }
    held = json.loads(own["environment"])
    assert held.keys() == json.loads(recorded["environment"]).keys()
    assert held["TENCENTCLOUD_SECRETKEY"] == stack.keys[-1]["secret_key"]


# --- failures, and the log


@pytest.mark.parametrize(
    ("path", "status", "figure"),
    [("/sleep?s=90", 433, "3"), ("/memory?mb=200", 434, "128"), ("/exit", 439, "")],
)
def test_the_stand_in_fails_as_it_was_recorded(
    deploy: Deploy, path: str, status: int, figure: str
) -> None:
    # A busy machine may take longer than three seconds to fill the memory.
    stack = web(deploy, timeout=3 if status == 433 else 60)
    own = requests.get(stack.url("web", path), timeout=90).json()
    recorded = FAILURES[status]
    assert differences(recorded, own) == {}
    assert (own["errorCode"], own["statusCode"]) == (recorded["errorCode"], status)
    assert own["errorMessage"].startswith(recorded["errorMessage"])
    assert re.findall("[0-9]+", recorded["errorMessage"]) == ([figure] if figure else [])


def test_a_recorded_start_is_shorter_than_the_gateways_may_be() -> None:
    """Nothing here reads SCF's own log lines, and the stand-in's log has only what functions say:
    this figure is what the file is good for.
    """
    (start_ms,) = re.findall(r"Coldstart: ([0-9]+)ms", text("scf_log_coldstart.txt"))
    assert 2.0 <= int(start_ms) / 1000 < GATEWAY_START_S
