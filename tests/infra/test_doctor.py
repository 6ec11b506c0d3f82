"""``infra.doctor`` against the whole system on stand-ins: healthy, and broken in many ways."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from functions.gateway.picture_links import DELETED, NOT_OURS
from infra.deploy import __main__ as deploy
from infra.doctor import __main__ as doctor
from infra.doctor import endpoints, role_keys, self_checks, slack, variables
from infra.doctor.finding import Finding
from infra.local.slack.world import DEFAULT_SCOPES
from tests.infra.conftest import Serve
from tests.infra.patient import Patient


def test_a_healthy_deployment_is_told_so_and_left_as_it_was(patient: Patient) -> None:
    before, paid = patient.control("cos", "GET", "objects"), patient.paid()
    found = patient.findings()
    assert [one.line() for one in found if one.state != "ok"] == []
    assert {one.name for one in found} == {
        *("variables", "environment", "signing secret", "slack token", "slack scopes", "clock"),
        *("bucket", "create-only", "bucket settings", "aiart", "account"),
        *("bot", "links", "gateway's keys", "bot's role keys", "gateway's role keys"),
    } | {one.name for one in self_checks.check(patient.environ)}
    assert patient.control("cos", "GET", "objects") == before
    assert patient.paid() == paid


def test_no_line_holds_a_secret(patient: Patient) -> None:
    broken = patient.findings(SLACK_SIGNING_SECRET="c" * 33, LINK_SECRETS="short-secret")
    text = " ".join(one.line() for one in [*patient.findings(), *broken])
    secrets = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "LINK_SECRETS", "TENCENT_SECRET_KEY")
    assert not [name for name in secrets if patient.environ[name] in text]
    assert "c" * 33 not in text
    assert "short-secret" not in text


# --- ten and more broken ones: what is changed in the operator's environment, who says what


# By what it finds, where it is called otherwise.
CHECK_OF = {"slack token": "slack", "signing secret": "variables", "environment": "variables"}


@pytest.mark.parametrize(
    ("changed", "name", "words"),
    [
        ({"SLACK_BOT_TOKEN": "xoxp-0000000000"}, "variables", "SLACK_BOT_TOKEN is malformed"),
        ({"SLACK_BOT_TOKEN": "xoxb-revoked-00"}, "slack token", "Slack does not take it"),
        ({"SLACK_SIGNING_SECRET": "A" * 40}, "signing secret", "40 characters, not the 32"),
        ({"SLACK_SIGNING_SECRET": "0" * 31 + "1"}, "bot", "another SLACK_SIGNING_SECRET"),
        ({"AIART_REGION": ""}, "variables", "AIART_REGION is missing (for worker)"),
        ({"AIART_REGION": "ap-tokyo"}, "aiart", "not offered there (UnsupportedRegion"),
        ({"COS_BUCKET": ""}, "variables", "COS_BUCKET is missing"),
        (
            {"COS_BUCKET": "backdrop.cos.ap-singapore.myqcloud.com"},
            "variables",
            "COS_BUCKET is mal",
        ),
        ({"COS_REGION": "Singapore"}, "variables", "COS_REGION is malformed: it should look like"),
        ({"COS_REGION": "ap-singapore # ours"}, "bucket", "COS_REGION is malformed"),
        ({"TENCENT_SECRET_KEY": "another"}, "aiart", "your keys are not taken"),
        ({"LINK_SECRETS": "not-the-secret-that-was-deployed"}, "links", "does not know our sig"),
        ({"LINK_SECRETS": "x" * 3300}, "environment", "of 3584 bytes in"),
        ({"LINK_BASE_URL": "http://127.0.0.1:9"}, "links", "no answer from LINK_BASE_URL"),
        ({"BOT_URL": ""}, "bot", "BOT_URL is not set"),
        ({"WORKER_LINGER_S": "soon"}, "variables", "WORKER_LINGER_S is malformed"),
    ],
)
def test_what_the_operator_has_set_wrongly_is_named_with_a_remedy(
    patient: Patient, changed: dict[str, str], name: str, words: str
) -> None:
    found = patient.wrong(CHECK_OF.get(name, name), **changed)
    assert words in found[name]
    assert found[name].startswith("skipped") or " -> " in found[name]


def test_every_wrong_variable_is_named_in_one_run(patient: Patient) -> None:
    changed = {"SLACK_BOT_TOKEN": "", "AIART_REGION": "", "PAUSED": "yes", "LINK_SECRETS": "short"}
    changed |= {"COS_REGION": "Singapore"}
    lines = [one.said for one in patient.findings(**changed) if one.name == "variables"]
    text = "\n".join(lines)
    assert all(name in text for name in changed)
    assert "(for bot, worker)" in text


@pytest.mark.parametrize("cap", ["", "0"])
def test_a_deployment_without_a_spend_cap_is_warned_and_not_broken(cap: str) -> None:
    said = [one for one in variables.check({"SPEND_CAP_PER_DAY": cap}) if one.name == "spend cap"]
    assert [one.state for one in said] == ["warning"]
    assert "SPEND_CAP_PER_DAY, such as 200" in said[0].do
    capped = variables.check({"SPEND_CAP_PER_DAY": "200"})
    assert not [one for one in capped if one.name == "spend cap"]


def test_labels_that_name_nobody_are_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.toml"
    monkeypatch.setattr(variables, "SETTINGS_TOML", file)
    (said,) = (one for one in variables.check({}) if one.name == "labels")
    assert said.state == "warning"
    assert "label_producer in settings.toml" in said.do
    file.write_text("label_producer = 'Example Ltd.'")
    assert not [one for one in variables.check({}) if one.name == "labels"]


def test_a_missing_scope_is_named(patient: Patient) -> None:
    fewer = [scope for scope in DEFAULT_SCOPES if scope != "files:read"]
    patient.control("slack", "PUT", "settings", {"scopes": fewer})
    found = patient.wrong("slack")
    assert "missing: files:read ->" in found["slack scopes"]
    assert "reinstall the app" in found["slack scopes"]


def test_slack_out_of_reach_is_not_a_wrong_token(patient: Patient) -> None:
    patient.control("slack", "POST", "faults", {"op": "auth.test", "drop": "before", "times": -1})
    assert "Slack did not answer" in patient.wrong("slack")["slack token"]


@pytest.mark.parametrize(("off_s", "way"), [(400, "ahead"), (-90, "behind")])
def test_a_clock_that_is_off_is_noticed(patient: Patient, off_s: int, way: str) -> None:
    found = {
        one.name: one for one in slack.check(patient.environ, clock=lambda: time.time() + off_s)
    }
    assert found["clock"].state == "wrong"
    assert found["clock"].said.endswith(f" s {way}")


def test_a_bucket_that_is_not_there_is_named(patient: Patient) -> None:
    fault = {"op": "PUT", "target": "doctor/*", "status": 404, "error": "NoSuchBucket"}
    patient.control("cos", "POST", "faults", fault)
    assert "Check COS_BUCKET" in patient.wrong("bucket")["bucket"]


def test_a_bucket_that_was_ever_versioned_is_named(patient: Patient) -> None:
    fault = {"op": "GET_VERSIONING", "status": 200, "times": -1}
    body = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"
    patient.control("cos", "POST", "faults", {**fault, "body": body})
    assert "versioning: Suspended" in patient.wrong("bucket")["bucket settings"]


def test_a_bucket_that_takes_a_second_write_is_named(patient: Patient) -> None:
    fault = {"op": "PUT", "target": "doctor/*", "skip": 1, "status": 200, "body": ""}
    patient.control("cos", "POST", "faults", fault)
    assert "jobs would be doubled" in patient.wrong("bucket")["create-only"]


def test_a_lifecycle_that_somebody_changed_is_named(patient: Patient) -> None:
    fault = {"op": "GET_LIFECYCLE", "status": 404, "error": "NoSuchLifecycleConfiguration"}
    patient.control("cos", "POST", "faults", {**fault, "times": -1})
    found = patient.wrong("bucket")["bucket settings"]
    assert "lifecycle: nothing expires" in found
    assert "infra.deploy apply" in found


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ResourceUnavailable.InArrears", "not in arrears"),
        ("AuthFailure.UnauthorizedOperation", "aiart:ReplaceBackground"),
        ("RequestLimitExceeded.JobNumExceed", "busy just now"),
        ("InternalError", "did not answer as expected"),
    ],
)
def test_what_aiart_says_is_put_into_words(patient: Patient, code: str, words: str) -> None:
    patient.control("aiart", "POST", "faults", {"op": "ReplaceBackground", "error": code})
    assert words in patient.wrong("aiart")["aiart"]


def test_a_worker_with_more_than_one_instance_is_named(patient: Patient) -> None:
    changed = {"reserved_mb": 2048}
    patient.control("scf-api", "PUT", "function/backdrop-worker", changed)
    try:
        assert "2048 MB, should be 1536 MB" in patient.wrong("account")["account"]
    finally:
        changed = {"reserved_mb": 1536}
        patient.control("scf-api", "PUT", "function/backdrop-worker", changed)


def test_a_gateway_that_does_not_reach_the_bucket_is_named(patient: Patient) -> None:
    fault = {"op": "HEAD", "target": "tombstones/*", "status": 503, "times": -1}
    patient.control("cos", "POST", "faults", fault)
    assert "does not reach the bucket" in patient.wrong("links")["links"]


def test_a_platform_that_lets_callers_set_key_headers_is_named(
    patient: Patient, serve: Serve
) -> None:
    """It answers as our gateway does, and knows our signature from the control's."""
    true_links: list[str] = []

    async def gateway(request: Request) -> Response:
        true_links.append(request.url.path)
        if "x-scf-secret-id" in request.headers:
            return PlainTextResponse("", 500)
        ours = request.url.path == true_links[0]
        return PlainTextResponse(DELETED if ours else NOT_OURS, 410 if ours else 404)

    at = serve(lambda _: {"gateway": Starlette(routes=[Route("/{rest:path}", gateway)])}, "gateway")
    found = patient.wrong("links", LINK_BASE_URL=f"http://{at['gateway']}")
    assert "a caller's own X-Scf headers reach the function" in found["gateway's keys"]


# --- an account in arrears, and others who answer in our place


@pytest.fixture
def _in_arrears(patient: Patient) -> Iterator[None]:
    def become(status: str) -> None:
        patient.control("scf", "PUT", "settings", {"available_status": status})
        for name in ("bot", "gateway", "worker"):
            one = {"available_status": status}
            patient.control("scf-api", "PUT", f"function/backdrop-{name}", one)

    become("InsufficientBalance")
    yield
    become("Available")


@pytest.mark.usefixtures("_in_arrears")
def test_an_account_in_arrears_is_named_wherever_it_shows(patient: Patient) -> None:
    """SCF answers 410 then, which is also our answer for a link to a deleted picture."""
    found = patient.wrong()
    for name in ("bot", "links", "gateway's role keys", "gateway: self-check"):
        assert "the account is in arrears" in found[name]
        assert "Top up the account" in found[name]
    assert "AvailableStatus InsufficientBalance, in arrears" in found["account"]
    assert "Top up the account" in found["worker: self-check"]


@pytest.mark.usefixtures("_in_arrears")
def test_infra_deploy_check_sees_an_account_in_arrears(
    patient: Patient, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy.run("check", patient.environ) == deploy.NOT_AS_IT_SHOULD_BE
    said = capsys.readouterr().out
    assert "backdrop-gateway: whether SCF runs it" in said
    assert "Top up the account" in said


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([(410, "Gone")] * 2, "somebody else answers 410 at LINK_BASE_URL"),
        ([(410, DELETED)] * 2, "a link with a wrong signature is answered 410 and not 404"),
        ([(410, DELETED), (404, "no page")], "a wrong signature is answered 404 and not 404"),
        ([(504, '{"errorCode":-1,"errorMessage":"Invoking task timed out"}')] * 2, "SCF answers"),
    ],
)
def test_only_our_own_pages_say_that_links_work(
    patient: Patient, serve: Serve, answers: list[tuple[int, str]], words: str
) -> None:
    in_turn = iter([*answers, answers[0]])

    async def stranger(_: Request) -> Response:
        status, text = next(in_turn)
        return PlainTextResponse(text, status)

    at = serve(lambda _: {"it": Starlette(routes=[Route("/{rest:path}", stranger)])}, "it")
    environ = {**patient.environ, "LINK_BASE_URL": f"http://{at['it']}"}
    found = {one.name: one for one in endpoints.check_links(environ)}
    assert found["links"].state == "wrong"
    assert words in found["links"].said
    assert found["gateway's keys"].state == "skipped"


@pytest.mark.parametrize(
    ("base", "warns"),
    [
        ("https://1250000000-abc.ap-guangzhou.tencentscf.com", True),
        ("https://pictures.shop.example", False),
        ("https://tencentscf.com.shop.example", False),
    ],
)
def test_links_on_a_function_url_are_warned_of(base: str, warns: bool) -> None:  # a case's
    environ = {"LINK_BASE_URL": base, "LINK_SECRETS": "x" * 32}
    found = [one for one in endpoints.check_links(environ) if one.state == "warning"]
    assert bool(found) is warns
    assert not found or "dies with that function" in found[0].line()


def test_a_functions_keys_are_said_to_come_with_its_requests(patient: Patient) -> None:
    said = {one.name: one for one in role_keys.check(patient.environ)}
    assert [one.state for one in said.values()] == ["ok", "ok"]
    assert "come fresh with each request" in said["gateway's role keys"].said


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        ({"x-role-keys": "environment"}, "ok", "are those of its start"),
        ({"x-role-keys": "none"}, "wrong", "Give bot its role"),
        ({}, "skipped", "BOT_URL answered 200 and did not say -> See that BOT_URL"),
    ],
)
def test_what_the_health_check_says_of_the_keys_is_put_into_words(
    patient: Patient, serve: Serve, answer: dict[str, str], state: str, words: str
) -> None:
    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok", headers=answer)

    app = Starlette(routes=[Route("/healthz", healthz)])
    at = serve(lambda _: {"bot": app}, "bot")
    (found, _) = role_keys.check({**patient.environ, "BOT_URL": f"http://{at['bot']}"})
    assert found.state == state
    assert words in found.line()


def test_a_function_that_cannot_be_asked_for_its_keys_has_a_remedy(patient: Patient) -> None:
    unset, gone = role_keys.check({"LINK_BASE_URL": "http://127.0.0.1:9"})
    for found in (unset, gone):
        assert found.state == "skipped"
        assert "unknown" in found.said
        assert found.do


def test_a_bot_that_believes_everybody_is_named(patient: Patient, serve: Serve) -> None:
    async def bot(request: Request) -> Response:
        body = await request.body()
        return PlainTextResponse(json.loads(body)["challenge"] if body else "ok")

    routes = [Route("/{rest:path}", bot, methods=["GET", "POST"])]
    at = serve(lambda _: {"bot": Starlette(routes=routes)}, "bot")
    found = patient.wrong("bot", BOT_URL=f"http://{at['bot']}")
    assert "takes what Slack has not signed" in found["bot"]


def test_a_slow_bot_is_named(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "SLACK_WAITS_S", 0.0)
    assert "Slack waits" in patient.wrong("bot")["bot"]


def test_a_check_that_breaks_does_not_hide_the_others(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faints(_: object) -> Iterator[Finding]:
        raise requests.ConnectionError("https://secret.example/?q-signature=1")

    monkeypatch.setitem(doctor.CHECKS, "aiart", faints)
    found = {one.name: one for one in patient.findings("aiart", "links")}
    assert "ConnectionError" in found["aiart"].said
    assert "q-signature" not in found["aiart"].line()
    assert found["links"].state == "ok"


# --- the command


def test_the_command_speaks_lines_or_json_and_its_exit_code_tells(
    patient: Patient,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run(*arguments: str, **changed: str) -> tuple[int, str]:
        environ = {**patient.environ, **changed}
        monkeypatch.setattr(doctor, "operator_environment", lambda: environ)
        monkeypatch.setattr("sys.argv", ["doctor", *arguments])
        return doctor.main(), capsys.readouterr().out

    code, said = run()
    assert code == 0
    assert all(line.startswith("ok      ") for line in said.splitlines())
    code, said = run("--json", LINK_SECRETS="not-the-secret-that-was-deployed")
    rows = json.loads(said)
    assert code == 1
    (links,) = [row for row in rows if row["name"] == "links"]
    assert links["state"] == "wrong"
    assert links["do"]


def test_nothing_set_at_all_gives_advice_and_no_traceback(monkeypatch: Any) -> None:
    found = list(doctor.examine({}))
    assert not [one for one in found if one.state == "ok" and one.name != "environment"]
    assert any("COS_BUCKET is missing" in one.said for one in found)


def test_every_function_has_its_parser() -> None:
    assert set(variables.PARSERS) == {"bot", "gateway", "worker"}
