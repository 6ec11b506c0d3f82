"""``make deploy`` against the stand-ins: its six steps, twice, and each of them failing once.

The deploy command is replaced by ``tests.infra.scf_deploy``, and by the engine behind the real one
in ``test_toolkit``; the package, whose own tests build it, by a command that only says so.
"""

import sys
from pathlib import Path

import pytest

from infra.deploy import __main__ as deploy
from infra.deploy.rollout import Rollout
from infra.doctor.finding import Finding, ok, wrong
from infra.dotenv import ROOT, RUNTIMES, parse
from tests.infra.operators import SCF_DEPLOY, Operator, operator
from tests.infra.patient import RUNTIME, Patient

__all__ = ["operator"]
GATEWAY_URL = "https://1250000000-gatewayurl.ap-guangzhou.tencentscf.com"
BOT_URL = "https://1250000000-boturl.ap-guangzhou.tencentscf.com"
NAMES = ["settings", "bucket and roles", "package", "scf deploy", "after the deploy", "doctor"]


def test_the_first_run_deploys_everything_and_the_second_changes_nothing(
    operator: Operator,
) -> None:
    assert operator.deploys(), operator.said
    assert operator.begun() == NAMES
    assert operator.said[-1] == "Deployed."
    assert parse(operator.env_file.read_text())["LINK_BASE_URL"] == GATEWAY_URL
    state, text = operator.account.state(), operator.env_file.read_text()
    worker = state["functions"]["backdrop-worker"]
    assert (worker["reserved_mb"], worker["retries"], worker["ttl_s"]) == (1536, 0, 300)
    writes = operator.account.writes()
    assert operator.deploys()
    assert operator.begun() == NAMES
    assert not [line for line in operator.said if line.strip().startswith(("~", "!", "Adds"))]
    assert operator.account.writes() == writes
    assert _lasting(operator.account.state()) == _lasting(state)
    assert operator.env_file.read_text() == text


def _lasting(state: dict[str, dict[str, dict[str, object]]]) -> object:
    """All of an account but when a trigger was made."""
    for one in state["functions"].values():
        for row in one["triggers"]:  # type: ignore[attr-defined]
            row.pop("AddTime")
    return state


def test_the_urls_are_said_then_added_to_the_env_file_and_reach_the_functions(
    operator: Operator,
) -> None:
    before = operator.env_file.read_text().rstrip("\n")
    operator.env_file.write_text(before)  # as some editors leave it
    assert operator.deploys()
    added = [f"LINK_BASE_URL={GATEWAY_URL}", f"BOT_URL={BOT_URL}"]
    assert operator.env_file.read_text() == "\n".join([before, *added, ""])
    assert [line for line in operator.said if "Adds to" in line] == [
        f"    Adds to .env:  {line}" for line in added
    ]
    assert operator.deploys()  # with them, as the next deploy will


def test_an_address_of_the_operators_own_stays(operator: Operator) -> None:
    with operator.env_file.open("a") as file:
        file.write("LINK_BASE_URL=https://pictures.example\n")
    assert operator.deploys()
    assert parse(operator.env_file.read_text())["LINK_BASE_URL"] == "https://pictures.example"


def test_no_line_holds_a_secret(operator: Operator) -> None:
    assert operator.deploys()
    said = "\n".join(operator.said)
    names = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "LINK_SECRETS", "TENCENT_SECRET_KEY")
    assert not [name for name in names if operator.last[name] in said]


# --- each step failing once


def test_a_setting_that_is_wrong_stops_it_before_anything_is_called(operator: Operator) -> None:
    assert not operator.deploys(SLACK_BOT_TOKEN="xoxp-1", TENCENT_SECRET_ID="", RETENTION_DAYS="1")
    assert operator.begun() == NAMES[:1]
    said = "\n".join(operator.said)
    for words in ("SLACK_BOT_TOKEN is malformed", "TENCENT_SECRET_ID", "RETENTION_DAYS should be"):
        assert words in said
    why, do = operator.stopped()
    assert why.startswith("Stopped at step 1 of 6, settings. Not in order above: 3.")
    assert ".env" in do
    assert operator.account.writes() == []
    assert operator.deploys()


def test_a_refused_role_stops_it_with_the_rights_that_are_missing(operator: Operator) -> None:
    fault = {"op": "CreateRole", "error": "AuthFailure.UnauthorizedOperation"}
    operator.account.control("cam-api", "POST", "faults", fault)
    assert not operator.deploys()
    assert operator.begun() == NAMES[:2]
    why, do = operator.stopped()
    assert why.startswith("Stopped at step 2 of 6, bucket and roles. CreateRole: AuthFailure")
    assert "QcloudCamFullAccess" in do
    assert "make deploy can be run again" in do
    assert operator.deploys()


def test_a_package_that_cannot_be_built_stops_it(operator: Operator) -> None:
    operator.package = (sys.executable, "-c", "raise SystemExit(1)")
    assert not operator.deploys()
    assert operator.begun() == NAMES[:3]
    assert "ended with 1" in operator.stopped()[0]
    assert operator.account.state()["functions"] == {}
    operator.package = (sys.executable, "-c", "")
    assert operator.deploys()


def test_a_deploy_command_that_fails_stops_it_with_what_usually_lacks(operator: Operator) -> None:
    assert not operator.deploys(SCF_DEPLOY_FAILS="1")
    assert operator.begun() == NAMES[:4]
    why, do = operator.stopped()
    assert why.startswith("Stopped at step 4 of 6, scf deploy. ")
    assert "SLS_QcsRole" in do
    assert not operator.deploys(SCF_DEPLOY_COMMAND="no-such-command deploy")
    assert "no-such-command cannot be run" in operator.stopped()[0]
    assert operator.deploys()


def test_a_deploy_command_that_deploys_nothing_is_noticed(operator: Operator) -> None:
    assert not operator.deploys(SCF_DEPLOY_COMMAND=f"{sys.executable} -c ''")
    assert operator.begun() == NAMES[:5]
    assert "not deployed: backdrop-bot" in operator.stopped()[0]
    assert operator.deploys()


def test_a_call_that_fails_after_the_deploy_stops_it_and_the_next_run_finishes(
    operator: Operator,
) -> None:
    fault = {"op": "PutReservedConcurrencyConfig", "error": "FailedOperation.ReservedExceedTotal"}
    operator.account.control("scf-api", "POST", "faults", fault)
    assert not operator.deploys()
    assert operator.begun() == NAMES[:5]
    assert "A quota of the account" in operator.stopped()[1]
    assert operator.deploys()
    assert operator.account.state()["functions"]["backdrop-worker"]["reserved_mb"] == 1536


def test_what_the_doctor_finds_wrong_is_no_success(operator: Operator) -> None:
    operator.health = [ok("bucket", "well"), wrong("bot", "no answer", "Look at its log.")]
    assert not operator.deploys()
    assert operator.begun() == NAMES
    assert "    wrong   bot: no answer -> Look at its log." in operator.said
    assert operator.stopped()[0] == "Stopped at step 6 of 6, doctor. Not in order above: 1."
    operator.health = [Finding(name="links", state="warning", said="on tencentscf.com")]
    assert operator.deploys()


def test_the_command_begins_with_the_settings_and_fails_with_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deploy, "operator_environment", dict)
    monkeypatch.setattr(sys, "argv", ["infra.deploy", "rollout"])
    assert deploy.main() == deploy.NOT_AS_IT_SHOULD_BE
    said = capsys.readouterr().out
    assert said.startswith("[1/6] settings.")
    assert "TENCENT_SECRET_ID and TENCENT_SECRET_KEY are not set" in said
    assert "[2/6]" not in said


# --- the functions' Python


def test_functions_are_created_with_the_python_that_is_set(operator: Operator) -> None:
    assert operator.deploys(PYTHON_RUNTIME="3.11")
    functions = operator.account.state()["functions"].values()
    assert {one["runtime"] for one in functions} == {"Python3.11"}
    assert "runtime" not in "\n".join(operator.said)  # nothing was left to change
    copy = (operator.env_file.parent / "deploy" / "serverless.yml").read_text()
    assert "runtime: Python3.11" in copy
    assert f"src: {ROOT / 'build' / 'package'}\n" in copy


# --- the whole of it


@pytest.mark.skipif(RUNTIME not in RUNTIMES, reason="the cloud has no such Python to deploy to")
def test_a_running_system_is_deployed_twice_and_its_doctor_is_content(
    patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for _ in range(2):
        said: list[str] = []
        rollout = Rollout(
            {**patient.environ, "SCF_DEPLOY_COMMAND": SCF_DEPLOY},
            said.append,
            env_file=tmp_path / ".env",
            package=(sys.executable, "-c", ""),
        )
        assert rollout.run(), said
        print("\n".join(said))
    assert not (tmp_path / ".env").exists()  # both URLs were set
    assert [line for line in said if line.startswith("    ok")]
