"""The stand-in told to fail, and what Tencent's own client makes of it."""

import base64
from typing import Any

import pytest
import requests
from tencentcloud.aiart.v20221229 import errorcodes

from tests.local.aiart.conftest import StandIn, bottle_file, decoded, get

VENDOR_CODES = sorted(
    value for name, value in vars(errorcodes).items() if name.isupper() and isinstance(value, str)
)


@pytest.mark.parametrize("code", VENDOR_CODES)
def test_any_code_can_be_had(quick: StandIn, code: str) -> None:
    quick.fault(op="ReplaceBackground", error=code, message="as told")
    assert quick.refusal() == code
    assert quick.calls()[-1]["error"] == code
    assert quick.tasks() == []


def test_a_fault_can_be_for_one_photo(quick: StandIn) -> None:
    quick.fault(op="ReplaceBackground", target="/other*", error="FailedOperation.RpcFail")
    other = quick.photos.put("other.png", bottle_file())
    assert quick.replace().ResultImage
    assert quick.refusal(ProductUrl=other) == "FailedOperation.RpcFail"


def test_an_http_500_is_a_network_error_to_the_client(quick: StandIn) -> None:
    quick.fault(op="ReplaceBackground", status=500)
    assert quick.refusal() == "ServerNetworkError"


@pytest.mark.parametrize(("drop", "billed"), [("before", []), ("after", [True])])
def test_a_dropped_call_is_billed_only_after_it_acted(
    quick: StandIn, drop: str, billed: list[bool]
) -> None:
    quick.fault(op="ReplaceBackground", drop=drop)
    assert quick.refusal() == "ClientNetworkError"
    assert [task["billed"] for task in quick.tasks()] == billed
    call = quick.calls()[-1]
    assert (call["error"], call["detail"]["billed"]) == ("dropped", bool(billed))


def test_an_error_with_a_charset_escapes_the_client(quick: StandIn) -> None:
    quick.change(next_results=["charset-error"])
    answer = quick.replace()
    assert (answer.ResultImage, answer.MaskImage) == (None, None)
    assert quick.calls()[-1]["error"] == "FailedOperation.InnerError"
    assert quick.replace().ResultImage


def test_an_answer_can_be_empty(quick: StandIn) -> None:
    quick.change(next_results=["empty"])
    assert quick.replace(RspImgType="url").ResultImage is None


def test_a_link_can_be_dead(quick: StandIn) -> None:
    quick.change(next_results=["normal", "dead-link"])
    assert get(quick.replace(RspImgType="url").ResultImage).status_code == 200
    dead = get(quick.replace(RspImgType="url").ResultImage)
    assert (dead.status_code, "<Code>NoSuchKey</Code>" in dead.text) == (404, True)


def test_a_picture_can_be_broken(quick: StandIn) -> None:
    quick.change(next_results=["broken-image", "broken-image"])
    by_url = get(quick.replace(RspImgType="url").ResultImage).content
    for data in (by_url, base64.b64decode(quick.replace().ResultImage)):
        with pytest.raises(OSError, match="Truncated"):
            decoded(data)


def test_a_picture_can_have_the_wrong_size(quick: StandIn) -> None:
    quick.change(next_results=["wrong-size"])
    assert decoded(base64.b64decode(quick.replace().ResultImage)).size == (640, 640)


def test_a_task_that_was_billed_can_end_in_a_code(quick: StandIn) -> None:
    quick.change(next_results=["FailedOperation.GenerateImageFailed"])
    assert quick.refusal() == "FailedOperation.GenerateImageFailed"
    assert [task["billed"] for task in quick.tasks()] == [True]


@pytest.mark.parametrize(
    "settings", [{"nonsense": 1}, {"duration_s": -1}, {"next_results": ["nonsense"]}, {"paint": 3}]
)
def test_a_wrong_setting_is_refused(quick: StandIn, settings: dict[str, Any]) -> None:
    url = f"http://{quick.endpoint}/_control/settings"
    before = quick.control("GET", "/settings")
    assert requests.put(url, json=settings, timeout=10).status_code == 422
    assert quick.control("GET", "/settings") == before
