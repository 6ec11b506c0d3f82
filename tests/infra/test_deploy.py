"""``infra.deploy`` against the stand-ins of SCF, CAM and COS."""

import json

import pytest

from infra.deploy import __main__ as deploy
from infra.deploy.cloud import remedy_for
from infra.deploy.roles import MADE_HERE
from infra.serverless_yml.policies import policy
from tests.conftest import BUCKET, REGION
from tests.infra.account import Account
from tests.infra.permissions import OLD_POLICIES

GATEWAY_URL = "https://1250000000-gatewayurl.ap-guangzhou.tencentscf.com"
BOT_URL = "https://1250000000-boturl.ap-guangzhou.tencentscf.com"


def test_before_the_first_deploy_bucket_and_roles_are_made_and_the_rest_is_said(
    account: Account,
) -> None:
    code, said = account.run("apply")
    assert code == deploy.NOT_AS_IT_SHOULD_BE
    assert "not deployed: backdrop-bot, backdrop-gateway, backdrop-worker" in said
    assert "scf deploy" in said
    state = account.state()
    assert set(state["roles"]) == {"Backdrop-Bot", "Backdrop-Gateway", "Backdrop-Worker"}
    assert all(role["policies"] for role in state["roles"].values())


def test_after_the_deploy_everything_is_set_and_a_second_run_changes_nothing(
    account: Account,
) -> None:
    account.run("apply")
    account.scf_deploy()
    code, said = account.run("apply")
    assert code == deploy.OK, said
    worker = account.state()["functions"]["backdrop-worker"]
    assert (worker["reserved_mb"], worker["retries"], worker["ttl_s"]) == (1536, 0, 300)
    before = account.writes()
    code, said = account.run("apply")
    assert (code, "Everything is as it should be." in said) == (deploy.OK, True)
    assert account.run("check")[0] == deploy.OK
    assert account.writes() == before


@pytest.mark.parametrize(
    ("name", "given"), [("COS_REGION", "Singapore"), ("COS_BUCKET", "backdrop"), ("COS_REGION", "")]
)
def test_a_place_that_is_none_is_named_by_its_variable(
    account: Account, name: str, given: str
) -> None:
    account.environ[name] = given
    code, said = account.run("plan")
    assert (code, said.startswith(f"Nothing was looked at. {name} ")) == (deploy.UNUSABLE, True)


@pytest.mark.parametrize(
    ("code", "do"),
    [
        ("AuthFailure.TokenFailure", "TENCENT_TOKEN"),
        ("RequestTimeTooSkewed", "clock"),
        ("ExpiredToken", "TENCENT_TOKEN"),
        ("AccessDenied", "the APPID in COS_BUCKET"),
        ("UnauthorizedOperation", "QcloudCamFullAccess"),
        ("UnsupportedRegion", "COS_REGION"),
        ("ClientNetworkError", "reaches Tencent"),
        ("CosClientError", "COS_REGION"),
        ("InternalError", "ask support"),
    ],
)
def test_a_call_that_fails_has_a_remedy_of_its_own(code: str, do: str) -> None:
    assert do in remedy_for(code)


def test_a_plan_changes_nothing_and_says_everything(account: Account) -> None:
    account.scf_deploy()
    code, said = account.run("plan")
    assert code == deploy.OK
    assert account.writes() == []
    for words in (
        "bucket lifecycle",
        "role Backdrop-Worker",
        "policy Backdrop-Gateway",
        "1536 MB, which is one instance",
        "retried 0, kept 300 s",
        f"should  {GATEWAY_URL}",
    ):
        assert words in said
    assert account.run("check")[0] == deploy.NOT_AS_IT_SHOULD_BE


def test_the_urls_reach_the_functions_that_want_them_and_nothing_else_is_lost(
    account: Account,
) -> None:
    account.scf_deploy()
    _, said = account.run("apply")
    names = account.state()["functions"]["backdrop-worker"]["environment"]
    assert {"LINK_BASE_URL", "BOT_URL", "SLACK_BOT_TOKEN", "COS_BUCKET"} <= set(names)
    assert f"LINK_BASE_URL={GATEWAY_URL}" in said
    assert f"BOT_URL={BOT_URL}" in said
    assert "xoxb-" not in said
    # The next deploy would forget them: the operator is told, and then they stay.
    account.environ |= {"LINK_BASE_URL": GATEWAY_URL, "BOT_URL": BOT_URL}
    account.scf_deploy()
    code, said = account.run("check")
    assert (code, ".env" in said) == (deploy.OK, False)


def test_a_url_of_the_operators_own_is_left_alone(account: Account) -> None:
    account.environ["LINK_BASE_URL"] = "https://pictures.shop.example"
    account.scf_deploy()
    _, said = account.run("plan")
    assert "LINK_BASE_URL" not in said
    assert "BOT_URL" in said


# --- what somebody else made


def test_a_role_that_somebody_else_made_is_not_changed(account: Account) -> None:
    account.run("apply")
    others = {"Description": "By hand", "PolicyDocument": _trusting("cvm.qcloud.com")}
    _make_role(account, "Backdrop-Bot", others)
    code, said = account.run("apply")
    assert code == deploy.NOT_AS_IT_SHOULD_BE
    assert "was not made by this command" in said
    assert "cvm.qcloud.com" in account.state()["roles"]["Backdrop-Bot"]["document"]


def _trusting(service: str) -> str:
    statement = {
        "effect": "allow",
        "action": ["name/sts:AssumeRole"],
        "principal": {"service": [service]},
    }
    return json.dumps({"version": "2.0", "statement": [statement]})


def _make_role(account: Account, name: str, fields: dict[str, str]) -> None:
    changed = {"document": fields["PolicyDocument"], "description": fields["Description"]}
    account.control("scf-api", "PUT", f"role/{name}", changed)


def test_our_own_role_and_policy_are_put_right(account: Account) -> None:
    account.run("apply")
    ours = {"Description": MADE_HERE, "PolicyDocument": _trusting("cvm.qcloud.com")}
    _make_role(account, "Backdrop-Worker", ours)
    old = {"document": '{"version": "2.0", "statement": []}'}
    account.control("scf-api", "PUT", "policy/Backdrop-Worker", old)
    _, said = account.run("apply")
    assert "role Backdrop-Worker: who may take it" in said
    assert "another document" in said
    account.scf_deploy()
    assert account.run("apply")[0] == deploy.OK


def _give_the_old_policy(account: Account, function: str, name: str, **fields: str) -> str:
    old = json.dumps(policy(function, bucket=BUCKET, region=REGION, folder=OLD_POLICIES))
    account.control("scf-api", "PUT", f"policy/{name}", {"document": old, **fields})
    return old


def test_our_policy_of_the_old_form_is_recognised_and_renewed(account: Account) -> None:
    account.run("apply")
    account.scf_deploy()
    account.run("apply")
    for function, name in (("bot", "Backdrop-Bot"), ("worker", "Backdrop-Worker")):
        _give_the_old_policy(account, function, name)
    code, said = account.run("check")
    assert code == deploy.NOT_AS_IT_SHOULD_BE
    assert said.count("with which COS refuses every LIST") == 2
    assert account.run("apply")[0] == deploy.OK
    renewed = json.loads(account.state()["policies"]["Backdrop-Worker"]["document"])
    assert renewed == policy("worker", bucket=BUCKET, region=REGION)
    assert account.run("check")[0] == deploy.OK


def test_a_policy_of_the_old_form_that_somebody_else_made_is_named_and_left(
    account: Account,
) -> None:
    account.run("apply")
    account.scf_deploy()
    account.run("apply")
    old = _give_the_old_policy(account, "worker", "Backdrop-Worker", description="By hand")
    code, said = account.run("apply")
    assert code == deploy.NOT_AS_IT_SHOULD_BE
    assert "with which COS refuses every LIST" in said
    assert "was not made by this command" in said
    assert account.state()["policies"]["Backdrop-Worker"]["document"] == old


def test_a_policy_that_allows_more_is_named_and_left_for_a_person(account: Account) -> None:
    account.run("apply")
    account.control("scf-api", "PUT", "attached/Backdrop-Bot", {"policy": "Backdrop-Worker"})
    account.scf_deploy()
    code, said = account.run("apply")
    assert code == deploy.NOT_AS_IT_SHOULD_BE
    assert "role Backdrop-Bot: policy Backdrop-Worker" in said
    assert "Detach it in the console" in said
    assert "Add to your .env, or the next scf deploy forgets it:  BOT_URL=" in said
    state = account.state()
    assert len(state["roles"]["Backdrop-Bot"]["policies"]) == 2


# --- triggers, and what fails


@pytest.mark.parametrize("kind", ["cos", "timer"])
def test_a_trigger_that_is_switched_off_is_named(account: Account, kind: str) -> None:
    account.scf_deploy()
    rows = account.state()["functions"]["backdrop-worker"]["triggers"]
    off = [{**row, "Enable": 0} if row["Type"] == kind else row for row in rows]
    account.control("scf-api", "PUT", "function/backdrop-worker", {"triggers": off})
    code, said = account.run("check")
    assert code == deploy.NOT_AS_IT_SHOULD_BE
    assert f"backdrop-worker: {kind} trigger" in said


def test_a_url_that_slack_cannot_reach_is_named(account: Account) -> None:
    account.scf_deploy()
    (row,) = account.state()["functions"]["backdrop-bot"]["triggers"]
    closed = {**row, "TriggerDesc": row["TriggerDesc"].replace("true", "false")}
    account.control("scf-api", "PUT", "function/backdrop-bot", {"triggers": [closed]})
    assert "backdrop-bot: http trigger" in account.run("check")[1]


def test_every_call_that_fails_once_stops_the_run_and_the_next_run_finishes(
    account: Account,
) -> None:
    account.scf_deploy()
    account.run("apply")
    calls = {
        (name, row["op"]) for name in account.at for row in account.control(name, "GET", "calls")
    }
    assert len(calls) > 15
    for name, op in sorted(calls):
        for each in account.at:
            account.control(each, "POST", "reset")
        account.scf_deploy()
        # COS answers 404 for what an operator takes for "not there": 403 is a refusal.
        fault = {"op": op, "error": "AccessDenied" if name == "cos" else "InternalError"}
        account.control(name, "POST", "faults", fault)
        code, said = account.run("apply")
        assert code == deploy.UNUSABLE, (op, said)
        assert "Stopped. " in said
        assert "    do      " in said
        assert account.run("apply")[0] == deploy.OK, op


def test_the_remedy_fits_the_refusal(account: Account) -> None:
    refusal = {"op": "GetRole", "error": "AuthFailure.UnauthorizedOperation"}
    account.control("cam-api", "POST", "faults", refusal)
    _, said = account.run("apply")
    assert "QcloudCamFullAccess" in said
    assert "RequestId" in said
    account.environ["TENCENT_SECRET_KEY"] = "another"
    _, said = account.run("apply")
    assert "Check your keys" in said


@pytest.mark.parametrize("name", ["TENCENT_SECRET_ID", "COS_BUCKET", "COS_REGION"])
def test_what_is_not_set_is_said_before_anything_is_looked_at(account: Account, name: str) -> None:
    del account.environ[name]
    code, said = account.run("plan")
    assert (code, name in said) == (deploy.UNUSABLE, True)


@pytest.mark.parametrize("prefix", ["TENCENTCLOUD_SECRET_", "TENCENTCLOUD_SECRET"])
def test_the_keys_may_have_the_names_that_others_give_them(account: Account, prefix: str) -> None:
    for name in ("ID", "KEY"):
        account.environ[f"{prefix}{name}"] = account.environ.pop(f"TENCENT_SECRET_{name}")
    account.scf_deploy()
    assert account.run("plan")[0] == deploy.OK


# --- the functions' Python


def runtimes(account: Account) -> set[str]:
    return {one["runtime"] for one in account.state()["functions"].values()}


def test_the_python_of_functions_that_exist_follows_the_setting_there_and_back(
    account: Account,
) -> None:
    """``scf deploy`` does not change it, neither before nor after."""
    account.run("apply")
    account.scf_deploy()
    account.environ["PYTHON_RUNTIME"] = "3.11"
    code, said = account.run("apply")
    assert code == deploy.OK
    assert said.count("should  Python3.11, as PYTHON_RUNTIME says") == 3
    account.scf_deploy()
    assert runtimes(account) == {"Python3.11"}
    assert "runtime" not in account.run("apply")[1]
    del account.environ["PYTHON_RUNTIME"]
    assert account.run("check")[0] == deploy.NOT_AS_IT_SHOULD_BE
    assert account.run("apply")[0] == deploy.OK
    assert runtimes(account) == {"Python3.10"}


def test_a_python_that_does_not_exist_is_said_before_anything_is_looked_at(
    account: Account,
) -> None:
    account.environ["PYTHON_RUNTIME"] = "3.12"
    code, said = account.run("apply")
    assert (code, "PYTHON_RUNTIME should be 3.10 or 3.11" in said) == (deploy.UNUSABLE, True)
    assert account.writes() == []
