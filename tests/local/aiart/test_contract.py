"""The stand-in driven by Tencent's own client, as the product drives it."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image
from tencentcloud.aiart.v20221229 import models
from tencentcloud.common.exception import TencentCloudSDKException

from infra.local.serving import address, listen
from tests.local.aiart.conftest import (
    PHOTO_SIZE,
    StandIn,
    bottle,
    bottle_file,
    decoded,
    encoded,
    get,
    running,
    until,
)

Content = bytes | int | Callable[[], bytes]


def made(content: Content) -> bytes | int:
    """A picture is drawn by the test that needs it, not by all that collect the tests."""
    return content() if callable(content) else content


def mask_of_bottle() -> Image.Image:
    photo, outline = bottle()
    photo.putalpha(Image.fromarray(outline))
    return photo


# What comes back


def test_with_url_the_result_and_the_mask_are_behind_urls(quick: StandIn) -> None:
    answer = quick.replace(RspImgType="url", Resolution="720:1280")
    assert answer.ResultImage.startswith(f"http://{quick.results}/{answer.RequestId}")
    result, mask = get(answer.ResultImage), get(answer.MaskImage)
    assert (result.headers["content-type"], mask.headers["content-type"]) == (
        "image/jpeg",
        "image/png",
    )
    assert decoded(result.content).size == (720, 1280)
    assert decoded(mask.content).size == PHOTO_SIZE


def test_without_a_type_the_pictures_are_base64_at_1280_by_1280(quick: StandIn) -> None:
    answer = quick.replace()
    assert decoded(base64.b64decode(answer.ResultImage)).size == (1280, 1280)
    assert decoded(base64.b64decode(answer.MaskImage)).size == PHOTO_SIZE


def test_the_mask_keeps_the_product_and_makes_the_background_transparent(quick: StandIn) -> None:
    mask = decoded(base64.b64decode(quick.replace().MaskImage))
    assert mask.mode == "RGBA"
    assert mask.getpixel((0, 0))[3] == 0  # type: ignore[index]  # RGBA: a tuple
    assert mask.getpixel((320, 240))[3] == 255  # type: ignore[index]  # RGBA: a tuple


def test_who_gives_a_mask_gets_none_back(quick: StandIn) -> None:
    mask = quick.photos.put("mask.png", encoded(mask_of_bottle()))
    answer = quick.replace(MaskUrl=mask)
    assert answer.ResultImage
    assert answer.MaskImage is None


def test_a_template_is_taken(quick: StandIn) -> None:
    assert quick.replace(Prompt="BackgroundTemplate", BackgroundTemplate="木纹").ResultImage
    assert quick.tasks()[-1]["template"] == "木纹"


def test_the_mark_is_there_unless_it_is_switched_off(quick: StandIn) -> None:
    marked, bare = (
        np.asarray(decoded(base64.b64decode(quick.replace(LogoAdd=add).ResultImage))).astype(int)
        for add in (1, 0)
    )
    changed = np.argwhere(np.abs(marked - bare).max(axis=2) > 40)
    assert changed.min() > 1280 * 0.6
    assert len(changed) > 200


@pytest.mark.parametrize("by", ["LogoUrl", "LogoImage"])
def test_a_logo_of_ones_own_takes_the_marks_place(quick: StandIn, by: str) -> None:
    red = encoded(Image.new("RGB", (8, 8), "red"))
    logo = models.LogoParam()
    setattr(
        logo,
        by,
        quick.photos.put("logo.png", red) if by == "LogoUrl" else base64.b64encode(red).decode(),
    )
    logo.LogoRect = models.LogoRect()
    logo.LogoRect.X, logo.LogoRect.Y, logo.LogoRect.Width, logo.LogoRect.Height = 10, 20, 60, 40
    result = decoded(base64.b64decode(quick.replace(LogoParam=logo).ResultImage))
    assert result.getpixel((40, 40)) == pytest.approx((254, 0, 0), abs=6)


def test_a_url_ends_with_its_lifetime(quick: StandIn) -> None:
    quick.change(url_lifetime_s=0)
    url = quick.replace(RspImgType="url").ResultImage
    until(lambda: get(url).status_code == 403)
    assert "<Message>Request has expired</Message>" in get(url).text
    assert "<Code>AccessDenied</Code>" in get(url).text


def test_a_url_is_good_for_one_file_and_as_it_is(quick: StandIn) -> None:
    url = quick.replace(RspImgType="url").ResultImage
    bare, _, query = url.partition("?")
    assert get(url).status_code == 200
    for changed in (
        bare,
        f"{bare}?{query[:-1]}{'0' if query[-1] != '0' else '1'}",
        url.replace(".jpg", "-mask.png"),
        url.replace("q-sign-time=1", "q-sign-time=2"),
    ):
        assert get(changed).status_code == 403
    assert requests.put(url, timeout=10).status_code == 405


def test_a_fault_can_be_set_on_the_results_host(quick: StandIn) -> None:
    quick.fault(on=quick.results, op="GET", target="*-mask.png", error="SlowDown", status=503)
    answer = quick.replace(RspImgType="url")
    assert get(answer.ResultImage).status_code == 200
    failed = get(answer.MaskImage)
    assert (failed.status_code, "<Code>SlowDown</Code>" in failed.text) == (503, True)
    assert get(answer.MaskImage).status_code == 200


# Who may call


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ({"secret_key": "wrong"}, "AuthFailure.SignatureFailure"),
        ({"secret_id": "AKIDnobody"}, "AuthFailure.SecretIdNotFound"),
        ({"token": "unasked"}, "AuthFailure.TokenFailure"),
    ],
)
def test_a_wrong_key_is_refused(quick: StandIn, key: dict[str, str], code: str) -> None:
    assert quick.refusal(quick.client(key)) == code


def test_a_temporary_key_works_until_its_token_expires(quick: StandIn) -> None:
    key = {"secret_id": "AKIDtemporary", "secret_key": "s", "token": "t"}
    quick.control("PUT", "/keys", key | {"expires_at": time.time() + 3600})
    assert quick.replace(quick.client(key)).ResultImage
    quick.control("PUT", "/keys", key | {"expires_at": time.time() - 1})
    assert quick.refusal(quick.client(key)) == "AuthFailure.TokenFailure"


def test_a_roles_key_may_only_do_what_its_policy_allows() -> None:
    allowed = {"effect": "allow", "action": "aiart:ReplaceBackground", "resource": "*"}
    others = {**allowed, "action": "aiart:*", "resource": "qcs::aiart:::somewhere"}
    policies = {
        role: {"version": "2.0", "statement": [statement]}
        for role, statement in (("worker", allowed), ("bot", others))
    }
    with running(policies=policies, duration_s=0, paint=False) as stand_in:
        key = {"secret_id": "AKIDrole", "secret_key": "s", "token": "t"}
        stand_in.control("PUT", "/keys", key | {"role": "worker"})
        assert stand_in.replace(stand_in.client(key)).ResultImage
        for role in ("bot", "unknown"):
            stand_in.control("PUT", "/keys", key | {"role": role})
            refusal = stand_in.refusal(stand_in.client(key))
            assert refusal == "AuthFailure.UnauthorizedOperation"
        assert len(stand_in.tasks()) == 1


@pytest.mark.parametrize(
    ("region", "code"), [("ap-singapore", "UnsupportedRegion"), ("", "MissingParameter")]
)
def test_the_region_must_be_one_of_aiarts(quick: StandIn, region: str, code: str) -> None:
    assert quick.refusal(quick.client(region=region)) == code


def test_another_action_or_version_is_not_known(quick: StandIn) -> None:
    with pytest.raises(TencentCloudSDKException) as caught:
        quick.client().call("TextToImage", {})
    assert caught.value.code == "InvalidAction"
    client = quick.client()
    client._apiVersion = "2020-01-01"
    assert quick.refusal(client) == "NoSuchVersion"


def test_an_unsigned_or_unmeant_request_gets_200_with_tencents_error(quick: StandIn) -> None:
    url = f"http://{quick.endpoint}/"
    bare, by_get = requests.post(url, json={}, timeout=10), get(url)
    assert (bare.status_code, by_get.status_code) == (200, 200)
    assert bare.headers["content-type"] == "application/json"
    assert bare.json()["Response"]["Error"]["Code"] == "MissingParameter"
    assert by_get.json()["Response"]["Error"]["Code"] == "UnsupportedProtocol"
    assert bare.json()["Response"]["RequestId"]


# What is refused


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Prompt": "x" * 257}, "InvalidParameterValue.TextLengthExceed"),
        ({"NegativePrompt": "x" * 257}, "InvalidParameterValue.TextLengthExceed"),
        ({"Product": "x" * 51}, "InvalidParameterValue.TextLengthExceed"),
        ({"Prompt": None}, "MissingParameter"),
        ({"Prompt": 7}, "InvalidParameter"),
        ({"_Surprise": 7}, "UnknownParameter"),
        ({"Prompt": "gore"}, "OperationDenied.TextIllegalDetected"),
        ({"BackgroundTemplate": "木纹"}, "InvalidParameterValue.ParameterValueError"),
        ({"Prompt": "BackgroundTemplate"}, "InvalidParameterValue.ParameterValueError"),
        ({"Resolution": "500:500"}, "InvalidParameterValue.ParameterValueError"),
        ({"RspImgType": "URL"}, "InvalidParameterValue.ParameterValueError"),
        ({"ProductUrl": "nowhere"}, "InvalidParameterValue.UrlIllegal"),
        ({"ProductUrl": ""}, "InvalidParameterValue.ImageEmpty"),
        ({"LogoParam": {"LogoUrl": "logo"}}, "InvalidParameterValue.UrlIllegal"),
        ({"Prompt": "x" * 10_500_000}, "RequestSizeLimitExceeded"),
    ],
    ids=str,
)
def test_a_request_beyond_a_limit_is_refused(
    quick: StandIn, fields: dict[str, Any], code: str
) -> None:
    assert quick.refusal(**fields) == code
    assert quick.tasks() == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (404, "FailedOperation.ImageDownloadError"),
        (302, "FailedOperation.ImageDownloadError"),
        (b"", "InvalidParameterValue.ImageEmpty"),
        (b"<html>", "FailedOperation.ImageDecodeFailed"),
        (lambda: encoded(Image.new("RGB", (4000, 1600))), "FailedOperation.ImageResolutionExceed"),
        (lambda: encoded(Image.new("RGB", (51, 20))), "FailedOperation.ImageResolutionExceed"),
        (bytes(4_499_998), "FailedOperation.ImageSizeExceed"),
        (bytes(4_499_997), "FailedOperation.ImageDecodeFailed"),
    ],
    ids=["404", "redirect", "empty", "html", "sides", "ratio", "6 MB", "just under 6 MB"],
)
def test_a_photo_beyond_a_limit_is_refused_and_not_billed(
    quick: StandIn, content: Content, code: str
) -> None:
    assert quick.refusal(ProductUrl=quick.photos.put("bad.png", made(content))) == code
    assert [(task["billed"], task["error"]) for task in quick.tasks()] == [(False, code)]


def test_a_photo_whose_host_does_not_answer_cannot_be_downloaded(quick: StandIn) -> None:
    with listen() as free:
        nowhere = address(free)
    code = quick.refusal(ProductUrl=f"http://{nowhere}/p.png")
    assert code == "FailedOperation.ImageDownloadError"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (404, "FailedOperation.ImageDownloadError"),
        (b"", "InvalidParameterValue.ImageEmpty"),
        (
            lambda: encoded(mask_of_bottle().resize((320, 240))),
            "InvalidParameterValue.ParameterValueError",
        ),
        (bottle_file, "InvalidParameterValue.ParameterValueError"),
        (lambda: encoded(mask_of_bottle(), "WEBP"), "InvalidParameterValue.ParameterValueError"),
        (bytes(4_499_998), "FailedOperation.ImageSizeExceed"),
    ],
    ids=["404", "empty", "other size", "no transparency", "not png", "6 MB"],
)
def test_a_mask_beyond_a_limit_is_refused(quick: StandIn, content: Content, code: str) -> None:
    assert quick.refusal(MaskUrl=quick.photos.put("mask.png", made(content))) == code


def test_the_denied_words_can_be_set(quick: StandIn) -> None:
    quick.change(denied_words=["beach"])
    assert quick.refusal(Prompt="a Beach") == "OperationDenied.TextIllegalDetected"


def test_too_many_requests_within_a_second_are_refused(quick: StandIn) -> None:
    quick.change(requests_per_s=1)
    client = quick.client()
    wrong = {"Resolution": "1:1"}  # refused later and cheaply
    until(lambda: quick.refusal(client, **wrong) == "RequestLimitExceeded")


# What is recorded


def test_a_call_and_its_task_are_recorded_without_secrets(quick: StandIn) -> None:
    answer = quick.replace(Product="a bottle", LogoAdd=0, RspImgType="url")
    (call,) = quick.calls()
    (task,) = quick.tasks()
    assert (call["op"], call["target"], call["caller"]) == (
        "ReplaceBackground",
        "/bottle.png",
        "AKIDpermanent",
    )
    assert call["request_id"] == task["request_id"] == answer.RequestId
    assert call["detail"] == {
        "billed": True,
        "prompt_length": 17,
        "product_length": 8,
        "has_negative_prompt": False,
        "has_mask": False,
        "template": "",
        "resolution": "1280:1280",
        "logo_add": 0,
        "has_logo": False,
        "response": "url",
        "started": task["started"],
        "ended": task["ended"],
    }
    assert (task["prompt"], task["product"], task["logo_add"]) == (
        "on a wooden table",
        "a bottle",
        0,
    )
    get(answer.ResultImage)
    recorded = json.dumps([quick.calls(), quick.calls(on=quick.results), quick.tasks()])
    for secret in ("q-sign", "a permanent secret", "Signature"):
        assert secret not in recorded


def test_a_reset_forgets_tasks_settings_and_results(quick: StandIn) -> None:
    quick.change(duration_s=0.1)
    url = quick.replace(RspImgType="url").ResultImage
    quick.control("POST", "/reset")
    assert quick.tasks() == []
    assert quick.control("GET", "/settings")["duration_s"] == 0
    assert get(url).status_code == 404
