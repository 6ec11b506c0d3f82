"""Call aiart's ReplaceBackground through the official SDK. No other module uses the API's words.

Facts used here (tencentcloud-sdk-python-aiart 3.1.179, -common 3.1.195):

- The SDK's own retryer stays unset: after one failure it takes later successes for failures, and
  repeats calls that were paid for.
- An error body whose content type is not exactly ``application/json`` comes back as a response
  without a result.
- After an error code that is neither listed nor has a known prefix, the call may have been billed.
"""

import base64
import queue
import re
import threading
import time
from contextlib import suppress
from typing import Any

import msgspec
import requests
from requests.adapters import HTTPAdapter
from tencentcloud.aiart.v20221229 import models
from tencentcloud.aiart.v20221229.aiart_client import AiartClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from urllib3.exceptions import HTTPError

from bot.slack_api import connections
from functions.config import AiartConfig
from functions.jobs.bucket import Keys, KeysExpired
from functions.jobs.errors import ErrorCode
from functions.jobs.url_policy import scheme_of
from functions.jobs.wish import TEMPLATE_SWITCH, Wish

E = ErrorCode
CODES: dict[str, ErrorCode] = {
    "FailedOperation.ConsoleServerError": E.AIART_TROUBLE,
    "FailedOperation.FreeResourcePackExhausted": E.ACCOUNT_UNUSABLE,
    "FailedOperation.GenerateImageFailed": E.PICTURE_ILLEGAL,  # the picture failed moderation
    "FailedOperation.ImageDecodeFailed": E.PHOTO_REFUSED,
    "FailedOperation.ImageDownloadError": E.AIART_TROUBLE,  # from our bucket: not the photo
    "FailedOperation.ImageResolutionExceed": E.PHOTO_REFUSED,
    "FailedOperation.ImageSizeExceed": E.PHOTO_REFUSED,
    "FailedOperation.InnerError": E.AIART_TROUBLE,
    "FailedOperation.JobNotExist": E.AIART_TIMEOUT,
    "FailedOperation.PartnerAccountUnSupport": E.ACCOUNT_UNUSABLE,
    "FailedOperation.RateLimit": E.SLOT_BUSY,
    "FailedOperation.RequestEntityTooLarge": E.PHOTO_REFUSED,
    "FailedOperation.RequestTimeout": E.AIART_TIMEOUT,
    "FailedOperation.ResourcePackExhausted": E.ACCOUNT_UNUSABLE,
    "FailedOperation.RpcFail": E.AIART_TROUBLE,
    "FailedOperation.ServerError": E.AIART_TROUBLE,
    "FailedOperation.Unknown": E.AIART_TIMEOUT,
    "FailedOperation.UserUnAuthError": E.ACCOUNT_UNUSABLE,
    "InternalError": E.AIART_TROUBLE,
    "InvalidParameterValue.ImageEmpty": E.PHOTO_REFUSED,
    "InvalidParameterValue.LogoParamErr": E.LOGO_REFUSED,
    "InvalidParameterValue.TextLengthExceed": E.WORDS_TOO_LONG,
    "InvalidParameterValue.UrlIllegal": E.PHOTO_REFUSED,
    "OperationDenied.ImageIllegalDetected": E.PHOTO_ILLEGAL,
    "OperationDenied.TextIllegalDetected": E.WORDS_ILLEGAL,
    "ResourceInsufficient.ChargeResourceExhaust": E.ACCOUNT_UNUSABLE,
    "UnsupportedOperation.UnauthorizedOperation": E.ACCOUNT_UNUSABLE,
}
# An unlisted code with one of these words concerns the account: nothing ran that could be billed.
OF_THE_ACCOUNT = re.compile(r"exhaust|(?<!load)balance|arrears|unauth", re.IGNORECASE)
BY_PREFIX: dict[str, ErrorCode] = {
    "AuthFailure": E.ACCOUNT_UNUSABLE,
    "FailedOperation": E.AIART_TIMEOUT,  # unlisted: the call may have run
    "InternalError": E.AIART_TROUBLE,
    "InvalidAccount": E.ACCOUNT_UNUSABLE,
    "InvalidAction": E.REQUEST_REFUSED,
    "InvalidParameter": E.REQUEST_REFUSED,
    "InvalidParameterValue": E.REQUEST_REFUSED,
    "InvalidRequest": E.REQUEST_REFUSED,
    "IpInBlacklist": E.ACCOUNT_UNUSABLE,
    "IpNotInWhitelist": E.ACCOUNT_UNUSABLE,
    "LimitExceeded": E.SLOT_BUSY,
    "MissingParameter": E.REQUEST_REFUSED,
    "NoSuchProduct": E.REQUEST_REFUSED,
    "NoSuchVersion": E.REQUEST_REFUSED,
    "OperationDenied": E.REQUEST_REFUSED,
    "RequestLimitExceeded": E.SLOT_BUSY,
    "RequestSizeLimitExceeded": E.REQUEST_REFUSED,
    "ResourceInsufficient": E.AIART_TROUBLE,
    "ResourceUnavailable": E.ACCOUNT_UNUSABLE,
    "ResourcesSoldOut": E.ACCOUNT_UNUSABLE,
    "ServiceUnavailable": E.AIART_TROUBLE,
    "UnauthorizedOperation": E.ACCOUNT_UNUSABLE,
    "UnknownParameter": E.REQUEST_REFUSED,
    "UnsupportedOperation": E.REQUEST_REFUSED,
    "UnsupportedProtocol": E.REQUEST_REFUSED,
    "UnsupportedRegion": E.REQUEST_REFUSED,
}
# aiart refuses this while it reads the request, before it paints or bills anything (1668/107957).
FOR_FREE = {"ProductUrl": "", "Prompt": "doctor"}
KEYS_EXPIRED = {"AuthFailure.TokenFailure", "AuthFailure.SignatureExpire"}
OPENS_WITHIN_S = 5.0  # else the call opens its connection itself
# In the SDK's message these mean that no connection was made, so nothing can have been billed.
NOT_SENT = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


class CallFailed(Exception):
    """Report that aiart refused or did not answer.

    ``vendor_code`` and ``request_id`` (aiart's RequestId) are for the log; either may be empty.
    """

    def __init__(self, code: ErrorCode, *, vendor_code: str = "", request_id: str = "") -> None:
        super().__init__(f"{code.value} ({vendor_code})")
        self.code = code
        self.vendor_code = vendor_code
        self.request_id = request_id


class Painting(msgspec.Struct, frozen=True):
    """Hold aiart's answer: the picture as a URL that is valid for an hour, or as bytes.

    aiart sends a mask only when it was given none.
    """

    request_id: str
    picture_url: str = ""
    picture: bytes = b""
    mask_url: str = ""
    mask: bytes = b""


def code_for(vendor_code: str) -> ErrorCode:
    """Map aiart's error code to ours; an unlisted one by its words, then by its prefix.

    What none of these know becomes ``ANSWER_LOST``: the call may have been billed.
    """
    if vendor_code in CODES:
        return CODES[vendor_code]
    if OF_THE_ACCOUNT.search(vendor_code):
        return ErrorCode.ACCOUNT_UNUSABLE
    return BY_PREFIX.get(vendor_code.partition(".")[0], ErrorCode.ANSWER_LOST)


class _Connections(HTTPAdapter):
    """Keep the SDK's connections in the same pools as those to Slack (``connections.POOLS``)."""

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = connections.POOLS

    def open_ahead(self, url: str, verify: str, since: float) -> None:
        """Open a connection, unless the latest one has answered since ``since`` (Unix seconds).

        A failure is ignored: the call then opens its connection itself.
        """
        request = requests.Request("POST", url).prepare()
        pool: Any = self.get_connection_with_tls_context(request, verify)
        with suppress(HTTPError, OSError, queue.Empty):
            pool.open_one(OPENS_WITHIN_S, since=since)


class Aiart:
    """Call aiart with one account's keys. Threads may share it.

    ``timeout_s`` is the longest wait for an answer, in seconds.
    """

    def __init__(self, config: AiartConfig, keys: Keys) -> None:
        elsewhere = {"protocol": scheme_of(config.endpoint), "endpoint": config.endpoint or None}
        profile = ClientProfile(
            httpProfile=HttpProfile(reqTimeout=config.timeout_s, **elsewhere),
            language="en-US",
            disable_region_breaker=True,
        )
        credential = Credential(keys.secret_id, keys.secret_key, keys.token or None)
        self.timeout_s = float(config.timeout_s)
        self._client = AiartClient(credential, config.region, profile)
        self._since = time.time()
        self._connections = _Connections()
        session = self._client.request.conn._session  # noqa: SLF001  # the SDK's 3.1.195 gives no other way
        for scheme in ("https://", "http://"):
            session.mount(scheme, self._connections)

    def open_ahead(self) -> None:
        """Open a connection for the next call in the background; do nothing if there is a proxy."""
        sdk = self._client.request
        if sdk.conn.proxy:
            return
        url = f"{self._client.profile.httpProfile.scheme}://{sdk.host}"
        arguments = url, sdk.conn.certification, self._since
        threading.Thread(
            target=self._connections.open_ahead, args=arguments, name="aiart", daemon=True
        ).start()

    def paint(
        self, wish: Wish, *, photo_url: str, mask_url: str = "", logo_url: str = ""
    ) -> Painting:
        """Have the photo's background replaced as ``wish`` says; block while aiart paints.

        The addresses are those from which aiart fetches the files; empty: there is none. The call
        costs money, so it uses no connection that may be dead, which would lose the answer. Raises
        ``CallFailed``, and ``KeysExpired``: then only a new invocation has valid keys.
        """
        request = request_for(wish, photo_url, mask_url, logo_url)
        try:
            with connections.only_living(self._since):
                response = self._client.ReplaceBackground(request)
        except TencentCloudSDKException as error:
            raise _failure(error) from error
        return _painting(response)

    def refusal(self) -> tuple[str, str]:
        """Make a call that aiart refuses at no cost; return aiart's error code and RequestId.

        Both are empty if aiart raised no error.
        """
        try:
            self._client.call_json("ReplaceBackground", FOR_FREE)
        except TencentCloudSDKException as error:
            return str(error.code or ""), str(error.requestId or "")
        return "", ""


def request_for(
    wish: Wish, photo_url: str, mask_url: str = "", logo_url: str = ""
) -> models.ReplaceBackgroundRequest:
    """Put a wish into the API's words (Tencent document 1668/107957)."""
    request = models.ReplaceBackgroundRequest()
    request.ProductUrl = photo_url
    request.Prompt = TEMPLATE_SWITCH if wish.template else wish.prompt
    request.BackgroundTemplate = wish.template or None
    request.NegativePrompt = wish.avoid or None
    request.Product = wish.product or None
    request.MaskUrl = mask_url or None
    request.Resolution = str(wish.resolution)
    request.LogoAdd = 1 if wish.watermark else 0
    request.LogoParam = _logo(wish, logo_url)
    request.RspImgType = wish.answer_as
    return request


def _logo(wish: Wish, logo_url: str) -> models.LogoParam | None:
    if not (wish.logo and wish.watermark):
        return None
    rect, logo, place = models.LogoRect(), models.LogoParam(), wish.logo.rect_in(wish.resolution)
    rect.X, rect.Y, rect.Width, rect.Height = place.x, place.y, place.width, place.height
    logo.LogoUrl, logo.LogoRect = logo_url or wish.logo.url, rect
    return logo


def _failure(error: TencentCloudSDKException) -> Exception:
    vendor_code = str(error.code or "")
    if vendor_code in KEYS_EXPIRED:
        return KeysExpired(vendor_code)
    code = code_for(vendor_code)
    if code is ErrorCode.ANSWER_LOST and any(sign in str(error.message) for sign in NOT_SENT):
        code = ErrorCode.AIART_TROUBLE
    return CallFailed(code, vendor_code=vendor_code, request_id=error.requestId or "")


def _painting(response: models.ReplaceBackgroundResponse) -> Painting:
    request_id = response.RequestId or ""
    picture_url, picture = _url_or_bytes(response.ResultImage or "")
    if not (picture_url or picture):
        raise CallFailed(ErrorCode.PICTURE_EMPTY, request_id=request_id)
    mask_url, mask = _url_or_bytes(response.MaskImage or "")
    return Painting(request_id, picture_url, picture, mask_url, mask)


def _url_or_bytes(text: str) -> tuple[str, bytes]:
    """Return a URL, or decode Base64: aiart may send either one, whichever was asked for.

    Both are empty if ``text`` is neither: a picture that was paid for is kept without its mask.
    """
    if text.startswith(("https://", "http://")):
        return text, b""
    try:
        return "", base64.b64decode(text, validate=True)
    except ValueError:  # ``binascii.Error``, and that of letters that are not ASCII
        return "", b""
