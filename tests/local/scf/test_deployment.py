"""What serverless.yml may say, and what it means where it says nothing."""

from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from infra.local.scf import create
from infra.serverless_yml import Deployment, DeploymentError, read

DOCUMENT: dict[str, Any] = {
    "app": "app",
    "component": "multi-scf",
    "name": "shop",
    "inputs": {
        "src": {"src": "./"},
        "region": "ap-guangzhou",
        "runtime": "Python3.10",
        "functions": {
            "front": {"type": "web"},
            "back": {"handler": "package.module.main_handler"},
        },
        "triggers": [
            {"type": "http", "function": "front", "parameters": {}},
            {
                "type": "cos",
                "function": "back",
                "parameters": {
                    "bucket": "shop-1250000000.cos.ap-guangzhou.myqcloud.com",
                    "events": "cos:ObjectCreated:*",
                    "filter": {"prefix": "in/", "suffix": ".json"},
                },
            },
            {
                "type": "timer",
                "function": "back",
                "parameters": {"name": "minute", "cronExpression": "0 * * * * * *"},
            },
        ],
    },
}


def meaning(folder: Path, document: dict[str, Any], **environ: str) -> Deployment:
    path = folder / "serverless.yml"
    path.write_text(yaml.safe_dump(document))
    return read(path, environ)


def changed(place: str, value: Any) -> dict[str, Any]:
    """The document with ``value`` at a place such as ``inputs.triggers.0.type``."""
    document = deepcopy(DOCUMENT)
    node: Any = document
    *steps, last = place.split(".")
    for step in steps:
        node = node[int(step) if isinstance(node, list) else step]
    node[int(last) if isinstance(node, list) else last] = value
    return document


def test_what_is_left_out_gets_the_platforms_defaults_however_harmful(tmp_path: Path) -> None:
    deployment = meaning(tmp_path, DOCUMENT)
    front = deployment.functions["front"]
    assert (front.timeout_s, front.memory_mb, front.concurrency, front.role) == (3, 128, 1, "")
    assert front.name == "shop-dev-app-front"
    assert deployment.urls["front"].auth == "NONE"
    assert not deployment.urls["front"].extranet
    assert not deployment.objects[0].enabled
    assert not deployment.timers[0].enabled


def test_functions_inherit_what_inputs_say_for_all(tmp_path: Path) -> None:
    document = changed("inputs.memorySize", 256)
    document["inputs"]["functions"]["back"]["memorySize"] = 512
    deployment = meaning(tmp_path, document)
    assert deployment.functions["front"].memory_mb == 256
    assert deployment.functions["back"].memory_mb == 512


def test_variables_are_filled_in_also_several_in_one_text(tmp_path: Path) -> None:
    bucket = "${env:BUCKET}.cos.${env:REGION}.myqcloud.com"
    document = changed("inputs.triggers.1.parameters.bucket", bucket)
    document["inputs"]["region"] = "${env:REGION}"
    deployment = meaning(tmp_path, document, BUCKET="other-1", REGION="ap-shanghai")
    assert deployment.region == "ap-shanghai"
    assert deployment.objects[0].bucket == "other-1"


@given(value=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_a_variables_text_arrives_as_it_is(value: str) -> None:
    pairs = [{"key": "TOKEN", "value": "<${env:TOKEN}>"}]
    with TemporaryDirectory() as folder:
        document = changed("inputs.functions.back.environments", pairs)
        deployment = meaning(Path(folder), document, TOKEN=value)
    assert deployment.functions["back"].environment == {"TOKEN": f"<{value}>"}


def test_an_unset_variable_in_an_environment_becomes_the_text_undefined(tmp_path: Path) -> None:
    pairs = [{"key": "TOKEN", "value": "${env:TOKEN}"}, {"key": "NUMBER", "value": 900}]
    deployment = meaning(tmp_path, changed("inputs.functions.back.environments", pairs))
    assert deployment.functions["back"].environment == {"TOKEN": "undefined", "NUMBER": "900"}


def test_an_unset_variable_elsewhere_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match=r"^inputs\.functions\.back\.role: ROLE is not set"):
        meaning(tmp_path, changed("inputs.functions.back.role", "${env:ROLE}"))


@pytest.mark.parametrize(
    ("place", "value", "complaint"),
    [
        ("componnent", "multi-scf", r"serverless\.yml: .*componnent"),
        ("component", "scf", r"serverless\.yml\.component: "),
        ("inputs.memorysize", 128, r"inputs: .*memorysize"),
        ("inputs.functions.back.timout", 5, r"inputs\.functions\.back: .*timout"),
        ("inputs.functions.back.timeout", 901, r"inputs\.functions\.back\.timeout: .*900"),
        ("inputs.functions.back.timeout", "5", r"inputs\.functions\.back\.timeout: .*int"),
        ("inputs.functions.back.memorySize", 200, r"inputs\.functions\.back\.memorySize: "),
        ("inputs.functions.back.handler", "handler", r"inputs\.functions\.back\.handler: "),
        ("inputs.functions.back.runtime", "Nodejs12.16", r"inputs\.functions\.back\.runtime: "),
        ("inputs.functions.back.layers", [], r"inputs\.functions\.back: .*layers"),
        ("inputs.functions.back.name", "-back", r"inputs\.functions\.back\.name: "),
        ("inputs.functions.back.name", "${stage}-back", r"only \$\{env:NAME\} is resolved"),
        ("inputs.region", "guangzhou", r"inputs\.region: "),
        ("inputs.triggers.0.function", "nobody", r"inputs\.triggers\[0\]\.function: .*'nobody'"),
        ("inputs.triggers.0.function", "back", r"inputs\.triggers\[0\]: .*of type web"),
        ("inputs.triggers.0.type", "apigw", r"inputs\.triggers\[0\]\.type: "),
        ("inputs.triggers.0.enable", True, r"inputs\.triggers\[0\]: .*enable"),
        ("inputs.triggers.0.parameters.authtype", "NONE", r"\[0\]\.parameters: .*authtype"),
        (
            "inputs.triggers.0.parameters.netConfig",
            {"enableExtraNet": True},
            r"\[0\]\.parameters\.netConfig: .*enableExtraNet",
        ),
        ("inputs.triggers.1.parameters.bucket", "shop-1250000000", r"\[1\]\.parameters\.bucket: "),
        ("inputs.triggers.1.parameters.enabled", True, r"\[1\]\.parameters: .*enabled"),
        ("inputs.triggers.1.parameters.filter.sufix", "x", r"parameters\.filter: .*sufix"),
        ("inputs.triggers.1.parameters.events", "created", r"\[1\]\.parameters\.events: "),
        ("inputs.triggers.2.parameters.cronExpression", "* * *", r"cronExpression: seven fields"),
        (
            "inputs.functions.back.environments",
            [{"key": "A1", "value": ""}, {"key": "A1", "value": ""}],
            r"inputs\.functions\.back\.environments: A1 stands twice",
        ),
        (
            "inputs.functions.back.environments",
            [{"key": "TENCENTCLOUD_SECRETID", "value": "x"}],
            r"inputs\.functions\.back\.environments: TENCENTCLOUD_SECRETID is a reserved name",
        ),
        (
            "inputs.functions.front.instanceConcurrencyConfig",
            {"enable": True, "maxConcurrency": 101},
            r"instanceConcurrencyConfig\.maxConcurrency: .*100",
        ),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(
    tmp_path: Path, place: str, value: Any, complaint: str
) -> None:
    with pytest.raises(DeploymentError, match=complaint):
        meaning(tmp_path, changed(place, value))


def test_an_environment_may_hold_4_kb_and_no_byte_more(tmp_path: Path) -> None:
    place = "inputs.functions.back.environments"
    fits = [{"key": "TEXT", "value": "é" * 2046}]
    assert meaning(tmp_path, changed(place, fits)).functions["back"].environment
    with pytest.raises(DeploymentError, match="4097 bytes"):
        meaning(tmp_path, changed(place, [{"key": "TEXT", "value": "é" * 2046 + "x"}]))


def test_overlapping_cos_triggers_are_refused(tmp_path: Path) -> None:
    document = deepcopy(DOCUMENT)
    other = deepcopy(document["inputs"]["triggers"][1])
    other["parameters"]["filter"]["prefix"] = "in/deeper/"
    other["parameters"]["events"] = "cos:ObjectCreated:Put"
    document["inputs"]["triggers"].append(other)
    with pytest.raises(DeploymentError, match="overlap on shop-1250000000"):
        meaning(tmp_path, document)
    other["parameters"]["filter"]["suffix"] = ".png"
    assert len(meaning(tmp_path, document).objects) == 2


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "serverless.yml"
    path.write_text("app: one\nname: x\napp: two\n")
    with pytest.raises(DeploymentError, match="app stands twice"):
        read(path, {})


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "serverless.yml"
    path.write_text("app: [")
    with pytest.raises(DeploymentError, match=r"serverless\.yml"):
        read(path, {})


def test_the_stand_in_refuses_what_it_cannot_serve(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "serverless_yml": str(tmp_path / "serverless.yml"),
        "python": "python",
        "environ": {},
        "keys_urls": [],
        "cos": "127.0.0.1:1",
    }
    meaning(tmp_path, DOCUMENT)
    with pytest.raises(DeploymentError, match="folder is not there"):
        create({"scf": "127.0.0.1:1"}, code_dir=str(tmp_path / "nowhere"), **settings)
    with pytest.raises(DeploymentError, match="front: a web function needs an address"):
        create({"scf": "127.0.0.1:1"}, code_dir=str(tmp_path), **settings)
