"""Check Tencent's signature v3, TC3-HMAC-SHA256, as the server does.

Rules: Tencent documents 213/30654 and 1278/85305. The functions are pure: keys and time are passed
in.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timezone

import msgspec

from infra.local.control import Key
from infra.local.vendor_error import Refused

ALGORITHM = "TC3-HMAC-SHA256"
CLOCK_SKEW_S = 300  # "Timestamp and server time cannot differ by more than five minutes"
MUST_SIGN = {"content-type", "host"}
UNSIGNED = "UNSIGNED-PAYLOAD"  # in X-TC-Content-SHA256: the body is left out of the signature

_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=(?P<secret_id>[^/\s,]+)/(?P<date>\d{{4}}-\d\d-\d\d)/(?P<service>\w+)"
    r"/tc3_request,\s*SignedHeaders=(?P<names>[a-z0-9;-]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """Hold an HTTP request as it arrived. Header names are lower case; ``query`` is as sent."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a signature covers besides the request: date, service, time, signed headers."""

    date: str  # YYYY-MM-DD
    service: str
    timestamp: str  # Unix seconds, as in X-TC-Timestamp
    names: str  # lower case, sorted, joined with ;


def signature(sent: Sent, scope: Scope, secret_key: str) -> str:
    """Compute the hexadecimal signature of ``sent``, which carries every header in ``scope``."""
    digest = hashlib.sha256(_canonical(sent, scope.names).encode()).hexdigest()
    credential = f"{scope.date}/{scope.service}/tc3_request"
    to_sign = "\n".join((ALGORITHM, scope.timestamp, credential, digest))
    key = f"TC3{secret_key}".encode()
    for part in (scope.date, scope.service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


def verify(sent: Sent, *, keys: Mapping[str, Key], service: str, now: float) -> Key:
    """Verify the signature of ``sent`` and give the key that made it.

    ``keys`` maps secret ids to keys; ``now`` is Unix seconds. Raises ``Refused`` with
    ``MissingParameter``, ``InvalidParameter`` or the ``AuthFailure`` code that Tencent's list of
    common errors gives for the fault.
    """
    timestamp = _timestamp(sent.headers)
    found = _AUTHORIZATION.fullmatch(sent.headers.get("authorization", ""))
    if found is None:
        raise Refused("AuthFailure.InvalidAuthorization", "The `Authorization` header is invalid.")
    if abs(now - int(timestamp)) > CLOCK_SKEW_S:
        raise Refused("AuthFailure.SignatureExpire", "The signature is expired.")
    key = keys.get(found["secret_id"])
    if key is None:
        raise Refused("AuthFailure.SecretIdNotFound", "The SecretId is not found.")
    scope = Scope(
        date=found["date"], service=found["service"], timestamp=timestamp, names=found["names"]
    )
    _check_scope(scope, sent.headers, service)
    signatures = [signature(one, scope, key.secret_key) for one in _with_or_without_port(sent)]
    if not any(hmac.compare_digest(one, found["signature"]) for one in signatures):
        raise _bad_signature("check the secret key and what was signed")
    _check_token(key, sent.headers.get("x-tc-token", ""), now)
    return key


def _with_or_without_port(sent: Sent) -> tuple[Sent, ...]:
    """Return the request as it came, and once more without the port in its ``host`` header.

    The official clients sign different hosts: the Python one signs the header as it is, the Node
    one (tencentcloud-sdk-nodejs-common 4.1.220, ``sign.js``) the name alone. For the vendor's own
    hosts, which have no port, both are the same.
    """
    bare = {**sent.headers, "host": sent.headers["host"].partition(":")[0]}
    return sent, msgspec.structs.replace(sent, headers=bare)


def _canonical(sent: Sent, names: str) -> str:
    unsigned = sent.headers.get("x-tc-content-sha256") == UNSIGNED
    payload = UNSIGNED.encode() if unsigned else sent.body
    headers = "".join(f"{name}:{sent.headers[name].strip().lower()}\n" for name in names.split(";"))
    return "\n".join(
        (sent.method, sent.path, sent.query, headers, names, hashlib.sha256(payload).hexdigest())
    )


def _timestamp(headers: Mapping[str, str]) -> str:
    timestamp = headers.get("x-tc-timestamp", "")
    if not timestamp:
        raise Refused(
            "MissingParameter", "The request is missing a required parameter `Timestamp`."
        )
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise Refused("InvalidParameter", "The parameter `Timestamp` is not Unix seconds.")
    return timestamp


def _check_scope(scope: Scope, headers: Mapping[str, str], service: str) -> None:
    day = datetime.fromtimestamp(int(scope.timestamp), timezone.utc).strftime("%Y-%m-%d")
    names = scope.names.split(";")
    if scope.date != day or scope.service != service:
        raise _bad_signature("the credential scope is not this day and service")
    if names != sorted(set(names)) or not set(names) >= MUST_SIGN:
        raise _bad_signature("content-type and host must be signed, names in order")
    if not all(name in headers for name in names):
        raise _bad_signature("a signed header was not sent")


def _check_token(key: Key, token: str, now: float) -> None:
    """Check that a temporary key comes with its own token and has not expired."""
    if not hmac.compare_digest(token.encode(), key.token.encode()):
        raise Refused("AuthFailure.TokenFailure", "The token does not belong to the key.")
    if key.expires_at and now >= key.expires_at:
        raise Refused("AuthFailure.TokenFailure", "The token is expired.")


def _bad_signature(why: str) -> Refused:
    return Refused(
        "AuthFailure.SignatureFailure",
        f"The provided credentials could not be validated: {why}.",
    )
