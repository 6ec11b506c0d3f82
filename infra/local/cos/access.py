"""Find out who calls: check a request's signature against the keys that the stand-in accepts."""

import hmac
from collections.abc import Mapping

import msgspec

from infra.local.control import Key
from infra.local.cos import signing
from infra.local.cos.errors import Refused
from infra.local.cos.incoming import Incoming

TOKEN = "x-cos-security-token"  # noqa: S105  # the name of the header and of the parameter


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the key that signed a request, and the query parameters that its signature covers."""

    key: Key
    signed_params: frozenset[str] = frozenset()


ANONYMOUS = Caller(key=Key(secret_id="", secret_key=""))


def claimed_secret_id(incoming: Incoming) -> str:
    """Give the secret id that the request names, unverified; empty if it names none."""
    try:
        authorization = _authorization(incoming)
    except Refused:
        return ""
    return authorization.secret_id if authorization else ""


def admitted(incoming: Incoming, keys: Mapping[str, Key], *, now: float) -> Caller:
    """Verify a request's signature and give its caller; ``ANONYMOUS`` if it is unsigned.

    ``now`` is the server's time in Unix seconds. Raises ``Refused``: AccessDenied ("Request has
    expired"), RequestTimeTooSkewed, InvalidAccessKeyId, ExpiredToken or SignatureDoesNotMatch
    (436/7730, 436/40105).
    """
    authorization = _authorization(incoming)
    if authorization is None:
        return ANONYMOUS
    key = keys.get(authorization.secret_id)
    if key is None:
        raise Refused("InvalidAccessKeyId")
    _check_time(authorization, now)
    _check_token(incoming, key, now)
    if not _signed_by(incoming, authorization, key):
        raise Refused("SignatureDoesNotMatch")
    return Caller(
        key=key,
        signed_params=frozenset(
            name for name in incoming.params if signing.name_of(name) in authorization.param_names
        ),
    )


def _authorization(incoming: Incoming) -> signing.Authorization | None:
    header = incoming.header("authorization")
    try:
        if header:
            return signing.from_header(header)
        if "q-signature" in incoming.params:
            return signing.from_fields(incoming.params)
    except signing.Malformed as error:
        raise Refused("AccessDenied", f"The Signature you specified is invalid: {error}") from error
    return None


def _check_time(authorization: signing.Authorization, now: float) -> None:
    if now > authorization.ends_at():
        raise Refused("AccessDenied", "Request has expired")
    if now < authorization.starts_at():
        raise Refused("RequestTimeTooSkewed")


def _check_token(incoming: Incoming, key: Key, now: float) -> None:
    sent = incoming.header(TOKEN) or incoming.params.get(TOKEN, "")
    # A temporary id is found in COS's records by its token, so without the right one it is unknown.
    if not hmac.compare_digest(sent.encode(), key.token.encode()):
        raise Refused("InvalidAccessKeyId")
    if key.expires_at and now > key.expires_at:
        raise Refused("ExpiredToken")


def _signed_by(incoming: Incoming, authorization: signing.Authorization, key: Key) -> bool:
    # The document signs the Host header; the Python SDK leaves the port out of it, the Node SDK
    # does not. On COS's own ports there is no difference.
    hosts = dict.fromkeys((incoming.host, incoming.authority))
    return any(
        signing.matches(authorization, key.secret_key, _signable(incoming, host)) for host in hosts
    )


def _signable(incoming: Incoming, host: str) -> signing.Signable:
    return signing.Signable(
        method=incoming.method,
        path=incoming.path,
        params=incoming.params,
        headers={**incoming.headers, "host": host.encode("latin-1")},
    )
