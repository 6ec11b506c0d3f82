"""Answer a call of the API: check it, run its task, and answer in Tencent's form."""

import base64
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from infra.local import tc3
from infra.local.aiart.account import Account
from infra.local.aiart.generate import Made, halved
from infra.local.aiart.limits import Wish, read_wish
from infra.local.aiart.results import Results
from infra.local.cam import Rights
from infra.local.control import Call, Control, Fault
from infra.local.vendor_error import Refused

SERVICE = "aiart"
ACTION = "ReplaceBackground"
VERSION = "2022-12-29"
REGIONS = ("ap-beijing", "ap-guangzhou", "ap-shanghai")
BODY_MAX_BYTES = 10 * 1024 * 1024  # signature v3 (1278/46710)
JSON = "application/json"
JSON_WITH_CHARSET = "application/json; charset=utf-8"  # the official SDK sees no error in these
NOT_A_PICTURE = b"\xff\xd8\xff\xe0 begins like a JPEG and is none"


class Api:
    """Answer ReplaceBackground for one account."""

    def __init__(
        self, control: Control, account: Account, results: Results, rights: Rights
    ) -> None:
        self._control = control
        self._rights = rights
        self._account = account
        self._results = results

    async def answer(self, request: Request) -> Response:
        """Answer one call and record it.

        In a fault the op is the action, the target the path of the photo's URL.
        """
        sent = await _read(request)
        call = self._control.note(sent.headers.get("x-tc-action", ""), _photo_path(sent.body))
        call.request_id = str(uuid4())
        call.detail = {"billed": False}

        async def act() -> Response:
            try:
                return await self._replace_background(sent, call)
            except Refused as refused:
                return _error(call, refused)

        def as_error(fault: Fault) -> Response:
            if not fault.error:
                call.error = f"HTTP {fault.status}"
                return Response(fault.message, fault.status, media_type="text/html")
            response = _error(call, Refused(fault.error, fault.message or "As a test asked."))
            response.status_code = fault.status or 200
            if fault.retry_after_s:
                response.headers["retry-after"] = str(fault.retry_after_s)
            return response

        return await self._control.around(call, act, as_error=as_error)

    async def _replace_background(self, sent: tc3.Sent, call: Call) -> Response:
        _check_size_and_method(sent)
        key = tc3.verify(sent, keys=self._control.keys, service=SERVICE, now=time.time())
        call.caller = key.secret_id
        _check_common(sent.headers)
        if not self._rights.allow(key, f"{SERVICE}:{ACTION}", "*"):
            raise Refused("AuthFailure.UnauthorizedOperation", "CAM does not allow this action.")
        self._account.admit(time.monotonic())
        wish = read_wish(sent.body, denied_words=self._account.settings.denied_words)
        call.detail |= _outline(wish)
        task, made = await self._account.run(wish, caller=key.secret_id, request_id=call.request_id)
        call.detail |= {"started": task.started, "ended": task.ended, "billed": task.billed}
        return self._generated(wish, made, call)

    def _generated(self, wish: Wish, made: Made, call: Call) -> Response:
        """Answer a billed task: with its pictures, or with what ``next_results`` asks for.

        Raises ``Refused``.
        """
        special = self._account.next_special()
        if special == "charset-error":
            refused = Refused("FailedOperation.InnerError", "As a test asked.")
            return _error(call, refused, content_type=JSON_WITH_CHARSET)
        if special[0].isupper():
            raise Refused(special, "As a test asked.")
        files = (
            {} if special == "empty" else {"ResultImage": self._result(wish, made, call, special)}
        )
        if made.mask is not None:
            files["MaskImage"] = self._file(
                wish, made.mask, name=f"{call.request_id}-mask.png", media_type="image/png"
            )
        return _response({**files, "RequestId": call.request_id})

    def _result(self, wish: Wish, made: Made, call: Call, special: str) -> str:
        name = f"{call.request_id}.jpg"
        if special == "dead-link" and wish.as_url:
            return self._results.url(name, lifetime_s=self._account.settings.url_lifetime_s)
        content = {
            "broken-image": lambda: NOT_A_PICTURE,
            "wrong-size": lambda: halved(made.result),
        }.get(special, lambda: made.result)()
        return self._file(wish, content, name=name, media_type="image/jpeg")

    def _file(self, wish: Wish, content: bytes, *, name: str, media_type: str) -> str:
        if not wish.as_url:
            return base64.b64encode(content).decode()
        lifetime_s = self._account.settings.url_lifetime_s
        return self._results.add(name, content, media_type=media_type, lifetime_s=lifetime_s)


async def _read(request: Request) -> tc3.Sent:
    """Read the request; a body that is too large is read to its end, but not kept whole."""
    body = bytearray()
    async for chunk in request.stream():
        if len(body) <= BODY_MAX_BYTES:
            body += chunk
    return tc3.Sent(
        method=request.method,
        path=request.url.path,
        query=request.url.query,
        headers=dict(request.headers),
        body=bytes(body),
    )


def _check_size_and_method(sent: tc3.Sent) -> None:
    if sent.method != "POST":
        raise Refused("UnsupportedProtocol", "Only POST with a JSON body is taken here.")
    if len(sent.body) > BODY_MAX_BYTES:
        raise Refused("RequestSizeLimitExceeded", "The request's body is over 10 MB.")


def _check_common(headers: Mapping[str, str]) -> None:
    """Check the common parameters that are headers: Action, Version, Region. Raises ``Refused``."""
    known = {
        "Action": ((ACTION,), "InvalidAction", "The action is not found."),
        "Version": ((VERSION,), "NoSuchVersion", "The version is not found."),
        "Region": (REGIONS, "UnsupportedRegion", "The action not support this region."),
    }
    for name, (values, code, message) in known.items():
        value = headers.get(f"x-tc-{name.lower()}", "")
        if not value:
            raise Refused(
                "MissingParameter", f"The request is missing a required parameter `{name}`."
            )
        if value not in values:
            raise Refused(code, message)


def _photo_path(body: bytes) -> str:
    """Give the path of the product photo's URL, without the query, which holds a signature."""
    try:
        fields = msgspec.json.decode(body, type=dict[str, Any])
        return urlsplit(str(fields.get("ProductUrl", ""))).path
    except (msgspec.DecodeError, ValueError):
        return ""


def _outline(wish: Wish) -> dict[str, Any]:
    """List what the record of calls keeps of a request: no texts and no URLs."""
    return {
        "prompt_length": len(wish.prompt),
        "product_length": len(wish.product),
        "has_negative_prompt": bool(wish.negative_prompt),
        "has_mask": bool(wish.mask_url),
        "template": wish.template,
        "resolution": wish.resolution,
        "logo_add": int(wish.add_mark),
        "has_logo": wish.logo is not None,
        "response": "url" if wish.as_url else "base64",
    }


def _error(call: Call, refused: Refused, *, content_type: str = JSON) -> Response:
    call.error = refused.code
    error = {"Code": refused.code, "Message": refused.message}
    return _response({"Error": error, "RequestId": call.request_id}, content_type=content_type)


def _response(fields: dict[str, Any], *, content_type: str = JSON) -> Response:
    """Wrap the fields in Tencent's form. The status is always 200: errors are told in the body."""
    body = msgspec.json.encode({"Response": fields})
    return Response(body, headers={"content-type": content_type})
