"""aiart's codes become ours, and the job's wish becomes its request."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from tencentcloud.aiart.v20221229 import errorcodes

from bot.slack_api import connections
from functions.config import AiartConfig
from functions.jobs.errors import ErrorCode, Retry, retry_rule
from functions.jobs.wish import Logo, LogoRect, Resolution, Wish
from functions.worker import aiart
from functions.worker.aiart import (
    BY_PREFIX,
    CODES,
    Aiart,
    CallFailed,
    code_for,
    request_for,
)
from infra.local.polling import until
from tests.conftest import KEYS, REGION
from tests.worker.loopback import Server, answer

PAINTED = answer(
    b'{"Response": {"ResultImage": "https://x/picture", "RequestId": "a"}}',
    "Content-Type: application/json",
)

# Tencent document 1668/107957, section 6.
ON_THE_PAGE = """\
AuthFailure.UnauthorizedOperation FailedOperation.GenerateImageFailed
FailedOperation.ImageDecodeFailed FailedOperation.ImageDownloadError
FailedOperation.ImageResolutionExceed FailedOperation.ImageSizeExceed FailedOperation.InnerError
FailedOperation.RequestEntityTooLarge FailedOperation.RequestTimeout FailedOperation.RpcFail
FailedOperation.ServerError FailedOperation.Unknown InvalidParameter.InvalidParameter
InvalidParameterValue.ImageEmpty InvalidParameterValue.ParameterValueError
InvalidParameterValue.StyleConflict InvalidParameterValue.TextLengthExceed
InvalidParameterValue.UrlIllegal OperationDenied.ImageIllegalDetected
OperationDenied.TextIllegalDetected RequestLimitExceeded RequestLimitExceeded.JobNumExceed
ResourceUnavailable.Delivering ResourceUnavailable.InArrears ResourceUnavailable.LowBalance
ResourceUnavailable.NotExist ResourceUnavailable.StopUsing ResourcesSoldOut.ChargeStatusException
"""
# From the lists of sister products on the same account, for this one may send them, too.
OF_SISTERS = """\
FailedOperation.FreeResourcePackExhausted FailedOperation.ResourcePackExhausted
FailedOperation.PartnerAccountUnSupport FailedOperation.UserUnAuthError FailedOperation.RateLimit
ResourceInsufficient.ChargeResourceExhaust InvalidAccount.NotEnough
UnsupportedOperation.UnauthorizedOperation
"""
IN_THE_SDK = [value for name, value in vars(errorcodes).items() if name.isupper()]


@pytest.mark.parametrize(
    "vendor_code", sorted({*ON_THE_PAGE.split(), *IN_THE_SDK, *OF_SISTERS.split()})
)
def test_every_code_of_the_page_the_sdk_and_of_sisters_is_mapped(
    vendor_code: str,
) -> None:
    assert vendor_code in CODES or vendor_code.partition(".")[0] in BY_PREFIX
    assert code_for(vendor_code) is not ErrorCode.ANSWER_LOST


@pytest.mark.parametrize(
    ("vendor_code", "rule"),
    [
        ("RequestLimitExceeded.JobNumExceed", Retry.SLOT),
        ("RequestLimitExceeded", Retry.SLOT),
        ("FailedOperation.RpcFail", Retry.BOUNDED),
        ("FailedOperation.ImageDownloadError", Retry.BOUNDED),
        ("FailedOperation.InnerError", Retry.BOUNDED),
        ("FailedOperation.ServerError", Retry.BOUNDED),
        ("InternalError", Retry.BOUNDED),
        ("FailedOperation.RequestTimeout", Retry.TRY),
        ("FailedOperation.GenerateImageFailed", Retry.TRY),
        ("FailedOperation.NobodyHasHeardOf", Retry.TRY),
        ("ClientNetworkError", Retry.TRY),
        ("JSONDecodeError", Retry.TRY),
        ("OperationDenied.ImageIllegalDetected", Retry.NEVER),
        ("OperationDenied.NobodyHasHeardOf", Retry.NEVER),
        ("InvalidParameterValue.UrlIllegal", Retry.NEVER),
        ("InvalidParameter.NobodyHasHeardOf", Retry.NEVER),
        ("ResourceUnavailable.InArrears", Retry.ACCOUNT),
        ("AuthFailure.SecretIdNotFound", Retry.ACCOUNT),
        ("FailedOperation.FreeResourcePackExhausted", Retry.ACCOUNT),
        ("FailedOperation.ResourcePackExhausted", Retry.ACCOUNT),
        ("FailedOperation.PartnerAccountUnSupport", Retry.ACCOUNT),
        ("FailedOperation.UserUnAuthError", Retry.ACCOUNT),
        ("ResourceInsufficient.ChargeResourceExhaust", Retry.ACCOUNT),
        ("InvalidAccount.NotEnough", Retry.ACCOUNT),
        ("UnsupportedOperation.UnauthorizedOperation", Retry.ACCOUNT),
        ("FailedOperation.RateLimit", Retry.SLOT),
    ],
)
def test_what_may_be_tried_again_follows_the_facts(vendor_code: str, rule: Retry) -> None:
    assert retry_rule(code_for(vendor_code)) is rule


@pytest.mark.parametrize(
    "vendor_code",
    [
        "FailedOperation.TokenPackageExhausted",
        "FailedOperation.InsufficientBalance",
        "FailedOperation.ServiceStopArrears",
        "FailedOperation.AppUnAuth",
        "UnauthorizedAccount",
        "LimitExceeded.FreeQuotaExhaust",
    ],
)
def test_an_unknown_code_that_speaks_of_the_account_is_the_accounts(vendor_code: str) -> None:
    assert retry_rule(code_for(vendor_code)) is Retry.ACCOUNT


def test_a_load_balancer_is_not_the_accounts_balance() -> None:
    assert retry_rule(code_for("FailedOperation.LoadBalancerError")) is Retry.TRY


def test_a_wish_in_words_becomes_a_request() -> None:
    wish = Wish(
        prompt="on sand",
        avoid="people",
        product="vase",
        resolution=Resolution(width=1280, height=720),
        watermark=True,
        logo=Logo(url="https://shop.example/logo.png", rect=LogoRect(x=1, y=2, width=3, height=4)),
        answer_as="base64",
    )
    request = request_for(wish, "https://x/photo", "https://x/mask")
    sent = {name: value for name, value in request._serialize().items() if value is not None}
    assert sent == {
        "ProductUrl": "https://x/photo",
        "Prompt": "on sand",
        "NegativePrompt": "people",
        "Product": "vase",
        "MaskUrl": "https://x/mask",
        "Resolution": "1280:720",
        "LogoAdd": 1,
        "LogoParam": {
            "LogoUrl": "https://shop.example/logo.png",
            "LogoRect": {"X": 1, "Y": 2, "Width": 3, "Height": 4},
        },
        "RspImgType": "base64",
    }


def test_a_template_takes_the_place_of_the_words() -> None:
    request = request_for(Wish(template="大理石", watermark=False), "https://x/photo")
    assert request.Prompt == "BackgroundTemplate"
    assert request.BackgroundTemplate == "大理石"
    assert request.LogoAdd == 0
    assert request.RspImgType == "url"


@pytest.mark.parametrize("mask", ["no mask", "\u6ca1\u6709", "", None])
def test_a_picture_is_kept_without_a_mask_that_cannot_be_read(mask: str | None) -> None:
    response = SimpleNamespace(RequestId="a", ResultImage="https://x/picture", MaskImage=mask)
    painting = aiart._painting(response)
    assert (painting.picture_url, painting.mask_url, painting.mask) == (
        "https://x/picture",
        "",
        b"",
    )


@pytest.mark.parametrize("picture", ["no picture", "\u6ca1\u6709", "", None])
def test_an_answer_that_holds_no_picture_is_empty(picture: str | None) -> None:
    response = SimpleNamespace(RequestId="a", ResultImage=picture, MaskImage=None)
    with pytest.raises(CallFailed) as failed:
        aiart._painting(response)
    assert (failed.value.code, failed.value.request_id) == (ErrorCode.PICTURE_EMPTY, "a")


def test_a_call_that_was_never_sent_cannot_have_been_billed() -> None:
    config = AiartConfig(region=REGION, endpoint="127.0.0.1:9", concurrency=1, timeout_s=2)
    with pytest.raises(CallFailed) as caught:
        Aiart(config, KEYS).paint(Wish(prompt="on sand"), photo_url="https://x/photo")
    assert caught.value.code is ErrorCode.AIART_TROUBLE


class _AtOnce:
    """A thread whose work is done when it has been started."""

    def __init__(self, *, target: Any, args: Any, **_: Any) -> None:
        self.start = lambda: target(*args)


def test_a_call_goes_over_what_was_opened_ahead_for_it_but_never_over_what_may_be_dead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A paid call whose answer is lost would be paid for again."""
    monkeypatch.setattr("functions.worker.aiart.threading", SimpleNamespace(Thread=_AtOnce))
    with Server() as server:
        server.scripts = (server.answers(*3 * [PAINTED]),)
        config = AiartConfig(REGION, f"127.0.0.1:{server.port}", concurrency=1, timeout_s=20)
        aiart = Aiart(config, KEYS)
        aiart.open_ahead()
        until(lambda: server.connections == 1, what="a connection", limit_s=10)
        for _ in range(2):
            aiart.paint(Wish(prompt="on sand"), photo_url="https://x/photo")
            aiart.open_ahead()
        assert (server.connections, len(server.requests)) == (1, 2)
        later = time.time() + connections.USED_WITHIN_S + 1
        monkeypatch.setattr(connections, "time", SimpleNamespace(time=lambda: later))
        aiart.paint(Wish(prompt="on sand"), photo_url="https://x/photo")
        assert server.connections == 2
        aiart._connections.close()  # else the server would wait for more
