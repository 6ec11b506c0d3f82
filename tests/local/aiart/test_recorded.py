"""What aiart and its sisters were recorded to answer: our parsers take it, the stand-in says it."""

from typing import Any

import pytest
from tencentcloud.common.exception import TencentCloudSDKException

from functions.config import AiartConfig
from functions.jobs.bucket import Keys
from functions.jobs.errors import ErrorCode
from functions.jobs.url_policy import UrlPolicy, parse_target
from functions.jobs.wish import Wish
from functions.worker.aiart import Aiart, CallFailed
from tests.local.aiart.conftest import KEY, StandIn
from tests.recorded import differences, read

ERRORS: list[dict[str, Any]] = [row["Response"] for row in read("aiart_errors.json")]
BY_CODE = {row["Error"]["Code"]: row for row in ERRORS}
OURS = {
    "RequestLimitExceeded.JobNumExceed": ErrorCode.SLOT_BUSY,
    "RequestLimitExceeded": ErrorCode.SLOT_BUSY,
    "ResourceUnavailable.NotExist": ErrorCode.ACCOUNT_UNUSABLE,
    "ResourceInsufficient.ChargeResourceExhaust": ErrorCode.ACCOUNT_UNUSABLE,
    "FailedOperation.FreeResourcePackExhausted": ErrorCode.ACCOUNT_UNUSABLE,
}


def refused(quick: StandIn) -> TencentCloudSDKException:
    with pytest.raises(TencentCloudSDKException) as caught:
        quick.replace()
    return caught.value


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_each_recorded_error_is_understood(quick: StandIn, code: str) -> None:
    quick.fault(op="ReplaceBackground", error=code, message=BY_CODE[code]["Error"]["Message"])
    config = AiartConfig("ap-guangzhou", quick.endpoint, concurrency=1, timeout_s=30)
    aiart = Aiart(config, Keys(KEY["secret_id"], KEY["secret_key"]))
    with pytest.raises(CallFailed) as failed:
        aiart.paint(Wish(prompt="on sand"), photo_url=f"http://{quick.photos.host}/bottle.png")
    assert failed.value.code is OURS[code]
    assert failed.value.vendor_code == code
    assert failed.value.request_id


def test_the_stand_in_says_that_the_slot_is_taken_as_it_was_recorded(quick: StandIn) -> None:
    quick.change(slot_lag_s=30)
    quick.replace()
    said = refused(quick)
    recorded = BY_CODE["RequestLimitExceeded.JobNumExceed"]
    own = {"Error": {"Code": said.code, "Message": said.message}, "RequestId": said.requestId}
    assert differences(recorded, own) == {}
    assert own["Error"] == recorded["Error"]


def test_the_stand_in_says_that_there_were_too_many_requests_as_it_was_recorded(
    quick: StandIn,
) -> None:
    quick.change(requests_per_s=5, concurrency=0)  # refused for the one or for the other
    said = [refused(quick) for _ in range(6)]
    recorded = BY_CODE["RequestLimitExceeded"]["Error"]
    assert {"Code": said[-1].code, "Message": said[-1].message} == recorded


def test_a_recorded_result_address_is_asked_for_byte_for_byte() -> None:
    url = read("aiart_result_image_url.json")["ResultImage"]
    target = parse_target(url, UrlPolicy(cos_region="ap-guangzhou"))
    assert target.url == url
    assert target.on_cos


def test_the_stand_ins_result_address_has_the_recorded_one_s_parameters(quick: StandIn) -> None:
    own = quick.replace(RspImgType="url").ResultImage
    recorded = read("aiart_result_image_url.json")["ResultImage"]
    assert [pair.partition("=")[0] for pair in own.partition("?")[2].split("&")] == [
        pair.partition("=")[0] for pair in recorded.partition("?")[2].split("&")
    ]
    assert ("%3B" in own, ";" in own) == (True, False)
    # On purpose: http, our host, and a name with an ending instead of the vendor's folders.
