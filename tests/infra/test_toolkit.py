"""What ``scf deploy`` would call for our serverless.yml, by the engine that is really behind it.

The npm package tencent-component-toolkit is that engine; the multi-scf component in front of it
only renames some fields (serverless-components/tencent-multi-scf, ``src/formatter.ts``), which
``as_the_component_would`` repeats. ``make toolkit`` installs the package and sets TOOLKIT_MODULES.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.dotenv import ROOT, SERVERLESS_YML, parse
from infra.serverless_yml import Deployment, source
from infra.serverless_yml import read as read_deployment
from tests.infra.operators import Operator, operator
from tests.infra.tencent_behind_proxy import Tencent, behind_proxy

__all__ = ["operator"]
MODULES = os.environ.get("TOOLKIT_MODULES", "")
pytestmark = pytest.mark.skipif(
    not MODULES,
    reason="needs npm's tencent-component-toolkit: `make toolkit` installs and runs it",
)
ENVIRON = {
    "COS_BUCKET": "backdrop-1250000000",
    "COS_REGION": "ap-guangzhou",
    "SLACK_BOT_TOKEN": "xoxb-tests",
    "LINK_SECRETS": "one, two",
}
READS = {"GetFunction", "ListTriggers", "GetAlias"}


def as_the_component_would(document: dict[str, Any]) -> dict[str, Any]:
    """The resolved file in the engine's words."""
    inputs = dict(document["inputs"])
    inputs.pop("src")
    functions, triggers = inputs.pop("functions"), inputs.pop("triggers")
    faas = {
        key: {
            "namespace": "default",
            **inputs,
            **own,
            "environment": {"variables": {v["key"]: v["value"] for v in own["environments"]}},
            "code": {"bucket": "sls-cloudfunction-ap-guangzhou-code", "object": "backdrop.zip"},
        }
        for key, own in functions.items()
    }
    named = [
        {
            **trigger,
            "namespace": "default",
            "function": {
                "name": faas[trigger["function"]]["name"],
                "type": faas[trigger["function"]]["type"],
                "namespace": "default",
            },
        }
        for trigger in triggers
    ]
    return {"region": inputs["region"], "functions": list(faas.values()), "triggers": named}


def scf_deploy(
    proxy: str, file: Path = SERVERLESS_YML, environ: Mapping[str, str] = ENVIRON
) -> None:
    """One deploy, through the engine."""
    order = as_the_component_would(source.read(file, environ))
    ended = subprocess.run(
        [shutil.which("node") or "node", str(Path(__file__).with_name("toolkit_deploy.js"))],
        input=json.dumps(order),
        env={
            "PATH": os.environ["PATH"],
            "NODE_PATH": str(ROOT / os.environ.get("TOOLKIT_MODULES", "")),
            "NODE_NO_WARNINGS": "1",
            "HTTPS_PROXY": proxy,
            "https_proxy": proxy,
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    """What the file means to us."""
    return read_deployment(SERVERLESS_YML, ENVIRON)


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tencent, Tencent]]:
    """What a first and a second deploy call."""
    with behind_proxy(tmp_path_factory.mktemp("proxy")) as (url, tencent):
        scf_deploy(url)
        first, tencent.calls = Tencent(calls=tencent.calls), []
        scf_deploy(url)
        yield first, tencent


def test_each_function_is_created_as_the_file_means_it(
    twice: tuple[Tencent, Tencent], deployment: Deployment
) -> None:
    created = {given["FunctionName"]: given for given in twice[0].made("CreateFunction")}
    assert set(created) == {one.name for one in deployment.functions.values()}
    for one in deployment.functions.values():
        sent = created[one.name]
        assert sent["Type"] == {"web": "HTTP", "event": "Event"}[one.kind]
        assert sent["Runtime"] == "Python3.10"
        assert int(sent["MemorySize"]) == one.memory_mb
        assert int(sent["Timeout"]) == one.timeout_s
        assert int(sent["InitTimeout"]) == one.init_timeout_s
        assert sent["Role"] == one.role
        assert sent.get("Handler", "") == one.handler
        assert _variables(sent) == dict(one.environment)
        assert sent["PublicNetConfig"]["PublicNetStatus"] == "ENABLE"
        several = sent.get("InstanceConcurrencyConfig", {})
        if one.kind == "web":
            assert several == {"DynamicEnabled": "FALSE", "MaxConcurrency": str(one.concurrency)}
        else:
            assert not several


def _variables(sent: dict[str, Any]) -> dict[str, str]:
    return {pair["Key"]: pair["Value"] for pair in sent["Environment"]["Variables"]}


def test_each_trigger_is_created_open_and_switched_on(
    twice: tuple[Tencent, Tencent], deployment: Deployment
) -> None:
    made = twice[0].made("CreateTrigger")
    assert all(given["Enable"] == "OPEN" for given in made)
    assert all(given["Qualifier"] == "$DEFAULT" for given in made)
    urls = [given for given in made if given["Type"] == "http"]
    assert len(urls) == len(deployment.urls)
    for given in urls:
        description = json.loads(given["TriggerDesc"])
        assert description["AuthType"] == "NONE"
        assert description["NetConfig"] == {"EnableExtranet": True, "EnableIntranet": False}
    (cos,) = [given for given in made if given["Type"] == "cos"]
    (wanted,) = deployment.objects
    assert cos["TriggerName"] == "backdrop-1250000000.cos.ap-guangzhou.myqcloud.com"
    assert json.loads(cos["TriggerDesc"]) == {
        "event": wanted.events,
        "filter": {"Prefix": wanted.prefix, "Suffix": wanted.suffix},
    }
    (timer,) = [given for given in made if given["Type"] == "timer"]
    assert timer["TriggerName"] == deployment.timers[0].name
    assert timer["TriggerDesc"] == "0 * * * * * *"
    assert timer["CustomArgument"] == deployment.timers[0].message


def test_nothing_else_is_called(twice: tuple[Tencent, Tencent]) -> None:
    """Above all neither reserved concurrency nor retries: infra.deploy does those."""
    first, second = ({action for _, action, _ in one.calls} for one in twice)
    assert first - READS == {"CreateFunction", "CreateTrigger"}
    assert second - READS <= {
        "UpdateFunctionCode",
        "UpdateFunctionConfiguration",
        "UpdateTrigger",
        "CreateTrigger",
        "DeleteTrigger",
    }
    hosts = {host for one in twice for host, _, _ in one.calls}
    assert hosts == {"scf.tencentcloudapi.com"}


def test_a_second_deploy_replaces_all_variables(
    twice: tuple[Tencent, Tencent], deployment: Deployment
) -> None:
    updated = {
        given["FunctionName"]: given for given in twice[1].made("UpdateFunctionConfiguration")
    }
    for one in deployment.functions.values():
        assert _variables(updated[one.name]) == dict(one.environment)


@pytest.mark.parametrize("runtime", ["3.10", "3.11"])
def test_make_deploy_has_the_engine_create_and_then_update_the_functions(
    runtime: str, operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice, with the engine in the deploy command's place: the second creates nothing."""
    with behind_proxy(tmp_path) as (url, tencent):
        monkeypatch.setenv("TOOLKIT_PROXY", url)
        assert operator.deploys(PYTHON_RUNTIME=runtime), operator.said
        created = tencent.made("CreateFunction")
        assert {one["Runtime"] for one in created} == {f"Python{runtime}"}
        assert len(created) == 3
        tencent.calls = []
        assert operator.deploys(PYTHON_RUNTIME=runtime), operator.said
        assert not tencent.made("CreateFunction")
        updated = tencent.made("UpdateFunctionConfiguration")
    assert not [one for one in updated if "Runtime" in one]  # which is why infra.deploy sets it
    urls = [_variables(one).get("LINK_BASE_URL") for one in updated]
    assert urls == [parse(operator.env_file.read_text())["LINK_BASE_URL"]] * 3
