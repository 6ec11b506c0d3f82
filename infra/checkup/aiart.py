"""aiart, by a call that it refuses for free: a picture without an address."""

from collections.abc import Iterator

from tencentcloud.aiart.v20221229.aiart_client import AiartClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from infra.checkup.finding import Environ, Finding, ok, skipped, wrong
from infra.deployment.cloud import operator_keys, profile
from infra.operator import NotSet

# Refused while the request is read, so before anything is painted or billed (1668/107957).
FOR_FREE = {"ProductUrl": "", "Prompt": "doctor"}
REFUSED_AS_MEANT = ("InvalidParameter", "MissingParameter", "FailedOperation.Image")
MEANINGS = {
    "AuthFailure.UnauthorizedOperation": (
        "your keys may not call it",
        "Allow aiart:ReplaceBackground (infra/roles/worker.json does for the worker).",
    ),
    "AuthFailure": ("your keys are not taken", "Check them, and this machine's clock."),
    "ResourceUnavailable": (
        "the account cannot use it",
        "Switch the service on in the console, and see that the account is not in arrears.",
    ),
    "ResourcesSoldOut": ("the account is not charged", "Look at the billing page of the console."),
    "UnsupportedRegion": ("it is not offered there", "Set AIART_REGION to ap-guangzhou."),
    "RequestLimitExceeded": ("it is busy just now", "Run the doctor again in a minute."),
}
OTHERWISE = ("it did not answer as expected", "Check AIART_ENDPOINT and this machine's way out.")


def check(environ: Environ) -> Iterator[Finding]:
    """One call."""
    region = environ.get("AIART_REGION", "")
    if not region:
        yield skipped("aiart", "AIART_REGION is not set")
        return
    try:
        keys = operator_keys(environ)
    except NotSet as error:
        yield skipped("aiart", str(error))
        return
    credential = Credential(keys.secret_id, keys.secret_key, keys.token or None)
    client = AiartClient(credential, region, profile(environ.get("AIART_ENDPOINT", "")))
    try:
        client.call_json("ReplaceBackground", FOR_FREE)
    except TencentCloudSDKException as error:
        yield _meaning(str(error.code or ""), str(error.requestId or ""))
        return
    yield wrong("aiart", "took a request without a picture", "See whether it was billed.")


def _meaning(code: str, request_id: str) -> Finding:
    if code.startswith(REFUSED_AS_MEANT):
        return ok("aiart", f"answers and takes your keys (refused for free with {code})")
    found = next((MEANINGS[begin] for begin in MEANINGS if code.startswith(begin)), OTHERWISE)
    number = f", RequestId {request_id}" if request_id else ""
    return wrong("aiart", f"{found[0]} ({code}{number})", found[1])
