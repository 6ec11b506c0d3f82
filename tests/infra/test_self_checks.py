"""The functions' look at themselves, asked by the doctor: all well, and broken in many ways."""

import json
import sys
import time
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import requests
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from functions import self_check
from functions.jobs.bucket import BucketConfig, Keys
from functions.self_check import EVENT, Parts, Report, ServiceCall
from functions.web.self_check import PATH
from functions.worker import self_check as workers
from infra import dotenv
from infra.doctor import self_check_findings, self_checks
from infra.doctor.finding import Finding
from infra.local.http import call
from tests.conftest import BOT_TOKEN, BUCKET, KEYS, REGION
from tests.infra.conftest import Serve
from tests.infra.patient import RUNTIME, Patient

NOT_OURS = ("/nothing-here", PATH)


def findings(patient: Patient, **changed: str) -> dict[str, Finding]:
    return {one.name: one for one in self_checks.check({**patient.environ, **changed})}


def wrong(patient: Patient, **changed: str) -> dict[str, str]:
    found = findings(patient, **changed)
    return {name: one.line() for name, one in found.items() if one.state != "ok"}


def refuse(patient: Patient, target: str, **more: Any) -> None:
    fault = {"target": target, "status": 403, "error": "AccessDenied", "times": -1}
    patient.control("cos", "POST", "faults", fault | more)


def test_three_healthy_functions_are_told_so_and_leave_nothing(patient: Patient) -> None:
    before, paid = patient.control("cos", "GET", "objects"), patient.paid()
    found = findings(patient)
    assert [one.line() for one in found.values() if one.state != "ok"] == []
    of_all = {"runtime", "package", "keys", "bucket", "limits", "way to COS", "clock"}
    more = {"bot": {"way to Slack"}, "worker": {"way to Slack", "way to aiart", "HEIC"}}
    assert set(found) == {
        f"{function}: {name}"
        for function in ("bot", "gateway", "worker")
        for name in of_all | more.get(function, set())
    }
    assert patient.control("cos", "GET", "objects") == before
    assert patient.paid() == paid


def test_the_worker_answers_at_once_and_drains_nothing(patient: Patient) -> None:
    scf = patient.stack.addresses["scf"]
    call("POST", f"http://{scf}/invoke/worker", EVENT)
    before = patient.control("cos", "GET", "calls")[-1]["n"]
    ran = call("POST", f"http://{scf}/invoke/worker", EVENT)
    assert ran["result"]["function"] == "worker"
    calls = patient.control("cos", "GET", f"calls?since={before}")
    assert {row["target"].partition("/")[0] for row in calls if row["op"] == "PUT"} == {"doctor"}
    assert not [row for row in calls if row["target"].startswith("callbacks/")]


@pytest.mark.parametrize("function", ["bot", "gateway"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE"])
def test_to_strangers_the_path_is_not_there(patient: Patient, function: str, method: str) -> None:
    at = f"http://{patient.stack.addresses[function]}"
    unknown, hidden = (
        requests.request(method, f"{at}{path}", data=b"x" * 9, timeout=10) for path in NOT_OURS
    )
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.content == unknown.content
    ids = {"x-scf-request-id", "date"}
    kept = [{k: v for k, v in one.headers.items() if k not in ids} for one in (hidden, unknown)]
    assert kept[0] == kept[1]


# --- broken ones, as the doctor sees them through the whole system


def test_1_an_old_policy_is_named(patient: Patient) -> None:
    refuse(patient, "doctor/*", op="PUT")
    found = wrong(patient)
    for function in ("bot", "gateway", "worker"):
        assert "the policy is old or missing" in found[f"{function}: bucket"]
        assert f"infra/roles/{function}.json" in found[f"{function}: bucket"]


def test_1b_a_policy_that_compares_the_prefix_unencoded_is_named(patient: Patient) -> None:
    refuse(patient, "*doctor*", op="LIST")
    assert "its role may not list where it has to" in wrong(patient)["worker: bucket"]


def test_2_a_bucket_that_was_ever_versioned_is_named(patient: Patient) -> None:
    fault = {"op": "PUT", "target": "doctor/gateway/*", "skip": 1, "status": 200, "body": ""}
    patient.control("cos", "POST", "faults", fault)
    assert "jobs would be doubled" in wrong(patient)["gateway: bucket"]


def test_3_a_wrong_region_is_named(patient: Patient) -> None:
    refuse(patient, "doctor/worker/*", status=404, error="NoSuchBucket")
    found = wrong(patient)["worker: bucket"]
    assert "no such bucket in its region" in found
    assert "COS_REGION" in found


def test_4_slack_out_of_reach_is_named(patient: Patient) -> None:
    fault = {"op": "auth.test", "drop": "before", "times": -1}
    patient.control("slack", "POST", "faults", fault)
    found = wrong(patient)
    for function in ("bot", "worker"):
        assert "blocked or out of reach from this region" in found[f"{function}: way to Slack"]
    assert "gateway: way to Slack" not in found


def test_5_a_token_that_slack_has_revoked_is_named(patient: Patient) -> None:
    fault = {"op": "auth.test", "error": "token_revoked", "times": -1}
    patient.control("slack", "POST", "faults", fault)
    assert "Slack says token_revoked" in wrong(patient)["bot: way to Slack"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AuthFailure.UnauthorizedOperation", "its role's keys may not call it"),
        ("ResourceUnavailable.InArrears", "not in arrears"),
    ],
)
def test_6_an_aiart_that_refuses_the_role_is_named(patient: Patient, code: str, words: str) -> None:
    patient.control("aiart", "POST", "faults", {"op": "ReplaceBackground", "error": code})
    found = wrong(patient)["worker: way to aiart"]
    assert words in found
    assert "RequestId" in found


def test_7_the_role_of_another_function_is_named(patient: Patient) -> None:
    refuse(patient, "doctor/bot/*")
    fault = {"op": "PUT", "target": "doctor/gateway/*", "status": 200, "body": "", "times": 1}
    patient.control("cos", "POST", "faults", fault)
    found = wrong(patient)["bot: bucket"]
    assert "it has the role of the gateway" in found
    assert "Backdrop-Bot" in found


def test_8_another_python_than_the_packages_is_named(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dotenv, "RUNTIMES", ("3.9",))
    found = wrong(patient, PYTHON_RUNTIME="3.9")
    assert f"runs on Python {RUNTIME}." in found["bot: runtime"]
    assert "the package is for 3.9" in found["worker: runtime"]


def test_8b_a_python_that_the_functions_cannot_have_is_named(patient: Patient) -> None:
    assert "PYTHON_RUNTIME should be" in wrong(patient, PYTHON_RUNTIME="2.7")["self-checks"]


def test_9_an_older_package_is_named(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_check_findings, "fingerprint", lambda: "0" * 12)
    found = wrong(patient)
    assert "not of the code in this folder" in found["gateway: package"]
    assert "make package" in found["gateway: package"]


def test_9b_a_package_from_before_self_checks_is_named(patient: Patient, serve: Serve) -> None:
    async def unknown(_: Request) -> Response:
        return PlainTextResponse("Not Found", 404)

    at = serve(lambda _: {"old": Starlette(routes=[Route("/{rest:path}", unknown)])}, "old")
    assert (
        "is older than this doctor"
        in wrong(patient, BOT_URL=f"http://{at['old']}")["bot: self-check"]
    )
    with pytest.raises(self_checks.NotAnswered) as caught:
        self_checks._read(b'{"jobs": 0}', "worker: self-check", "worker")  # no old worker here
    assert "older than this doctor" in caught.value.finding.said


def test_10_secrets_that_were_not_deployed_are_named(patient: Patient) -> None:
    found = wrong(patient, LINK_SECRETS="not-the-secret-that-was-deployed")
    assert "does not know our signature" in found["bot: self-check"]
    assert "does not know our signature" in found["gateway: self-check"]
    assert "worker: self-check" not in found


def test_11_the_other_functions_url_is_named(patient: Patient) -> None:
    found = wrong(patient, BOT_URL=patient.environ["LINK_BASE_URL"])
    assert "not the bot" in found["bot: self-check"]


def test_a_worker_that_is_at_work_is_asked_again_later(patient: Patient) -> None:
    patient.control("scf", "PUT", "functions/worker", {"instances": 0})
    try:
        found = findings(patient)["worker: self-check"]
    finally:
        patient.control("scf", "PUT", "functions/worker", {"instances": 1})
    assert found.state == "skipped"
    assert "at work" in found.said


def test_a_worker_that_breaks_is_named_without_a_traceback(patient: Patient) -> None:
    patient.control("scf", "POST", "faults", {"op": "Invoke", "status": 500, "error": "Oops"})
    assert "worker: self-check" in wrong(patient)


# --- broken ones, as the function itself sees them


def worker_environ(cos_at: str, slack_at: str, aiart_at: str, **more: str) -> Mapping[str, str]:
    return {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_API_URL": f"http://{slack_at}/api",
        "COS_BUCKET": BUCKET,
        "COS_REGION": REGION,
        "COS_ENDPOINT": cos_at,
        "AIART_REGION": REGION,
        "AIART_ENDPOINT": aiart_at,
        "LINK_SECRETS": "x" * 32,
        "TENCENTCLOUD_SECRETID": KEYS.secret_id,
        "TENCENTCLOUD_SECRETKEY": KEYS.secret_key,
        **more,
    }


def judged(answer: dict[str, Any]) -> dict[str, str]:
    """What is not ok of what the worker answers, as it goes over the wire."""
    report = msgspec.json.decode(json.dumps(answer), type=Report)
    found = self_check_findings.judge(report, runtime=RUNTIME)
    return {one.name: one.line() for one in found if one.state != "ok"}


def test_12_heic_that_cannot_be_read_is_named(
    cos_at: str, slack_at: str, aiart_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = worker_environ(cos_at, slack_at, aiart_at)
    assert "worker: HEIC" not in judged(workers.answer_self_check(environ))
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as an import that fails
    monkeypatch.setattr(Image, "OPEN", {k: v for k, v in Image.OPEN.items() if k != "HEIF"})
    assert "cannot be read" in judged(workers.answer_self_check(environ))["worker: HEIC"]


@pytest.mark.parametrize(("off_s", "way"), [(400, "ahead of"), (-90, "behind")])
def test_13_a_clock_that_is_off_is_named(
    slack_at: str, cos_at: str, monkeypatch: pytest.MonkeyPatch, off_s: int, way: str
) -> None:
    skewed = SimpleNamespace(time=lambda: time.time() + off_s, monotonic=time.monotonic)
    monkeypatch.setattr(self_check, "time", skewed)
    place = BucketConfig(BUCKET, REGION, cos_at)
    parts = Parts("bot", place, listed="people/", slack=(f"http://{slack_at}/api/", BOT_TOKEN))
    found = judged(msgspec.to_builtins(self_check.look(parts, None, way="none")))
    assert way in found["bot: clock"]
    assert "Signatures are refused at 300 s" in found["bot: clock"]


def test_14_a_function_without_a_role_is_named(cos_at: str, slack_at: str, aiart_at: str) -> None:
    environ = dict(worker_environ(cos_at, slack_at, aiart_at))
    del environ["TENCENTCLOUD_SECRETID"]
    found = judged(workers.answer_self_check(environ))
    assert "give the worker function a role" in found["worker: start"]
    assert "Give worker its role" in found["worker: keys"]


def test_15_keys_that_are_over_are_named(cos_at: str) -> None:
    parts = Parts("gateway", BucketConfig(BUCKET, REGION, cos_at), listed="requests/")
    report = self_check.look(parts, Keys("AKIDover", "x", "token"), way="environment")
    found = judged(msgspec.to_builtins(report))
    assert "COS does not take them: keys over (InvalidAccessKeyId)" in found["gateway: keys"]
    assert set(found) == {"gateway: keys"}


def test_16_a_slack_too_far_away_for_the_bot_is_named() -> None:
    far = ServiceCall("ok", connect_ms=700, call_ms=900, clock_off_s=0.0)
    for function, is_wrong in (("bot", True), ("worker", False)):
        report = msgspec.structs.replace(
            self_check.empty_report(function, keys="headers"), slack=far
        )
        found = judged(msgspec.to_builtins(report))
        assert ("way to Slack" in str(found)) is is_wrong


def test_17_a_role_that_may_more_than_its_policy_is_named(cos_at: str) -> None:
    """The operator's keys may do everything."""
    parts = Parts("gateway", BucketConfig(BUCKET, REGION, cos_at), listed="requests/")
    report = self_check.look(parts, KEYS, way="headers")
    found = judged(msgspec.to_builtins(report))
    assert "may put, get, list, delete where it has no business" in found["gateway: limits"]


def test_what_stops_the_worker_at_its_start_is_its_report(
    cos_at: str, slack_at: str, aiart_at: str
) -> None:
    environ = worker_environ(cos_at, slack_at, aiart_at, AIART_CONCURRENCY="many")
    assert (
        "AIART_CONCURRENCY is malformed"
        in judged(workers.answer_self_check(environ))["worker: start"]
    )
