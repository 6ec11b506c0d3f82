"""Serve the result files: each has one signed URL, which expires after its lifetime.

The URLs are signed as COS signs (Tencent document 436/7778), as in the API page's own example.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from urllib.parse import quote
from uuid import uuid4
from xml.sax.saxutils import escape

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from infra.local.control import Control, DropConnection, Fault


class Refusal(msgspec.Struct, frozen=True):
    """Tell why a file is not served, in COS's words."""

    status: int
    code: str
    message: str


class File(msgspec.Struct, frozen=True):
    """Hold a result's bytes until its URL expires."""

    content: bytes
    media_type: str
    dies_at: float  # Unix seconds


class Results:
    """Keep the files of one stand-in and the key that signs their URLs.

    ``address`` is host:port.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._secret_id = "AKID" + secrets.token_hex(16)
        self._secret_key = secrets.token_hex(16)
        self._files: dict[str, File] = {}

    def add(self, name: str, content: bytes, *, media_type: str, lifetime_s: int) -> str:
        """Keep a file and give its URL; drop the files whose URLs have expired."""
        now = time.time()
        self._files = {key: file for key, file in self._files.items() if file.dies_at > now}
        self._files[name] = File(content, media_type, now + lifetime_s)
        return self.url(name, lifetime_s=lifetime_s)

    def url(self, name: str, *, lifetime_s: int) -> str:
        """Sign a URL for ``name``, whether there is such a file or not."""
        now = int(time.time())
        signed_for = f"{now};{now + lifetime_s}"
        quoted = quote(signed_for)
        return (
            f"http://{self._address}/{name}?q-sign-algorithm=sha1&q-ak={self._secret_id}"
            f"&q-sign-time={quoted}&q-key-time={quoted}"
            f"&q-header-list=host&q-url-param-list="
            f"&q-signature={self._signature('get', name, signed_for)}"
        )

    def find(self, method: str, name: str, query: Mapping[str, str], now: float) -> File | Refusal:
        """Find the file, or say why it is not served; ``now`` is Unix seconds."""
        signed_for = query.get("q-sign-time", "")
        sent = query.get("q-signature", "")
        if not hmac.compare_digest(
            sent.encode(), self._signature(method.lower(), name, signed_for).encode()
        ):
            code = "SignatureDoesNotMatch" if sent else "AccessDenied"
            return Refusal(403, code, "The request is not signed as it must be.")
        if now > int(signed_for.partition(";")[2]):
            return Refusal(403, "AccessDenied", "Request has expired")
        return self._files.get(name) or Refusal(404, "NoSuchKey", "The key does not exist.")

    def clear(self) -> None:
        """Forget every file; their URLs answer 404."""
        self._files.clear()

    def _signature(self, method: str, name: str, signed_for: str) -> str:
        host = self._address.rpartition(":")[0]
        asked = f"{method}\n/{name}\n\nhost={host}\n"
        to_sign = f"sha1\n{signed_for}\n{_sha1(asked)}\n"
        return _hmac_sha1(_hmac_sha1(self._secret_key, signed_for), to_sign)


def serve(results: Results, control: Control) -> ASGIApp:
    """Build the results' host. A fault's op is the method; its target is the file's name."""

    async def get(request: Request) -> Response:
        name = request.path_params["name"]
        call = control.note(request.method, name)
        call.request_id = uuid4().hex

        async def act() -> Response:
            found = results.find(request.method, name, request.query_params, time.time())
            if isinstance(found, File):
                return Response(found.content, media_type=found.media_type)
            call.error = found.code
            return _refuse(found, name, call.request_id)

        def as_error(fault: Fault) -> Response:
            call.error = fault.error
            refusal = Refusal(
                fault.status or 503, fault.error or "ServiceUnavailable", fault.message
            )
            return _refuse(refusal, name, call.request_id)

        return await control.around(call, act, as_error=as_error)

    return DropConnection(Starlette(routes=[control.mount(), Route("/{name}", get)]))


def _refuse(refusal: Refusal, name: str, request_id: str) -> Response:
    body = (
        f"<?xml version='1.0' encoding='utf-8' ?>\n<Error><Code>{escape(refusal.code)}</Code>"
        f"<Message>{escape(refusal.message)}</Message><Resource>/{escape(name)}</Resource>"
        f"<RequestId>{request_id}</RequestId><TraceId>{request_id}</TraceId></Error>"
    )
    return Response(body, refusal.status, media_type="application/xml")


def _sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324  # COS's own algorithm


def _hmac_sha1(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha1).hexdigest()
