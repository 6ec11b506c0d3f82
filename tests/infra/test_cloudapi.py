"""The stand-in of the SCF and CAM APIs, judged by the official clients."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tencentcloud.cam.v20190116 import models as cam_models
from tencentcloud.cam.v20190116.cam_client import CamClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.scf.v20180416 import models as scf_models
from tencentcloud.scf.v20180416.scf_client import ScfClient

from infra.dotenv import SERVERLESS_YML
from infra.local import cloudapi
from infra.local.http import call
from infra.serverless_yml import policies
from tests.conftest import BUCKET, KEYS, OPERATORS, REGION

ENVIRON = {"COS_BUCKET": BUCKET, "COS_REGION": REGION}
Serve = Callable[..., dict[str, str]]


@pytest.fixture
def at(serve: Serve) -> dict[str, str]:
    addresses = serve(cloudapi.create, "scf-api", "cam-api", keys=OPERATORS)
    order = {"serverless_yml": str(SERVERLESS_YML), "environ": ENVIRON}
    call("PUT", f"http://{addresses['scf-api']}/_control/deployed", order)
    return addresses


def client(kind: type[Any], endpoint: str, *, key: str = KEYS.secret_key, region: str = "") -> Any:
    http = HttpProfile(protocol="http", endpoint=endpoint)
    return kind(Credential(KEYS.secret_id, key), region, ClientProfile(httpProfile=http))


@pytest.fixture
def scf(at: dict[str, str]) -> Any:
    return client(ScfClient, at["scf-api"], region=REGION)


@pytest.fixture
def cam(at: dict[str, str]) -> Any:
    return client(CamClient, at["cam-api"])


def request(kind: type[Any], **fields: Any) -> Any:
    filled = kind()
    filled.from_json_string(json.dumps(fields))
    return filled


def test_what_an_invoked_function_returns_is_json_text(serve: Serve) -> None:
    """Functions run where the SCF stand-in is; another answers in its place here."""
    given: list[tuple[str, bytes]] = []

    async def invoke(sent: Request) -> Response:
        given.append((sent.url.path, await sent.body()))
        if b"fails" in given[-1][1]:
            return JSONResponse({"request_id": "r", "status": 430, "error": "ValueError: no"})
        return JSONResponse({"request_id": "r", "status": 200, "result": {"jobs": 0}})

    app = Starlette(routes=[Route("/invoke/{name}", invoke, methods=["POST"])])
    scf_at = serve(lambda _: {"scf": app}, "scf")["scf"]

    def create(addresses: dict[str, str], **options: Any) -> Any:
        return cloudapi.create({**addresses, "scf": scf_at}, **options)

    addresses = serve(create, "scf-api", "cam-api", keys=OPERATORS)
    order = {"serverless_yml": str(SERVERLESS_YML), "environ": ENVIRON}
    call("PUT", f"http://{addresses['scf-api']}/_control/deployed", order)
    scf = client(ScfClient, addresses["scf-api"], region=REGION)

    def invoked(event: str) -> Any:
        asked = {"FunctionName": "backdrop-worker", "ClientContext": event}
        return scf.Invoke(request(scf_models.InvokeRequest, **asked)).Result

    found = invoked('{"Type": "Timer"}')
    assert (json.loads(found.RetMsg), found.ErrMsg) == ({"jobs": 0}, "")
    assert given == [("/invoke/worker", b'{"Type": "Timer"}')]
    assert invoked('"fails"').ErrMsg == "ValueError: no"
    arrears = {"available_status": "InsufficientBalance"}
    call("PUT", f"http://{addresses['scf-api']}/_control/function/backdrop-worker", arrears)
    with pytest.raises(TencentCloudSDKException) as caught:
        invoked("{}")
    assert caught.value.code == "ResourceUnavailable.InsufficientBalance"
    shown = scf.GetFunction(request(scf_models.GetFunctionRequest, FunctionName="backdrop-worker"))
    assert (shown.Status, shown.AvailableStatus) == ("Active", "InsufficientBalance")


def test_a_deployed_function_shows_what_serverless_yml_says(scf: Any) -> None:
    found = scf.GetFunction(request(scf_models.GetFunctionRequest, FunctionName="backdrop-gateway"))
    assert (found.Status, found.Type, found.MemorySize) == ("Active", "HTTP", 256)
    assert found.InstanceConcurrencyConfig.MaxConcurrency == 100
    values = {one.Key: one.Value for one in found.Environment.Variables}
    assert values["COS_BUCKET"] == BUCKET
    assert values["LINK_BASE_URL"] == "undefined"


def test_reserved_memory_and_events_are_kept_and_survive_a_deploy(
    scf: Any, at: dict[str, str]
) -> None:
    name = {"FunctionName": "backdrop-worker"}
    look = request(scf_models.GetReservedConcurrencyConfigRequest, **name)
    assert scf.GetReservedConcurrencyConfig(look).ReservedMem is None
    put = request(
        scf_models.PutReservedConcurrencyConfigRequest, **name, ReservedConcurrencyMem=1024
    )
    scf.PutReservedConcurrencyConfig(put)
    config = {"RetryConfig": [{"RetryNum": 0}], "MsgTTL": 300}
    scf.UpdateFunctionEventInvokeConfig(
        request(
            scf_models.UpdateFunctionEventInvokeConfigRequest, **name, AsyncTriggerConfig=config
        )
    )
    order = {"serverless_yml": str(SERVERLESS_YML), "environ": ENVIRON}
    call("PUT", f"http://{at['scf-api']}/_control/deployed", order)
    assert scf.GetReservedConcurrencyConfig(look).ReservedMem == 1024
    events = scf.GetFunctionEventInvokeConfig(
        request(scf_models.GetFunctionEventInvokeConfigRequest, **name)
    ).AsyncTriggerConfig
    assert (events.MsgTTL, events.RetryConfig[0].RetryNum) == (300, 0)


def test_a_function_cannot_be_changed_while_a_change_is_under_way(scf: Any) -> None:
    fresh = {"Variables": [{"Key": "FRONT", "Value": "bot"}]}
    change = request(
        scf_models.UpdateFunctionConfigurationRequest,
        FunctionName="backdrop-bot",
        Environment=fresh,
    )
    scf.UpdateFunctionConfiguration(change)
    with pytest.raises(TencentCloudSDKException, match="being updated"):
        scf.UpdateFunctionConfiguration(change)
    look = request(scf_models.GetFunctionRequest, FunctionName="backdrop-bot")
    assert [scf.GetFunction(look).Status for _ in range(2)] == ["Updating", "Active"]
    scf.UpdateFunctionConfiguration(change)


def test_a_function_url_stands_in_its_trigger(scf: Any) -> None:
    rows = scf.ListTriggers(
        request(scf_models.ListTriggersRequest, FunctionName="backdrop-bot")
    ).Triggers
    assert [row.Type for row in rows] == ["http"]
    assert "https://1250000000-boturl.ap-guangzhou.tencentscf.com" in rows[0].TriggerDesc


def test_a_role_with_its_policy(cam: Any) -> None:
    trust = json.dumps(policies.trust())
    cam.CreateRole(request(cam_models.CreateRoleRequest, RoleName="Shop", PolicyDocument=trust))
    text = json.dumps(policies.policy("bot", bucket=BUCKET, region=REGION))
    created = cam.CreatePolicy(
        request(cam_models.CreatePolicyRequest, PolicyName="Shop", PolicyDocument=text)
    )
    cam.AttachRolePolicy(
        request(
            cam_models.AttachRolePolicyRequest, PolicyId=created.PolicyId, AttachRoleName="Shop"
        )
    )
    listed = cam.ListPolicies(request(cam_models.ListPoliciesRequest, Keyword="Sho"))
    assert [row.PolicyName for row in listed.List] == ["Shop"]
    attached = cam.ListAttachedRolePolicies(
        request(cam_models.ListAttachedRolePoliciesRequest, RoleName="Shop", Page=1, Rp=20)
    )
    assert [row.PolicyId for row in attached.List] == [created.PolicyId]


@pytest.mark.parametrize(
    ("document", "code"),
    [("{}", "PolicyDocumentError"), ("no json", "PolicyDocumentError")],
)
def test_a_document_in_another_form_is_refused(cam: Any, document: str, code: str) -> None:
    with pytest.raises(TencentCloudSDKException, match="not valid") as caught:
        cam.CreatePolicy(
            request(cam_models.CreatePolicyRequest, PolicyName="Shop", PolicyDocument=document)
        )
    assert str(caught.value.code).endswith(code)


def test_what_is_not_there_and_who_may_not_ask(scf: Any, cam: Any, at: dict[str, str]) -> None:
    look = request(scf_models.GetFunctionRequest, FunctionName="nobody")
    others = [
        (scf.GetFunction, look, "ResourceNotFound.Function"),
        (
            cam.GetRole,
            request(cam_models.GetRoleRequest, RoleName="Nobody"),
            "InvalidParameter.RoleNotExist",
        ),
        (
            client(ScfClient, at["scf-api"], key="another", region=REGION).GetFunction,
            look,
            "AuthFailure.SignatureFailure",
        ),
        (
            client(ScfClient, at["scf-api"], region="ap-shanghai").GetFunction,
            request(scf_models.GetFunctionRequest, FunctionName="backdrop-bot"),
            "ResourceNotFound.Function",
        ),
    ]
    for ask, given, code in others:
        with pytest.raises(TencentCloudSDKException) as caught:
            ask(given)
        assert caught.value.code == code


def test_variables_are_shown_by_name_only(at: dict[str, str]) -> None:
    shown = call("GET", f"http://{at['scf-api']}/_control/account")
    assert "COS_BUCKET" in shown["functions"]["backdrop-bot"]["environment"]
    assert BUCKET not in json.dumps(shown["functions"]["backdrop-bot"]["environment"])
