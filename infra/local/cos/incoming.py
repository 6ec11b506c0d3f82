"""Read one request to COS: which bucket and key it means, and what it carries."""

import base64
import binascii
import hashlib
import secrets
import time
from collections.abc import Mapping
from functools import partial
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

import anyio.to_thread
import msgspec
from starlette.requests import ClientDisconnect, Request

from infra.local.cos.errors import Refused

DEFAULT_DOMAINS = (".myqcloud.com", ".tencentcos.cn")
KEY_LIMIT_BYTES = 850  # 436/13324
KEY_FORBIDDEN = frozenset("\x18\x19\x1a\x1b")  # 436/13324: CAN, EM, SUB and ESC
BODY_LIMIT_BYTES = 512 * 2**20  # COS takes 5 GB (436/14518); this one keeps objects in memory
_HASH_IN_THREAD_BYTES = 2**20


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a request taken apart. Names of ``params`` and ``headers`` are lower-case.

    ``raw_params`` are the parameters' values as they were sent, still percent-encoded.
    """

    method: str
    host: str  # without the port
    authority: str  # the Host header as sent
    path: str  # decoded
    params: dict[str, str]
    raw_params: dict[str, str]
    headers: dict[str, bytes]
    request_id: str
    source_ip: str
    request: Request

    @property
    def key(self) -> str:
        """Give the object's key; empty for a call to the bucket itself."""
        return self.path[1:]

    @property
    def condition_values(self) -> dict[str, str]:
        """Give the values that CAM's conditions compare: each parameter's as sent, percent-encoded.

        So ``cos:prefix`` of a listing of requests/ is ``requests%2F``. The documents do not say
        so; four public projects have seen it on real accounts.
        """
        return {f"cos:{name}": value for name, value in self.raw_params.items()}

    @property
    def on_default_domain(self) -> bool:
        """Say whether the request came by the bucket's own domain rather than by a custom one."""
        return self.host.endswith(DEFAULT_DOMAINS)

    def header(self, name: str) -> str:
        """Give a header's value, read as latin-1 so that no byte is lost; empty if absent."""
        return self.headers.get(name, b"").decode("latin-1")

    async def body(self) -> bytes:
        """Read the whole body and check its length and its Content-MD5. Raises ``Refused``."""
        if "content-length" not in self.headers and "transfer-encoding" not in self.headers:
            raise Refused("MissingContentLength")
        body = await _read(self.request)
        if "content-md5" in self.headers:
            await _check_md5(body, self.header("content-md5"))
        return body


def taken_apart(request: Request) -> Incoming:
    """Read the request line and the headers. Raises ``Refused`` (InvalidURI)."""
    headers = {name.decode("latin-1").lower(): value for name, value in request.headers.raw}
    authority = headers.get("host", b"").decode("latin-1")
    try:
        host = urlsplit(f"//{authority}").hostname or ""
        path = unquote_to_bytes(request.scope["raw_path"]).decode()
        sent = request.scope["query_string"].decode("ascii")
        query = parse_qsl(sent, keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise Refused("InvalidURI") from error
    return Incoming(
        method=request.method,
        host=host,
        authority=authority,
        path=path,
        params={name.lower(): value for name, value in query},
        raw_params={
            name.lower(): value
            for name, _, value in (pair.partition("=") for pair in sent.split("&"))
        },
        headers=headers,
        request_id=new_request_id(),
        source_ip=request.client.host if request.client else "",
        request=request,
    )


def check_address(incoming: Incoming, *, bucket: str, region: str) -> None:
    """Refuse a request that does not address ``bucket`` in ``region``. Raises ``Refused``.

    ``<bucket>.cos.<region>`` in one of ``DEFAULT_DOMAINS`` is the bucket's own domain; any other
    host is taken for a custom domain bound to it. Path style is refused, as for buckets created
    since 2024 (436/102489). On a custom host COS would take the bucket's name for part of the key;
    here it is refused, because it can only be a mistake.
    """
    if incoming.on_default_domain:
        name, _, rest = incoming.host.partition(".cos.")
        if incoming.host.startswith("cos."):
            raise Refused("PathStyleDomainForbidden" if incoming.key else "NotImplemented")
        if name != bucket or rest not in {f"{region}{domain}" for domain in DEFAULT_DOMAINS}:
            raise Refused("NoSuchBucket")
    elif incoming.key.partition("/")[0] == bucket:
        raise Refused("PathStyleDomainForbidden")


def check_key(key: str) -> None:
    """Refuse a key that COS's naming rules forbid (436/13324).

    Raises ``Refused`` (KeyTooLong, InvalidObjectName).
    """
    if len(key.encode()) > KEY_LIMIT_BYTES:
        raise Refused("KeyTooLong")
    if not key or key.startswith(("/", "\\")) or KEY_FORBIDDEN & set(key):
        raise Refused("InvalidObjectName")


def new_request_id() -> str:
    """Make an id in the form of COS's own: base64 of hex numbers with underscores."""
    return base64.b64encode(f"{int(time.time()):x}_{secrets.token_hex(8)}".encode()).decode()


async def _read(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > BODY_LIMIT_BYTES:
                raise Refused("EntityTooLarge")
            chunks.append(chunk)
    except ClientDisconnect as error:
        raise Refused("IncompleteBody") from error
    return b"".join(chunks)


async def _check_md5(body: bytes, expected: str) -> None:
    try:
        digest = base64.b64decode(expected, validate=True)
    except binascii.Error as error:
        raise Refused("InvalidDigest") from error
    if len(digest) != hashlib.md5(usedforsecurity=False).digest_size:
        raise Refused("InvalidDigest")
    if digest != bytes.fromhex(await md5_hex(body)):
        raise Refused("BadDigest")


async def md5_hex(body: bytes) -> str:
    """Compute the MD5 of ``body`` in hex; a large one is hashed in a thread."""
    digest = partial(hashlib.md5, body, usedforsecurity=False)
    if len(body) < _HASH_IN_THREAD_BYTES:
        return digest().hexdigest()
    return (await anyio.to_thread.run_sync(digest)).hexdigest()


def flag(headers: Mapping[str, bytes], name: str) -> bool:
    """Say whether a header's value is ``true``, in any case."""
    return headers.get(name, b"").strip().lower() == b"true"
